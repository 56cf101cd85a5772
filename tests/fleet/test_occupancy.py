"""Whether somebody is charging, judged from facts and never from their absence. The wild is in test_guards."""

from __future__ import annotations

import pytest

from healer.fleet.charger import Charger
from healer.fleet.occupancy import AUTHORIZED_S, METER_FRESH_S, Judgement, Occupancy, judge
from healer.fleet.place import Transaction
from healer.model import ChargerId, OcppVersion, Status
from tests.bench import Bench

A = ChargerId("A")


def _charger(*statuses: str) -> tuple[Bench, Charger]:
    bench = Bench.make()
    bench.arrive("A", connectors=len(statuses))
    for connector, status in enumerate(statuses, start=1):
        bench.status("A", connector, status, "InternalError" if status == "Faulted" else "NoError")
    return bench, bench.engine.chargers[A]


def _judged(bench: Bench, charger: Charger) -> Judgement:
    return judge(charger, charger.target, 600.0, bench.now)


def test_a_charger_that_never_reported_is_unknown() -> None:
    bench = Bench.make()
    bench.connect("A")
    assert _judged(bench, bench.engine.chargers[A]).occupancy is Occupancy.UNKNOWN


def test_the_worst_place_decides() -> None:
    assert _judged(*_charger("Available", "Charging")).occupancy is Occupancy.DELIVERING
    judgement = _judged(*_charger("Available", "Finishing"))
    assert judgement.occupancy is Occupancy.IDLE
    assert judgement.harmless


def test_one_stale_place_makes_the_whole_unknown() -> None:
    bench, charger = _charger("Available", "Available")
    bench.drop("A")
    bench.connect("A")
    bench.status("A", 1, "Available")
    judgement = _judged(bench, charger)
    assert judgement.occupancy is Occupancy.UNKNOWN
    assert not judgement.harmless
    assert "evse 2" in judgement.reason


def test_an_authorisation_lifts_by_time() -> None:
    bench, charger = _charger("Preparing")
    bench.say("A", "Authorize", {"idTag": "A"})
    judgement = _judged(bench, charger)
    assert (judgement.occupancy, judgement.lifts_at) == (Occupancy.MAY_DELIVER, bench.now + AUTHORIZED_S)
    bench.wait(AUTHORIZED_S)
    assert _judged(bench, charger).harmless


def test_a_power_reading_is_believed_for_a_while() -> None:
    bench, charger = _charger("Finishing")
    bench.power("A", 500.0)
    judgement = _judged(bench, charger)
    assert (judgement.occupancy, judgement.lifts_at) == (Occupancy.MAY_DELIVER, bench.now + METER_FRESH_S)
    bench.power("A", 20.0)
    assert _judged(bench, charger).harmless


def test_a_transaction_is_dead_only_on_a_faulted_charger_that_has_stood_still() -> None:
    bench, charger = _charger("Faulted")
    transaction = charger.evse(1).transaction = Transaction("T", 1, 1, bench.now)
    transaction.meter(100.0, None, bench.now)
    alive = _judged(bench, charger)
    assert (alive.occupancy, alive.lifts_at) == (Occupancy.DELIVERING, bench.now + 600)
    bench.wait(600)
    assert _judged(bench, charger).occupancy is Occupancy.DEAD
    charger.evse(1).connectors[1].status = Status.PREPARING
    assert _judged(bench, charger).occupancy is Occupancy.DELIVERING


def _charger201() -> tuple[Bench, Charger]:
    bench = Bench.make()
    bench.arrive201("A")
    return bench, bench.engine.chargers[A]


def test_occupied_is_unknown_unless_its_car_was_seen_to_come_or_its_transaction_to_end() -> None:
    bench, charger = _charger201()
    bench.status201("A", 1, "Occupied")
    assert _judged(bench, charger).occupancy is Occupancy.IDLE
    bench.boot201("A")
    bench.status201("A", 1, "Occupied")
    assert _judged(bench, charger).occupancy is Occupancy.UNKNOWN
    bench.transaction201("A", "Updated")
    assert _judged(bench, charger).occupancy is Occupancy.DELIVERING
    bench.transaction201("A", "Ended", "EVConnected")
    assert _judged(bench, charger).occupancy is Occupancy.IDLE
    bench.drop("A")
    bench.connect("A", OcppVersion.V201)
    bench.status201("A", 1, "Occupied")
    assert _judged(bench, charger).occupancy is Occupancy.UNKNOWN


def test_a_transaction_that_was_never_metered_is_not_known_to_be_dead() -> None:
    bench, charger = _charger("Faulted")
    charger.evse(1).transaction = Transaction("T", 1, 1, bench.now)
    bench.wait(600)
    judgement = _judged(bench, charger)
    assert (judgement.occupancy, judgement.lifts_at) == (Occupancy.UNKNOWN, None)


@pytest.mark.parametrize("status", ["Charging", "SuspendedEV", "SuspendedEVSE"])
def test_a_plug_that_says_it_is_in_use_keeps_its_transaction_alive_on_a_faulted_charger(status: str) -> None:
    bench, charger = _charger(status)
    bench.start_session("A")
    bench.meter("A", 0.0)
    bench.status("A", 0, "Faulted", "InternalError")
    bench.wait(3600)
    assert _judged(bench, charger).occupancy is Occupancy.DELIVERING


def test_what_the_charger_said_of_itself_before_it_came_back_kills_no_transaction() -> None:
    bench, charger = _charger("Preparing")
    bench.start_session("A")
    bench.meter("A", 0.0)
    bench.status("A", 0, "Faulted", "InternalError")
    bench.drop("A")
    bench.connect("A")
    bench.status("A", 1, "Preparing")
    bench.wait(3600)
    assert _judged(bench, charger).occupancy is Occupancy.DELIVERING


def test_what_ran_when_the_charger_restarted_holds_until_its_plug_has_been_silent_about_it_for_long() -> None:
    bench, charger = _charger("Charging")
    bench.start_session("A")
    bench.boot("A")
    assert _judged(bench, charger).occupancy is Occupancy.UNKNOWN
    bench.status("A", 1, "Preparing")
    waiting = _judged(bench, charger)
    assert (waiting.occupancy, waiting.lifts_at) == (Occupancy.DELIVERING, bench.now + 600)
    bench.wait(600)
    assert _judged(bench, charger).occupancy is Occupancy.DEAD


@pytest.mark.parametrize("status", ["Charging", "SuspendedEV", "SuspendedEVSE"])
def test_what_goes_on_after_a_restart_is_believed_as_before(status: str) -> None:
    bench, charger = _charger("Charging")
    bench.start_session("A")
    bench.boot("A")
    bench.status("A", 1, status)
    bench.wait(3600)
    assert _judged(bench, charger).occupancy is Occupancy.DELIVERING
    bench.status("A", 1, "Finishing")
    bench.wait(3600)
    assert _judged(bench, charger).occupancy is Occupancy.DELIVERING


def test_energy_that_flows_after_a_restart_keeps_a_transaction_alive() -> None:
    bench, charger = _charger("Preparing")
    bench.start_session("A")
    bench.boot("A")
    bench.status("A", 1, "Preparing")
    for minute in range(1, 30):
        bench.wait(60)
        bench.meter("A", 100.0 * minute)
    assert _judged(bench, charger).occupancy is Occupancy.DELIVERING
