"""What all versions say alike is read and answered alike."""

from __future__ import annotations

import pytest

from healer.ocpp import instants, v16, v21, v201
from healer.ocpp.codec import Codec
from healer.ocpp.messages import (
    Acknowledged,
    BootReply,
    CertificateRequested,
    DataTransferred,
    FirmwareReported,
    Heartbeat,
    OtherReport,
    Registration,
    Reply,
    Report,
    SecurityReported,
    SigningReply,
    UploadReported,
)

NOON = "2024-05-17T12:00:00Z"
AT_NOON = instants.read(NOON)

every_version = pytest.mark.parametrize(
    "codec", [v16.CODEC, v201.CODEC, v21.CODEC], ids=lambda codec: str(codec.version)
)


@every_version
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
        ("SignCertificate", {"csr": "x" * 5500}, CertificateRequested("x" * 5500)),
    ],
)
def test_a_message_is_read(codec: Codec, action: str, payload: dict[str, object], expected: Report) -> None:
    assert codec.read(action, payload) == (expected, ())


@every_version
@pytest.mark.parametrize(
    ("action", "payload", "expected"),
    [
        ("DataTransfer", {"vendorId": None}, DataTransferred(None, None)),
        ("FirmwareStatusNotification", {"status": 5, "requestId": "4"}, FirmwareReported("5", 4)),
        ("FirmwareStatusNotification", {}, OtherReport("FirmwareStatusNotification")),
        ("LogStatusNotification", {"status": None}, OtherReport("LogStatusNotification")),
        ("SecurityEventNotification", {"timestamp": NOON}, OtherReport("SecurityEventNotification")),
        ("SignCertificate", {}, OtherReport("SignCertificate")),
        ("SecurityEventNotification", {"type": "X", "timestamp": 7}, SecurityReported("X", None, None)),
    ],
)
def test_a_broken_message_is_believed_as_far_as_possible(
    codec: Codec, action: str, payload: dict[str, object], expected: Report
) -> None:
    read = codec.read(action, payload)
    assert read is not None
    assert (read[0], bool(read[1])) == (expected, True)


@every_version
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
        ("SignCertificate", SigningReply(accepted=True), {"status": "Accepted"}),
        ("SignCertificate", SigningReply(accepted=False), {"status": "Rejected"}),
    ],
)
def test_a_reply_is_spelt(codec: Codec, action: str, reply: Reply, expected: dict[str, object]) -> None:
    assert AT_NOON is not None
    assert codec.answer(action, reply, AT_NOON) == expected
