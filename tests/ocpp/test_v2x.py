"""What 2.0.1 and 2.1 share: each message whole and broken, each answer, and the words that end a command."""

from __future__ import annotations

import pytest

from healer.errors import PayloadError
from healer.model import Status
from healer.ocpp import instants, v21, v201
from healer.ocpp.codec import Codec
from healer.ocpp.messages import (
    Acknowledged,
    AuthorizationReply,
    Authorize,
    Booted,
    ChangeAvailability,
    ChargingState,
    CollectDiagnostics,
    Command,
    ComponentEvent,
    ComponentsReported,
    ConfigurationReported,
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
    TransactionUpdated,
    Trigger,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
)

pytestmark = pytest.mark.parametrize("codec", [v201.CODEC, v21.CODEC], ids=lambda codec: str(codec.version))

NOON = "2024-05-17T12:00:00Z"
AT_NOON = instants.read(NOON)
assert AT_NOON is not None


def read(codec: Codec, action: str, payload: dict[str, object]) -> tuple[Report, bool]:
    """What is read, and whether the payload kept to the standard."""
    found = codec.read(action, payload)
    assert found is not None
    report, violations = found
    return report, not violations


def energy(value: object, multiplier: int = 0) -> dict[str, object]:
    measure = {"unit": "Wh", "multiplier": multiplier}
    return {"timestamp": NOON, "sampledValue": [{"value": value, "unitOfMeasure": measure}]}


def transaction(kind: str, **more: object) -> dict[str, object]:
    return {
        "eventType": kind,
        "timestamp": NOON,
        "triggerReason": "Trigger",
        "seqNo": 1,
        "transactionInfo": {"transactionId": "T1", "chargingState": "Charging", "stoppedReason": "Local"},
        "evse": {"id": 1, "connectorId": 2},
        **more,
    }


def event(**more: object) -> dict[str, object]:
    return {
        "eventId": 1,
        "timestamp": NOON,
        "trigger": "Alerting",
        "actualValue": "true",
        "eventNotificationType": "HardWiredMonitor",
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Problem"},
        **more,
    }


TOKEN = {"idToken": "TAG", "type": "KeyCode"}


@pytest.mark.parametrize(
    ("action", "payload", "expected"),
    [
        (
            "BootNotification",
            {
                "reason": "Watchdog",
                "chargingStation": {"vendorName": "V", "model": "M", "serialNumber": "S", "firmwareVersion": "F"},
            },
            Booted("V", "M", "S", "F", "Watchdog"),
        ),
        (
            "StatusNotification",
            {"evseId": 1, "connectorId": 2, "connectorStatus": "Faulted", "timestamp": NOON},
            StatusReported(1, 2, Status.FAULTED, charger_time=AT_NOON, raw_status="Faulted"),
        ),
        (
            "StatusNotification",
            {"evseId": 1, "connectorId": 1, "connectorStatus": "Occupied", "timestamp": NOON},
            StatusReported(1, 1, Status.PREPARING, occupied=True, charger_time=AT_NOON, raw_status="Occupied"),
        ),
        (
            "StatusNotification",
            {"evseId": 0, "connectorId": 0, "connectorStatus": "Unavailable", "timestamp": NOON},
            StatusReported(None, None, Status.UNAVAILABLE, charger_time=AT_NOON, raw_status="Unavailable"),
        ),
        ("Authorize", {"idToken": TOKEN}, Authorize("TAG")),
        (
            "TransactionEvent",
            transaction("Started", idToken=TOKEN, meterValue=[energy(5), energy(6)]),
            TransactionStarted(1, 2, "T1", "TAG", 5.0, ChargingState.CHARGING, AT_NOON, number=1),
        ),
        (
            "TransactionEvent",
            transaction("Updated", meterValue=[energy(5, 3)]),
            TransactionUpdated(
                1, 2, "T1", ChargingState.CHARGING, (Meter(5e3, charger_time=AT_NOON),), AT_NOON, number=1
            ),
        ),
        (
            "TransactionEvent",
            transaction("Ended", offline=True, meterValue=[energy(5), energy(6)]),
            TransactionEnded("T1", 1, "Local", 6.0, AT_NOON, offline=True),
        ),
        (
            "MeterValues",
            {"evseId": 1, "meterValue": [energy(1.5, 3)]},
            MeterReported(1, None, None, (Meter(1500.0, charger_time=AT_NOON),)),
        ),
        (
            "MeterValues",
            {"evseId": 0, "meterValue": [energy(1)]},
            MeterReported(None, None, None, (Meter(1.0, charger_time=AT_NOON),)),
        ),
        (
            "NotifyEvent",
            {
                "generatedAt": NOON,
                "seqNo": 0,
                "eventData": [event(techCode="CX001", techInfo="hot"), event(cleared=True)],
            },
            ComponentsReported(
                (
                    ComponentEvent("EVSE", "Problem", "true", 1, None, "CX001", "hot", charger_time=AT_NOON),
                    ComponentEvent("EVSE", "Problem", "true", 1, cleared=True, charger_time=AT_NOON),
                )
            ),
        ),
        (
            "NotifyReport",
            {"requestId": 1, "generatedAt": NOON, "seqNo": 0, "tbc": True},
            ConfigurationReported(1, (), last=False),
        ),
        ("NotifyDisplayMessages", {"requestId": 1}, OtherReport("NotifyDisplayMessages")),
    ],
)
def test_a_message_is_read(codec: Codec, action: str, payload: dict[str, object], expected: Report) -> None:
    assert read(codec, action, payload) == (expected, True)


