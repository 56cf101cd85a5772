"""A 1.6 charger on the wire: PyPI ocpp's ChargePoint with the behaviour behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ocpp import exceptions
from ocpp.v16 import ChargePoint as LibraryChargePoint
from ocpp.v16 import call, call_result, datatypes, enums
from ocpp.v16.enums import Action

from healer.ocpp import messages
from healer.sim import line
from healer.sim.line import on, status, written


class ChargePoint(LibraryChargePoint):
    """Hears commands and says reports in 1.6."""

    def __init__(self, ear: line.Ear, response_timeout_s: float) -> None:
        super().__init__(ear.charger.id, ear.line, response_timeout_s, line.QUIET)  # type: ignore[no-untyped-call]
        self.answering = asyncio.Lock()
        """Held while a command is being answered: what it leads to is said after the answer."""
        self._ear = ear

    async def route_message(self, raw_msg: str) -> None:
        async with self.answering:
            await super().route_message(raw_msg)  # type: ignore[no-untyped-call]

    # --- commands -------------------------------------------------------------------------------------------------

    @on(Action.reset)
    def on_reset(self, type: str, call_unique_id: str) -> call_result.Reset:
        word = self._ear.obey(messages.Reset(hard=type == "Hard"), call_unique_id)
        return call_result.Reset(status(enums.ResetStatus, word))

    @on(Action.unlock_connector)
    def on_unlock(self, connector_id: int, call_unique_id: str) -> call_result.UnlockConnector:
        word = self._ear.obey(messages.UnlockConnector(None, connector_id), call_unique_id)
        return call_result.UnlockConnector(status(enums.UnlockStatus, "Unlocked" if word == "Accepted" else word))

    @on(Action.change_availability)
    def on_availability(self, connector_id: int, type: str, call_unique_id: str) -> call_result.ChangeAvailability:
        command = messages.ChangeAvailability(type == "Operative", None, connector_id or None)
        word = self._ear.obey(command, call_unique_id)
        return call_result.ChangeAvailability(status(enums.AvailabilityStatus, word))

    @on(Action.trigger_message)
    def on_trigger(
        self, requested_message: str, call_unique_id: str, connector_id: int | None = None
    ) -> call_result.TriggerMessage:
        if requested_message not in set(messages.Trigger):
            return call_result.TriggerMessage(enums.TriggerMessageStatus.not_implemented)
        command = messages.TriggerMessage(messages.Trigger(requested_message), None, connector_id or None)
        word = self._ear.obey(command, call_unique_id).replace("NotSupported", "NotImplemented")
        return call_result.TriggerMessage(status(enums.TriggerMessageStatus, word))

    @on(Action.get_diagnostics)
    def on_diagnostics(self, location: str, call_unique_id: str, **_: object) -> call_result.GetDiagnostics:
        word = self._ear.obey(messages.CollectDiagnostics(location, 0), call_unique_id)
        if word not in {"Accepted", "Rejected"}:
            raise line.refusal(word)
        return call_result.GetDiagnostics("diagnostics.log" if word == "Accepted" else None)

    @on(Action.update_firmware)
    def on_firmware(
        self, location: str, retrieve_date: str, call_unique_id: str, **_: object
    ) -> call_result.UpdateFirmware:
        command = messages.UpdateFirmware(location, line.read(retrieve_date), 0)
        word = self._ear.obey(command, call_unique_id)
        if word != "Accepted":
            raise line.refusal(word)  # the answer has no field that could say it
        return call_result.UpdateFirmware()

    @on(Action.get_configuration)
    def on_read(self, key: list[str] | None = None, **_: object) -> call_result.GetConfiguration:
        settings = self._ear.charger.settings
        keys = key or list(settings)
        known = [datatypes.KeyValue(one, readonly=False, value=settings[one]) for one in keys if one in settings]
        return call_result.GetConfiguration(known, [one for one in keys if one not in settings])

    @on(Action.change_configuration)
    def on_write(self, key: str, value: str, call_unique_id: str) -> call_result.ChangeConfiguration:
        command = messages.WriteConfiguration((messages.Assignment(messages.Variable(key), value),))
        return call_result.ChangeConfiguration(
            status(enums.ConfigurationStatus, self._ear.obey(command, call_unique_id))
        )

    @on(Action.set_charging_profile)
    def on_limit(
        self, connector_id: int, cs_charging_profiles: Mapping[str, Any], call_unique_id: str
    ) -> call_result.SetChargingProfile:
        command = messages.SetChargingProfile(_limits(cs_charging_profiles), None, connector_id or None)
        word = self._ear.obey(command, call_unique_id)
        return call_result.SetChargingProfile(status(enums.ChargingProfileStatus, word))

    # --- reports --------------------------------------------------------------------------------------------------

    async def say(self, report: messages.Report) -> messages.Reply | None:
        payload = _payload(report)
        if payload is None:
            return None
        try:
            answer = await self.call(payload, suppress=False, unique_id=self._ear.message_id())  # type: ignore[no-untyped-call]
        except (exceptions.OCPPError, TimeoutError):
            return None
        return _reply(answer)


def _limits(said: Mapping[str, Any]) -> messages.ChargingProfile:
    """What of a profile the charger heeds."""
    schedule = said["charging_schedule"]
    periods = (
        messages.ChargingPeriod(one["start_period"], one["limit"]) for one in schedule["charging_schedule_period"]
    )
    unit = messages.RateUnit(schedule["charging_rate_unit"])
    return messages.ChargingProfile(said["charging_profile_id"], messages.ProfilePurpose.TX, unit, tuple(periods))


def _payload(report: messages.Report) -> object | None:
    """The report as the library's payload; None: 1.6 does not say it."""
    match report:
        case messages.Booted():
            return call.BootNotification(
                charge_point_model=report.model or "?",
                charge_point_vendor=report.vendor or "?",
                charge_point_serial_number=report.serial,
                firmware_version=report.firmware,
            )
        case messages.Heartbeat():
            return call.Heartbeat()
        case messages.StatusReported():
            return _status(report)
        case messages.Authorize(token=card):
            return call.Authorize(card)
        case messages.TransactionStarted() | messages.TransactionEnded() | messages.MeterReported():
            return _transaction(report)
        case messages.FirmwareReported():
            return call.FirmwareStatusNotification(enums.FirmwareStatus(report.status))
        case messages.UploadReported():
            return call.DiagnosticsStatusNotification(enums.DiagnosticsStatus(report.status))
        case messages.SecurityReported():
            return call.SecurityEventNotification(report.kind, written(report.charger_time), report.info)
        case messages.DataTransferred():
            return call.DataTransfer(report.vendor or "?", report.message)
        case _:
            return None


