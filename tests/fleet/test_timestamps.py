"""What a charger's own times tell: statuses and readings of the past, and how its clock goes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from healer.fleet.charger import Charger
from healer.fleet.place import Connector
from healer.fleet.profiles import Profile
from healer.fleet.signals import SIGNALS, Reading
from healer.model import UNKNOWN, ChargerId, OcppVersion, Status, Target
from tests.bench import START, Bench

A = ChargerId("A")
ASK = "TriggerMessage StatusNotification"
FAULTED = """
rules:
  - rule: faulted
    when: {status: Faulted}
    for: 1m
    heal: [{reset: soft}]
    if_not_healed: ticket
"""
HOURS = 3600.0


def _stamp(bench: Bench, ago_s: float = 0.0) -> str:
    return datetime.fromtimestamp(bench.now - ago_s, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _status(bench: Bench, status: str, *, ago_s: float, connector: int = 1, error: str = "NoError") -> None:
    bench.status("A", connector, status, error, timestamp=_stamp(bench, ago_s))


def _charger(bench: Bench) -> Charger:
    return bench.engine.chargers[A]


def _plug(bench: Bench, connector: int = 1) -> Connector:
    return _charger(bench).connector(connector, connector)


def _read(bench: Bench, name: str) -> Reading:
    signal = SIGNALS[name]
    return signal.read(_charger(bench), Target(A, 1, 1).widened(signal.scope), bench.now)


def _back() -> Bench:
    """A charger that has been away for a day and has just come back, without a boot."""
    bench = Bench.make(FAULTED)
    bench.arrive("A")
    bench.drop("A")
    bench.wait(24 * HOURS)
    bench.connect("A")
    return bench


def _status201(bench: Bench, status: str, *, ago_s: float) -> None:
    said = {"evseId": 1, "connectorId": 1, "connectorStatus": status, "timestamp": _stamp(bench, ago_s)}
    bench.say("A", "StatusNotification", said)


def _long_drain() -> Bench:
    """A car charges at 1; the link was away for two hours; 2 is faulted, and the status of 1 is asked for."""
    bench = Bench.make(FAULTED)
    bench.arrive("A", 2)
    bench.start_session("A", 1)
    bench.status("A", 1, "Charging")
    bench.wait(200)
    bench.drop("A")
    bench.wait(2 * HOURS)
    bench.connect("A")
    bench.status("A", 0, "Available")
    bench.status("A", 2, "Faulted", "InternalError")
    bench.wait(40)
    assert bench.commands("A") == [ASK]
    return bench


def _serve(bench: Bench, seconds: float, answer: str = "Accepted") -> None:
    """Answer each question in words alone."""
    end = bench.now + seconds
    while bench.now < end:
        if bench.open_call("A") is not None:
            bench.answer("A", answer)
        bench.wait(min(5.0, end - bench.now))


# --- statuses of the past ---------------------------------------------------------------------------------------------


def test_a_status_of_hours_ago_fires_nothing_and_is_asked_about() -> None:
    bench = _back()
    _status(bench, "Faulted", ago_s=3 * HOURS, error="InternalError")
    _status(bench, "Available", ago_s=1, connector=0)
    assert _read(bench, "status") is UNKNOWN
    bench.wait(31)
    assert bench.commands("A") == [ASK]
    bench.answer("A")
    _status(bench, "Available", ago_s=0)
    bench.wait(300)
    assert bench.resets("A") == []


def test_the_answer_is_believed_as_of_now_whatever_its_date() -> None:
    """Some chargers date a status by the event: the fault is two days old, and stands."""
    bench = _back()
    _status(bench, "Faulted", ago_s=48 * HOURS, error="InternalError")
    bench.wait(31)
    bench.answer("A")
    _status(bench, "Faulted", ago_s=48 * HOURS, error="InternalError")
    bench.wait(59)
    assert _read(bench, "status") is UNKNOWN  # it might be something that it had kept, and the answer come after it
    bench.wait(1)
    assert _read(bench, "status") == Status.FAULTED
    bench.wait(61)
    assert bench.resets("A") == ["Reset Soft"]


def test_what_it_had_kept_is_not_taken_for_the_answer() -> None:
    bench = _long_drain()
    _status(bench, "Available", ago_s=7000)
    bench.answer("A")
    _status(bench, "Available", ago_s=6990)
    assert _charger(bench).evses[1].transaction is not None
    _serve(bench, 1800)
    assert bench.resets("A") == []
    assert _charger(bench).evses[1].transaction is not None
    assert _read(bench, "status") is UNKNOWN
    _status(bench, "Available", ago_s=0)
    assert _charger(bench).evses[1].transaction is None
    _serve(bench, 30)
    assert bench.resets("A") == ["Reset Soft"]


def test_an_open_question_makes_nothing_of_the_past_count() -> None:
    bench = _long_drain()
    assert bench.open_call("A") is not None
    _status(bench, "Available", ago_s=7000)
    bench.wait(400)
    assert bench.resets("A") == []
    assert _charger(bench).evses[1].transaction is not None


def test_what_follows_within_seconds_is_waited_for() -> None:
    """A queue that is told slowly: its last word counts, and only once nothing more came for a while."""
    bench = _back()
    _status(bench, "Faulted", ago_s=3 * HOURS, error="InternalError")
    bench.wait(31)
    bench.answer("A")
    for turn in range(6):
        bench.wait(10)
        _status(bench, "Faulted", ago_s=3 * HOURS - turn, error="InternalError")
    assert _read(bench, "status") is UNKNOWN
    assert bench.commands("A") == [ASK, ASK]
    bench.answer("A")
    bench.wait(120)
    assert _read(bench, "status") == Status.FAULTED


def test_the_end_of_a_transaction_lets_its_plug_be_free() -> None:
    bench = _long_drain()
    _status(bench, "Available", ago_s=3600)
    _serve(bench, 400)
    assert _read(bench, "status") is UNKNOWN
    bench.stop_session("A", 1)
    _serve(bench, 600)
    assert _read(bench, "status") == Status.AVAILABLE


def test_a_plug_that_was_free_by_an_old_date_shows_no_car_that_came() -> None:
    bench = Bench.make(FAULTED)
    bench.arrive201("A")
    bench.drop("A")
    bench.wait(2 * HOURS)
    bench.connect("A", OcppVersion.V201)
    _status201(bench, "Available", ago_s=HOURS)
    _serve(bench, 120)
    assert _read(bench, "status") == Status.AVAILABLE
    _status201(bench, "Occupied", ago_s=0)
    assert _plug(bench).plugged_epoch != _charger(bench).epoch


def test_the_present_state_told_right_after_takes_the_place_of_the_old_one() -> None:
    bench = _back()
    _status(bench, "Faulted", ago_s=3 * HOURS, error="InternalError")
    _status(bench, "Available", ago_s=0)
    assert _read(bench, "status") == Status.AVAILABLE
    bench.wait(300)
    assert bench.commands("A") == []


def test_an_old_status_after_a_present_one_makes_it_doubtful() -> None:
    bench = _back()
    _status(bench, "Charging", ago_s=0)
    _status(bench, "Available", ago_s=3 * HOURS)
    assert _read(bench, "status") is UNKNOWN
    bench.wait(31)
    assert bench.commands("A") == [ASK]


def test_a_charger_that_cannot_be_asked_is_believed() -> None:
    bench = _back()
    _status(bench, "Faulted", ago_s=3 * HOURS, error="InternalError")
    bench.wait(31)
    bench.answer("A", "NotImplemented")
    assert _read(bench, "status") == Status.FAULTED


def test_what_it_tells_of_the_past_later_is_believed_once_it_goes_on_to_other_things() -> None:
    bench = _back()
    _status(bench, "Faulted", ago_s=3 * HOURS, error="InternalError")
    bench.wait(31)
    bench.answer("A", "NotImplemented")
    _status(bench, "Charging", ago_s=2 * HOURS)
    _status(bench, "Available", ago_s=HOURS)
    bench.wait(29)
    bench.say("A", "Heartbeat", {})
    assert _read(bench, "status") is UNKNOWN
    bench.wait(1)
    bench.say("A", "Heartbeat", {})
    assert _read(bench, "status") == Status.AVAILABLE


def test_a_place_is_believed_after_the_third_refusal_to_tell_of_it_and_no_other_place() -> None:
    bench = _back()
    for connector in (1, 2):
        _status(bench, "Faulted", ago_s=3 * HOURS, connector=connector, error="InternalError")
    bench.wait(31)
    refused = 0
    for _ in range(100):
        call = bench.open_call("A")
        if call is None:
            bench.wait(5)
            continue
        payload = call[3]
        assert isinstance(payload, dict)
        of_first = payload.get("connectorId") == 1
        assert not _charger(bench).is_fresh(_plug(bench)), "it was believed too soon"
        refused += of_first
        if of_first:
            bench.answer("A", "Rejected", call=call)
        else:
            bench.answer_error("A", "InternalError")
        if refused == 3:
            break
    assert refused == 3
    assert _read(bench, "status") == Status.FAULTED
    assert not _charger(bench).is_fresh(_plug(bench, 2))


def test_a_connector_it_does_not_know_says_nothing_of_the_others() -> None:
    bench = _back()
    for connector in (1, 2):
        _status(bench, "Faulted", ago_s=3 * HOURS, connector=connector, error="InternalError")
    bench.wait(31)
    bench.answer("A", "UnknownConnector")
    assert _charger(bench).is_fresh(_plug(bench))
    assert not _charger(bench).is_fresh(_plug(bench, 2))


@pytest.mark.parametrize("answer", ["Rejected", "NotImplemented"])
def test_a_charger_that_cannot_be_asked_is_not_believed_that_a_car_has_gone(answer: str) -> None:
    bench = _long_drain()
    _status(bench, "Available", ago_s=7000)
    _serve(bench, 3 * HOURS, answer)
    bench.say("A", "Heartbeat", {})
    assert bench.resets("A") == []
    assert _charger(bench).evses[1].transaction is not None
    assert _read(bench, "status") is UNKNOWN


def test_one_that_takes_the_question_and_says_nothing_is_believed_and_not_forgotten() -> None:
    bench = _back()
    _status(bench, "Faulted", ago_s=3 * HOURS, error="InternalError")
    bench.wait(31)
    bench.answer("A")
    bench.wait(61)
    assert _read(bench, "status") == Status.FAULTED
    assert bench.commands("A") == [ASK]


def test_danger_of_the_past_holds_the_interlock_at_once() -> None:
    bench = _back()
    _status(bench, "Faulted", ago_s=3 * HOURS, error="GroundFailure")
    assert [latch.code for latch in _charger(bench).latches.in_order()] == ["GroundFailure"]


def test_the_charger_itself_is_asked_as_well() -> None:
    bench = _back()
    _status(bench, "Faulted", ago_s=48 * HOURS, connector=0, error="InternalError")
    _status(bench, "Available", ago_s=0)
    assert not _charger(bench).is_fresh(_charger(bench).itself)
    bench.wait(31)
    assert bench.commands("A") == [ASK]
    bench.answer("A")
    _status(bench, "Available", ago_s=0, connector=0)
    assert _charger(bench).is_fresh(_charger(bench).itself)


@pytest.mark.parametrize("stamp", ["1970-01-01T00:00:12Z", "0001-01-01T00:00:00Z", "2000-01-01T02:00:00", "nonsense"])
def test_a_clock_that_was_never_set_takes_away_no_word(stamp: str) -> None:
    bench = _back()
    bench.status("A", 1, "Available", timestamp=stamp)
    assert _read(bench, "status") == Status.AVAILABLE


def test_a_known_wrong_zone_is_corrected() -> None:
    bench = Bench.make(FAULTED)
    bench.arrive("A")
    for _ in range(3):
        bench.wait(600)
        _status(bench, "Available", ago_s=2 * HOURS)
    bench.drop("A")
    bench.wait(HOURS)
    bench.connect("A")
    _status(bench, "Available", ago_s=2 * HOURS)
    assert _read(bench, "status") == Status.AVAILABLE
    _status(bench, "Available", ago_s=5 * HOURS)
    assert _read(bench, "status") is UNKNOWN


@pytest.mark.parametrize("answer", ["Accepted", "Rejected", "NotImplemented"])
def test_a_charger_with_a_frozen_clock_does_not_stay_unknown(answer: str) -> None:
    bench = Bench.make(FAULTED)
    bench.arrive("A")
    for _ in range(3):
        bench.wait(600)
        bench.status("A", 1, "Available", timestamp="2026-10-01T00:00:00Z")
    bench.drop("A")
    bench.connect("A")
    bench.status("A", 1, "Faulted", "InternalError", timestamp="2026-10-01T00:00:00Z")
    assert _read(bench, "status") is UNKNOWN
    _serve(bench, 300, answer)
    assert _read(bench, "status") == Status.FAULTED


def test_a_status_that_is_told_again_with_the_date_of_its_event_makes_no_word_of_the_past_count() -> None:
    bench = Bench.make(FAULTED)
    bench.arrive("A", 2)
    bench.start_session("A", 1)
    bench.wait(100)
    since = _stamp(bench)
    for _ in range(2):
        bench.status("A", 1, "Charging", timestamp=since)
        bench.wait(70)
    bench.status("A", 2, "Faulted", "InternalError")
    bench.drop("A")
    bench.wait(HOURS)
    bench.connect("A")
    bench.status("A", 0, "Available")
    bench.status("A", 2, "Faulted", "InternalError")
    _status(bench, "Available", ago_s=3500)
    bench.wait(400)
    assert bench.resets("A") == []
    assert _charger(bench).evses[1].transaction is not None


def test_what_takes_long_to_tell_is_of_the_past_all_the_same() -> None:
    bench = _back()
    _status(bench, "Charging", ago_s=0)
    bench.wait(1200)
    _status(bench, "Available", ago_s=2 * HOURS)
    assert _read(bench, "status") is UNKNOWN


def test_a_state_that_comes_as_an_event_of_the_past_is_a_claim_as_well() -> None:
    bench = Bench.make(FAULTED)
    bench.arrive201("A")
    bench.drop("A")
    bench.wait(HOURS)
    bench.connect("A", OcppVersion.V201)
    event = {
        "eventId": 1,
        "timestamp": _stamp(bench, 0.5 * HOURS),
        "trigger": "Delta",
        "actualValue": "Faulted",
        "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
        "variable": {"name": "AvailabilityState"},
        "eventNotificationType": "HardWiredNotification",
    }
    bench.say("A", "NotifyEvent", {"generatedAt": _stamp(bench), "seqNo": 0, "eventData": [event]})
    assert _read(bench, "status") is UNKNOWN


# --- readings of the past ---------------------------------------------------------------------------------------------


def _meter(bench: Bench, energy_wh: float, *, ago_s: float) -> None:
    value = {"value": str(energy_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
    sampled = [{"timestamp": _stamp(bench, ago_s), "sampledValue": [value]}]
    bench.say("A", "MeterValues", {"connectorId": 1, "meterValue": sampled})


def _charging(*, known_clock: bool) -> Bench:
    bench = Bench.make(FAULTED)
    bench.arrive("A")
    bench.start_session("A")
    bench.wait(HOURS)
    for turn in range(3 if known_clock else 0):
        _meter(bench, 1000.0 + turn, ago_s=0)
        bench.wait(60)
    bench.drop("A")
    bench.wait(HOURS)
    bench.connect("A")
    return bench


def test_energy_of_the_past_is_no_progress_now() -> None:
    bench = _charging(known_clock=True)
    transaction = next(_charger(bench).transactions())
    before = transaction.progress_at
    _meter(bench, 5000, ago_s=0.8 * HOURS)
    assert transaction.progress_at == before
    _meter(bench, 6000, ago_s=0)
    assert transaction.progress_at == bench.now


def test_where_the_clock_is_not_known_a_reading_protects_whoever_charges() -> None:
    bench = _charging(known_clock=False)
    transaction = next(_charger(bench).transactions())
    _meter(bench, 5000, ago_s=5 * 365 * 24 * HOURS)
    assert transaction.progress_at == bench.now


# --- the clock --------------------------------------------------------------------------------------------------------


def test_the_skew_is_learnt_from_live_messages_alone() -> None:
    bench = Bench.make(FAULTED)
    bench.connect("A")
    bench.boot("A")
    for _ in range(5):
        _status(bench, "Available", ago_s=-90)
    assert _read(bench, "clock_skew") is UNKNOWN
    for _ in range(3):
        bench.wait(60)
        _status(bench, "Available", ago_s=-90)
    assert _read(bench, "clock_skew") == pytest.approx(90, abs=1)
    bench.drop("A")
    assert _read(bench, "clock_skew") is UNKNOWN


def test_a_skew_fires_a_rule_ahead_or_behind() -> None:
    for off_s in (7200.0, -7200.0):
        bench = Bench.make("rules: [{rule: clock, when: {clock_skew: {above: 1h}}, for: 1m, alert: ticket}]")
        bench.arrive("A")
        for _ in range(4):
            bench.wait(900)
            _status(bench, "Available", ago_s=off_s)
        bench.wait(61)
        assert len(bench.raised("firing")) == 1, off_s


def test_a_clock_that_was_never_set_is_off_by_decades() -> None:
    bench = Bench.make(FAULTED)
    bench.arrive("A")
    for second in range(3):
        bench.wait(900)
        bench.status("A", 1, "Available", timestamp=f"1970-01-01T00:{15 * second:02}:00Z")
    skew = _read(bench, "clock_skew")
    assert isinstance(skew, float)
    assert skew > START - 86400


def test_each_kind_of_message_that_is_dated_shows_the_clock() -> None:
    bench = Bench.make("rules: []", profile=Profile(settle_s=30.0))
    bench.arrive201("A")
    bench.wait(60)
    bench.transaction201("A", "Started")
    bench.wait(60)
    bench.problem201("A", 1, "OtherError")
    bench.wait(60)
    bench.transaction201("A", "Updated")
    assert _charger(bench).contact.clock.skew_s == pytest.approx(0, abs=1)


def test_states_dated_by_their_events_show_no_clock() -> None:
    bench = Bench.make(FAULTED)
    bench.arrive("A", 2)
    bench.wait(700)
    first = bench.now - 2 * HOURS
    for turn in range(6):
        _status(bench, "Available", ago_s=bench.now - first - turn, connector=1 + turn % 2)
        bench.wait(20)
    assert _charger(bench).contact.clock.skew_s is None
    bench.drop("A")
    bench.wait(HOURS)
    bench.connect("A")
    _status(bench, "Available", ago_s=3500)
    assert _read(bench, "status") is UNKNOWN


def test_a_long_queue_shows_no_clock() -> None:
    bench = _back()
    bench.statuses("A")
    bench.wait(601)
    for turn in range(4):
        _status(bench, "Available", ago_s=2 * HOURS - 3 * turn)
        bench.wait(2)
    assert _charger(bench).contact.clock.skew_s is None


def test_what_was_queued_while_offline_does_not_show_the_clock() -> None:
    bench = Bench.make("rules: []")
    bench.arrive201("A")
    for _ in range(5):
        bench.wait(60)
        bench.transaction201("A", "Updated", offline=True, timestamp=_stamp(bench, 9 * HOURS))
    assert _charger(bench).contact.clock.skew_s is None
