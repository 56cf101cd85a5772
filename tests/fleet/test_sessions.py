"""What a charger says of people who charge: a car that charges is known whatever the charger leaves out."""

from __future__ import annotations

import json

import pytest

from healer.events import FrameReceived, TokensReplaced
from healer.fleet.charger import MOST_PLACES, MOST_SOMEWHERE, Charger
from healer.fleet.occupancy import AUTHORIZED_S, Occupancy, judge
from healer.fleet.tokens import TokenPolicy
from healer.model import ChargerId, OcppVersion, Status, Target
from tests.bench import EVERYBODY, STAMP, Bench

A = ChargerId("A")


def _arrived() -> tuple[Bench, Charger]:
    bench = Bench.make()
    bench.arrive("A")
    return bench, bench.engine.chargers[A]


def _arrived201(evses: int = 1) -> tuple[Bench, Charger]:
    bench = Bench.make()
    bench.arrive201("A", evses)
    return bench, bench.engine.chargers[A]


def _occupancy(bench: Bench, evse: int | None = None) -> Occupancy:
    return judge(bench.engine.chargers[A], Target(A, evse), 600.0, bench.now).occupancy


def _meter(bench: Bench, connector: int, *, transaction: int | None = None, energy_wh: float = 0.0) -> None:
    value = {"value": str(energy_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
    said: dict[str, object] = {"meterValue": [{"timestamp": STAMP, "sampledValue": [value]}]}
    named = {} if transaction is None else {"transactionId": transaction}
    bench.say("A", "MeterValues", {**said, "connectorId": connector, **named})


def test_a_place_known_only_from_its_meter_is_unknown_and_not_absent() -> None:
    bench, charger = _arrived()
    assert _occupancy(bench) is Occupancy.IDLE
    _meter(bench, 2)
    assert charger.connector(2, 2).status is None
    assert _occupancy(bench) is Occupancy.UNKNOWN
    assert charger.places_to_ask() == [Target(A, 2, 2)]


def test_an_evse_known_only_from_its_meter_has_a_first_plug_to_be_asked() -> None:
    bench, charger = _arrived201()
    bench.say("A", "MeterValues", {"evseId": 2, "meterValue": []})
    assert charger.places_to_ask() == [Target(A, 2, 1)]


def test_the_main_meter_is_no_place() -> None:
    bench, charger = _arrived()
    _meter(bench, 0, energy_wh=5.0)
    bench.wait(60)
    _meter(bench, 0, energy_wh=5000.0)
    assert list(charger.evses) == [1]
    assert _occupancy(bench) is Occupancy.IDLE


def test_a_meter_that_names_an_unknown_transaction_opens_it_until_it_ends() -> None:
    bench, charger = _arrived()
    bench.status("A", 1, "Preparing")
    _meter(bench, 1, transaction=4711)
    assert _occupancy(bench) is Occupancy.DELIVERING
    bench.stop_session("A", 4711)
    assert _occupancy(bench) is Occupancy.IDLE
    _meter(bench, 1, transaction=4711)
    assert list(charger.transactions()) == []


def test_a_late_reading_of_a_transaction_whose_plug_is_free_begins_nothing() -> None:
    bench, charger = _arrived()
    bench.status("A", 1, "Charging")
    given = bench.start_session("A")
    bench.status("A", 1, "Available")
    _meter(bench, 1, transaction=given)
    assert list(charger.transactions()) == []
    bench.status("A", 1, "Charging")
    _meter(bench, 1, transaction=given)
    assert [transaction.id for transaction in charger.transactions()] == [str(given)]


def test_a_transaction_at_an_unknown_place_blocks_every_place_until_it_ends() -> None:
    bench, charger = _arrived()
    bench.status("A", 1, "Finishing")
    _meter(bench, 0, transaction=4711)
    assert [_occupancy(bench), _occupancy(bench, 1)] == [Occupancy.UNKNOWN] * 2
    assert [transaction.evse for transaction in charger.transactions()] == [None]
    bench.stop_session("A", 4711)
    assert _occupancy(bench) is Occupancy.IDLE


def test_a_transaction_at_an_unknown_place_is_over_when_all_places_are_free() -> None:
    bench, charger = _arrived201(2)
    for evse in (1, 2):
        bench.status201("A", evse, "Occupied")
    bench.transaction201("A", "Updated", evse={})
    assert list(charger.somewhere) == ["T1"]
    bench.status201("A", 1, "Available")
    assert list(charger.somewhere) == ["T1"]
    bench.status201("A", 2, "Available")
    assert not charger.somewhere


def test_a_transaction_finds_its_place_as_soon_as_it_is_named() -> None:
    bench, charger = _arrived201()
    bench.status201("A", 1, "Occupied")
    bench.transaction201("A", "Updated", evse={})
    bench.transaction201("A", "Updated")
    assert not charger.somewhere
    assert [transaction.evse for transaction in charger.transactions()] == [1]
    bench.transaction201("A", "Ended", "EVConnected", evse={})
    assert list(charger.transactions()) == []


def test_a_meter_may_tell_the_place_of_a_transaction_or_the_name_of_one() -> None:
    bench, charger = _arrived()
    bench.status("A", 1, "Preparing")
    _meter(bench, 0, transaction=4711)
    _meter(bench, 1, transaction=4711)
    assert [(one.id, one.evse) for one in charger.transactions()] == [("4711", 1)]
    bench.stop_session("A", 4711)
    _meter(bench, 1, energy_wh=10.0)
    bench.wait(60)
    _meter(bench, 1, energy_wh=1000.0)
    _meter(bench, 1, energy_wh=1000.0, transaction=4712)
    assert [one.id for one in charger.transactions()] == ["4712"]


def test_a_start_that_names_no_place_runs_somewhere() -> None:
    bench, charger = _arrived()
    bench.status("A", 1, "Preparing")
    started = {"idTag": "A", "meterStart": 0, "timestamp": STAMP}
    bench.break_store()
    bench.say("A", "StartTransaction", started)
    assert list(charger.somewhere) == [""]
    bench.mend_store()
    bench.say("A", "StartTransaction", started)
    bench.say("A", "StartTransaction", started)
    assert len(charger.somewhere) == 1
    assert _occupancy(bench, 1) is Occupancy.UNKNOWN


def test_transactions_at_unknown_places_are_bounded_and_none_is_lost() -> None:
    bench, charger = _arrived()
    bench.status("A", 1, "Finishing")
    for number in range(1, 100):
        _meter(bench, 0, transaction=number)
    assert len(charger.somewhere) == MOST_SOMEWHERE + 1
    for number in range(1, 100):
        bench.stop_session("A", number)
    assert _occupancy(bench) is Occupancy.UNKNOWN
    bench.status("A", 1, "Available")
    assert _occupancy(bench) is Occupancy.IDLE


def test_a_transaction_at_one_place_too_many_is_known_all_the_same() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=MOST_PLACES)
    charger = bench.engine.chargers[A]
    bench.start_session("A", MOST_PLACES + 1)
    assert len(charger.evses) == MOST_PLACES
    assert _occupancy(bench) is Occupancy.UNKNOWN


def test_energy_that_rises_without_a_transaction_is_one_until_the_plug_is_free() -> None:
    bench, charger = _arrived()
    bench.status("A", 1, "Preparing")
    _meter(bench, 1, energy_wh=1000.0)
    bench.wait(900)
    _meter(bench, 1, energy_wh=1001.0)
    assert _occupancy(bench) is Occupancy.IDLE
    bench.wait(900)
    _meter(bench, 1, energy_wh=3000.0)
    bench.wait(3600)
    assert _occupancy(bench) is Occupancy.DELIVERING
    bench.status("A", 1, "Available")
    assert _occupancy(bench) is Occupancy.IDLE
    assert list(charger.transactions()) == []


def test_energy_that_rises_at_a_free_plug_is_believed_for_a_while() -> None:
    bench, _ = _arrived()
    _meter(bench, 1, energy_wh=1000.0)
    bench.wait(60)
    _meter(bench, 1, energy_wh=2000.0)
    assert _occupancy(bench) is Occupancy.MAY_DELIVER
    bench.wait(600)
    assert _occupancy(bench) is Occupancy.IDLE


def test_what_a_meter_showed_before_a_session_or_a_reconnect_is_no_beginning() -> None:
    bench, _ = _arrived()
    _meter(bench, 1, energy_wh=0.0)
    bench.drop("A")
    bench.come_back("A")
    _meter(bench, 1, energy_wh=5000.0)
    assert _occupancy(bench) is Occupancy.IDLE
    bench.status("A", 1, "Charging")
    given = bench.start_session("A")
    bench.stop_session("A", given)
    bench.status("A", 1, "Finishing")
    _meter(bench, 1, energy_wh=14_000.0)
    assert _occupancy(bench) is Occupancy.IDLE


def test_the_end_of_a_transaction_without_a_name_is_that_of_its_evse() -> None:
    bench, charger = _arrived201()
    bench.status201("A", 1, "Occupied")
    for energy_wh in (0.0, 1000.0):
        sample = {"value": energy_wh, "measurand": "Energy.Active.Import.Register"}
        bench.say("A", "MeterValues", {"evseId": 1, "meterValue": [{"timestamp": STAMP, "sampledValue": [sample]}]})
        bench.wait(60)
    assert charger.connector(1, 1).status is Status.CHARGING
    bench.transaction201("A", "Ended", "EVConnected")
    assert list(charger.transactions()) == []
    bench.transaction201("A", "Started")
    assert list(charger.transactions()) == []


def test_a_start_without_a_plug_is_ended_only_by_all_plugs_of_the_evse() -> None:
    bench, charger = _arrived201()
    bench.status201("A", 1, "Available", connector=2)
    bench.status201("A", 1, "Occupied", connector=2)
    bench.transaction201("A", "Started", evse={"id": 1})
    bench.status201("A", 1, "Available", connector=1)
    assert [transaction.connector for transaction in charger.transactions()] == [None]
    bench.status201("A", 1, "Available", connector=2)
    assert list(charger.transactions()) == []


def test_whoever_is_authorised_before_the_first_status_is_protected_at_the_place_that_appears() -> None:
    bench = Bench.make()
    bench.connect("A", OcppVersion.V16)
    bench.boot("A")
    bench.say("A", "Authorize", {"idTag": "A"})
    bench.wait(30)
    bench.status("A", 1, "Available")
    bench.status("A", 1, "Preparing")
    assert _occupancy(bench) is Occupancy.MAY_DELIVER
    bench.wait(AUTHORIZED_S)
    assert _occupancy(bench) is Occupancy.IDLE


def test_who_was_authorised_and_has_gone_is_not_waited_for() -> None:
    bench, _ = _arrived()
    bench.status("A", 1, "Preparing")
    bench.say("A", "Authorize", {"idTag": "A"})
    bench.status("A", 1, "Available")
    bench.status("A", 1, "Preparing")
    assert _occupancy(bench) is Occupancy.IDLE


# --- told again -------------------------------------------------------------------------------------------------------


STARTED = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": STAMP}


def _start(bench: Bench, **changes: object) -> int:
    bench.say("A", "StartTransaction", {**STARTED, **changes})
    answer = bench.sent[-1][1][2]
    assert isinstance(answer, dict)
    return int(answer["transactionId"])


def _running(bench: Bench) -> list[str]:
    return [one.id for one in bench.engine.chargers[A].transactions()]


def test_a_start_told_again_after_a_reconnect_is_the_same_transaction() -> None:
    bench, charger = _arrived()
    bench.status("A", 1, "Charging")
    given = _start(bench)
    bench.drop("A")
    bench.connect("A")
    assert _start(bench, idTag="card") == given
    assert _running(bench) == [str(given)]
    assert charger.evse(1).closing is None


def test_a_start_told_again_after_its_end_gets_its_id_and_begins_nothing() -> None:
    bench, _ = _arrived()
    bench.status("A", 1, "Charging")
    given = _start(bench)
    bench.stop_session("A", given)
    assert _start(bench) == given
    assert _running(bench) == []


def test_a_start_told_again_after_a_restart_of_ours_is_still_the_same() -> None:
    bench, _ = _arrived()
    bench.status("A", 1, "Charging")
    given = _start(bench)
    bench.stop_session("A", given)
    later = bench.restarted()
    later.come_back("A")
    assert _start(later) == given
    assert _running(later) == []
    assert _start(later, timestamp="2027-01-15T09:00:00Z") > given


def test_a_start_told_again_of_what_was_taken_to_be_over_goes_on_while_its_plug_is_in_use() -> None:
    bench, _ = _arrived()
    bench.status("A", 1, "Charging")
    given = _start(bench)
    bench.status("A", 1, "Available")
    assert _start(bench) == given
    assert _running(bench) == []
    bench.status("A", 1, "Preparing")
    assert _start(bench) == given
    assert _running(bench) == [str(given)]


def test_another_start_at_the_same_connector_ends_the_one_before_for_good() -> None:
    bench, charger = _arrived()
    bench.status("A", 1, "Charging")
    first = _start(bench)
    second = _start(bench, meterStart=5)
    assert _running(bench) == [str(second)]
    assert _start(bench) == first
    _meter(bench, 1, transaction=first)
    assert _running(bench) == [str(second)]
    bench.stop_session("A", first)
    assert charger.evse(1).closing is None
    assert _running(bench) == [str(second)]


def test_a_charger_that_does_not_know_the_time_is_known_to_charge_again() -> None:
    bench, _ = _arrived()
    bench.status("A", 1, "Charging")
    unset = "1970-01-01T00:00:10Z"
    first = _start(bench, timestamp=unset)
    assert _start(bench, timestamp=unset) == first
    bench.stop_session("A", first)
    second = _start(bench, timestamp=unset)
    assert second != first
    assert _running(bench) == [str(second)]


def test_the_message_id_says_nothing() -> None:
    bench, _ = _arrived()
    bench.status("A", 1, "Charging")
    ids = []
    for meter in (0, 0, 7):
        frame = [2, "same", "StartTransaction", {**STARTED, "meterStart": meter}]
        bench.give(FrameReceived(bench.connection("A"), json.dumps(frame)))
        ids.append(bench.sent[-1][1][2])
    assert ids[0] == ids[1] != ids[2]


def test_a_start_that_is_refused_keeps_its_id_too() -> None:
    bench, _ = _arrived()
    bench.give(TokensReplaced(TokenPolicy.of(bytes(32), ["OTHER"])))
    bench.status("A", 1, "Preparing")
    given = _start(bench)
    assert bench.sent[-1][1][2] == {"transactionId": given, "idTagInfo": {"status": "Invalid"}}
    assert _start(bench) == given
    assert _running(bench) == []


def test_ids_are_positive_and_fit_into_32_bits() -> None:
    bench, _ = _arrived()
    assert 0 < _start(bench) < 2**31


# --- the end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [-1, 0, None, 2**63 - 1, "text", [], 4711, 1.5])
def test_every_end_is_answered_and_ends_nothing_else(named: object) -> None:
    bench, _ = _arrived()
    bench.status("A", 1, "Charging")
    given = _start(bench)
    data = [{"timestamp": STAMP, "sampledValue": [{"value": "x"}]}]
    said = {"transactionId": named, "meterStop": 5, "timestamp": STAMP, "transactionData": data}
    bench.say("A", "StopTransaction", said)
    assert bench.sent[-1][1][0] == 3
    assert _running(bench) == [str(given)]


def test_who_ended_it_is_judged_as_well() -> None:
    bench, _ = _arrived()
    bench.say("A", "StopTransaction", {"transactionId": 1, "meterStop": 5, "timestamp": STAMP, "idTag": "CARD"})
    assert bench.sent[-1][1][2] == {"idTagInfo": {"status": "Accepted"}}


def test_an_end_without_a_name_puts_what_runs_in_doubt() -> None:
    bench, _ = _arrived()
    bench.status("A", 1, "Finishing")
    _start(bench)
    bench.say("A", "StopTransaction", {"transactionId": -1, "meterStop": 5, "timestamp": STAMP})
    assert _occupancy(bench) is Occupancy.DELIVERING
    bench.wait(600)
    assert _occupancy(bench) is Occupancy.DEAD


def test_a_hard_reset_that_loses_the_end_leaves_nothing_once_the_plug_is_free() -> None:
    bench, _ = _arrived()
    bench.status("A", 1, "Charging")
    _start(bench)
    bench.restart("A")
    assert _running(bench) == []
    assert _occupancy(bench) is Occupancy.IDLE


def test_a_charger_that_boots_may_go_on_with_what_ran() -> None:
    bench, charger = _arrived()
    bench.status("A", 1, "Charging")
    given = _start(bench)
    bench.boot("A")
    assert [one.doubted_since for one in charger.transactions()] == [bench.now]
    bench.status("A", 1, "Charging")
    assert [one.doubted_since for one in charger.transactions()] == [None]
    assert _running(bench) == [str(given)]


def test_an_old_session_told_after_the_fact_may_run_until_its_end_is_heard() -> None:
    bench, _ = _arrived()
    old = _start(bench, timestamp="2027-01-15T03:00:00Z")
    assert _occupancy(bench) is Occupancy.DELIVERING
    bench.stop_session("A", old)
    assert _occupancy(bench) is Occupancy.IDLE
    _start(bench, timestamp="2027-01-15T04:00:00Z")
    bench.wait(600)
    assert _occupancy(bench) is Occupancy.DEAD


# --- 2.x --------------------------------------------------------------------------------------------------------------


def _told(bench: Bench, kind: str, number: int, minute: int, state: str = "Charging", **more: object) -> None:
    stamp = f"2027-01-15T08:{minute:02}:00Z"
    bench.transaction201("A", kind, state, seqNo=number, timestamp=stamp, **more)


def test_events_that_come_late_change_nothing() -> None:
    bench, charger = _arrived201()
    bench.status201("A", 1, "Occupied")
    _told(bench, "Started", 0, 0)
    _told(bench, "Updated", 2, 2, "SuspendedEV")
    _told(bench, "Updated", 1, 1, "Charging")
    assert charger.connector(1, 1).status is Status.SUSPENDED_EV
    _told(bench, "Ended", 3, 3, "EVConnected")
    for kind, number in (("Updated", 1), ("Started", 0), ("Ended", 3)):
        _told(bench, kind, number, number)
        assert bench.sent[-1][1][0] == 3
    assert _running(bench) == []


def test_a_station_that_counts_anew_is_heard_all_the_same() -> None:
    bench, charger = _arrived201()
    bench.status201("A", 1, "Occupied")
    _told(bench, "Started", 0, 0)
    _told(bench, "Updated", 9, 5)
    _told(bench, "Updated", 0, 6, "SuspendedEVSE")
    assert charger.connector(1, 1).status is Status.SUSPENDED_EVSE


def test_an_id_that_a_station_gives_once_more_is_another_transaction() -> None:
    bench, _ = _arrived201()
    bench.status201("A", 1, "Occupied")
    _told(bench, "Started", 0, 0)
    _told(bench, "Ended", 1, 5, "EVConnected")
    _told(bench, "Started", 0, 9)
    assert _running(bench) == ["T1"]
    _told(bench, "Updated", 1, 10)
    _told(bench, "Ended", 2, 20)
    assert _running(bench) == []


def test_what_ran_while_the_station_was_away_does_not_displace_what_runs_now() -> None:
    bench, _ = _arrived201()
    bench.status201("A", 1, "Occupied")
    _told(bench, "Started", 0, 30)
    _told(bench, "Started", 0, 10, offline=True, transactionInfo={"transactionId": "T0"})
    assert _running(bench) == ["T1"]
    _told(bench, "Started", 0, 40, offline=True, transactionInfo={"transactionId": "T2"})
    assert _running(bench) == ["T2"]


def test_the_end_of_a_2x_transaction_survives_a_restart_of_ours() -> None:
    bench, _ = _arrived201()
    bench.status201("A", 1, "Occupied")
    _told(bench, "Started", 0, 0)
    _told(bench, "Ended", 1, 5, "EVConnected")
    later = bench.restarted()
    later.connect("A", OcppVersion.V201)
    _told(later, "Updated", 1, 1)
    assert _running(later) == []


def test_a_station_that_asks_nobody_is_answered_as_one_of_a_list() -> None:
    bench, _ = _arrived201()
    bench.give(TokensReplaced(TokenPolicy.of(bytes(32), ["CARD"])))
    for token, status in (
        (("", "NoAuthorization"), "Accepted"),
        (("card", "ISO14443"), "Accepted"),
        (("X", "Central"), "Invalid"),
    ):
        bench.transaction201("A", "Updated", idToken={"idToken": token[0], "type": token[1]})
        assert bench.sent[-1][1][2] == {"idTokenInfo": {"status": status}}
    bench.transaction201("A", "Ended", idToken={"idToken": "X", "type": "Local"})
    assert bench.sent[-1][1][2] == {"idTokenInfo": {"status": "Invalid"}}


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_tokens_are_remembered_as_hashes_only() -> None:
    bench, charger = _arrived()
    bench.status("A", 1, "Charging")
    bench.say("A", "Authorize", {"idTag": "CARD"})
    _start(bench)
    transaction = charger.evse(1).transaction
    assert transaction is not None
    assert transaction.token_hash == EVERYBODY.hash("CARD")
    assert [one.token_hash for one in charger.history.presented] == [EVERYBODY.hash("card")]
    assert "CARD" not in repr(bench.journal)


def test_an_authorize_without_a_token_is_refused_where_tokens_count() -> None:
    bench, charger = _arrived()
    bench.give(TokensReplaced(TokenPolicy.of(bytes(32), ["CARD"])))
    bench.say("A", "Authorize", {})
    assert bench.sent[-1][1][2] == {"idTagInfo": {"status": "Invalid"}}
    assert charger.authorized_at is None
