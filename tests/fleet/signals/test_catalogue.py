"""The catalogue of signals: complete, and unknown rather than guessed."""

from __future__ import annotations

import pytest

from healer.fleet.signals import EVENTS, SIGNALS, Reading, Source, ValueType
from healer.model import UNKNOWN, ChargerId, OcppVersion, Scope, Target
from tests.bench import STAMP, Bench

A = ChargerId("A")
PLUG = Target(A, 1, 1)


def _read(bench: Bench, name: str) -> Reading:
    signal = SIGNALS[name]
    return signal.read(bench.engine.chargers[A], PLUG.widened(signal.scope), bench.now)


@pytest.mark.parametrize("name", list(SIGNALS))
def test_every_signal_is_described_typed_and_touched_by_something(name: str) -> None:
    signal = SIGNALS[name]
    assert signal.name == name
    assert signal.help
    assert name.rpartition(".")[2] in signal.example
    assert signal.facets
    assert (signal.type is ValueType.CHOICE) == bool(signal.choices)


def test_events_are_described() -> None:
    assert all(event.name == name and event.help and name in event.example for name, event in EVENTS.items())


@pytest.mark.parametrize("name", [name for name, signal in SIGNALS.items() if signal.source is Source.REPORTED])
def test_what_is_reported_is_unknown_while_the_link_is_down_and_until_told_again(name: str) -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.start_session("A")
    _tell(bench)
    assert _read(bench, name) is not UNKNOWN
    bench.wait(1)
    bench.drop("A")
    assert _read(bench, name) is UNKNOWN
    bench.connect("A")
    assert _read(bench, name) is UNKNOWN
    _tell(bench)
    assert _read(bench, name) is not UNKNOWN


def _tell(bench: Bench) -> None:
    """All that a charger can report of a plug."""
    bench.status("A", 1, "Charging")
    samples = [
        {"value": "41.5", "measurand": "Temperature", "unit": "Celsius"},
        {"value": "230", "measurand": "Voltage", "unit": "V"},
        {"value": "30", "measurand": "SoC", "unit": "Percent"},
    ]
    bench.say("A", "MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": STAMP, "sampledValue": samples}]})


def test_offline_is_known_and_unknown_only_while_we_settle() -> None:
    bench = Bench.make()
    bench.arrive("A")
    assert (_read(bench, "offline"), _read(bench, "online")) == (False, True)
    bench.drop("A")
    assert (_read(bench, "offline"), _read(bench, "online")) == (True, False)
    bench.engine.chargers[A].settling = True
    assert (_read(bench, "offline"), _read(bench, "online")) == (UNKNOWN, UNKNOWN)


def test_an_outage_begins_at_the_last_frame_and_not_at_its_detection() -> None:
    bench = Bench.make()
    bench.arrive("A")
    last = bench.engine.chargers[A].last_seen_at
    bench.wait(700, silent={"A"})
    assert _read(bench, "offline") is True
    since = SIGNALS["offline"].since
    assert since is not None
    assert since(bench.engine.chargers[A], Target(A)) == last


def test_session_active_is_unknown_rather_than_no() -> None:
    bench = Bench.make()
    bench.arrive("A")
    assert _read(bench, "session_active") is False
    bench.status("A", 1, "Charging")
    assert _read(bench, "session_active") is True
    bench.drop("A")
    assert _read(bench, "session_active") is UNKNOWN


def test_an_mrec_code_is_read_from_the_vendor_code_or_follows_from_the_error() -> None:
    bench = Bench.make()
    bench.arrive("A")
    assert _read(bench, "mrec") == ""
    bench.status("A", 1, "Faulted", "GroundFailure")
    assert _read(bench, "mrec") == "CX002"
    bench.status("A", 1, "Faulted", "OtherError", vendorErrorCode="CX014")
    assert _read(bench, "mrec") == "CX014"
    assert _read(bench, "vendor_error_code") == "CX014"


def test_who_the_charger_is_stands_until_told_otherwise() -> None:
    bench = Bench.make()
    bench.connect("A")
    assert _read(bench, "vendor") is UNKNOWN
    bench.boot("A")
    bench.drop("A")
    assert [_read(bench, name) for name in ("vendor", "model", "firmware", "ocpp", "charger", "site")] == [
        "Acme",
        "DC50",
        "1.0",
        "1.6",
        "A",
        "A",
    ]
    assert _read(bench, "tag") == frozenset()


def test_scopes_are_those_of_the_place_a_signal_speaks_about() -> None:
    assert SIGNALS["status"].scope is Scope.CONNECTOR
    assert SIGNALS["session_active"].scope is Scope.EVSE
    assert SIGNALS["offline"].scope is Scope.CHARGER


def test_the_error_of_a_2x_place_is_unknown_while_it_is_faulted_without_an_event() -> None:
    bench = Bench.make()
    bench.connect("A", OcppVersion.V201)
    bench.boot201("A")
    assert _read(bench, "error_code") is UNKNOWN
    bench.status201("A", 1, "Available")
    assert (_read(bench, "error_code"), _read(bench, "mrec")) == ("NoError", "")
    bench.status201("A", 1, "Faulted")
    assert (_read(bench, "error_code"), _read(bench, "mrec")) == (UNKNOWN, UNKNOWN)
    bench.problem201("A", 1, "CX002")
    assert (_read(bench, "error_code"), _read(bench, "mrec")) == ("GroundFailure", "CX002")
    bench.boot201("A")
    bench.status201("A", 1, "Faulted")
    assert _read(bench, "error_code") is UNKNOWN
    bench.status201("A", 1, "Available")
    assert _read(bench, "error_code") == "NoError"
