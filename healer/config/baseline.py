"""The `baseline` of the settings: which variables of which chargers should have which values.

Keys and passwords are refused: they are handed over by rotation, and a baseline is shown wherever drift is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from healer.config.security import complaint
from healer.config.values import Section, Text, parsed, word
from healer.documents import Mistakes, Node, Scalar, fields, shown
from healer.fleet.baseline import Baseline, BaselineEntry, holds_secret, variable_named
from healer.model import OcppVersion
from healer.ocpp.messages import Variable

LONGEST_NAME: Final = 50
LONGEST_VALUE: Final = 500
"""What every version of OCPP has room for."""


def _name(node: Node, mistakes: Mistakes) -> str | None:
    text = node.text.strip() if isinstance(node, Scalar) else ""
    if holds_secret(text):
        hint = "keys, passwords and the security profile are changed one charger at a time, never by a baseline"
        mistakes.error(node.mark, "E-SECRET", f"{shown(text)} has no place in a baseline", hint)
        return None
    return text


def _value(node: Node, mistakes: Mistakes) -> str | None:
    found = fields.text(node, mistakes, "a value")
    if found is None:
        return None
    if len(found) > LONGEST_VALUE:
        mistakes.error(node.mark, "E-RANGE", "the value is too long", f"OCPP has room for {LONGEST_VALUE} characters")
        return None
    if found.casefold() in {"yes", "no", "on", "off"}:
        hint = "OCPP's words are 'true' and 'false'"
        mistakes.error(node.mark, "E-VALUE", f"{shown(found)} is no value that chargers know", hint)
        return None
    return found


Name = Annotated[str, parsed(_name)]
Value = Annotated[str, parsed(_value)]


class BaselineSection(Section):
    """Values, and the chargers they are for."""

    values: dict[Name, Value] = Field(alias="set")
    vendor: Text = "*"
    model: Text = "*"
    firmware: Text = "*"
    site: Text = "*"
    tag: Text | None = None
    ocpp: Annotated[OcppVersion | None, word(OcppVersion, "version of OCPP")] = None

    @model_validator(mode="after")
    def _names_are_written_as_documented(self) -> Self:
        if not self.values:
            hint = "write for example 'set: {HeartbeatInterval: 300}'"
            raise complaint("an entry of the baseline wants nothing", hint)
        for name in self.values:
            if self._variable(name) is None:
                hint = "write a key of 1.6 (HeartbeatInterval), or for 2.x Component.Variable (see docs/baseline.md)"
                raise complaint(f"{shown(name)} names no variable", hint)
        return self

    def _variable(self, name: str) -> Variable | None:
        found = variable_named(name, self.ocpp)
        parts = () if found is None else (found.name, found.component, found.instance, found.component_instance)
        return None if any(part is not None and len(part) > LONGEST_NAME for part in parts) else found

    def entry(self) -> BaselineEntry:
        named = {self._variable(name): value for name, value in self.values.items()}
        return BaselineEntry(
            {variable: value for variable, value in named.items() if variable is not None},
            self.vendor,
            self.model,
            self.firmware,
            self.site,
            self.tag,
            self.ocpp,
        )


def baseline_of(sections: Iterable[BaselineSection]) -> Baseline:
    """All entries, in the order in which they stand."""
    return Baseline(tuple(section.entry() for section in sections))
