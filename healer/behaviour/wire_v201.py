"""OCPP 2.0.1 as a simulated charging station speaks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import field

from healer.behaviour.dialect import Dialect, conclude, say_data, say_security, told, written
from healer.ocpp import instants, salvage
from healer.ocpp.frames import Payload
from healer.ocpp.messages import (
    Assignment,
    Authorize,
    Booted,
    ChangeAvailability,
    CollectDiagnostics,
    Command,
    ComponentEvent,
    ComponentsReported,
    DataTransferred,
    FirmwareReported,
    Heartbeat,
    Meter,
    MeterReported,
    ReadConfiguration,
    Report,
    Reset,
    SecurityReported,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
    UploadReported,
    Variable,
    WriteConfiguration,
)
from healer.ocpp.salvage import LongText, Place, Text, Whole, Wire, place, word
from healer.ocpp.variables import Named

_ENDED_BY: Final = {"DeAuthorized": "Deauthorized", "ImmediateReset": "ResetCommand", "Local": "StopAuthorized"}

# --- saying -------------------------------------------------------------------------------------------------------


def _say(report: Report, number: int) -> tuple[str, Payload] | None:
    match report:
        case Booted():
            return "BootNotification", _boot(report)
        case Heartbeat():
            return "Heartbeat", {}
        case StatusReported():
            return "StatusNotification", told(
                timestamp=written(report.charger_time),
                connector_status=report.raw_status or (report.status or "").strip(),
                evse_id=report.evse or 0,
                connector_id=report.connector or 0,
            )
        case Authorize(token=token):
            return "Authorize", {"idToken": _token(token)}
        case TransactionStarted() | TransactionUpdated() | TransactionEnded():
            return "TransactionEvent", _transaction(report, number)
        case MeterReported():
            return "MeterValues", told(evse_id=report.evse or 0, meter_value=[_meter(one) for one in report.meters])
        case ComponentsReported():
            return "NotifyEvent", _components(report, number)
        case _:
            return _say_rest(report)


def _say_rest(report: Report) -> tuple[str, Payload] | None:
    match report:
        case FirmwareReported():
            return "FirmwareStatusNotification", told(status=report.status, request_id=report.request_id)
        case UploadReported():
            return "LogStatusNotification", told(status=report.status, request_id=report.request_id)
        case SecurityReported():
            return say_security(report)
        case DataTransferred():
            return say_data(report)
        case _:
            return None


def _boot(report: Booted) -> Payload:
    station = told(
        vendor_name=report.vendor or "?",
        model=report.model or "?",
        serial_number=report.serial,
        firmware_version=report.firmware,
    )
    return {"reason": report.reason or "Unknown", "chargingStation": station}


def _token(token: str) -> Payload:
    return {"idToken": token, "type": "ISO14443"}


def _transaction(report: TransactionStarted | TransactionUpdated | TransactionEnded, number: int) -> Payload:
    info = told(transaction_id=report.transaction or "")
    event = told(
        event_type="Updated",
        timestamp=written(report.charger_time),
        trigger_reason="ChargingStateChanged",
        seq_no=number,
        offline=report.offline or None,
        evse=None if report.evse is None else {"id": report.evse, "connectorId": 1},
        transaction_info=info,
    )
    match report:
        case TransactionStarted():
            event |= {"eventType": "Started", "triggerReason": "Authorized", "idToken": _token(report.token or "")}
            info |= told(charging_state=report.charging_state)
            event["meterValue"] = [_meter(Meter(energy_wh=report.meter_start_wh, charger_time=report.charger_time))]
        case TransactionUpdated():
            info |= told(charging_state=report.charging_state)
            if report.meters:
                event |= {"triggerReason": "MeterValuePeriodic", "meterValue": [_meter(one) for one in report.meters]}
        case TransactionEnded():
            reason = report.reason or "Other"
            event |= {"eventType": "Ended", "triggerReason": _ENDED_BY.get(reason, "AbnormalCondition")}
            info["stoppedReason"] = reason
            event["meterValue"] = [_meter(Meter(energy_wh=report.meter_stop_wh, charger_time=report.charger_time))]
    return event


def _meter(meter: Meter) -> Payload:
    samples: list[Payload] = [{"value": meter.energy_wh or 0.0, "measurand": "Energy.Active.Import.Register"}]
    if meter.power_w is not None:
        samples.append({"value": meter.power_w, "measurand": "Power.Active.Import"})
    return {"timestamp": written(meter.charger_time), "sampledValue": samples}


def _components(report: ComponentsReported, number: int) -> Payload:
    data = [_event(event, number * 100 + at) for at, event in enumerate(report.events)]
    return {"generatedAt": data[0]["timestamp"], "seqNo": 0, "eventData": data}


def _event(event: ComponentEvent, number: int) -> Payload:
    evse = None if event.evse is None else told(id=event.evse, connector_id=event.connector)
    return told(
        event_id=number,
        timestamp=written(event.charger_time),
        trigger="Delta",
        actual_value=event.actual_value,
        event_notification_type="HardWiredNotification",
        component=told(name=event.component, evse=evse),
        variable={"name": event.variable},
        tech_code=event.tech_code,
        tech_info=event.tech_info,
        cleared=event.cleared or None,
    )


# --- hearing ------------------------------------------------------------------------------------------------------


class _Evse(Wire):
    id: Place | None = None
    connector_id: Place | None = None


class _Log(Wire):
    remote_location: Text | None = None


class _Firmware(Wire):
    location: Text | None = None
    retrieve_date_time: Text | None = None


class _Datum(Wire):
    component: Named = field(default_factory=Named)
    variable: Named = field(default_factory=Named)
    attribute_value: LongText | None = None


class _Request(Wire):
    """All fields of all commands."""

    type: Text | None = None
    evse_id: Place | None = None
    connector_id: Place | None = None
    operational_status: Text | None = None
    requested_message: Text | None = None
    request_id: Whole | None = None
    evse: _Evse = field(default_factory=_Evse)
    log: _Log = field(default_factory=_Log)
    firmware: _Firmware = field(default_factory=_Firmware)
    set_variable_data: tuple[_Datum, ...] = ()
    get_variable_data: tuple[_Datum, ...] = ()


def _hear(action: str, payload: Payload) -> Command | None:
    said = salvage.read(payload, _Request)
    evse, connector = place(said.evse.id), place(said.evse.connector_id)
    match action:
        case "Reset":
            return Reset(word(said.type) == "Immediate", place(said.evse_id))
        case "UnlockConnector":
            return UnlockConnector(said.evse_id, said.connector_id or 0)
        case "ChangeAvailability":
            return ChangeAvailability(word(said.operational_status) == "Operative", evse, connector)
        case "TriggerMessage":
            what = salvage.member(Trigger, said.requested_message)
            return None if what is None else TriggerMessage(what, evse, connector)
        case "GetLog":
            return CollectDiagnostics(said.log.remote_location or "", said.request_id or 0)
        case "UpdateFirmware":
            retrieve_at = instants.read(said.firmware.retrieve_date_time) or 0.0
            return UpdateFirmware(said.firmware.location or "", retrieve_at, said.request_id or 0)
        case "SetVariables":
            written = ((_variable(one), one.attribute_value or "") for one in said.set_variable_data)
            return WriteConfiguration(tuple(Assignment(variable, value) for variable, value in written))
        case "GetVariables":
            return ReadConfiguration(tuple(_variable(one) for one in said.get_variable_data))
    return None


def _variable(said: _Datum) -> Variable:
    return Variable(said.variable.name or "", said.component.name or "")


def _named(variable: Variable) -> Payload:
    return {"component": {"name": variable.component}, "variable": {"name": variable.name}}


def _read(variable: Variable, settings: Mapping[str, str]) -> Payload:
    """One getVariableResult; settings are kept by the variable's name alone."""
    value = settings.get(variable.name)
    if value is None:
        return {"attributeStatus": "UnknownVariable", **_named(variable)}
    return {"attributeStatus": "Accepted", "attributeValue": value, **_named(variable)}


def _answer(command: Command, answer: str, settings: Mapping[str, str]) -> Payload | None:
    match command:
        case ReadConfiguration(variables=variables) if answer == "Accepted":
            return {"getVariableResult": [_read(variable, settings) for variable in variables]}
        case WriteConfiguration(assignments=assignments):
            return {"setVariableResult": [{"attributeStatus": answer, **_named(one.variable)} for one in assignments]}
        case CollectDiagnostics() if answer == "Accepted":
            return {"status": answer, "filename": "diagnostics.log"}
        case TriggerMessage() if answer == "NotSupported":
            return {"status": "NotImplemented"}
        case UnlockConnector() if answer == "Accepted":
            return {"status": "Unlocked"}
    return {"status": answer}


DIALECT: Final = Dialect(_say, _hear, _answer, conclude)