@pytest.mark.parametrize(
    ("action", "payload", "expected"),
    [
        ("BootNotification", {"chargingStation": "ABB"}, Booted()),
        ("BootNotification", {"chargingStation": {"model": 7}, "reason": []}, Booted(model="7")),
        (
            "StatusNotification",
            {"evseId": "1", "connectorId": 1, "connectorStatus": "Charging"},
            StatusReported(1, 1, Status.CHARGING, raw_status="Charging"),
        ),
        ("StatusNotification", {"evseId": 1, "connectorStatus": 5}, StatusReported(1, None, None, raw_status="5")),
        ("StatusNotification", {"connectorId": 1, "connectorStatus": "Faulted"}, OtherReport("StatusNotification")),
        ("Authorize", {"idToken": "TAG"}, Authorize("")),
        (
            "TransactionEvent",
            transaction("Begun", evse=None, meterValue=[{"sampledValue": [{"value": "12"}]}]),
            TransactionUpdated(None, None, "T1", ChargingState.CHARGING, (Meter(12.0),), AT_NOON, number=1),
        ),
        (
            "TransactionEvent",
            {"eventType": "started", "transactionInfo": {"transactionId": 17, "chargingState": "Warming"}},
            TransactionStarted(None, None, "17", None, None, None, None),
        ),
        ("TransactionEvent", {"eventType": "Ended"}, TransactionEnded(None, None, None, None, None)),
        ("TransactionEvent", {"eventType": "Updated"}, OtherReport("TransactionEvent")),
        ("TransactionEvent", {}, OtherReport("TransactionEvent")),
        ("MeterValues", {"evseId": [], "meterValue": [{"sampledValue": []}]}, MeterReported(None, None, None, ())),
        (
            "NotifyEvent",
            {
                "eventData": [
                    {"component": {"name": "EVSE"}, "variable": "x"},
                    {"component": {"name": "EVSE"}, "variable": {"name": "Problem"}, "cleared": "true"},
                ]
            },
            ComponentsReported((ComponentEvent("EVSE", "Problem", "", cleared=True),)),
        ),
        ("NotifyEvent", {"eventData": "x"}, ComponentsReported(())),
        ("NotifyReport", {}, ConfigurationReported(None, ())),
        ("NotifyDisplayMessages", {}, OtherReport("NotifyDisplayMessages")),
    ],
)
def test_a_broken_message_is_believed_as_far_as_possible(
    codec: Codec, action: str, payload: dict[str, object], expected: Report
) -> None:
    assert read(codec, action, payload) == (expected, False)


ACCEPTED, INVALID = {"idTokenInfo": {"status": "Accepted"}}, {"idTokenInfo": {"status": "Invalid"}}


