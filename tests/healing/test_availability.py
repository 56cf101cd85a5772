"""The duty to have places in service, or out of it; what becomes of it over time stands in `test_errands`."""

from __future__ import annotations

from healer.fleet.charger import Charger
from healer.fleet.inventory import Placement
from healer.fleet.place import Transaction
from healer.healing.availability import HOLD_OUT, PUT_BACK, Availability, in_use, put_back_at
from healer.healing.duties import Errand
from healer.healing.records import Fate
from healer.model import ChargerId, ConnectionId, OcppVersion, Target
from healer.ocpp.messages import ChangeAvailability, Outcome, Result

A = ChargerId("A")
PLUG = Target(A, 1, 1)


def _charger() -> Charger:
    charger = Charger(A, Placement(A, "Depot"), watched_since=0.0)
    charger.connect(ConnectionId("A#1"), OcppVersion.V16, 0.0)
    charger.connector(1, 1)
    return charger


def test_a_place_is_put_back_a_little_after_it_showed_unavailable() -> None:
    charger = _charger()
    assert put_back_at(charger, PLUG, 100.0, 3600.0) == 130.0
    charger.connector(1, 1).unavailable_at = 104.0
    assert put_back_at(charger, PLUG, 100.0, 3600.0) == 106.0


def test_a_place_in_use_is_waited_for() -> None:
    charger = _charger()
    charger.evse(1).transaction = Transaction("7", 1, 1, 0.0)
    assert in_use(charger, PLUG)
    assert not in_use(charger, Target(A, 2, 2))
    assert put_back_at(charger, PLUG, 100.0, 3600.0) == 3700.0


def test_what_is_owed_is_planned_and_ends_when_it_is_done() -> None:
    charger, duty = _charger(), Availability(3600.0)
    charger.put_back[PLUG] = 100.0
    errand = Errand(PUT_BACK, PLUG)
    assert duty.debts(charger, 100.0) == {errand: 130.0}
    plan = duty.plan(errand, charger, 130.0)
    assert plan.command == ChangeAvailability(True, None, 1)
    assert duty.why_not(errand, plan, charger, 130.0) is None
    duty.done(errand, plan, Fate.ACCEPTED, Outcome(Result.ACCEPTED), charger, 131.0)
    assert duty.debts(charger, 131.0) == {}
    assert duty.why_not(errand, plan, charger, 131.0) == "it is no longer owed"


def test_what_is_out_by_our_will_is_taken_out_again_after_a_boot() -> None:
    charger, duty = _charger(), Availability(3600.0)
    charger.out_of_service.add(PLUG)
    charger.held_out_at[PLUG] = 50.0
    assert duty.debts(charger, 60.0) == {}
    charger.booted_at = 70.0
    errand = Errand(HOLD_OUT, PLUG)
    assert duty.debts(charger, 80.0) == {errand: 70.0}
    plan = duty.plan(errand, charger, 80.0)
    assert plan.command == ChangeAvailability(False, None, 1)
    duty.done(errand, plan, Fate.REJECTED, Outcome(Result.REJECTED), charger, 81.0)
    assert errand in duty.debts(charger, 82.0)


def test_while_a_safety_code_stands_nothing_is_put_back_but_it_stays_owed() -> None:
    charger, duty = _charger(), Availability(3600.0)
    charger.put_back[PLUG] = 100.0
    plan = duty.plan(Errand(PUT_BACK, PLUG), charger, 110.0)
    charger.latch(PLUG, "GroundFailure", 120.0)
    assert duty.debts(charger, 130.0) == {Errand(PUT_BACK, PLUG): None}
    assert duty.why_not(Errand(PUT_BACK, PLUG), plan, charger, 130.0) == "a safety code was seen"
