"""What OCPP 2.0.1 and 2.1 share: payloads -> neutral messages, neutral replies -> payloads.

Reads and writes as `v16` does; for commands see `v2x_commands`. Fields that 2.1 added and that we use are read whatever
the version. Use cases (B01, E05, ...) are those of OCPP 2.0.1 part 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import field

from healer.model import Instant, Status
from healer.ocpp import instants, meters, salvage, unchanged, variables
from healer.ocpp.codec import Reader
from healer.ocpp.frames import Payload
from healer.ocpp.messages import (
    Acknowledged,
    AuthorizationReply,
    Authorize,
    Booted,
    ChargingState,
    ComponentEvent,
    ComponentsReported,
    Meter,
    MeterReported,
    Reply,
    Report,
    StatusReported,
    TransactionEnded,
    TransactionReply,
    TransactionStarted,
    TransactionUpdated,
)
from healer.ocpp.salvage import Place, Text, Whole, Wire, place, word
from healer.ocpp.variables import Evse, Named

# --- what a charger sends: the fields we use ----------------------------------------------------------------------


class _ChargingStation(Wire):
    vendor_name: Text | None = None
    model: Text | None = None
    serial_number: Text | None = None
    firmware_version: Text | None = None


class _BootNotification(Wire):
    reason: Text | None = None
    charging_station: _ChargingStation = field(default_factory=_ChargingStation)


class _StatusNotification(Wire):
    evse_id: Place | None = None
    connector_id: Place | None = None
    connector_status: Text | None = None
    timestamp: Text | None = None


class _IdToken(Wire):
    id_token: Text | None = None
    type: Text | None = None


class _Authorize(Wire):
    id_token: _IdToken = field(default_factory=_IdToken)


class _UnitOfMeasure(Wire):
    unit: Text | None = None
    multiplier: Whole | None = None


class _SampledValue(Wire):
    value: float | None = None
    measurand: Text | None = None
    phase: Text | None = None
    location: Text | None = None
    context: Text | None = None
    unit_of_measure: _UnitOfMeasure = field(default_factory=_UnitOfMeasure)


class _MeterValue(Wire):
    timestamp: Text | None = None
    sampled_value: tuple[_SampledValue, ...] = ()


class _MeterValues(Wire):
    evse_id: Place | None = None
    meter_value: tuple[_MeterValue, ...] = ()


class _TransactionInfo(Wire):
    transaction_id: Text | None = None
    charging_state: Text | None = None
    stopped_reason: Text | None = None


class _TransactionEvent(Wire):
    event_type: Text | None = None
    timestamp: Text | None = None
    seq_no: Whole | None = None
    offline: bool | None = None
    transaction_info: _TransactionInfo = field(default_factory=_TransactionInfo)
    evse: Evse = field(default_factory=Evse)
    id_token: _IdToken = field(default_factory=_IdToken)
    meter_value: tuple[_MeterValue, ...] = ()


class _EventData(Wire):
    component: Named = field(default_factory=Named)
    variable: Named = field(default_factory=Named)
    actual_value: Text | None = None
    tech_code: Text | None = None
    tech_info: Text | None = None
    cleared: bool | None = None
    timestamp: Text | None = None


class _NotifyEvent(Wire):
    event_data: tuple[_EventData, ...] = ()


# --- reading ------------------------------------------------------------------------------------------------------


def _booted(payload: Payload) -> Report:
    said = salvage.read(payload, _BootNotification)
    station = said.charging_station
    return Booted(
        vendor=word(station.vendor_name),
        model=word(station.model),
        serial=word(station.serial_number),
        firmware=word(station.firmware_version),
        reason=word(said.reason),
    )


def _status(payload: Payload) -> Report | None:
    """None where it cannot be told which evse is meant: it must not pass for the station itself."""
    said = salvage.read(payload, _StatusNotification)
    if said.evse_id is None:
        return None
    occupied = (word(said.connector_status) or "").casefold() == "occupied"
    return StatusReported(
        evse=place(said.evse_id),
        connector=place(said.connector_id),
        status=Status.PREPARING if occupied else salvage.member(Status, said.connector_status),
        occupied=occupied,
        charger_time=instants.read(said.timestamp),
        raw_status=word(said.connector_status),
    )


def _authorize(payload: Payload) -> Report:
    return Authorize(token=_token(salvage.read(payload, _Authorize).id_token) or "")


def _token(said: _IdToken) -> str | None:
    """The token; empty for the type NoAuthorization, whose text says nothing (C02)."""
    return "" if (word(said.type) or "").casefold() == "noauthorization" else word(said.id_token)


def _metered(payload: Payload) -> Report:
    said = salvage.read(payload, _MeterValues)
    return MeterReported(place(said.evse_id), connector=None, transaction=None, meters=_meters(said.meter_value))


def _meters(said: Sequence[_MeterValue]) -> tuple[Meter, ...]:
    readings = (meters.reading(_samples(value.sampled_value), instants.read(value.timestamp)) for value in said)
    return tuple(reading for reading in readings if reading is not None)


def _samples(said: Sequence[_SampledValue]) -> Iterator[meters.Sample]:
    for sample in said:
        if sample.value is not None:
            yield meters.Sample(
                value=sample.value,
                multiplier=sample.unit_of_measure.multiplier or 0,
                measurand=word(sample.measurand),
                unit=word(sample.unit_of_measure.unit),
                phase=word(sample.phase),
                location=word(sample.location),
                context=word(sample.context),
            )


def _transaction(payload: Payload) -> Report | None:
    """An event of unknown type is an update: nothing says that the transaction began or ended."""
    said = salvage.read(payload, _TransactionEvent)
    match (word(said.event_type) or "").casefold():
        case "started":
            return _started(said)
        case "ended":
            return _ended(said)
    return _updated(said)


def _started(said: _TransactionEvent) -> Report:
    energies = [reading.energy_wh for reading in _meters(said.meter_value) if reading.energy_wh is not None]
    return TransactionStarted(
        evse=place(said.evse.id),
        connector=place(said.evse.connector_id),
        transaction=word(said.transaction_info.transaction_id),
        token=_token(said.id_token),
        meter_start_wh=energies[0] if energies else None,
        charging_state=salvage.member(ChargingState, said.transaction_info.charging_state),
        charger_time=instants.read(said.timestamp),
        offline=said.offline is True,
        number=said.seq_no,
    )


def _updated(said: _TransactionEvent) -> Report | None:
    """None for an update that does not name its transaction."""
    transaction = word(said.transaction_info.transaction_id)
    if transaction is None:
        return None
    return TransactionUpdated(
        evse=place(said.evse.id),
        connector=place(said.evse.connector_id),
        transaction=transaction,
        charging_state=salvage.member(ChargingState, said.transaction_info.charging_state),
        meters=_meters(said.meter_value),
        charger_time=instants.read(said.timestamp),
        token=_token(said.id_token),
        offline=said.offline is True,
        number=said.seq_no,
    )


def _ended(said: _TransactionEvent) -> Report:
    energies = [reading.energy_wh for reading in _meters(said.meter_value) if reading.energy_wh is not None]
    return TransactionEnded(
        transaction=word(said.transaction_info.transaction_id),
        evse=place(said.evse.id),
        reason=word(said.transaction_info.stopped_reason),
        meter_stop_wh=energies[-1] if energies else None,
        charger_time=instants.read(said.timestamp),
        offline=said.offline is True,
        token=_token(said.id_token),
    )


def _components(payload: Payload) -> Report:
    said = salvage.read(payload, _NotifyEvent)
    events = (_component_event(event) for event in said.event_data)
    return ComponentsReported(tuple(event for event in events if event is not None))


def _component_event(said: _EventData) -> ComponentEvent | None:
    """None for an event that does not say of which variable of which component it tells."""
    component, variable = word(said.component.name), word(said.variable.name)
    if component is None or variable is None:
        return None
    return ComponentEvent(
        component=component,
        variable=variable,
        actual_value=said.actual_value or "",
        evse=place(said.component.evse.id),
        connector=place(said.component.evse.connector_id),
        tech_code=word(said.tech_code),
        tech_info=word(said.tech_info),
        cleared=said.cleared is True,
        charger_time=instants.read(said.timestamp),
    )


READERS: Final[Mapping[str, Reader]] = {
    **unchanged.READERS,
    "Authorize": _authorize,
    "BootNotification": _booted,
    "ClearedChargingLimit": unchanged.nothing,
    "Get15118EVCertificate": unchanged.nothing,
    "GetCertificateStatus": unchanged.nothing,
    "MeterValues": _metered,
    "NotifyChargingLimit": unchanged.nothing,
    "NotifyCustomerInformation": unchanged.nothing,
    "NotifyDisplayMessages": unchanged.nothing,
    "NotifyEVChargingNeeds": unchanged.nothing,
    "NotifyEVChargingSchedule": unchanged.nothing,
    "NotifyEvent": _components,
    "NotifyMonitoringReport": unchanged.nothing,
    "NotifyReport": variables.reported,
    "PublishFirmwareStatusNotification": unchanged.nothing,
    "ReportChargingProfiles": unchanged.nothing,
    "ReservationStatusUpdate": unchanged.nothing,
    "StatusNotification": _status,
    "TransactionEvent": _transaction,
}

# --- answering ----------------------------------------------------------------------------------------------------

_ACKNOWLEDGEMENTS: Final[Mapping[str, Payload]] = {
    "Get15118EVCertificate": {"status": "Failed", "exiResponse": ""},
    "GetCertificateStatus": {"status": "Failed"},
    "NotifyEVChargingNeeds": {"status": "Rejected"},  # we make no schedules (K15)
    "NotifyEVChargingSchedule": {"status": "Accepted"},  # received, which approves of nothing (K15)
}


def answer(action: str, reply: Reply, now: Instant) -> Payload:
    match action, reply:
        case "Authorize" | "TransactionEvent", AuthorizationReply(accepted=accepted):
            return {"idTokenInfo": _id_token_info(accepted)}
        case "TransactionEvent", TransactionReply(accepted=bool(accepted)):
            return {"idTokenInfo": _id_token_info(accepted)}
        case "TransactionEvent", TransactionReply():
            return {}
        case _, Acknowledged() if action in _ACKNOWLEDGEMENTS:
            return dict(_ACKNOWLEDGEMENTS[action])
    return unchanged.answer(action, reply, now)


def _id_token_info(accepted: bool) -> Payload:
    return {"status": "Accepted" if accepted else "Invalid"}
