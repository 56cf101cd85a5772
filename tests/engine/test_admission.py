"""Who is let in, held or refused, and what becomes of it."""

from __future__ import annotations

import pytest

from healer.effects import RecordFact
from healer.events import ChargerEnrolled, ConnectionClosed, FrameReceived, InventoryReplaced, StoreChanged
from healer.fleet.charger import ChargerRecord
from healer.fleet.enrolment import AdmissionSettings, Decision, Enrolment, Membership, UnknownChargers
from healer.fleet.inventory import Inventory, Placement, Site
from healer.healing.incident import State
from healer.healing.records import AlertKind
from healer.model import ChargerId, OcppVersion
from tests.bench import START, Bench, place, placements

A = ChargerId("A")
PENDING = AdmissionSettings(UnknownChargers.PENDING)
REJECT = AdmissionSettings(UnknownChargers.REJECT)


def decide(bench: Bench, decision: Decision, charger: str = "A", site: str | None = None) -> None:
    tags = ("bus",) if decision is Decision.APPROVED else ()
    bench.give(ChargerEnrolled(Enrolment(ChargerId(charger), decision, "ada", "seen", bench.now, site, tags)))


def approve(bench: Bench, charger: str = "A", site: str | None = None) -> None:
    decide(bench, Decision.APPROVED, charger, site)


def reject(bench: Bench, charger: str = "A") -> None:
    decide(bench, Decision.REJECTED, charger)


def answers(bench: Bench, charger: str = "A") -> list[object]:
    return [frame[2] for to, frame in bench.sent if to == charger and frame[0] == 3]


