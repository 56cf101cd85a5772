"""The profile in force of one charger, habit by habit, each with where it comes from."""

from __future__ import annotations

import dataclasses
from typing import TypeAlias

from healer.fleet.charger import Charger
from healer.fleet.profiles import Profile

Value: TypeAlias = str | float | bool | tuple[str, ...] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Habit:
    """One field of a profile."""

    name: str
    value: Value
    source: str
    """`default`, `shipped`, `settings` or `learned`."""


def habits(charger: Charger) -> tuple[Habit, ...]:
    """Every field of `profiles.Profile`, as it holds for the charger."""
    return tuple(_habit(charger, field.name) for field in dataclasses.fields(Profile))


def _habit(charger: Charger, name: str) -> Habit:
    entry = charger.profiles.entry(charger.vendor, charger.model, charger.firmware)
    told: object = getattr(charger.profile, name)
    source = "default" if entry is None or told == getattr(Profile(), name) else entry.source
    if name == "boot_time_s" and charger.boot_time_s > charger.profile.boot_time_s:
        return Habit(name, charger.boot_time_s, "learned")
    if name == "unsupported":
        learned = charger.learned.unsupported_by(charger.id)
        all_of_them = tuple(sorted({*charger.profile.unsupported, *learned}))
        return Habit(name, all_of_them, "learned" if learned else source)
    return Habit(name, told if isinstance(told, (str, float, int, bool)) or told is None else str(told), source)
