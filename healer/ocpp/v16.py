"""OCPP 1.6: payloads -> neutral messages, neutral replies -> payloads; for commands see `v16_commands`.

Reading believes as much as it can (`salvage`) and lists what broke the standard (`schemas.violations`); writing passes
the schema or raises PayloadError, which is a bug of ours. Section numbers are those of OCPP 1.6 edition 2; log, signed
firmware, certificate and security messages come from the whitepaper on security for 1.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from healer.model import Instant, OcppVersion, Status
from healer.ocpp import instants, meters, salvage, unchanged, v16_commands
from healer.ocpp.codec import Codec, Reader
from healer.ocpp.frames import Payload
from healer.ocpp.messages import (
    AuthorizationReply,
    Authorize,
    Booted,
    MeterReported,
    Reply,
    Report,
    StatusReported,
    TransactionEnded,
    TransactionReply,
    TransactionStarted,
)
from healer.ocpp.salvage import Place, Text, Whole, Wire, place, word

# --- what a charger sends: the fields we use ----------------------------------------------------------------------


class _BootNotification(Wire):
    charge_point_vendor: Text | None = None
    charge_point_model: Text | None = None
    charge_point_serial_number: Text | None = None
    charge_box_serial_number: Text | None = None
    firmware_version: Text | None = None


class _StatusNotification(Wire):
    connector_id: Place | None = None
    status: Text | None = None
    error_code: Text | None = None
    vendor_error_code: Text | None = None
    info: Text | None = None
    timestamp: Text | None = None


class _Authorize(Wire):
    id_tag: Text | None = None


class _StartTransaction(Wire):
    connector_id: Place | None = None
    id_tag: Text | None = None
    meter_start: float | None = None
    timestamp: Text | None = None


class _StopTransaction(Wire):
    """Its transactionData is left alone: it repeats MeterValues."""

    transaction_id: Whole | None = None
    id_tag: Text | None = None
    meter_stop: float | None = None
    timestamp: Text | None = None
    reason: Text | None = None


class _SampledValue(Wire):
    value: str | None = None
    measurand: Text | None = None
    unit: Text | None = None
    phase: Text | None = None
    location: Text | None = None
    context: Text | None = None


class _MeterValue(Wire):
    timestamp: Text | None = None
    sampled_value: tuple[_SampledValue, ...] = ()


class _MeterValues(Wire):
    connector_id: Place | None = None
    transaction_id: Whole | None = None
    meter_value: tuple[_MeterValue, ...] = ()


# --- reading ------------------------------------------------------------------------------------------------------


def _booted(payload: Payload) -> Report:
    said = salvage.read(payload, _BootNotification)
    return Booted(
        vendor=word(said.charge_point_vendor),
        model=word(said.charge_point_model),
        serial=word(said.charge_point_serial_number) or word(said.charge_box_serial_number),
        firmware=word(said.firmware_version),
    )


def _status(payload: Payload) -> Report | None:
    """None where it cannot be told which connector is meant: it must not pass for the charger itself."""
    said = salvage.read(payload, _StatusNotification)
    if said.connector_id is None:
        return None
    return StatusReported(
        evse=None,
        connector=place(said.connector_id),
        status=salvage.member(Status, said.status),
        error_code=word(said.error_code),
        vendor_error_code=vendor_error_code(said.vendor_error_code),
        info=word(said.info),
        charger_time=instants.read(said.timestamp),
        raw_status=word(said.status),
    )


def _authorize(payload: Payload) -> Report:
    return Authorize(token=word(salvage.read(payload, _Authorize).id_tag) or "")


def _started(payload: Payload) -> Report:
    said = salvage.read(payload, _StartTransaction)
    return TransactionStarted(
        evse=None,
        connector=place(said.connector_id),
        transaction=None,
        token=word(said.id_tag),
        meter_start_wh=said.meter_start,
        charging_state=None,
        charger_time=instants.read(said.timestamp),
    )


def _stopped(payload: Payload) -> Report:
    said = salvage.read(payload, _StopTransaction)
    return TransactionEnded(
        transaction=_transaction_id(said.transaction_id),
        evse=None,
        reason=word(said.reason),
        meter_stop_wh=said.meter_stop,
        charger_time=instants.read(said.timestamp),
        token=word(said.id_tag),
    )


def _metered(payload: Payload) -> Report:
    said = salvage.read(payload, _MeterValues)
    readings = (
        meters.reading(_samples(value.sampled_value), instants.read(value.timestamp)) for value in said.meter_value
    )
    return MeterReported(
        evse=None,
        connector=place(said.connector_id),
        transaction=_transaction_id(said.transaction_id),
        meters=tuple(reading for reading in readings if reading is not None),
        names_none="transactionId" in payload and _transaction_id(said.transaction_id) is None,
    )


def _samples(said: Sequence[_SampledValue]) -> Iterator[meters.Sample]:
    for sample in said:
        value = salvage.number(sample.value)
        if value is not None:  # SignedData is no number
            yield meters.Sample(
                value=value,
                measurand=word(sample.measurand),
                unit=word(sample.unit),
                phase=word(sample.phase),
                location=word(sample.location),
                context=word(sample.context),
            )


_READERS: Final[Mapping[str, Reader]] = {
    **unchanged.READERS,
    "Authorize": _authorize,
    "BootNotification": _booted,
    "DiagnosticsStatusNotification": unchanged.upload,
    "MeterValues": _metered,
    "SignedFirmwareStatusNotification": unchanged.firmware,
    "StartTransaction": _started,
    "StatusNotification": _status,
    "StopTransaction": _stopped,
}

_NO_TRANSACTION: Final = 2**63 - 1
_NO_ERROR: Final = re.compile(r"\s*(0x)?0*\s*", re.IGNORECASE)


def _transaction_id(number: int | None) -> str | None:
    """A transaction's id; -1, 0 and the largest 64-bit number are what chargers send when they have none."""
    return str(number) if number is not None and 0 < number < _NO_TRANSACTION else None


def vendor_error_code(said: str | None) -> str | None:
    """The code, a list with commas left as it is; None for the many spellings of no error (`0`, `0x00`, `0,0,0,0`)."""
    code = word(said)
    return None if code is None or all(_NO_ERROR.fullmatch(part) for part in code.split(",")) else code


# --- answering ----------------------------------------------------------------------------------------------------


def _answer(action: str, reply: Reply, now: Instant) -> Payload:
    match action, reply:
        case "Authorize", AuthorizationReply(accepted=accepted):
            return {"idTagInfo": _id_tag_info(accepted)}
        case "StartTransaction", TransactionReply(transaction=int(transaction), accepted=accepted):
            return {"transactionId": transaction, "idTagInfo": _id_tag_info(accepted is not False)}
        case "StopTransaction", TransactionReply(accepted=bool(accepted)):
            return {"idTagInfo": _id_tag_info(accepted)}
        case "StopTransaction", TransactionReply():
            return {}
    return unchanged.answer(action, reply, now)


def _id_tag_info(accepted: bool) -> Payload:
    return {"status": "Accepted" if accepted else "Invalid"}


CODEC: Final = Codec(
    OcppVersion.V16,
    readers=_READERS,
    answering=_answer,
    commanding=v16_commands.request,
    concluding=v16_commands.outcome,
    spoken=v16_commands.SPOKEN,
)
