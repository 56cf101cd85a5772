"""Whether anything comes of a session: open, standing still, in vain, too short."""

from __future__ import annotations

from healer.fleet.signals import SIGNALS, Reading
from healer.model import UNKNOWN, ChargerId, OcppVersion, Target
from tests.bench import Bench

A = ChargerId("A")
EVSE = Target(A, 1)

STANDS_STILL = """
rules:
  - rule: stands-still
    when: {status: Charging, no_progress: yes}
    for: 20m
    alert: ticket
"""


def _read(bench: Bench, name: str) -> Reading:
    return SIGNALS[name].read(bench.engine.chargers[A], EVSE, bench.now)


def _arrived(rules: str = "rules: []") -> Bench:
    bench = Bench.make(rules)
    bench.arrive("A")
    return bench


def _start(bench: Bench, token: str = "A", meter: float = 0) -> int:
    said = {"connectorId": 1, "idTag": token, "meterStart": meter, "timestamp": bench.stamp()}
    bench.say("A", "StartTransaction", said)
    answer = bench.sent[-1][1]
    assert isinstance(answer[2], dict)
    return int(answer[2]["transactionId"])


def _stop(bench: Bench, transaction: int, meter: float, reason: str = "Local", **more: object) -> None:
    said = {"transactionId": transaction, "meterStop": meter, "timestamp": bench.stamp(), "reason": reason, **more}
    bench.say("A", "StopTransaction", said)


def _session(bench: Bench, energy_wh: float, seconds: float = 600, token: str = "A", reason: str = "Local") -> None:
    transaction = _start(bench, token)
    bench.wait(seconds)
    _stop(bench, transaction, energy_wh, reason)
    bench.wait(10)


# --- open -------------------------------------------------------------------------------------------------------------


def test_a_transaction_is_open_from_its_start_to_its_end() -> None:
    bench = _arrived()
    assert _read(bench, "transaction_open") is False
    transaction = _start(bench)
    assert _read(bench, "transaction_open") is True
    _stop(bench, transaction, 5)
    assert _read(bench, "transaction_open") is False


def test_it_is_unknown_whether_one_is_open_where_it_may_have_begun_or_ended_unseen() -> None:
    bench = _arrived()
    bench.status("A", 1, "Charging")
    assert _read(bench, "transaction_open") is UNKNOWN
    _start(bench)
    bench.drop("A")
    assert _read(bench, "transaction_open") is UNKNOWN
    bench.connect("A")
    bench.boot("A")
    assert _read(bench, "transaction_open") is UNKNOWN


def test_a_place_that_nobody_heard_of_has_none_that_is_known() -> None:
    bench = Bench.make()
    bench.connect("A")
    for name in ("transaction_open", "no_progress", "zero_energy_sessions", "short_sessions"):
        assert _read(bench, name) is UNKNOWN


def test_2x_occupied_may_hide_one() -> None:
    bench = Bench.make()
    bench.connect("A", OcppVersion.V201)
    bench.boot201("A")
    bench.status201("A", 1, "Occupied")
    assert _read(bench, "transaction_open") is UNKNOWN
    bench.transaction201("A", "Started")
    assert _read(bench, "transaction_open") is True
    bench.transaction201("A", "Ended")
    assert _read(bench, "transaction_open") is False


# --- progress ---------------------------------------------------------------------------------------------------------


def test_energy_that_stands_still_is_seen_from_the_second_reading() -> None:
    bench = _arrived()
    assert _read(bench, "no_progress") is False
    _start(bench)
    assert _read(bench, "no_progress") is UNKNOWN
    bench.meter("A", 500)
    assert _read(bench, "no_progress") is False
    bench.wait(60)
    bench.meter("A", 500)
    assert _read(bench, "no_progress") is True
    bench.meter("A", 501)
    assert _read(bench, "no_progress") is False


def test_one_reading_of_a_transaction_whose_start_was_missed_tells_nothing() -> None:
    bench = Bench.make()
    bench.connect("A", OcppVersion.V201)
    bench.boot201("A")
    sample = {"value": 500.0, "measurand": "Energy.Active.Import.Register"}
    meter = [{"timestamp": bench.stamp(), "sampledValue": [sample]}]
    bench.transaction201("A", "Updated", meterValue=meter)
    assert _read(bench, "no_progress") is UNKNOWN
    bench.transaction201("A", "Updated", meterValue=meter, seqNo=1)
    assert _read(bench, "no_progress") is True