@pytest.mark.parametrize(
    ("action", "reply", "expected"),
    [
        ("Authorize", AuthorizationReply(True), ACCEPTED),
        ("Authorize", AuthorizationReply(False), INVALID),
        ("TransactionEvent", AuthorizationReply(True), ACCEPTED),
        ("TransactionEvent", TransactionReply(accepted=False), INVALID),
        ("TransactionEvent", TransactionReply(), {}),
        ("TransactionEvent", Acknowledged(), {}),
        ("StatusNotification", Acknowledged(), {}),
        ("Get15118EVCertificate", Acknowledged(), {"status": "Failed", "exiResponse": ""}),
        ("GetCertificateStatus", Acknowledged(), {"status": "Failed"}),
        ("NotifyEVChargingSchedule", Acknowledged(), {"status": "Accepted"}),
    ],
)
def test_a_reply_is_spelt(codec: Codec, action: str, reply: Reply, expected: dict[str, object]) -> None:
    assert AT_NOON is not None
    assert codec.answer(action, reply, AT_NOON) == expected


@pytest.mark.parametrize(
    ("command", "action", "payload"),
    [
        (Reset(hard=False), "Reset", {"type": "OnIdle"}),
        (Reset(hard=True, evse=2), "Reset", {"type": "Immediate", "evseId": 2}),
        (UnlockConnector(1, 2), "UnlockConnector", {"evseId": 1, "connectorId": 2}),
        (TriggerMessage(Trigger.HEARTBEAT), "TriggerMessage", {"requestedMessage": "Heartbeat"}),
        (
            TriggerMessage(Trigger.STATUS, 1, 2),
            "TriggerMessage",
            {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 2}},
        ),
        (ChangeAvailability(False), "ChangeAvailability", {"operationalStatus": "Inoperative"}),
        (ChangeAvailability(True, 1), "ChangeAvailability", {"operationalStatus": "Operative", "evse": {"id": 1}}),
        (
            CollectDiagnostics("ftp://host/logs", 5),
            "GetLog",
            {"log": {"remoteLocation": "ftp://host/logs"}, "logType": "DiagnosticsLog", "requestId": 5},
        ),
        (
            UpdateFirmware("https://host/fw.bin", AT_NOON, 5),
            "UpdateFirmware",
            {"requestId": 5, "firmware": {"location": "https://host/fw.bin", "retrieveDateTime": NOON}},
        ),
    ],
)
def test_a_command_is_spelt(codec: Codec, command: Command, action: str, payload: dict[str, object]) -> None:
    assert codec.request(command) == (action, payload)


@pytest.mark.parametrize(
    "command",
    [
        UnlockConnector(None, 1),
        ChangeAvailability(False, connector=1),
        TriggerMessage(Trigger.STATUS, connector=1),
        CollectDiagnostics("x" * 2001, 1),
    ],
)
def test_a_command_that_the_standard_cannot_say_is_a_bug_of_ours(codec: Codec, command: Command) -> None:
    with pytest.raises(PayloadError):
        codec.request(command)


@pytest.mark.parametrize(
    ("command", "word", "result"),
    [
        (Reset(True), "Scheduled", Result.SCHEDULED),
        (UnlockConnector(1, 1), "Unlocked", Result.ACCEPTED),
        (UnlockConnector(1, 1), "OngoingAuthorizedTransaction", Result.REJECTED),
        (UnlockConnector(1, 1), "UnknownConnector", Result.NOT_SUPPORTED),
        (TriggerMessage(Trigger.BOOT), "NotImplemented", Result.NOT_SUPPORTED),
        (CollectDiagnostics("x", 1), "AcceptedCanceled", Result.ACCEPTED),
        (UpdateFirmware("x", 0.0, 1), "InvalidCertificate", Result.REJECTED),
    ],
)
def test_an_answer_has_its_outcome(codec: Codec, command: Command, word: str, result: Result) -> None:
    assert codec.outcome(command, {"status": word, "statusInfo": {"reasonCode": "x"}}) == Outcome(result, word)


def test_a_station_that_asks_nobody_says_so(codec: Codec) -> None:
    nobody = {"idToken": "", "type": "NoAuthorization"}
    report, _ = read(codec, "TransactionEvent", transaction("Started", idToken=nobody))
    assert isinstance(report, TransactionStarted)
    assert report.token == ""


def test_no_report_shows_a_token(codec: Codec) -> None:
    token = {"idToken": "SECRETCARD", "type": "ISO14443"}
    for kind in ("Started", "Updated", "Ended"):
        assert "SECRETCARD" not in repr(read(codec, "TransactionEvent", transaction(kind, idToken=token)))
    assert "SECRETCARD" not in repr(read(codec, "Authorize", {"idToken": token}))
