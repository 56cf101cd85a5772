"""A daemon in this process with the shipped rules in short times, simulated chargers, and ways to look at both.

Real websockets on loopback, a real SQLite file; only the times are not those of the field.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import sqlalchemy as sa

from healer import config, shipped
from healer.adapters.store import database, ledger, schema
from healer.app import App
from healer.behaviour import Habits, Identity, Reaction, SimulatedCharger
from healer.config import HttpSettings, OcppSettings, Settings, StoreSettings
from healer.config.authorization import Authorization
from healer.config.settings import ControlSettings
from healer.documents import Mistakes
from healer.fleet.profiles import Profile, Profiles
from healer.healing.incident import Incident, State
from healer.healing.records import Alert
from healer.healing.settings import BackoffLimits, HealingSettings, ParallelLimits, StartupLimits
from healer.model import ChargerId, Mode, OcppVersion, Seconds
from healer.ocpp import messages
from healer.rulebook import Rules, Text
from healer.rules.rule import Rule, RuleSet
from healer.sim.fleet import Fleet, loop_clock
from healer.sim.live import Dialling

PATIENCE_S = 30.0
"""How long a test waits for what must come; reached only by failures."""

LOOPBACK = "127.0.0.1"

HABITS = Habits(
    drop_after_s=0.05,
    boot_time_s=0.2,
    status_after_boot_s=0.05,
    heartbeat_s=1.0,
    redial_s=0.1,
    retry_s=0.5,
    start_after_s=0.1,
    meter_every_s=0.2,
    unplug_after_s=0.1,
    upload_s=0.1,
)


async def until(condition: Callable[[], object], what: str = "") -> None:
    """Wait until something of the shared loop has come true."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"this has not come true: {what or condition}") from None


# --- the daemon -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HurriedRules(Rules):
    """The shipped rules, in times of their own."""

    for_s: Seconds = 0.3
    """Of rules that heal; the others only tell, and a reset must not make them."""
    stable_for_s: Seconds = 0.3
    verify_within_s: Seconds = 3.0

    def parse(self, texts: Sequence[Text], mistakes: Mistakes | None = None) -> RuleSet:
        return RuleSet({name: self._hurried(rule) for name, rule in Rules.parse(self, texts, mistakes).rules.items()})

    def _hurried(self, rule: Rule) -> Rule:
        steps = tuple(replace(step, verify_within_s=self.verify_within_s) for step in rule.heal)
        for_s = self.for_s if rule.heal else rule.for_s
        return replace(rule, for_s=for_s, stable_for_s=self.stable_for_s, heal=steps)


def hurried(verify_within_s: Seconds = 3.0) -> HurriedRules:
    return HurriedRules((shipped.rules(),), verify_within_s=verify_within_s)


def settings(store: Path, **changes: Any) -> Settings:
    """Guards as in service, with short times; `changes` are settings of OCPP."""
    secret = {"security": {"secret": store.with_suffix(".secret")}}
    return Settings(
        authorization=Authorization.ACCEPT,
        ocpp=OcppSettings.model_validate({"host": LOOPBACK, "port": 0, "close_timeout_s": 0.5, **secret, **changes}),
        http=HttpSettings(host=LOOPBACK, port=0),
        control=ControlSettings(socket=store.with_suffix(".sock")),
        store=StoreSettings(path=store),
        profiles=Profiles((), Profile(boot_time_s=0.4, settle_s=0.1)),
        healing=HealingSettings(
            mode=Mode.AUTO,
            backoff=BackoffLimits(first_s=0.1, factor=1.0, longest_s=0.1),
            parallel=ParallelLimits(fleet_share=1.0),
            startup=StartupLimits(settle_s=0.2, longest_s=2.0),
            verify_floor_s=0.1,
            diagnostics_url="ftp://127.0.0.1/logs/",
        ),
    )


class Heard:
    """A notifier that remembers what people would have been told."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    def notify(self, alert: Alert) -> None:
        self.alerts.append(alert)


@contextlib.asynccontextmanager
async def running(
    store: Path, *, rules: Rules | None = None, heard: Heard | None = None, wanted: config.Settings | None = None
) -> AsyncIterator[App]:
    app = App(wanted or settings(store), rules or hurried(), notifier=heard)
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


def incident(app: App, rule: str, charger: str) -> Incident | None:
    """The one incident of a rule on a charger, as the engine has it."""
    found = [one for one in app.engine.casebook.incidents(ChargerId(charger)) if one.rule == rule]
    assert len(found) <= 1, found
    return found[0] if found else None


def stands(app: App, rule: str, charger: str, *states: State) -> bool:
    found = incident(app, rule, charger)
    return found is not None and found.state in states


# --- chargers ---------------------------------------------------------------------------------------------------------


def charger(name: str, version: OcppVersion = OcppVersion.V16, **replies: Reaction) -> SimulatedCharger:
    """Two connectors; `reset_soft=Reaction.NO_EFFECT` scripts how a command comes out."""
    identity = Identity(ChargerId(name), version, "Acme", "DC50", f"SN-{name}", "1.10", connectors=2)
    return SimulatedCharger(identity, HABITS, {action.replace("_", " "): word for action, word in replies.items()})


def fleet(url: str, chargers: Iterable[SimulatedCharger]) -> Fleet:
    return Fleet(Dialling(url, spread_s=0.05, retry_s=0.1, longest_retry_s=0.2), chargers, loop_clock())


def given(charger: SimulatedCharger) -> list[str]:
    """The commands a charger was given, by its own count; questions for its status are left out."""
    return [named(command) for _, command in charger.commands if not isinstance(command, messages.TriggerMessage)]


def named(command: messages.Command) -> str:
    match command:
        case messages.Reset(hard=hard):
            return "Reset hard" if hard else "Reset soft"
        case messages.ChangeAvailability(operative=operative):
            return "Operative" if operative else "Inoperative"
        case _:
            return type(command).__name__


# --- the store --------------------------------------------------------------------------------------------------------


def rows(path: Path, table: sa.Table) -> list[dict[str, Any]]:
    """A table as the file has it, each body read as JSON; in the order of the key."""
    with database.reading(path) as connection:
        found = connection.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings().all()
    return [{**row, "body": msgspec.json.decode(row["body"])} if "body" in row else dict(row) for row in found]


def ledger_of(path: Path, number: int) -> list[dict[str, Any]]:
    """The ledger's lines about an incident, once the chain has been proved whole."""
    with database.reading(path) as connection:
        assert ledger.verify_chain(connection) is None
    return [line for line in rows(path, schema.LEDGER) if line["incident"] == number]


def ways(lines: Iterable[dict[str, Any]]) -> list[str]:
    """The states an incident went through, as its ledger has it."""
    return [line["body"]["after"] for line in lines if line["kind"] == "incident.changed"]


# --- /metrics ---------------------------------------------------------------------------------------------------------


async def fetch(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(url) as response:
        return response.status, await response.text()


async def scrape(app: App) -> dict[str, float]:
    """Every sample of `/metrics`, by its name with its labels in order of their names."""
    status, text = await fetch(f"{app.http_url}/metrics")
    assert status == 200
    return dict(samples(text))


_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def samples(text: str) -> Iterator[tuple[str, float]]:
    for line in text.splitlines():
        found = _SAMPLE.match(line)
        if found is not None:
            yield series(found[1], **dict(_LABEL.findall(found[2] or ""))), float(found[3])


def series(name: str, **labels: str) -> str:
    return f"{name}{{{','.join(f'{label}={labels[label]}' for label in sorted(labels))}}}"