def test_readings_that_cease_tell_nothing_and_neither_do_those_of_before() -> None:
    bench = _arrived()
    _start(bench)
    bench.meter("A", 0)
    assert _read(bench, "no_progress") is True
    bench.wait(1800)
    assert _read(bench, "no_progress") is UNKNOWN
    bench.meter("A", 0)
    bench.wait(1)
    bench.drop("A")
    bench.connect("A")
    assert _read(bench, "no_progress") is UNKNOWN


def test_a_rule_fires_when_it_has_stood_still_for_long_enough_and_not_over_a_lost_link() -> None:
    bench = _arrived(STANDS_STILL)
    bench.status("A", 1, "Charging")
    _start(bench)
    for _ in range(4):
        bench.meter("A", 0)
        bench.wait(240)
    bench.drop("A")
    bench.wait(3600)
    assert bench.alerts == []
    bench.connect("A")
    bench.status("A", 1, "Charging")
    for _ in range(6):
        bench.meter("A", 0)
        bench.wait(240)
    assert [alert.rule for alert in bench.alerts] == ["stands-still"]


def test_readings_that_cease_fire_nothing_by_time_alone() -> None:
    bench = _arrived(STANDS_STILL.replace("20m", "40m"))
    bench.status("A", 1, "Charging")
    _start(bench)
    bench.meter("A", 0)
    bench.wait(7200)
    assert bench.alerts == []


# --- in a row ---------------------------------------------------------------------------------------------------------


def test_sessions_without_energy_count_in_a_row_with_their_drivers() -> None:
    bench = _arrived()
    assert _read(bench, "zero_energy_sessions") == 0
    for token in ("A", "A", "B"):
        _session(bench, 50, token=token)
    assert (_read(bench, "zero_energy_sessions"), _read(bench, "zero_energy_tokens")) == (3, 2)
    _session(bench, 100)
    assert (_read(bench, "zero_energy_sessions"), _read(bench, "zero_energy_tokens")) == (0, 0)


def test_so_they_do_in_2x() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    sample = {"value": 500.0, "measurand": "Energy.Active.Import.Register"}
    meter = [{"timestamp": bench.stamp(), "sampledValue": [sample]}]
    for number in range(2):
        named = {"transactionId": f"T{number}"}
        bench.transaction201("A", "Started", transactionInfo=named, meterValue=meter)
        bench.wait(60)
        bench.transaction201("A", "Ended", transactionInfo=named, meterValue=meter)
    assert (_read(bench, "zero_energy_sessions"), _read(bench, "short_sessions")) == (2, 2)


def test_a_session_of_unknown_energy_one_that_was_not_allowed_and_one_of_the_past_do_not_count() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    bench.transaction201("A", "Started")
    bench.transaction201("A", "Ended")
    assert _read(bench, "zero_energy_sessions") == 0
    one = _arrived()
    _session(one, 0, reason="DeAuthorized")
    assert (_read(one, "zero_energy_sessions"), _read(one, "short_sessions")) == (0, 0)


def test_a_session_whose_end_was_never_told_breaks_the_row_only_by_its_energy() -> None:
    bench = _arrived()
    _session(bench, 0)
    for energy_wh, left in ((10, 1), (5000, 0)):
        for _ in range(2):  # the former is given up when the next one ends unseen as well
            bench.status("A", 1, "Charging")
            _start(bench)
            bench.meter("A", energy_wh)
            bench.status("A", 1, "Available")
            bench.wait(100)
        assert _read(bench, "zero_energy_sessions") == left


def test_short_sessions_count_in_a_row() -> None:
    bench = _arrived()
    for _ in range(3):
        _session(bench, 5000, seconds=30)
    assert _read(bench, "short_sessions") == 3
    _session(bench, 5000, seconds=300)
    assert _read(bench, "short_sessions") == 0


def test_a_session_told_out_of_a_queue_is_as_long_as_the_charger_says() -> None:
    bench = _arrived()
    said = {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": "2027-01-15T07:58:00Z"}
    bench.say("A", "StartTransaction", said)
    transaction = bench.sent[-1][1][2]
    assert isinstance(transaction, dict)
    stopped = {"transactionId": transaction["transactionId"], "meterStop": 9000, "timestamp": "2027-01-15T08:20:00Z"}
    bench.say("A", "StopTransaction", stopped)
    assert _read(bench, "short_sessions") == 0


def test_rows_outlive_a_restart_and_are_unknown_while_the_charger_is_away() -> None:
    bench = _arrived()
    _session(bench, 0)
    bench.drop("A")
    assert _read(bench, "zero_energy_sessions") is UNKNOWN
    after = bench.restarted()
    assert _read(after, "zero_energy_sessions") is UNKNOWN
    after.connect("A")
    assert (_read(after, "zero_energy_sessions"), _read(after, "zero_energy_tokens")) == (1, 1)
