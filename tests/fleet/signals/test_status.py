"""Where places do not report, what of them is in trouble, and what we took out of service."""

from __future__ import annotations

from healer.fleet.signals import SIGNALS, Reading
from healer.model import UNKNOWN, ChargerId, OcppVersion, Target
from tests.bench import Bench

A = ChargerId("A")
PLUG = Target(A, 1, 1)
SILENT = "rules: [{rule: silent, when: silent_after_boot, alert: ticket}]"


def _read(bench: Bench, name: str) -> Reading:
    signal = SIGNALS[name]
    return signal.read(bench.engine.chargers[A], PLUG.widened(signal.scope), bench.now)


def _why(bench: Bench) -> str | None:
    why = SIGNALS["silent_after_boot"].why
    assert why is not None
    return why(bench.engine.chargers[A], bench.now)


def test_a_charger_that_boots_and_does_not_report_is_silent_after_a_minute() -> None:
    bench = Bench.make(SILENT)
    bench.connect("A")
    bench.wait(100)
    assert _read(bench, "silent_after_boot") is UNKNOWN
    bench.boot("A")
    bench.wait(59)
    assert _read(bench, "silent_after_boot") is UNKNOWN
    assert bench.alerts == []
    bench.wait(1)
    assert _read(bench, "silent_after_boot") is True
    assert _why(bench) == "no connector has ever reported"
    assert [alert.rule for alert in bench.alerts] == ["silent"]
    bench.statuses("A")
    assert _read(bench, "silent_after_boot") is False
    assert _why(bench) is None


def test_one_connector_of_two_is_enough() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    assert _read(bench, "silent_after_boot") is False
    bench.boot("A")
    bench.status("A", 1, "Available")
    bench.wait(60)
    assert _read(bench, "silent_after_boot") is True
    assert _why(bench) == f"nothing of {Target(A, 2, 2)}"


def test_so_it_is_in_2x() -> None:
    bench = Bench.make()
    bench.arrive201("A", evses=2)
    bench.boot201("A")
    bench.status201("A", 1, "Available")
    bench.wait(60)
    assert _read(bench, "silent_after_boot") is True
    bench.status201("A", 2, "Available")
    assert _read(bench, "silent_after_boot") is False


def test_a_mere_reconnect_asks_for_no_report() -> None:
    bench = Bench.make(SILENT)
    bench.arrive("A")
    bench.drop("A")
    assert _read(bench, "silent_after_boot") is UNKNOWN
    bench.connect("A")
    bench.wait(300)
    assert _read(bench, "silent_after_boot") is UNKNOWN
    assert bench.alerts == []


def test_a_status_of_the_past_was_reported_all_the_same() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.boot("A")
    bench.status("A", 1, "Available", timestamp="2026-06-01T00:00:00Z")
    bench.wait(60)
    assert _read(bench, "silent_after_boot") is False


def _problem(bench: Bench, component: str, value: str = "true", evse: int | None = None) -> None:
    where: dict[str, object] = {} if evse is None else {"evse": {"id": evse}}
    event = {
        "eventId": 1,
        "timestamp": bench.stamp(),
        "trigger": "Alerting",
        "actualValue": value,
        "component": {"name": component, **where},
        "variable": {"name": "Problem"},
        "eventNotificationType": "HardWiredNotification",
    }
    bench.say("A", "NotifyEvent", {"generatedAt": bench.stamp(), "seqNo": 0, "eventData": [event]})


def test_problems_are_those_of_the_place_and_of_what_it_is_part_of() -> None:
    bench = Bench.make()
    bench.arrive201("A", evses=2)
    assert _read(bench, "problem") == frozenset()
    _problem(bench, "PaymentCtrlr")
    _problem(bench, "TokenReader", evse=1)
    _problem(bench, "ElectricalFeed", evse=2)
    assert _read(bench, "problem") == frozenset({"PaymentCtrlr", "TokenReader"})
    _problem(bench, "TokenReader", "false", evse=1)
    assert _read(bench, "problem") == frozenset({"PaymentCtrlr"})


def test_a_problem_stands_over_a_reconnect_and_our_restart_but_not_over_its_own() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    _problem(bench, "PaymentCtrlr")
    bench.drop("A")
    assert _read(bench, "problem") is UNKNOWN
    bench.connect("A", OcppVersion.V201)
    assert _read(bench, "problem") == frozenset({"PaymentCtrlr"})
    after = bench.restarted()
    after.connect("A", OcppVersion.V201)
    assert _read(after, "problem") == frozenset({"PaymentCtrlr"})
    after.boot201("A")
    assert _read(after, "problem") == frozenset()


def test_1_6_tells_of_no_components() -> None:
    bench = Bench.make()
    bench.arrive("A")
    assert _read(bench, "problem") is UNKNOWN


def test_what_we_took_out_of_service_is_told_from_what_others_did() -> None:
    bench = Bench.make()
    bench.arrive("A")
    assert _read(bench, "out_of_service") is False
    bench.engine.chargers[A].out_of_service.add(Target(A))
    assert _read(bench, "out_of_service") is True
    bench.engine.chargers[A].out_of_service.clear()
    bench.engine.chargers[A].put_back[Target(A, 1)] = bench.now
    assert _read(bench, "out_of_service") is True
