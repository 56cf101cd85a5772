"""Every frame that a real charger sent is believed as far as it can be: read by an engine that knows the charger.

How each frame is decoded is tested in tests/ocpp/test_captures.py; here is what the daemon takes to be so afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from healer.config.settings import OcppSettings
from healer.events import FrameReceived
from healer.fleet.charger import Charger
from healer.fleet.signals import SIGNALS, Reading
from healer.model import UNKNOWN, ChargerId, OcppVersion, Target
from healer.ocpp.messages import (
    Configuration,
    ReadConfiguration,
    Report,
    Result,
    StatusReported,
    Trigger,
    TriggerMessage,
    Variable,
)
from healer.ocpp.session import Answered, Reported, Session
from tests.bench import START, Bench

CAPTURES_FILE = Path(__file__).parents[1] / "ocpp" / "captures" / "frames.jsonl"
FACTS_FILE = CAPTURES_FILE.with_name("facts.jsonl")
CAPTURES: list[dict[str, str]] = [json.loads(line) for line in CAPTURES_FILE.read_text(encoding="utf-8").splitlines()]
FACTS: list[dict[str, str]] = [json.loads(line) for line in FACTS_FILE.read_text(encoding="utf-8").splitlines()]
BOX = "box"

RULES = """
rules:
  - rule: any-fault
    when: {status: Faulted}
    for: 1m
    alert: ticket
