"""The wanted configuration as data: which variables of which chargers should have which values.

Values are text, as OCPP sends them. When two texts mean the same is decided here as well: chargers write `TRUE` where
they were told `true`, and put the measurands of a list in an order of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from healer.fleet.inventory import Placement
from healer.model import OcppVersion
from healer.ocpp.messages import Variable

_DOTTED: Final = re.compile(
    r"(?P<component>[^.()\[\]]+)(?:\((?P<component_instance>[^()]+)\))?(?:\[(?P<evse>\d{1,4})\])?"
    r"(?:\[(?P<connector>\d{1,4})\])?\.(?P<name>[^.()\[\]]+)(?:\((?P<instance>[^()]+)\))?"
)
_SECRET: Final = re.compile(
    r"authorizationkey|passw|passphrase|secret|privatekey|presharedkey|^securityctrlr\b|^securityprofile$",
    re.IGNORECASE,
)
_INTEGER: Final = re.compile(r"[+-]?\d{1,18}")


def variable_named(text: str, version: OcppVersion | None = None) -> Variable | None:
    """The variable that prints as `text`: with a dot one of 2.x, else a key of 1.6; None when it is neither.

    With a version there is no doubt: keys of 1.6 may have dots, and variables of 2.x must have one.
    """
    if version is OcppVersion.V16 or (version is None and "." not in text):
        return Variable(text) if text else None
    matched = _DOTTED.fullmatch(text)
    if matched is None:
        return None
    evse, connector = matched["evse"], matched["connector"]
    return Variable(
        matched["name"],
        matched["component"],
        instance=matched["instance"],
        component_instance=matched["component_instance"],
        evse=None if evse is None else int(evse),
        connector=None if connector is None else int(connector),
    )


def holds_secret(text: str) -> bool:
    """Whether the variable is a key, a password or the security profile, by its name."""
    return _SECRET.search(text) is not None


# --- values -------------------------------------------------------------------------------------------------------


def same(told: str, wanted: str) -> bool:
    """Whether two values mean the same: numbers as numbers, lists as sets, words without regard to case and blanks."""
    return _meaning(told) == _meaning(wanted)


def _meaning(value: str) -> object:
    if "," in value:
        return frozenset(_word(part) for part in value.split(",") if part.strip())
    return _word(value)


def _word(text: str) -> int | str:
    text = text.strip()
    return int(text) if _INTEGER.fullmatch(text) else text.casefold()


# --- entries ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """What decides which entries hold for a charger."""

    vendor: str
    model: str
    firmware: str
    placement: Placement
    version: OcppVersion | None


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """Values and whom they are for. Texts are shell patterns; of tags, any may match."""

    values: Mapping[Variable, str]
    vendor: str = "*"
    model: str = "*"
    firmware: str = "*"
    site: str = "*"
    tag: str | None = None
    version: OcppVersion | None = None

    def matches(self, kind: Kind) -> bool:
        tag = self.tag
        return (
            self.version in {None, kind.version}
            and fnmatchcase(kind.vendor, self.vendor)
            and fnmatchcase(kind.model, self.model)
            and fnmatchcase(kind.firmware, self.firmware)
            and fnmatchcase(kind.placement.site, self.site)
            and (tag is None or any(fnmatchcase(one, tag) for one in kind.placement.tags))
        )


@dataclass(frozen=True, slots=True)
class Baseline:
    """All entries; a later one that matches has the last word on each of its variables."""

    entries: tuple[BaselineEntry, ...] = ()

    def wanted(self, kind: Kind) -> Mapping[Variable, str]:
        """What a charger should have set: keys in 1.6, variables of components in 2.x; nothing before its version."""
        if kind.version is None:
            return {}
        keys = kind.version is OcppVersion.V16
        return {
            variable: value
            for entry in self.entries
            if entry.matches(kind)
            for variable, value in entry.values.items()
            if (variable.component is None) is keys
        }
