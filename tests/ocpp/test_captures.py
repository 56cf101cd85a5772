"""Frames that real chargers sent (captures/frames.jsonl), read as they came.

Each line of the file names its source and what is odd about it, and says what we read: the report's type and the
violations, or the refusal. Serial numbers, MAC addresses and tokens were replaced.

What was reported without a frame is in captures/facts.jsonl, each with the test it has become. What the daemon believes
of all that is tested in tests/quirks/test_real_frames.py.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from healer.model import OcppVersion, Status
from healer.ocpp.messages import Acknowledged, Meter, MeterReported, Report, StatusReported
from healer.ocpp.session import Refused, Reported, Session

FILE = Path(__file__).parent / "captures" / "frames.jsonl"
CAPTURES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def received(capture: dict[str, str]) -> Reported | Refused:
    session = Session(OcppVersion(capture["ocpp"]), call_timeout_s=30.0, max_frame_bytes=65_536)
    found = session.receive(capture["frame"], 0.0)
    assert isinstance(found, Reported | Refused)
    return found


def reports(vendor: str) -> list[Report]:
    found = [received(capture) for capture in CAPTURES if capture["vendor"] == vendor]
    return [one.report for one in found if isinstance(one, Reported)]


@pytest.mark.parametrize("capture", CAPTURES, ids=[f"{capture['vendor']}: {capture['odd']}" for capture in CAPTURES])
def test_a_captured_frame_is_read_as_noted(capture: dict[str, object]) -> None:
    found = received({key: str(value) for key, value in capture.items()})
    if isinstance(found, Refused):
        assert found.reason == capture["refused"]
    else:
        assert type(found.report).__name__ == capture["report"]
        assert [f"{violation.where}: {violation.problem}" for violation in found.violations] == capture["violations"]


def test_a_fault_with_an_error_code_of_the_vendors_own_is_believed() -> None:
    (fault,) = reports("Legrand")
    assert isinstance(fault, StatusReported)
    assert (fault.connector, fault.status, fault.error_code) == (None, Status.FAULTED, "Error")


def test_the_largest_integer_is_no_transaction_and_a_limit_is_no_current() -> None:
    metered = next(report for report in reports("Alfen BV") if isinstance(report, MeterReported))
    assert metered.transaction is None
    assert metered.meters == (Meter(current_a=15.63, charger_time=1600528463.0),)


def test_null_and_zero_as_texts_say_nothing() -> None:
    status = next(report for report in reports("ABB") if isinstance(report, StatusReported))
    assert (status.info, status.vendor_error_code, status.charger_time) == (None, None, None)


def test_a_cable_fault_is_told_by_the_vendor_code_alone() -> None:
    (fault,) = reports("CTEK")
    assert isinstance(fault, StatusReported)
    assert (fault.connector, fault.error_code, fault.vendor_error_code) == (2, "OtherError", "NoPPDetected")


def test_an_exponent_in_a_pretty_printed_frame_is_a_number() -> None:
    metered = next(report for report in reports("Wall Box Chargers") if isinstance(report, MeterReported))
    assert metered.transaction == "1234"
    assert metered.meters == (Meter(energy_wh=333.0, current_a=20.0, charger_time=1616009094.0),)


def test_a_total_beside_its_phases_is_not_counted_twice() -> None:
    (metered,) = reports("go-e")
    assert isinstance(metered, MeterReported)
    assert metered.meters == (Meter(energy_wh=165333.0, power_w=0.0, current_a=0.0, charger_time=1688329660.908),)


def test_a_frame_spoilt_after_its_head_is_answered_by_its_id() -> None:
    spoilt = next(capture for capture in CAPTURES if capture["vendor"] == "MENNEKES")
    found = received(spoilt)
    assert isinstance(found, Refused)
    assert found.action == "StatusNotification"
    assert found.reply == '[4,"66606271","FormationViolation","the frame is not valid JSON",{}]'


@pytest.mark.parametrize("capture", [one for one in CAPTURES if one.get("report") == "StatusReported"])
def test_every_captured_status_is_understood_and_acknowledged(capture: dict[str, str]) -> None:
    found = received(capture)
    assert isinstance(found, Reported)
    assert isinstance(found.report, StatusReported)
    assert found.report.status is not None
    session = Session(OcppVersion(capture["ocpp"]), call_timeout_s=30.0, max_frame_bytes=65_536)
    assert session.reply(found, Acknowledged(), 0.0) == f'[3,"{found.message_id}",{{}}]'