def _status(report: messages.StatusReported) -> call.StatusNotification:
    return call.StatusNotification(
        connector_id=report.connector or 0,
        error_code=enums.ChargePointErrorCode(report.error_code or "NoError"),
        status=enums.ChargePointStatus(report.raw_status or ""),
        timestamp=written(report.charger_time),
        info=report.info,
        vendor_error_code=report.vendor_error_code,
    )


def _transaction(
    report: messages.TransactionStarted | messages.TransactionEnded | messages.MeterReported,
) -> object:
    match report:
        case messages.TransactionStarted():
            return call.StartTransaction(
                connector_id=report.connector or 1,
                id_tag=report.token or "",
                meter_start=round(report.meter_start_wh or 0),
                timestamp=written(report.charger_time),
            )
        case messages.TransactionEnded():
            return call.StopTransaction(
                meter_stop=round(report.meter_stop_wh or 0),
                timestamp=written(report.charger_time),
                transaction_id=int(report.transaction or -1),  # what real ones send for an id they never got
                reason=None if report.reason is None else enums.Reason(report.reason),
            )
        case messages.MeterReported():
            known = None if report.transaction is None else int(report.transaction)
            return call.MeterValues(report.connector or 0, [_meter(meter) for meter in report.meters], known)


def _meter(meter: messages.Meter) -> datatypes.MeterValue:
    energy = datatypes.SampledValue(
        value=f"{meter.energy_wh or 0:.1f}",
        measurand=enums.Measurand.energy_active_import_register,
        unit=enums.UnitOfMeasure.wh,
    )
    power = datatypes.SampledValue(
        value=f"{meter.power_w or 0:.1f}", measurand=enums.Measurand.power_active_import, unit=enums.UnitOfMeasure.w
    )
    return datatypes.MeterValue(written(meter.charger_time), [energy, power])


def _reply(answer: object) -> messages.Reply:
    match answer:
        case call_result.BootNotification(status=said, interval=interval_s):
            return messages.BootReply(messages.Registration(said), interval_s)
        case call_result.Authorize(id_tag_info=info):
            return messages.AuthorizationReply(_accepted(info) is True)
        case call_result.StartTransaction(transaction_id=given, id_tag_info=info):
            return messages.TransactionReply(given, _accepted(info))
        case call_result.StopTransaction(id_tag_info=info):
            return messages.TransactionReply(None, _accepted(info))
        case _:
            return messages.Acknowledged()


def _accepted(info: object) -> bool | None:
    """Of an IdTagInfo, which the library leaves as a dict."""
    return info.get("status") == "Accepted" if isinstance(info, dict) else None
