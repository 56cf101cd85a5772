"""The chargers an operator says there are."""

from __future__ import annotations

from healer.fleet.inventory import Inventory, Placement
from healer.model import ChargerId


def test_a_charger_nobody_listed_is_a_site_of_its_own() -> None:
    assert Inventory().placement(ChargerId("A")) == Placement(ChargerId("A"), "A")


def test_a_listed_charger_stands_where_it_is_listed() -> None:
    placement = Placement(ChargerId("A"), "Depot", connectors={2: 1})
    inventory = Inventory(chargers={ChargerId("A"): placement})
    assert inventory.placement(ChargerId("A")) is placement
    assert (placement.evse_of(2), placement.evse_of(3)) == (1, 3)
