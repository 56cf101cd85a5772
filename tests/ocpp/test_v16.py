"""OCPP 1.6: each message whole and broken, each answer, each command and each word that ends it."""

from __future__ import annotations

import pytest

from healer.errors import PayloadError
from healer.model import Status
from healer.ocpp import instants, v16
from healer.ocpp.messages import (
    Acknowledged,
    AuthorizationReply,
    Authorize,
    Booted,
    ChangeAvailability,
    CollectDiagnostics,
    Command,
    FirmwareReported,
    Meter,
    MeterReported,
    OtherReport,
    Outcome,
    Reply,
    Report,
    Reset,
    Result,
    StatusReported,
    TransactionEnded,
    TransactionReply,
    TransactionStarted,
    Trigger,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
    Upload,
    UploadReported,
)
from healer.ocpp.v16 import CODEC

NOON = "2024-05-17T12:00:00Z"
AT_NOON = instants.read(NOON)


def read(action: str, payload: dict[str, object]) -> tuple[Report, bool]:
    """What is read, and whether the payload kept to the standard."""
    found = CODEC.read(action, payload)
    assert found is not None
    report, violations = found
    return report, not violations


def status(connector: int | None, status: Status | None, raw: str | None, **rest: object) -> StatusReported:
    return StatusReported(None, connector, status, raw_status=raw, **rest)  # type: ignore[arg-type]


def started(connector: int | None, token: str | None, meter: float | None, time: float | None) -> TransactionStarted:
    return TransactionStarted(None, connector, None, token, meter, None, time)


@pytest.mark.parametrize(
    ("action", "payload", "expected"),
    [
        (
            "BootNotification",
            {
                "chargePointVendor": "ABB",
                "chargePointModel": "T",
                "chargeBoxSerialNumber": "S1",
                "firmwareVersion": "1.8",
                "iccid": "",
            },
            Booted("ABB", "T", "S1", "1.8"),
        ),
        ("BootNotification", {"chargePointVendor": "", "chargePointModel": "SCharger"}, Booted(model="SCharger")),
        (
            "StatusNotification",
            {
                "connectorId": 2,
                "status": "Faulted",
                "errorCode": "OtherError",
                "vendorErrorCode": "0,3,0,0",
                "info": "x",
                "timestamp": NOON,
            },
            status(2, Status.FAULTED, "Faulted", error_code="OtherError", vendor_error_code="0,3,0,0", info="x",
                   charger_time=AT_NOON),
        ),
        (
            "StatusNotification",
            {"connectorId": 0, "status": "Available", "errorCode": "NoError"},
            status(None, Status.AVAILABLE, "Available", error_code="NoError"),
        ),
        ("Authorize", {"idTag": "TAG"}, Authorize("TAG")),
        (
            "StartTransaction",
            {"connectorId": 1, "idTag": "TAG", "meterStart": 4265924, "timestamp": NOON},
            started(1, "TAG", 4265924.0, AT_NOON),
        ),
        (
            "StopTransaction",
            {"transactionId": 7, "meterStop": 40330, "timestamp": NOON, "reason": "Remote", "transactionData": []},
            TransactionEnded("7", None, "Remote", 40330.0, AT_NOON),
        ),
        (
            "MeterValues",
            {
                "connectorId": 1,
                "transactionId": 7,
                "meterValue": [
                    {"timestamp": NOON, "sampledValue": [{"value": "1.5", "unit": "kWh"}]},
                    {"timestamp": NOON, "sampledValue": [{"value": "50", "measurand": "Frequency"}]},
                    {
                        "timestamp": NOON,
                        "sampledValue": [{"value": "OCMF|{}", "format": "SignedData"}, {"value": "7", "unit": "kW"}],
                    },
                ],
            },
            MeterReported(
                None, 1, "7", (Meter(energy_wh=1500.0, charger_time=AT_NOON), Meter(power_w=7e3, charger_time=AT_NOON))
            ),
        ),
        ("SignedFirmwareStatusNotification", {"status": "Installed", "requestId": 4}, FirmwareReported("Installed", 4)),
        ("DiagnosticsStatusNotification", {"status": "Uploaded"}, UploadReported("Uploaded")),
    ],
)  # fmt: skip
def test_a_message_is_read(action: str, payload: dict[str, object], expected: Report) -> None:
    assert read(action, payload) == (expected, True)


