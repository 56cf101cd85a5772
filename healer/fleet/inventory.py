"""The chargers an operator says there are: where they stand, what they are called, how their plugs share evses.

Belief about what a charger *does* lives in `charger`; this is what a person told us. A charger nobody listed is a
site of its own, under its own name. Secrets are no part of it: whoever reads an inventory keeps them beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from healer.model import ChargerId, Mode

MINUTES_A_DAY: Final = 24 * 60
MINUTES_A_WEEK: Final = 7 * MINUTES_A_DAY


@dataclass(frozen=True, slots=True)
class Period:
    """A time of the week at which a site is open, in its own time zone."""

    weekday: int
    """0 is Monday."""
    opens: int
    """Minutes from that day's midnight."""
    closes: int
    """Minutes from the same midnight; beyond 1440 it closes on the next day."""

    def overlaps(self, other: Period) -> bool:
        """Whether both are open at some minute of the week."""
        start = self.weekday * MINUTES_A_DAY + self.opens
        distance = (other.weekday * MINUTES_A_DAY + other.opens - start) % MINUTES_A_WEEK
        return distance < self.closes - self.opens or MINUTES_A_WEEK - distance < other.closes - other.opens


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who looks after a site."""

    name: str
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A place where chargers stand together."""

    name: str
    time_zone: str = "UTC"
    hours: tuple[Period, ...] | None = None
    """When it is open; None: always."""
    contacts: tuple[Contact, ...] = ()
    mode: Mode = Mode.AUTO
    """How far healing may go there; the daemon's or a rule's may be stricter."""


@dataclass(frozen=True, slots=True)
class Placement:
    """One listed charger."""

    charger: ChargerId
    site: str
    tags: frozenset[str] = frozenset()
    connectors: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    """1.6 only: connector -> evse, where connectors share one; a connector not named is an evse of its own."""
    power_stages: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    """evse -> name of the power stage it shares with others."""
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    """What it is expected to tell when it boots; None: anything."""
    commissioned: date | None = None
    security_profile: int | None = None
    """The least security profile (0 to 3) under which it may connect; None: that of the settings."""

    def evse_of(self, connector: int) -> int:
        return self.connectors.get(connector, connector)

    def mismatch(self, vendor: str | None, model: str | None, serial: str | None) -> str | None:
        """Why what booted is not the charger that is listed: it tells another serial number. None while it may be."""
        if not _differ(self.serial, serial):
            return None
        device = " ".join(part for part in (vendor, model) if part) or "it"
        return f"{device} tells serial {serial}, the inventory expects {self.serial}"

    def oddity(self, vendor: str | None, model: str | None) -> str | None:
        """What is unexpected, but no reason to doubt who it is: it tells another vendor or model."""
        pairs = (("vendor", self.vendor, vendor), ("model", self.model, model))
        odd = [f"{what} {told} where {wanted} is expected" for what, wanted, told in pairs if _differ(wanted, told)]
        return f"it tells {' and '.join(odd)}" if odd else None


def _differ(expected: str | None, told: str | None) -> bool:
    """Whether both are known and not the same, but for case and surrounding blanks."""
    if not expected or not told or not told.strip():
        return False
    return expected.strip().casefold() != told.strip().casefold()


@dataclass(frozen=True, slots=True)
class Inventory:
    """All listed sites and chargers."""

    sites: Mapping[str, Site] = field(default_factory=lambda: MappingProxyType({}))
    chargers: Mapping[ChargerId, Placement] = field(default_factory=lambda: MappingProxyType({}))

    def placement(self, charger: ChargerId) -> Placement:
        """Where a charger stands; one nobody listed is a site of its own."""
        return self.chargers.get(charger) or Placement(charger, site=charger)
