"""What a charger says of people who charge: a car that charges is known whatever the charger leaves out."""

from __future__ import annotations

from healer.fleet.charger import MOST_PLACES, MOST_SOMEWHERE, Charger
from healer.fleet.occupancy import AUTHORIZED_S, Occupancy, judge
from healer.model import ChargerId, OcppVersion, Status, Target
from tests.bench import STAMP, Bench

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