def test_an_unknown_charger_is_answered_pending_and_nothing_is_believed() -> None:
    bench = Bench.make(inventory=placements("B"), admission=PENDING)
    bench.connect("A")
    bench.boot("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(3600)
    first = answers(bench)[0]
    assert isinstance(first, dict)
    assert (first["status"], first["interval"]) == ("Pending", 60)
    assert bench.engine.chargers.keys() == {"B"}
    assert bench.engine.ward.fleet_size == 1
    assert bench.calls("A") == []
    assert not [fact for fact in bench.facts if isinstance(fact, ChargerRecord) and fact.charger == "A"]
    assert [incident.target.charger for incident in bench.engine.incidents()] == []


def test_nobody_charges_at_a_pending_charger() -> None:
    bench = Bench.make(admission=PENDING)
    bench.connect("A")
    bench.say("A", "Authorize", {"idTag": "T"})
    assert bench.start_session("A") == 0
    bench.stop_session("A", 0)
    assert answers(bench) == [
        {"idTagInfo": {"status": "Invalid"}},
        {"transactionId": 0, "idTagInfo": {"status": "Invalid"}},
        {},
    ]


def test_nobody_charges_at_a_pending_station_of_2_0_1() -> None:
    bench = Bench.make(admission=PENDING)
    bench.connect("A", OcppVersion.V201)
    bench.boot201("A")
    bench.transaction201("A", "Started", idToken={"idToken": "T", "type": "ISO14443"})
    bench.transaction201("A", "Updated", idToken={"idToken": "T", "type": "ISO14443"})
    bench.transaction201("A", "Ended")
    boot, *rest = answers(bench)
    assert isinstance(boot, dict)
    assert boot["status"] == "Pending"
    assert rest == [{"idTokenInfo": {"status": "Invalid"}}] * 2 + [{}]


def test_a_frame_that_is_no_message_is_refused_from_a_pending_charger_too() -> None:
    bench = Bench.make(admission=PENDING)
    bench.connect("A")
    bench.say("A", "Nonsense", {})
    assert [frame[0] for _, frame in bench.sent] == [4]


def test_what_a_pending_charger_told_of_itself_is_known() -> None:
    bench = Bench.make(admission=PENDING)
    bench.connect("A")
    bench.boot("A", chargePointSerialNumber="42")
    bench.wait(30)
    bench.say("A", "Heartbeat", {})
    waiting = bench.engine.admission.lobby.waiting[A]
    assert (waiting.boot.vendor, waiting.boot.serial, waiting.heard) == ("Acme", "42", 2)
    assert (waiting.since, waiting.last_seen_at) == (START, START + 30)


def test_an_approved_charger_is_in_from_its_next_boot_without_dialling_again() -> None:
    bench = Bench.make(admission=PENDING)
    bench.connect("A")
    bench.boot("A")
    approve(bench, site="Depot")
    assert bench.engine.admission.lobby.waiting == {}
    assert bench.connected("A")
    bench.boot("A")
    last = answers(bench)[-1]
    assert isinstance(last, dict)
    assert last["status"] == "Accepted"
    charger = bench.engine.chargers[A]
    assert (charger.site, sorted(charger.placement.tags)) == ("Depot", ["bus"])
    bench.statuses("A", faulted="InternalError")
    bench.wait(600)
    assert bench.resets("A")


def test_one_that_is_approved_while_it_is_away_is_in_when_it_dials() -> None:
    bench = Bench.make(admission=PENDING)
    bench.connect("A")
    bench.drop("A")
    approve(bench)
    assert bench.engine.ward.fleet_size == 1
    bench.connect("A")
    bench.boot("A")
    assert bench.engine.chargers[A].boot_accepted


def test_one_that_is_approved_before_it_ever_dialled_is_awaited() -> None:
    bench = Bench.make(admission=PENDING)
    approve(bench)
    assert not bench.engine.chargers[A].connected
    assert bench.engine.ward.fleet_size == 1


def test_a_rejected_charger_is_closed_and_no_longer_welcome() -> None:
    bench = Bench.make(admission=PENDING)
    connection = bench.connect("A")
    reject(bench)
    assert bench.closed == [connection]
    assert bench.engine.admission.lobby.waiting == {}
    assert not bench.engine.roster.is_welcome(A)
    again = bench.connect("A")
    assert bench.closed == [connection, again]
    assert bench.engine.chargers == {}


def test_a_decision_can_be_taken_back() -> None:
    bench = Bench.make(admission=PENDING)
    reject(bench)
    approve(bench)
    bench.connect("A")
    assert bench.connected("A")


def test_the_policy_decides_about_those_nobody_decided_about() -> None:
    for settings, membership in [
        (AdmissionSettings(), Membership.MEMBER),
        (PENDING, Membership.PENDING),
        (REJECT, Membership.REFUSED),
    ]:
        roster = Bench.make(inventory=placements("B"), admission=settings).engine.roster
        assert roster.membership(A) is membership
        assert roster.membership(ChargerId("B")) is Membership.MEMBER


def test_who_dials_past_the_gate_is_closed_where_unknown_ones_are_rejected() -> None:
    bench = Bench.make(admission=REJECT)
    connection = bench.connect("A")
    assert bench.closed == [connection]
    assert bench.engine.chargers == {}


def test_the_inventory_wins_over_a_decision() -> None:
    bench = Bench.make(inventory=placements("A"))
    assert bench.engine.admission.why_not_enrol(A) is not None
    reject(bench)
    assert bench.engine.roster.is_member(A)
    assert bench.engine.roster.placement(A).site == "Depot"


def test_a_site_that_the_inventory_does_not_list_is_no_place_for_a_charger() -> None:
    bench = Bench.make(inventory=Inventory({"Depot": Site("Depot")}))
    why_not = bench.engine.admission.why_not_enrol
    assert why_not(A, "Depot") is None
    assert why_not(A) is None
    assert why_not(A, "Depto") == "there is no site Depto in the inventory; known are Depot"


def test_a_pending_charger_that_is_listed_is_let_in() -> None:
    bench = Bench.make(admission=PENDING)
    bench.connect("A")
    bench.give(InventoryReplaced(placements("A")))
    assert bench.connected("A")
    assert bench.engine.chargers[A].site == "Depot"


def test_a_charger_that_is_listed_no_longer_is_closed_and_its_incidents_end() -> None:
    bench = Bench.make(inventory=placements("A", "B"), admission=PENDING)
    for name in ("A", "B"):
        bench.arrive(name)
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(301)
    assert bench.state("internal-error", "A") is State.ACTING
    connection = bench.connection("A")
    bench.give(InventoryReplaced(placements("B")))
    assert bench.closed == [connection]
    assert list(bench.engine.incidents()) == []
    assert bench.engine.ward.fleet_size == 1
    bench.wait(7200)
    bench.connect("A")
    bench.boot("A")
    assert A in bench.engine.admission.lobby.waiting
    assert list(bench.engine.incidents()) == []
    assert [intent.charger for intent in bench.intents] == ["A"]


def test_an_intent_that_is_stored_after_its_charger_was_rejected_is_not_sent() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.store_answers = False
    bench.wait(301)
    reject(bench)
    bench.store()
    assert bench.resets("A") == []
    assert bench.engine.casebook.open_intents == {}


def test_a_charger_that_comes_back_into_the_inventory_is_healed_again() -> None:
    bench = Bench.make(inventory=placements("A"), admission=REJECT)
    bench.arrive("A")
    bench.give(InventoryReplaced(Inventory()))
    bench.give(InventoryReplaced(placements("A")))
    assert bench.engine.ward.fleet_size == 1
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(301)
    assert bench.resets("A") == ["Reset Soft"]


def test_frames_that_come_after_a_rejection_are_not_heard() -> None:
    bench = Bench.make()
    bench.arrive("A")
    connection = bench.connection("A")
    reject(bench)
    said = len(bench.sent)
    bench.give(FrameReceived(connection, '[2,"1","Authorize",{"idTag":"T"}]'))
    assert len(bench.sent) == said


# --- the lobby is bounded ---------------------------------------------------------------------------------------------


def test_of_too_many_the_one_that_was_quiet_for_longest_is_forgotten() -> None:
    bench = Bench.make(admission=AdmissionSettings(UnknownChargers.PENDING, most_pending=2))
    first = bench.connect("A")
    bench.wait(1)
    bench.connect("B")
    bench.wait(1)
    bench.connect("C")
    assert bench.engine.admission.lobby.waiting.keys() == {"B", "C"}
    assert bench.closed == [first]
    bench.drop("C")
    bench.connect("D")
    assert bench.engine.admission.lobby.waiting.keys() == {"B", "D"}
    assert bench.closed == [first]


def test_of_two_connections_of_a_pending_charger_the_newest_wins() -> None:
    bench = Bench.make(admission=PENDING)
    old = bench.connect("A")
    bench.boot("A")
    new = bench.connect("A")
    assert bench.closed == [old]
    waiting = bench.engine.admission.lobby.waiting[A]
    assert (waiting.opened.connection, waiting.connected, waiting.boot.vendor) == (new, True, "Acme")
    bench.give(ConnectionClosed(old, "closed"))
    approve(bench)
    assert bench.connection("A") == new


# --- durable ----------------------------------------------------------------------------------------------------------


def test_decisions_outlive_the_daemon() -> None:
    bench = Bench.make(admission=PENDING)
    approve(bench, "A", "Depot")
    reject(bench, "B")
    again = bench.restarted()
    assert again.engine.roster.membership(A) is Membership.MEMBER
    assert again.engine.roster.membership(ChargerId("B")) is Membership.REFUSED
    assert again.engine.chargers[A].site == "Depot"
    assert again.engine.ward.fleet_size == 1


def test_a_charger_that_was_in_and_is_none_of_ours_after_a_restart_counts_for_nothing() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(301)
    assert bench.engine.casebook.find("internal-error", bench.incident("internal-error", "A").target)
    bench.journal.append(Enrolment(A, Decision.REJECTED, "ada", "stolen", bench.now))
    again = bench.restarted()
    assert list(again.engine.incidents()) == []
    assert (again.engine.ward.fleet_size, again.engine.ward.startup.expected) == (0, frozenset())


def test_decisions_are_written_down_anew_when_the_store_lost_facts() -> None:
    bench = Bench.make(admission=PENDING)
    approve(bench)
    bench.facts.clear()
    bench.give(StoreChanged(True, "42 facts were lost"))
    assert [fact.charger for fact in bench.facts if isinstance(fact, Enrolment)] == [A]


@pytest.mark.parametrize("decision", list(Decision))
def test_a_decision_is_recorded_and_told(decision: Decision) -> None:
    bench = Bench.make(admission=PENDING)
    enrolment = Enrolment(A, decision, "ada", "seen", bench.now)
    effects = bench.engine.handle(ChargerEnrolled(enrolment), bench.now)
    assert RecordFact(enrolment) in effects
    assert f"charger.{decision}" in [getattr(effect, "event", None) for effect in effects]


def test_a_placement_of_the_inventory_is_kept_for_a_listed_charger() -> None:
    shared = Placement(A, "Depot", connectors={1: 1, 2: 1})
    bench = Bench.make(inventory=Inventory(chargers={A: shared}), admission=PENDING)
    assert bench.engine.roster.placement(A) is shared


def test_what_people_were_told_of_errands_is_over_when_the_charger_is_dismissed() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.engine.chargers[A].put_back[place("A")] = bench.now - 3600
    for _ in range(40):
        bench.wait(1800)
        if any(alert.kind is AlertKind.ERRAND for alert in bench.alerts):
            break
    assert [alert.active for alert in bench.alerts if alert.kind is AlertKind.ERRAND] == [True]
    bench.give(ChargerEnrolled(Enrolment(A, Decision.REJECTED, "ada", "stolen", bench.now)))
    assert [alert.active for alert in bench.alerts if alert.kind is AlertKind.ERRAND] == [True, False]
    bench.restarted().wait(3600)
    assert [alert.active for alert in bench.alerts if alert.kind is AlertKind.ERRAND] == [True, False]
