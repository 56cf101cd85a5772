"""Chargers as people look at them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date

from healer.engine.portrait import HabitView, portrait, rows
from healer.events import ConnectionOpened
from healer.fleet.enrolment import AdmissionSettings, Decision, Enrolment, UnknownChargers
from healer.fleet.inventory import Inventory, Placement, Site
from healer.fleet.peer import Peer, Proof
from healer.model import ChargerId, ConnectionId, OcppVersion
from tests.bench import START, Bench, placements

A = ChargerId("A")
PENDING = AdmissionSettings(UnknownChargers.PENDING)
LISTED = Placement(
    A,
    "Depot",
    frozenset({"bus"}),
    {1: 1, 2: 1},
    {1: "left"},
    vendor="Acme",
    model="DC60",
    serial="42",
    commissioned=date(2025, 3, 31),
    security_profile=2,
)


def test_a_listed_charger_is_shown_with_everything() -> None:
    bench = Bench.make(inventory=Inventory({"Depot": Site("Depot", "Europe/Berlin")}, {A: LISTED}))
    connection = ConnectionId("A#0")
    bench._connections[connection] = "A"
    bench.give(ConnectionOpened(connection, A, OcppVersion.V16, Peer("192.0.2.1", True, Proof.PASSWORD)))
    bench.boot("A", chargePointSerialNumber="43")
    bench.statuses("A", faulted="GroundFailure")
    bench.start_session("A", 2)
    bench.wait(600)
    found = portrait(bench.engine, A)
    assert found is not None
    assert (found.membership, found.identity.serial, found.placement.time_zone) == ("member", "43", "Europe/Berlin")
    assert (found.placement.listed, found.placement.commissioned) == (True, "2025-03-31")
    assert found.link is not None
    assert (found.link.connected, found.link.since, found.link.address) == (True, START, "192.0.2.1")
    assert (found.link.encrypted, found.link.proof, found.link.ocpp_version) == (True, "password", "1.6")
    assert [(one.evse, one.connector, one.status, one.error, one.fresh) for one in found.places][:2] == [
        (0, 0, "Available", "NoError", True),
        (1, 1, "Faulted", "GroundFailure", True),
    ]
    assert [one.evse for one in found.transactions] == [1]
    assert [latch.code for latch in found.latches] == ["GroundFailure"]
    assert found.notices == [
        "Acme DC50 tells serial 43, the inventory expects 42",
        "it tells model DC50 where DC60 is expected",
    ]
    assert HabitView("boot_time_s", 60.0, "default") in found.profile
    assert json.loads(json.dumps(asdict(found))) == asdict(found)


def test_open_incidents_are_shown() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.arrive("B")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(301)
    found = portrait(bench.engine, A)
    assert found is not None
    assert [(one.rule, one.target, one.state) for one in found.incidents] == [
        ("internal-error", "A evse 1 connector 1", "acting")
    ]
    assert [(row.charger, row.incidents) for row in rows(bench.engine)] == [("A", 1), ("B", 0)]


def test_a_charger_that_is_away_is_shown_with_what_it_last_said() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.drop("A")
    found = portrait(bench.engine, A)
    assert found is not None
    assert found.link is not None
    assert (found.link.connected, found.link.since) == (False, bench.now)
    assert [(one.status, one.fresh) for one in found.places] == [("Available", False)] * 2


def test_one_that_waits_is_shown_with_what_it_told_of_itself() -> None:
    bench = Bench.make(inventory=placements("B"), admission=PENDING)
    bench.connect("A")
    bench.boot("A")
    found = portrait(bench.engine, A)
    assert found is not None
    assert (found.membership, found.identity.vendor, found.places) == ("pending", "Acme", [])
    assert found.link is not None
    assert (found.link.connected, found.link.since, found.link.heard) == (True, START, 1)


def test_one_that_was_decided_about_and_never_dialled_is_shown() -> None:
    bench = Bench.make()
    enrolment = Enrolment(A, Decision.REJECTED, "ada", "stolen", START)
    bench.engine.roster.enrol(enrolment)
    found = portrait(bench.engine, A)
    assert found is not None
    assert (found.membership, found.link) == ("refused", None)
    assert found.decision is not None
    assert (found.decision.author, found.decision.reason) == ("ada", "stolen")
    bench.engine.roster.enrol(replace(enrolment, decision=Decision.APPROVED, site="Depot"))
    assert [(row.membership, row.site) for row in rows(bench.engine)] == [("member", "Depot")]


def test_nobody_ever_heard_of_is_not_shown() -> None:
    assert portrait(Bench.make().engine, A) is None


def test_a_list_goes_on_behind_a_name() -> None:
    bench = Bench.make(inventory=placements("A", "B", "C"))
    assert [row.charger for row in rows(bench.engine, "A")] == ["B", "C"]


def test_what_was_learnt_of_the_model_is_shown_as_far_as_it_holds() -> None:
    bench = Bench.make()
    bench.arrive("A")
    found = portrait(bench.engine, A)
    assert found is not None
    assert found.learned is not None
    assert found.learned.unsupported == []
