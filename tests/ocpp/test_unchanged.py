"""What both versions say alike is read and answered alike."""

from __future__ import annotations

import pytest

from healer.ocpp import instants, v16, v201
from healer.ocpp.codec import Codec
from healer.ocpp.messages import (
    Acknowledged,
    BootReply,
    DataTransferred,
    FirmwareReported,
    Heartbeat,
    OtherReport,
    Registration,
    Reply,
    Report,
    SecurityReported,
    UploadReported,
)

NOON = "2024-05-17T12:00:00Z"
AT_NOON = instants.read(NOON)

both_versions = pytest.mark.parametrize("codec", [v16.CODEC, v201.CODEC], ids=["1.6", "2.0.1"])


@both_versions
@pytest.mark.parametrize(
    ("action", "payload", "expected"),
    [
        ("Heartbeat", {}, Heartbeat()),
        ("DataTransfer", {"vendorId": "V", "messageId": "M", "data": "secret"}, DataTransferred("V", "M")),
        ("FirmwareStatusNotification", {"status": "Installing"}, FirmwareReported("Installing")),
        ("LogStatusNotification", {"status": "Uploading", "requestId": 4}, UploadReported("Uploading", 4)),
        (
            "SecurityEventNotification",
            {"type": "StartupOfTheDevice", "timestamp": NOON},
            SecurityReported("StartupOfTheDevice", None, AT_NOON),
        ),
        ("SignCertificate", {"csr": "x"}, OtherReport("SignCertificate")),
    ],
)
def test_a_message_is_read(codec: Codec, action: str, payload: dict[str, object], expected: Report) -> None:
    assert codec.read(action, payload) == (expected, ())


@both_versions
@pytest.mark.parametrize(
    ("action", "payload", "expected"),
    [
        ("DataTransfer", {"vendorId": None}, DataTransferred(None, None)),
        ("FirmwareStatusNotification", {"status": 5, "requestId": "4"}, FirmwareReported("5", 4)),
        ("FirmwareStatusNotification", {}, OtherReport("FirmwareStatusNotification")),
        ("LogStatusNotification", {"status": None}, OtherReport("LogStatusNotification")),
        ("SecurityEventNotification", {"timestamp": NOON}, OtherReport("SecurityEventNotification")),
        ("SecurityEventNotification", {"type": "X", "timestamp": 7}, SecurityReported("X", None, None)),
    ],
)
def test_a_broken_message_is_believed_as_far_as_possible(
    codec: Codec, action: str, payload: dict[str, object], expected: Report
) -> None:
    read = codec.read(action, payload)
    assert read is not None
    assert (read[0], bool(read[1])) == (expected, True)


@both_versions
@pytest.mark.parametrize(
    ("action", "reply", "expected"),
    [
        (
            "BootNotification",
            BootReply(Registration.PENDING, 300),
            {"status": "Pending", "currentTime": NOON, "interval": 300},
        ),
        ("Heartbeat", Acknowledged(), {"currentTime": NOON}),
        ("StatusNotification", Acknowledged(), {}),
        ("DataTransfer", Acknowledged(), {"status": "UnknownVendorId"}),
        ("SignCertificate", Acknowledged(), {"status": "Rejected"}),
    ],
)
def test_a_reply_is_spelt(codec: Codec, action: str, reply: Reply, expected: dict[str, object]) -> None:
    assert AT_NOON is not None
    assert codec.answer(action, reply, AT_NOON) == expected
