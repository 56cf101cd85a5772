"""Messages that OCPP 2.x took over from 1.6 and its whitepaper on security, field by field as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from healer.errors import PayloadError
from healer.model import Instant
from healer.ocpp import instants, salvage
from healer.ocpp.codec import Reader
from healer.ocpp.frames import Payload
from healer.ocpp.messages import (
    Acknowledged,
    BootReply,
    CertificateRequested,
    DataTransferred,
    FirmwareReported,
    Heartbeat,
    Reply,
    Report,
    SecurityReported,
    SigningReply,
    UploadReported,
)
from healer.ocpp.salvage import LongText, Text, Whole, Wire, word
from healer.ocpp.subjects import SignedUse


class _DataTransfer(Wire):
    vendor_id: Text | None = None
    message_id: Text | None = None


class _Progress(Wire):
    """FirmwareStatusNotification, LogStatusNotification and their kin."""

    status: Text | None = None
    request_id: Whole | None = None


class _SecurityEventNotification(Wire):
    type: Text | None = None
    tech_info: Text | None = None
    timestamp: Text | None = None


class _SignCertificate(Wire):
    csr: LongText | None = None
    certificate_type: Text | None = None
    request_id: Whole | None = None


def _heartbeat(payload: Payload) -> Report:
    return Heartbeat()


def _transferred(payload: Payload) -> Report:
    said = salvage.read(payload, _DataTransfer)
    return DataTransferred(vendor=word(said.vendor_id), message=word(said.message_id))


def firmware(payload: Payload) -> Report | None:
    said = salvage.read(payload, _Progress)
    status = word(said.status)
    return None if status is None else FirmwareReported(status, said.request_id)


def upload(payload: Payload) -> Report | None:
    said = salvage.read(payload, _Progress)
    status = word(said.status)
    return None if status is None else UploadReported(status, said.request_id)


def _security(payload: Payload) -> Report | None:
    said = salvage.read(payload, _SecurityEventNotification)
    kind = word(said.type)
    return None if kind is None else SecurityReported(kind, word(said.tech_info), instants.read(said.timestamp))


def _signing(payload: Payload) -> Report | None:
    said = salvage.read(payload, _SignCertificate)
    csr = word(said.csr)
    if csr is None:
        return None
    return CertificateRequested(csr, salvage.member(SignedUse, said.certificate_type), said.request_id)


def nothing(payload: Payload) -> None:
    """Answered and not used further."""


READERS: Final[Mapping[str, Reader]] = {
    "DataTransfer": _transferred,
    "FirmwareStatusNotification": firmware,
    "Heartbeat": _heartbeat,
    "LogStatusNotification": upload,
    "SecurityEventNotification": _security,
    "SignCertificate": _signing,
}

_ACKNOWLEDGEMENTS: Final[Mapping[str, Payload]] = {
    "DataTransfer": {"status": "UnknownVendorId"},
    "SignCertificate": {"status": "Rejected"},
}


def answer(action: str, reply: Reply, now: Instant) -> Payload:
    """The payload that answers the action, empty where the standard asks for nothing. See `Codec.answer`."""
    match action, reply:
        case "BootNotification", BootReply(registration=registration, heartbeat_interval_s=interval_s):
            return {"status": registration.value, "currentTime": instants.written(now), "interval": interval_s}
        case "Heartbeat", Acknowledged():
            return {"currentTime": instants.written(now)}
        case "SignCertificate", SigningReply(accepted=accepted):
            return {"status": "Accepted" if accepted else "Rejected"}
        case _, Acknowledged():
            return dict(_ACKNOWLEDGEMENTS.get(action, {}))
    raise PayloadError(f"{type(reply).__name__} is no reply to {action}")
