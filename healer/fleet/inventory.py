"""The chargers an operator says there are: where they stand, what they are called, how their plugs share evses.

Belief about what a charger *does* lives in `charger`; this is what a person told us. A charger nobody listed is a
site of its own, under its own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from healer.model import ChargerId


@dataclass(frozen=True, slots=True)
class Site:
    """A place where chargers stand together."""

    name: str
    time_zone: str = "UTC"


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

    def evse_of(self, connector: int) -> int:
        return self.connectors.get(connector, connector)


@dataclass(frozen=True, slots=True)
class Inventory:
    """All listed sites and chargers."""

    sites: Mapping[str, Site] = field(default_factory=lambda: MappingProxyType({}))
    chargers: Mapping[ChargerId, Placement] = field(default_factory=lambda: MappingProxyType({}))

    def placement(self, charger: ChargerId) -> Placement:
        """Where a charger stands; one nobody listed is a site of its own."""
        return self.chargers.get(charger) or Placement(charger, site=charger)