"""


def named(capture: dict[str, str]) -> str:
    return f"{capture['vendor']}: {capture['odd']}"


def at_home(version: str, connectors: int = 2) -> Bench:
    """A charger that has been here for a quarter of an hour, all connectors Available."""
    bench = Bench.make(RULES)
    if version == "1.6":
        bench.arrive(BOX, connectors)
    else:
        bench.arrive201(BOX, connectors)
    for _ in range(3):
        bench.wait(300)
        bench.say(BOX, "Heartbeat", {})
    return bench


def hear(bench: Bench, frame: str) -> list[list[object]]:
    """The charger sends this; what we send back."""
    before = len(bench.sent)
    bench.give(FrameReceived(bench.connection(BOX), frame))
    return [sent for _, sent in bench.sent[before:]]


def believed(bench: Bench) -> Charger:
    return bench.engine.chargers[ChargerId(BOX)]


def signal(bench: Bench, name: str, evse: int | None = 1) -> Reading:
    plug = evse if evse is None or believed(bench).ocpp_version is OcppVersion.V16 else 1
    target = Target(ChargerId(BOX), evse, plug).widened(SIGNALS[name].scope)
    return SIGNALS[name].read(believed(bench), target, bench.now)


def decoded(capture: dict[str, str]) -> Report | None:
    session = Session(OcppVersion(capture["ocpp"]), call_timeout_s=30.0, max_frame_bytes=1 << 16)
    found = session.receive(capture["frame"], 0.0)
    return found.report if isinstance(found, Reported) else None


def statuses() -> Iterator[tuple[dict[str, str], StatusReported]]:
    for capture in CAPTURES:
        report = decoded(capture)
        if isinstance(report, StatusReported):
            yield capture, report


def the(vendor: str, part: str = "") -> dict[str, str]:
    """The first frame of a vendor with this in it."""
    return next(one for one in CAPTURES if one["vendor"] == vendor and part in one["frame"])


# --- all of them --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("capture", CAPTURES, ids=named)
def test_no_frame_costs_the_connection_and_each_call_is_answered(capture: dict[str, str]) -> None:
    bench = at_home(capture["ocpp"])
    sent = hear(bench, capture["frame"])
    if capture.get("refused") == "foreign":
        assert sent == []
    else:
        assert [frame[0] for frame in sent if frame[0] != 2] == [3 if "report" in capture else 4]
        assert str(sent[0][1]) in capture["frame"]
    bench.wait(60)
    bench.say(BOX, "Heartbeat", {})
    assert bench.closed == []
    assert bench.connected(BOX)
    assert ChargerId(BOX) not in bench.engine.ward.quarantined
    assert signal(bench, "online", None) is True


@pytest.mark.parametrize("capture", CAPTURES, ids=named)
def test_any_frame_may_be_the_first_that_a_stranger_sends(capture: dict[str, str]) -> None:
    bench = Bench.make(RULES)
    bench.connect(BOX, OcppVersion(capture["ocpp"]))
    hear(bench, capture["frame"])
    bench.wait(60)
    bench.say(BOX, "Heartbeat", {})
    assert bench.closed == []
    assert bench.sent[-1][1][0] == 3


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_all_frames_one_after_the_other_and_again_do_no_harm(version: str) -> None:
    bench = at_home(version)
    frames = [capture["frame"] for capture in CAPTURES if capture["ocpp"] == version]
    for frame in (*frames, *reversed(frames), *frames):
        hear(bench, frame)
        bench.wait(1)
    assert bench.connected(BOX)
    assert bench.closed == []
    assert ChargerId(BOX) not in bench.engine.ward.quarantined
    assert len(list(believed(bench).connectors())) <= 4


@pytest.mark.parametrize(
    ("capture", "report"), list(statuses()), ids=lambda one: named(one) if isinstance(one, dict) else type(one).__name__
)
def test_each_status_is_believed_since_its_arrival(capture: dict[str, str], report: StatusReported) -> None:
    bench = at_home(capture["ocpp"])
    hear(bench, capture["frame"])
    evse = report.evse if report.evse is not None else report.connector
    assert report.status is not None
    assert signal(bench, "status", evse) == report.status.value
    place = believed(bench).itself if evse is None else believed(bench).evses[evse].connectors[report.connector or 1]
    assert place.status_since is not None
    assert place.status_since >= START
    bench.wait(90)
    faulted = report.status.value == "Faulted"
    assert [alert.rule for alert in bench.alerts if alert.active] == (["any-fault"] if faulted else [])


# --- faults -------------------------------------------------------------------------------------------------------


def test_a_fault_with_an_unknown_error_code_is_a_fault_of_the_whole_charger() -> None:
    bench = at_home("1.6")
    hear(bench, the("Legrand")["frame"])
    assert (signal(bench, "status", None), signal(bench, "error_code", None)) == ("Faulted", "Error")
    assert signal(bench, "status", 1) == "Available"


def test_a_cable_fault_is_that_of_its_connector_alone() -> None:
    bench = at_home("1.6")
    hear(bench, the("CTEK")["frame"])
    assert signal(bench, "status", 2) == "Faulted"
    assert signal(bench, "vendor_error_code", 2) == "NoPPDetected"
    assert signal(bench, "status", 1) == "Available"


def test_two_faults_that_differ_in_the_vendors_code_alone_are_told_apart() -> None:
    bench = at_home("1.6")
    hear(bench, the("(DC charger, own log format)", "idpf")["frame"])
    assert signal(bench, "vendor_error_code") == "19"
    hear(bench, the("(DC charger, own log format)", "ides")["frame"])
    assert signal(bench, "vendor_error_code") == "17"


def test_a_fault_that_is_repeated_without_its_cause_stays_a_fault() -> None:
    bench = at_home("1.6")
    hear(bench, the("(MicroOcpp based)", "OverVoltage")["frame"])
    since = believed(bench).evses[1].connectors[1].status_since
    bench.wait(30)
    bench.status(BOX, 1, "Faulted", "NoError")
    assert signal(bench, "status") == "Faulted"
    assert believed(bench).evses[1].connectors[1].status_since == since
    assert signal(bench, "error_code") != "NoError"


@pytest.mark.parametrize(
    "part", ["0,0,0,0", '"vendorErrorCode":""', '"vendorErrorCode": "0x00"', '"vendorErrorCode":"0"']
)
def test_that_there_is_no_error_is_no_code(part: str) -> None:
    found = [one for one in CAPTURES if part in one["frame"]]
    assert found
    for capture in found:
        bench = at_home("1.6")
        hear(bench, capture["frame"])
        assert signal(bench, "vendor_error_code") == ""


# --- times and repetitions ----------------------------------------------------------------------------------------


def test_a_fault_that_was_told_two_days_late_has_lasted_since_its_arrival() -> None:
    bench = at_home("1.6")
    bench.status(BOX, 1, "Faulted", "InternalError", timestamp="2022-01-31T12:00:00Z")
    bench.wait(50)
    assert bench.alerts == []
    bench.wait(20)
    assert [alert.rule for alert in bench.alerts] == ["any-fault"]


def test_a_status_of_hours_ago_told_at_a_reconnect_is_not_now() -> None:
    bench = at_home("1.6")
    bench.drop(BOX)
    bench.wait(20)
    bench.connect(BOX)
    hear(bench, the("ABB", '"Charging"')["frame"])
    assert signal(bench, "status") is UNKNOWN
    assert signal(bench, "session_active") is UNKNOWN
    bench.wait(60)
    assert "TriggerMessage StatusNotification" in bench.commands(BOX)
    bench.answer(BOX)
    bench.status(BOX, 1, "Available")
    assert signal(bench, "status") == "Available"


def test_a_status_of_hours_ago_that_is_repeated_when_asked_for_is_now() -> None:
    bench = at_home("1.6")
    bench.drop(BOX)
    bench.wait(20)
    bench.connect(BOX)
    frame = the("ABB", '"Charging"')["frame"]
    hear(bench, frame)
    bench.wait(40)
    bench.answer(BOX)
    hear(bench, frame)
    bench.wait(61)  # nothing better comes
    assert signal(bench, "status") == "Charging"


def test_a_boot_told_again_under_its_old_id_is_answered_again() -> None:
    bench = at_home("1.6")
    frame = the("Metron")["frame"]
    answers = [hear(bench, frame)[0] for _ in range(3)]
    assert [(answer[0], answer[1]) for answer in answers] == [(3, "1000001")] * 3


def test_a_status_told_twice_changes_nothing() -> None:
    bench = at_home("1.6")
    first, second = (one for one in CAPTURES if "Pilot and Charger:20h" in one["frame"])
    hear(bench, first["frame"])
    since = believed(bench).evses[1].connectors[1].status_since
    bench.wait(10)
    hear(bench, second["frame"])
    assert believed(bench).evses[1].connectors[1].status_since == since


def test_ids_that_differ_in_one_group_are_two() -> None:
    bench = at_home("1.6")
    ids = [hear(bench, one["frame"])[0][1] for one in CAPTURES if one["vendor"] == "EV-BOX"]
    assert len(set(ids)) == 3


def test_a_security_event_of_hours_ago_is_answered_and_changes_nothing() -> None:
    bench = at_home("1.6")
    before = believed(bench).epoch
    hear(bench, the("ABB", "StartupOfTheDevice")["frame"])
    assert believed(bench).epoch == before
    assert believed(bench).window("reboot").times == type(believed(bench).window("reboot").times)()


# --- transactions and readings ------------------------------------------------------------------------------------


def test_the_largest_integer_begins_no_transaction() -> None:
    bench = at_home("1.6")
    hear(bench, the("Alfen BV", "9223372036854775807")["frame"])
    assert list(believed(bench).transactions()) == []


def test_a_reading_of_a_foreign_transaction_is_one_that_runs() -> None:
    bench = at_home("1.6")
    bench.status(BOX, 1, "Charging")
    hear(bench, the("Wall Box Chargers", "2e+01")["frame"])
    assert [one.id for one in believed(bench).transactions()] == ["1234"]
    assert signal(bench, "session_active") is True


def test_a_reading_of_an_idle_connector_is_no_session() -> None:
    bench = at_home("1.6", 4)
    hear(bench, the("(4-connector station)")["frame"])
    assert list(believed(bench).transactions()) == []
    assert signal(bench, "session_active", 3) is False


def test_a_start_without_a_zone_is_a_transaction() -> None:
    bench = at_home("1.6")
    (answer,) = hear(bench, the("Growatt")["frame"])
    (open_one,) = believed(bench).transactions()
    assert answer[0] == 3
    assert isinstance(answer[2], dict)
    assert str(answer[2]["transactionId"]) == open_one.id
    assert hear(bench, the("Growatt")["frame"])[0][2] == answer[2]


def test_the_end_of_a_transaction_of_another_server_is_answered() -> None:
    bench = at_home("1.6")
    (answer,) = hear(bench, the("United Chargers", "StopTransaction")["frame"])
    assert answer[0] == 3
    assert list(believed(bench).transactions()) == []


def test_a_session_of_201_is_followed_to_its_offline_end() -> None:
    bench = at_home("2.0.1", 1)
    session = [one for one in CAPTURES if "OCTT" in one["odd"] and one.get("report", "Authorize") != "Authorize"]
    states = []
    for capture in session:
        (answer,) = hear(bench, capture["frame"])
        assert answer[0] == 3
        states.append((signal(bench, "status"), len(list(believed(bench).transactions()))))
    assert states == [
        ("Available", 1),  # authorised; nobody said where
        ("Preparing", 1),
        ("Preparing", 1),
        ("Charging", 1),
        ("Finishing", 0),
    ]


# --- answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("capture", [one for one in CAPTURES if "getVariableResult" in one["frame"]], ids=str)
def test_an_answer_with_a_variable_is_read_where_it_was_asked_for(capture: dict[str, str]) -> None:
    _, message_id, payload = json.loads(capture["frame"])
    (result,) = payload["getVariableResult"]
    wanted = Variable(result["variable"]["name"], result["component"]["name"])
    session = Session(OcppVersion.V201, call_timeout_s=30.0, max_frame_bytes=1 << 16)
    session.call(ReadConfiguration((wanted,)), message_id, 0.0)
    ended = session.receive(capture["frame"], 1.0)
    assert isinstance(ended, Answered)
    assert isinstance(ended.outcome.body, Configuration)
    (told,) = ended.outcome.body.outcomes
    assert (told.setting.variable, told.setting.value) == (wanted, result["attributeValue"])


def test_an_accepted_trigger_is_accepted() -> None:
    capture = next(one for one in CAPTURES if one["model"] == "CDT_TACW11::NET_WIFI")
    session = Session(OcppVersion.V16, call_timeout_s=30.0, max_frame_bytes=1 << 16)
    session.call(TriggerMessage(Trigger.BOOT), "3145653213", 0.0)
    ended = session.receive(capture["frame"], 1.0)
    assert isinstance(ended, Answered)
    assert ended.outcome.result is Result.ACCEPTED


def test_an_error_with_a_number_for_an_id_ends_no_call_of_ours() -> None:
    capture = the("elifTech cpd-ocpp (CSMS side)")
    session = Session(OcppVersion.V16, call_timeout_s=30.0, max_frame_bytes=1 << 16)
    session.call(TriggerMessage(Trigger.BOOT), "healer-1", 0.0)
    session.receive(capture["frame"], 1.0)
    assert session.open_call is not None


# --- facts that came without a frame ------------------------------------------------------------------------------


def test_a_boot_without_a_vendor_is_a_boot() -> None:
    bench = at_home("1.6")
    bench.boot(BOX, chargePointVendor="", chargePointModel="SmartCharger-22KT-S0")
    bench.status(BOX, 1, "Available")
    assert believed(bench).model == "SmartCharger-22KT-S0"
    assert signal(bench, "status") == "Available"


def test_pings_are_no_more_frequent_than_a_minute_by_default() -> None:
    assert OcppSettings().ping_interval_s >= 60.0


def test_energy_that_flows_after_a_stop_is_believed() -> None:
    bench = at_home("1.6")
    transaction = bench.start_session(BOX)
    bench.status(BOX, 1, "Charging")
    bench.say(
        BOX,
        "StopTransaction",
        {
            "transactionId": transaction,
            "meterStop": 100,
            "timestamp": "2027-01-15T09:00:00Z",
            "reason": "EmergencyStop",
        },
    )
    bench.power(BOX, 7000.0)
    assert signal(bench, "session_active") is True


def test_installed_out_of_the_blue_ends_the_job() -> None:
    bench = at_home("1.6")
    bench.say(BOX, "FirmwareStatusNotification", {"status": "Downloading"})
    bench.boot(BOX)
    bench.say(BOX, "FirmwareStatusNotification", {"status": "Installed"})
    assert believed(bench).firmware_job_at(bench.now) is None


def test_a_configuration_is_read_key_by_key() -> None:
    session = Session(OcppVersion.V16, call_timeout_s=30.0, max_frame_bytes=1 << 16)
    session.call(ReadConfiguration((Variable("DailyReboot"),)), "m", 0.0)
    said = {"configurationKey": [{"key": "DailyReboot", "readonly": "False", "value": "TRUE"}], "unknownKey": []}
    ended = session.receive(json.dumps([3, "m", said]), 1.0)
    assert isinstance(ended, Answered)
    assert isinstance(ended.outcome.body, Configuration)
    (told,) = ended.outcome.body.outcomes
    assert (told.setting.value, told.setting.read_only) == ("TRUE", False)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: str(fact["fact"]))
def test_each_fact_that_came_without_a_frame_has_its_test(fact: dict[str, str]) -> None:
    file, name = fact["test"].split("::")
    assert f"def {name}(" in (Path(__file__).parents[2] / file).read_text(encoding="utf-8")


def test_all_that_was_captured_is_here() -> None:
    assert len(CAPTURES) + len(FACTS) == 74
