"""Who is known, and who only dialled."""

from __future__ import annotations

from dataclasses import replace

from healer.effects import RecordFact
from healer.engine.roster import Roster
from healer.events import InventoryReplaced
from healer.fleet.charger import ChargerRecord
from healer.fleet.inventory import Inventory, Placement, Site
from healer.fleet.profiles import Profile, ProfileEntry, Profiles
from healer.healing.records import AlertKind
from healer.model import ChargerId, Target
from tests.bench import START, Bench, placements


def recorded(bench: Bench) -> set[str]:
    return {fact.charger for fact in bench.facts if isinstance(fact, ChargerRecord)}


def test_an_identity_that_dials_says_nothing_and_goes_leaves_nothing_behind() -> None:
    bench = Bench.make()
    for number in range(100):
        bench.connect(f"guess-{number}")
        bench.drop(f"guess-{number}")
    assert bench.engine.chargers == {}
    assert recorded(bench) == set()
    assert not any(isinstance(effect, RecordFact) for effect in bench.engine.recover(bench.now))


def test_identities_that_only_dial_do_not_loosen_the_limits_that_are_shares_of_the_fleet() -> None:
    bench = Bench.make(inventory=placements("A", "B"))
    for number in range(100):
        bench.connect(f"guess-{number}")
    assert bench.engine.ward.fleet_size == 2


def test_an_unlisted_charger_counts_from_its_first_boot_on() -> None:
    bench = Bench.make()
    bench.connect("A")
    assert bench.engine.ward.fleet_size == 0
    bench.boot("A")
    bench.drop("A")
    assert bench.engine.ward.fleet_size == 1
    assert recorded(bench) == {"A"}


def test_a_listed_charger_is_known_before_it_has_dialled() -> None:
    bench = Bench.make(inventory=placements("A"))
    assert bench.engine.chargers.keys() == {ChargerId("A")}
    assert bench.engine.ward.fleet_size == 1


def test_connectors_that_are_mapped_to_another_evse_take_nothing_with_them_that_nobody_observes() -> None:
    bench = Bench.make(inventory=placements("A"))
    bench.arrive("A", connectors=2)
    bench.status("A", 2, "Faulted", "InternalError")
    bench.wait(60)
    shared = Placement(ChargerId("A"), "Depot", connectors={1: 1, 2: 1})
    bench.give(InventoryReplaced(Inventory(chargers={ChargerId("A"): shared})))
    bench.wait(3600)
    open_ones = [incident for incident in bench.engine.incidents() if incident.target.evse == 2]
    assert open_ones == []
    assert [(told.after, told.reason) for told in bench.transitions if told.incident.target.evse == 2][-1] == (
        "cancelled",
        "the place is no more",
    )


def test_a_profile_for_every_model_holds_before_the_first_boot() -> None:
    every = Profiles((ProfileEntry("*", Profile(settle_s=1.0)),))
    roster = Roster(Inventory(), every, Bench.make().engine.settings, START)
    assert roster.charger(ChargerId("A")).profile.settle_s == 1.0


def test_a_site_is_what_the_inventory_says_and_one_that_nobody_listed_has_only_its_name() -> None:
    inventory = replace(placements("A"), sites={"Depot": Site("Depot", "Europe/Berlin")})
    bench = Bench.make(inventory=inventory)
    assert bench.engine.ward.site("Depot").time_zone == "Europe/Berlin"
    assert bench.engine.ward.site("B") == Site("B")
    bench.give(InventoryReplaced(placements("A")))
    assert bench.engine.ward.site("Depot") == Site("Depot")


def test_whoever_told_of_danger_is_no_stranger() -> None:
    bench = Bench.make()
    bench.connect("A")
    bench.status("A", 0, "Faulted", "GroundFailure")
    bench.drop("A")
    assert list(bench.engine.chargers[ChargerId("A")].latches) == [Target(ChargerId("A"))]
    assert list(bench.restarted().engine.chargers[ChargerId("A")].latches) == [Target(ChargerId("A"))]


def test_dialling_under_many_names_makes_neither_incidents_nor_a_storm() -> None:
    bench = Bench.make("rules: [{rule: gone, when: offline, for: 1m, alert: ticket}]", inventory=placements("A"))
    bench.arrive("A")
    for number in range(300):
        bench.connect(f"X{number}")
        bench.drop(f"X{number}")
    assert list(bench.engine.incidents()) == []
    bench.drop("A")
    bench.wait(120)
    assert [(alert.rule, alert.kind) for alert in bench.alerts] == [("gone", AlertKind.FIRING)]
    assert len(bench.engine.chargers) == 1
