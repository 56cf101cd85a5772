"""Inventory files."""

from __future__ import annotations

import pytest

from healer.config import load_inventory
from healer.errors import SettingsError
from healer.fleet.inventory import Site
from healer.model import ChargerId


def test_it_reads_sites_and_chargers() -> None:
    inventory = load_inventory(
        """
        sites:
          Depot: {time_zone: Europe/Berlin}
          Yard:
        chargers:
          Depot/1: {site: Depot, tags: [bus, ac], connectors: {1: 1, 2: 1}, power_stages: {1: A}}
          lonely:
        """,
        "fleet.yaml",
    )
    assert inventory.sites == {"Depot": Site("Depot", "Europe/Berlin"), "Yard": Site("Yard", "UTC")}
    placement = inventory.placement(ChargerId("Depot/1"))
    assert (placement.site, sorted(placement.tags)) == ("Depot", ["ac", "bus"])
    assert [placement.evse_of(connector) for connector in (1, 2, 3)] == [1, 1, 3]
    assert placement.power_stages == {1: "A"}
    assert inventory.placement(ChargerId("lonely")).site == "lonely"


def test_an_empty_file_lists_nobody() -> None:
    assert load_inventory("", "fleet.yaml").chargers == {}


def test_it_tells_every_mistake_with_its_place() -> None:
    with pytest.raises(SettingsError) as refused:
        load_inventory(
            """\
site: {}
sites:
  Depot: {time_zone: Berlin, hours: 5}
  Yard: 5
chargers:
  CP-1: {site: Dpot, connectors: {x: 1, 2: 0}, power_stages: [1]}
  CP-1: {}
  CP-2: {tags: {a: b}, power_stages: {1: }}
""",
            "fleet.yaml",
        )
    places = [line.split(": error: ")[0] for line in str(refused.value).splitlines() if ": error: " in line]
    assert places == [
        "fleet.yaml:1:1",
        "fleet.yaml:3:22",
        "fleet.yaml:3:30",
        "fleet.yaml:4:9",
        "fleet.yaml:6:16",
        "fleet.yaml:6:35",
        "fleet.yaml:6:44",
        "fleet.yaml:6:62",
        "fleet.yaml:7:3",
        "fleet.yaml:8:16",
        "fleet.yaml:8:39",
    ]


def test_it_is_a_mapping() -> None:
    with pytest.raises(SettingsError, match="a mapping"):
        load_inventory("- CP-1", "fleet.yaml")
