"""OCPP 1.6 as a simulated charger speaks it."""

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
    ChargingPeriod,
    ChargingProfile,
    CollectDiagnostics,
    Command,
    DataTransferred,
    FirmwareReported,
    Heartbeat,
    Meter,
    MeterReported,
    ProfilePurpose,
    RateUnit,
    ReadConfiguration,
    Report,
    Reset,
    SecurityReported,
    SetChargingProfile,
    StatusReported,
    TransactionEnded,
    TransactionStarted,
    Trigger,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
    UploadReported,
    Variable,
    WriteConfiguration,
)
from healer.ocpp.salvage import LongText, Place, Text, Whole, Wire, place, word

# --- saying -------------------------------------------------------------------------------------------------------


def _say(report: Report, number: int) -> tuple[str, Payload] | None:
    match report:
        case Booted():
            return "BootNotification", told(
                charge_point_vendor=report.vendor or "?",
                charge_point_model=report.model or "?",
                charge_point_serial_number=report.serial,
                firmware_version=report.firmware,
            )
        case Heartbeat():
            return "Heartbeat", {}
        case StatusReported():
            return "StatusNotification", _status(report)
        case Authorize(token=token):
            return "Authorize", {"idTag": token}
        case TransactionStarted() | TransactionEnded() | MeterReported():
            return _transaction(report)
        case FirmwareReported(status=status):
            return "FirmwareStatusNotification", {"status": status}
        case UploadReported(status=status):
            return "DiagnosticsStatusNotification", {"status": status}
        case SecurityReported():
            return say_security(report)
        case DataTransferred():
            return say_data(report)
        case _:
            return None


def _status(report: StatusReported) -> Payload:
    return told(
        connector_id=report.connector or 0,
        error_code=report.error_code or "NoError",
        status=report.raw_status or (report.status or "").strip(),
        timestamp=written(report.charger_time),
        info=report.info,
        vendor_error_code=report.vendor_error_code,
    )


def _transaction(report: TransactionStarted | TransactionEnded | MeterReported) -> tuple[str, Payload]:
    match report:
        case TransactionStarted():
            return "StartTransaction", told(
                connector_id=report.connector or 1,
                id_tag=report.token or "",
                meter_start=round(report.meter_start_wh or 0),
                timestamp=written(report.charger_time),
            )
        case TransactionEnded():
            return "StopTransaction", told(
                transaction_id=int(report.transaction or -1),  # what real ones send for an id they never got
                meter_stop=round(report.meter_stop_wh or 0),
                timestamp=written(report.charger_time),
                reason=report.reason,
            )
        case MeterReported():
            return "MeterValues", told(
                connector_id=report.connector or 0,
                transaction_id=None if report.transaction is None else int(report.transaction),
                meter_value=[_meter(meter) for meter in report.meters],
            )


def _meter(meter: Meter) -> Payload:
    samples = [
        {"value": f"{meter.energy_wh or 0:.1f}", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
        {"value": f"{meter.power_w or 0:.1f}", "measurand": "Power.Active.Import", "unit": "W"},
    ]
    return {"timestamp": written(meter.charger_time), "sampledValue": samples}


# --- hearing ------------------------------------------------------------------------------------------------------


class _Period(Wire):
    start_period: Whole | None = None
    limit: float | None = None


class _Schedule(Wire):
    charging_rate_unit: Text | None = None
    charging_schedule_period: tuple[_Period, ...] = ()


class _Profile(Wire):
    charging_profile_id: Whole | None = None
    charging_schedule: _Schedule = field(default_factory=_Schedule)


class _Request(Wire):
    """All fields of all commands."""

    type: Text | None = None
    connector_id: Place | None = None
    requested_message: Text | None = None
    location: Text | None = None
    retrieve_date: Text | None = None
    key: tuple[Text, ...] = ()
    value: LongText | None = None
    cs_charging_profiles: _Profile = field(default_factory=_Profile)


def _hear(action: str, payload: Payload) -> Command | None:
    said = salvage.read(payload, _Request)
    connector = place(said.connector_id)
    match action:
        case "Reset":
            return Reset(hard=word(said.type) == "Hard")
        case "UnlockConnector":
            return UnlockConnector(None, said.connector_id or 0)
        case "ChangeAvailability":
            return ChangeAvailability(word(said.type) == "Operative", None, connector)
        case "TriggerMessage":
            what = salvage.member(Trigger, said.requested_message)
            return None if what is None else TriggerMessage(what, None, connector)
        case "GetDiagnostics":
            return CollectDiagnostics(said.location or "", 0)
        case "UpdateFirmware":
            return UpdateFirmware(said.location or "", instants.read(said.retrieve_date) or 0.0, 0)
        case "GetConfiguration":
            return ReadConfiguration(tuple(Variable(key) for key in said.key))
        case "ChangeConfiguration" if said.key:
            return WriteConfiguration((Assignment(Variable(said.key[0]), said.value or ""),))
        case "SetChargingProfile":
            return SetChargingProfile(_profile(said.cs_charging_profiles), None, connector)
    return None


def _profile(said: _Profile) -> ChargingProfile:
    """What of a profile the charger heeds: its limits."""
    schedule = said.charging_schedule
    unit = salvage.member(RateUnit, schedule.charging_rate_unit) or RateUnit.AMPERE
    periods = tuple(
        ChargingPeriod(one.start_period or 0, one.limit or 0.0) for one in schedule.charging_schedule_period
    )
    return ChargingProfile(said.charging_profile_id or 0, ProfilePurpose.TX, unit, periods)


def _configuration(command: ReadConfiguration, settings: Mapping[str, str]) -> Payload:
    """GetConfiguration.conf; without keys all of them are asked for (section 5.8)."""
    keys = [variable.name for variable in command.variables] or list(settings)
    known = [{"key": key, "readonly": False, "value": settings[key]} for key in keys if key in settings]
    return {"configurationKey": known, "unknownKey": [key for key in keys if key not in settings]}


def _answer(command: Command, answer: str, settings: Mapping[str, str]) -> Payload | None:
    match command:
        case ReadConfiguration():
            return _configuration(command, settings) if answer == "Accepted" else None
        case CollectDiagnostics():
            # Without a file name there is nothing to upload (section 5.9).
            payloads: dict[str, Payload] = {"Accepted": {"fileName": "diagnostics.log"}, "Rejected": {}}
            return payloads.get(answer)
        case UpdateFirmware():
            return {} if answer == "Accepted" else None  # the answer has no fields (section 6.56)
        case TriggerMessage() if answer == "NotSupported":
            return {"status": "NotImplemented"}
        case UnlockConnector() if answer == "Accepted":
            return {"status": "Unlocked"}
    return {"status": answer}


DIALECT: Final = Dialect(_say, _hear, _answer, conclude)