@pytest.mark.parametrize(
    ("action", "payload", "expected"),
    [
        ("BootNotification", {}, Booted()),
        ("BootNotification", {"chargePointVendor": 7, "chargePointModel": ["x"]}, Booted(vendor="7")),
        (
            "StatusNotification",
            {"connectorId": "1", "status": "faulted", "errorCode": "Error", "timestamp": "0", "info": "x" * 600},
            status(1, Status.FAULTED, "faulted", error_code="Error", info="x" * 500),
        ),
        (
            "StatusNotification",
            {"connectorId": 1, "status": "Occupied", "errorCode": ""},
            status(1, None, "Occupied"),
        ),
        ("StatusNotification", {"status": "Faulted", "errorCode": "NoError"}, OtherReport("StatusNotification")),
        ("StatusNotification", {"connectorId": "x", "status": "Faulted"}, OtherReport("StatusNotification")),
        ("Authorize", {}, Authorize("")),
        ("StartTransaction", {"meterStart": "12"}, started(None, None, 12.0, None)),
        ("StopTransaction", {"transactionId": "12", "timestamp": {}}, TransactionEnded("12", None, None, None, None)),
        (
            "MeterValues",
            {
                "connectorId": 1,
                "transactionId": -1.5,
                "meterValue": [
                    {"sampledValue": []},
                    7,
                    {"sampledValue": [{"value": 9, "measurand": []}, {"value": {}}]},
                ],
            },
            MeterReported(None, 1, None, (Meter(energy_wh=9.0),), names_none=True),
        ),
        ("MeterValues", {"connectorId": 0, "meterValue": []}, MeterReported(None, None, None, ())),
        ("DiagnosticsStatusNotification", {"status": 5}, UploadReported("5")),
    ],
)
def test_a_broken_message_is_believed_as_far_as_possible(
    action: str, payload: dict[str, object], expected: Report
) -> None:
    assert read(action, payload) == (expected, False)


@pytest.mark.parametrize("none", [-1, 0, 2**63 - 1])
def test_the_ids_chargers_send_for_no_transaction_are_none(none: int) -> None:
    stopped, _ = read("StopTransaction", {"transactionId": none})
    metered, _ = read("MeterValues", {"connectorId": 1, "transactionId": none})
    assert isinstance(stopped, TransactionEnded)
    assert isinstance(metered, MeterReported)
    assert stopped.transaction is metered.transaction is None


@pytest.mark.parametrize("none", [None, "", "0", "00", "0x00", "0X0", "0,0,0,0", "0x00, 0", "null"])
def test_no_error_is_none_however_it_is_spelt(none: str | None) -> None:
    assert v16.vendor_error_code(none) is None


@pytest.mark.parametrize("code", ["19", "0x10", "0,0,7,0", "NoPPDetected"])
def test_a_vendor_error_code_stays_as_it_is(code: str) -> None:
    assert v16.vendor_error_code(code) == code


ACCEPTED, INVALID = {"status": "Accepted"}, {"status": "Invalid"}


@pytest.mark.parametrize(
    ("action", "reply", "expected"),
    [
        ("Authorize", AuthorizationReply(True), {"idTagInfo": ACCEPTED}),
        ("Authorize", AuthorizationReply(False), {"idTagInfo": INVALID}),
        ("StartTransaction", TransactionReply(9, True), {"transactionId": 9, "idTagInfo": ACCEPTED}),
        ("StartTransaction", TransactionReply(9), {"transactionId": 9, "idTagInfo": ACCEPTED}),
        ("StartTransaction", TransactionReply(9, False), {"transactionId": 9, "idTagInfo": INVALID}),
        ("StopTransaction", TransactionReply(), {}),
        ("StopTransaction", TransactionReply(accepted=True), {"idTagInfo": ACCEPTED}),
        ("MeterValues", Acknowledged(), {}),
    ],
)
def test_a_reply_is_spelt(action: str, reply: Reply, expected: dict[str, object]) -> None:
    assert AT_NOON is not None
    assert CODEC.answer(action, reply, AT_NOON) == expected


