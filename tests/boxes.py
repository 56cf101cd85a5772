"""Chargers with a configuration, for tests of those who read and write it: raw frames, as `bench` has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from healer.fleet.baseline import Baseline, BaselineEntry, variable_named
from healer.model import OcppVersion
from tests.bench import Bench


def baseline(values: dict[str, str], **whom: str) -> Baseline:
    """One entry; the keys as settings write them."""
    named = {variable_named(name): value for name, value in values.items()}
    return Baseline((BaselineEntry({one: value for one, value in named.items() if one is not None}, **whom),))  # type: ignore[arg-type]  # patterns only


@dataclass
class Box:
    """A charger that does what it is told of its configuration, and what a test says of it."""

    bench: Bench
    values: dict[str, str]
    name: str = "A"
    version: OcppVersion = OcppVersion.V16
    read_only: set[str] = field(default_factory=set)
    statuses: dict[str, str] = field(default_factory=dict)
    """What is answered to a write, by name; Accepted and RebootRequired take the value."""
    ignores: set[str] = field(default_factory=set)
    """What is accepted and not taken."""
    most_keys: int = 100
    """It tells no more at once."""
    on_write: Callable[[Box], None] = lambda box: None
    on_read: Callable[[Box], None] = lambda box: None
    read: list[list[str]] = field(default_factory=list)
    written: list[dict[str, str]] = field(default_factory=list)
    resets: int = 0

    def arrive(self) -> None:
        """Connect, boot and report; nothing is asked before it has settled."""
        self.bench.connect(self.name, self.version)
        self._report()

    def serve(self, seconds: float) -> None:
        """Let time pass, and answer whatever is asked."""
        end, step_s = self.bench.now + seconds, 1.0 if seconds <= 3600 else 20.0
        while True:
            while (call := self.bench.open_call(self.name)) is not None:
                self._obey(call)
            if self.bench.now >= end:
                return
            self.bench.wait(min(step_s, end - self.bench.now))

    def restart(self) -> None:
        self.bench.drop(self.name)
        self.bench.wait(20)
        self.arrive()

    def _report(self) -> None:
        if self.version is OcppVersion.V16:
            self.bench.boot(self.name)
            self.bench.statuses(self.name)
        else:
            self.bench.boot201(self.name)
            self.bench.status201(self.name, 1, "Available")

    def _obey(self, call: list[Any]) -> None:
        match call[2]:
            case "GetConfiguration":
                self._get(call)
            case "ChangeConfiguration":
                status = self._set({call[3]["key"]: call[3]["value"]})[0]
                self.bench.answer(self.name, status, call=call)
                self.on_write(self)
            case "GetVariables":
                self._get_variables(call)
            case "SetVariables":
                self._set_variables(call)
            case "Reset":
                self.resets += 1
                self.bench.answer(self.name, call=call)
                self.restart()
            case _:
                self.bench.answer(self.name, call=call)

    def _get(self, call: list[Any]) -> None:
        asked: list[str] = call[3]["key"]
        self.read.append(asked)
        told = asked[: self.most_keys]
        known = [
            {"key": key, "readonly": key in self.read_only, "value": self.values[key]}
            for key in told
            if key in self.values
        ]
        unknown = [key for key in told if key not in self.values]
        self.bench.answer_with(self.name, {"configurationKey": known, "unknownKey": unknown}, call=call)
        self.on_read(self)

    def _set(self, values: dict[str, str]) -> list[str]:
        self.written.append(values)
        found = []
        for name, value in values.items():
            status = self.statuses.get(name, "Rejected" if name in self.read_only else "Accepted")
            if status in {"Accepted", "RebootRequired"} and name not in self.ignores:
                self.values[name] = value
            found.append(status)
        return found

    def _get_variables(self, call: list[Any]) -> None:
        asked = call[3]["getVariableData"]
        names = [_named(one) for one in asked]
        self.read.append(names)
        results = [
            {**one, "attributeStatus": "Accepted", "attributeValue": self.values[name]}
            if name in self.values
            else {**one, "attributeStatus": "UnknownVariable"}
            for one, name in zip(asked, names, strict=True)
        ]
        self.bench.answer_with(self.name, {"getVariableResult": results}, call=call)
        self.on_read(self)

    def _set_variables(self, call: list[Any]) -> None:
        asked = call[3]["setVariableData"]
        statuses = self._set({_named(one): one["attributeValue"] for one in asked})
        results = [
            {
                "component": one["component"],
                "variable": one["variable"],
                "attributeStatus": status,
                **({"attributeStatusInfo": {"reasonCode": "ReadOnly"}} if _named(one) in self.read_only else {}),
            }
            for one, status in zip(asked, statuses, strict=True)
        ]
        self.bench.answer_with(self.name, {"setVariableResult": results}, call=call)
        self.on_write(self)


def _named(data: dict[str, Any]) -> str:
    instance = data["variable"].get("instance")
    name = data["variable"]["name"]
    return f"{data['component']['name']}.{name}" + (f"({instance})" if instance else "")
