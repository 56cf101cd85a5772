"""What sensors show."""

from __future__ import annotations

import pytest

from healer.fleet.signals import SIGNALS, Reading
from healer.model import UNKNOWN, ChargerId, Target
from tests.bench import Bench

A = ChargerId("A")
HOT = "rules: [{rule: hot, when: {temperature: {above: 80}}, for: 45m, alert: ticket}]"


def _read(bench: Bench, name: str, evse: int = 1) -> Reading:
    return SIGNALS[name].read(bench.engine.chargers[A], Target(A, evse), bench.now)


def _sample(value: float, measurand: str, unit: str, **more: str) -> dict[str, object]:
    return {"value": str(value), "measurand": measurand, "unit": unit, **more}


def _metered(bench: Bench, *samples: dict[str, object], connector: int = 1) -> None:
    value = {"timestamp": bench.stamp(), "sampledValue": list(samples)}
    bench.say("A", "MeterValues", {"connectorId": connector, "meterValue": [value]})


def test_temperature_and_voltage_are_those_of_the_last_reading() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    assert _read(bench, "temperature") is UNKNOWN
    _metered(
        bench,
        _sample(41, "Temperature", "Celsius", location="Body"),
        _sample(63, "Temperature", "Celsius", location="Cable"),
        *(_sample(volts, "Voltage", "V", phase=f"L{phase}-N") for phase, volts in enumerate((228, 231, 205), 1)),
    )
    assert _read(bench, "temperature") == 63
    assert (_read(bench, "lowest_voltage"), _read(bench, "highest_voltage")) == (205, 231)
    assert _read(bench, "temperature", evse=2) is UNKNOWN


def test_what_the_charger_shows_as_a_whole_holds_where_the_evse_shows_nothing() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    _metered(bench, _sample(30, "Temperature", "Celsius"), connector=0)
    _metered(bench, _sample(50, "Temperature", "Celsius"), connector=2)
    assert (_read(bench, "temperature"), _read(bench, "temperature", evse=2)) == (30, 50)


def test_2x_tells_it_in_events_of_its_transaction_and_of_its_sensor() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    sample = {"value": 71.5, "measurand": "Temperature", "unitOfMeasure": {"unit": "Celsius"}}
    bench.transaction201(
        "A",
        "Updated",
        meterValue=[{"timestamp": bench.stamp(), "sampledValue": [sample]}],
        transactionInfo={"transactionId": "T1"},
    )
    assert _read(bench, "temperature") == 71.5
    event = {
        "eventId": 1,
        "timestamp": bench.stamp(),
        "trigger": "Delta",
        "actualValue": "88",
        "component": {"name": "TemperatureSensor", "evse": {"id": 1}},
        "variable": {"name": "Temperature"},
        "eventNotificationType": "CustomMonitor",
    }
    bench.say("A", "NotifyEvent", {"generatedAt": bench.stamp(), "seqNo": 0, "eventData": [event]})
    assert _read(bench, "temperature") == 88
    bench.say(
        "A", "NotifyEvent", {"generatedAt": bench.stamp(), "seqNo": 0, "eventData": [{**event, "actualValue": "?"}]}
    )
    assert _read(bench, "temperature") == 88


def test_the_charge_of_a_car_is_that_of_the_open_transaction() -> None:
    bench = Bench.make()
    bench.arrive("A")
    _metered(bench, _sample(80, "SoC", "Percent", location="EV"))
    assert _read(bench, "state_of_charge") is UNKNOWN
    bench.wait(10)
    bench.start_session("A")
    assert _read(bench, "state_of_charge") is UNKNOWN
    _metered(bench, _sample(20, "SoC", "Percent", location="EV"))
    assert _read(bench, "state_of_charge") == 20


@pytest.mark.parametrize("name", ["temperature", "lowest_voltage", "highest_voltage"])
def test_an_old_reading_and_one_of_before_a_restart_tell_nothing(name: str) -> None:
    bench = Bench.make()
    bench.arrive("A")
    samples = (_sample(40, "Temperature", "Celsius"), _sample(230, "Voltage", "V"))
    _metered(bench, *samples)
    bench.wait(1799)
    assert _read(bench, name) is not UNKNOWN
    bench.wait(1)
    assert _read(bench, name) is UNKNOWN
    _metered(bench, *samples)
    bench.wait(1)
    bench.boot("A")
    assert _read(bench, name) is UNKNOWN


def test_time_alone_makes_a_reading_unknown_before_a_rule_fires() -> None:
    bench = Bench.make(HOT)
    bench.arrive("A")
    _metered(bench, _sample(90, "Temperature", "Celsius"))
    bench.wait(7200)
    assert bench.alerts == []
    for _ in range(4):
        _metered(bench, _sample(90, "Temperature", "Celsius"))
        bench.wait(1200)
    assert [alert.rule for alert in bench.alerts] == ["hot"]