DIAGNOSTICS = CollectDiagnostics("ftp://host/logs", 5)
assert AT_NOON is not None
UPDATE = UpdateFirmware("https://host/fw.bin", AT_NOON, 5)


@pytest.mark.parametrize(
    ("command", "action", "payload"),
    [
        (Reset(hard=False), "Reset", {"type": "Soft"}),
        (Reset(hard=True), "Reset", {"type": "Hard"}),
        (UnlockConnector(None, 2), "UnlockConnector", {"connectorId": 2}),
        (UnlockConnector(1, 2), "UnlockConnector", {"connectorId": 2}),
        (TriggerMessage(Trigger.BOOT), "TriggerMessage", {"requestedMessage": "BootNotification"}),
        (
            TriggerMessage(Trigger.STATUS, connector=2),
            "TriggerMessage",
            {"requestedMessage": "StatusNotification", "connectorId": 2},
        ),
        (ChangeAvailability(False), "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}),
        (ChangeAvailability(True, 1, 2), "ChangeAvailability", {"connectorId": 2, "type": "Operative"}),
        (DIAGNOSTICS, "GetDiagnostics", {"location": "ftp://host/logs"}),
        (UPDATE, "UpdateFirmware", {"location": "https://host/fw.bin", "retrieveDate": NOON}),
    ],
)
def test_a_command_is_spelt(command: Command, action: str, payload: dict[str, object]) -> None:
    assert CODEC.request(command) == (action, payload)


@pytest.mark.parametrize(
    "command", [Reset(False, evse=1), ChangeAvailability(False, evse=1), TriggerMessage(Trigger.STATUS, evse=1)]
)
def test_a_command_for_an_evse_is_never_widened_to_the_charger(command: Command) -> None:
    with pytest.raises(PayloadError, match="cannot address an evse"):
        CODEC.request(command)


@pytest.mark.parametrize(
    ("command", "payload", "expected"),
    [
        (Reset(False), {"status": "Accepted"}, Outcome(Result.ACCEPTED, "Accepted")),
        (Reset(False), {"status": "Rejected"}, Outcome(Result.REJECTED, "Rejected")),
        (UnlockConnector(None, 1), {"status": "NotSupported"}, Outcome(Result.NOT_SUPPORTED, "NotSupported")),
        (ChangeAvailability(False), {"status": "Scheduled"}, Outcome(Result.SCHEDULED, "Scheduled")),
        (DIAGNOSTICS, {"fileName": "log.zip"}, Outcome(Result.ACCEPTED, body=Upload("log.zip"))),
        (DIAGNOSTICS, {"fileName": ""}, Outcome(Result.REJECTED, "no file")),
        (DIAGNOSTICS, {}, Outcome(Result.REJECTED, "no file")),
        (DIAGNOSTICS, {"status": "Accepted"}, Outcome(Result.ACCEPTED, "Accepted")),
        (UPDATE, {}, Outcome(Result.ACCEPTED)),
        (Reset(False), {}, Outcome(Result.ERROR, "unintelligible answer")),
        (Reset(False), {"status": {}}, Outcome(Result.ERROR, "unintelligible answer")),
        (Reset(False), {"status": "x" * 90}, Outcome(Result.ERROR, "x" * 50)),
    ],
)
def test_an_answer_has_its_outcome(command: Command, payload: dict[str, object], expected: Outcome) -> None:
    assert CODEC.outcome(command, payload) == expected


@pytest.mark.parametrize("action", ["Authorize", "StartTransaction", "StopTransaction"])
def test_no_report_shows_a_token(action: str) -> None:
    assert "SECRETCARD" not in repr(read(action, {"idTag": "SECRETCARD", "transactionId": 1}))


@pytest.mark.parametrize(("said", "none"), [({}, False), *(({"transactionId": said}, True) for said in (-1, 0, None))])
def test_a_reading_that_names_no_transaction_is_told_from_one_that_names_none(
    said: dict[str, object], none: bool
) -> None:
    read = CODEC.read("MeterValues", {"connectorId": 1, "meterValue": [], **said})
    assert read is not None
    assert isinstance(read[0], MeterReported)
    assert read[0].names_none is none
