"""A 2.0.1 charging station on the wire: PyPI ocpp's ChargePoint with the behaviour behind it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any

from ocpp import exceptions
from ocpp.v201 import ChargePoint as LibraryChargePoint
from ocpp.v201 import call, call_result, datatypes, enums
from ocpp.v201.enums import Action

from healer.ocpp import messages
from healer.sim import line
from healer.sim.line import on, status, written

_ENDED_BY = {
    "DeAuthorized": enums.TriggerReasonEnumType.deauthorized,
    "ImmediateReset": enums.TriggerReasonEnumType.reset_command,
    "Local": enums.TriggerReasonEnumType.stop_authorized,
}


class ChargePoint(LibraryChargePoint):
    """Hears commands and says reports in 2.0.1."""

    def __init__(self, ear: line.Ear, response_timeout_s: float) -> None:
        super().__init__(ear.charger.id, ear.line, response_timeout_s, line.QUIET)  # type: ignore[no-untyped-call]
        self.answering = asyncio.Lock()
        """Held while a command is being answered: what it leads to is said after the answer."""
        self._ear = ear
        self._numbers = itertools.count()
        """seqNo and eventId; the standard wants no more of them than to grow."""

    async def route_message(self, raw_msg: str) -> None:
        async with self.answering:
            await super().route_message(raw_msg)  # type: ignore[no-untyped-call]

    # --- commands -------------------------------------------------------------------------------------------------

    @on(Action.reset)
    def on_reset(self, type: str, call_unique_id: str, evse_id: int | None = None, **_: object) -> call_result.Reset:
        word = self._ear.obey(messages.Reset(type == "Immediate", evse_id), call_unique_id)
        return call_result.Reset(status(enums.ResetStatusEnumType, word))

    @on(Action.unlock_connector)
    def on_unlock(
        self, evse_id: int, connector_id: int, call_unique_id: str, **_: object
    ) -> call_result.UnlockConnector:
        word = self._ear.obey(messages.UnlockConnector(evse_id, connector_id), call_unique_id)
        word = "Unlocked" if word == "Accepted" else word
        return call_result.UnlockConnector(status(enums.UnlockStatusEnumType, word))

    @on(Action.set_variables)
    def on_write(
        self, set_variable_data: list[Mapping[str, Any]], call_unique_id: str, **_: object
    ) -> call_result.SetVariables:
        written = [(_variable(one), str(one["attribute_value"])) for one in set_variable_data]
        command = messages.WriteConfiguration(tuple(messages.Assignment(*one) for one in written))
        word = status(enums.SetVariableStatusEnumType, self._ear.obey(command, call_unique_id))
        return call_result.SetVariables(
            [
                datatypes.SetVariableResultType(
                    word,
                    datatypes.ComponentType(variable.component or ""),
                    datatypes.VariableType(variable.name),
                )
                for variable, _ in written
            ]
        )

    @on(Action.change_availability)
    def on_availability(
        self,
        operational_status: str,
        call_unique_id: str,
        evse: Mapping[str, int] | None = None,
        **_: object,
    ) -> call_result.ChangeAvailability:
        command = messages.ChangeAvailability(operational_status == "Operative", *_place(evse))
        word = self._ear.obey(command, call_unique_id)
        return call_result.ChangeAvailability(status(enums.ChangeAvailabilityStatusEnumType, word))

    @on(Action.trigger_message)
    def on_trigger(
        self,
        requested_message: str,
        call_unique_id: str,
        evse: Mapping[str, int] | None = None,
        **_: object,
    ) -> call_result.TriggerMessage:
        if requested_message not in set(messages.Trigger):
            return call_result.TriggerMessage(enums.TriggerMessageStatusEnumType.not_implemented)
        command = messages.TriggerMessage(messages.Trigger(requested_message), *_place(evse))
        word = self._ear.obey(command, call_unique_id).replace("NotSupported", "NotImplemented")
        return call_result.TriggerMessage(status(enums.TriggerMessageStatusEnumType, word))

    @on(Action.get_log)
    def on_log(self, log: Mapping[str, str], request_id: int, call_unique_id: str, **_: object) -> call_result.GetLog:
        command = messages.CollectDiagnostics(log["remote_location"], request_id)
        said = status(enums.LogStatusEnumType, self._ear.obey(command, call_unique_id))
        return call_result.GetLog(said, filename="diagnostics.log" if said == "Accepted" else None)

    @on(Action.update_firmware)
    def on_firmware(
        self, request_id: int, firmware: Mapping[str, str], call_unique_id: str, **_: object
    ) -> call_result.UpdateFirmware:
        retrieve_at = line.read(firmware["retrieve_date_time"])
        command = messages.UpdateFirmware(firmware["location"], retrieve_at, request_id)
        return call_result.UpdateFirmware(
            status(enums.UpdateFirmwareStatusEnumType, self._ear.obey(command, call_unique_id))
        )

    # --- reports --------------------------------------------------------------------------------------------------

    async def say(self, report: messages.Report) -> messages.Reply | None:
        payload = self._payload(report)
        if payload is None:
            return None
        try:
            answer = await self.call(payload, suppress=False, unique_id=self._ear.message_id())  # type: ignore[no-untyped-call]
        except (exceptions.OCPPError, TimeoutError):
            return None
        return _reply(answer)

    def _payload(self, report: messages.Report) -> object | None:
        """The report as the library's payload; None: 2.0.1 does not say it."""
        match report:
            case messages.Booted():
                return _boot(report)
            case messages.Heartbeat():
                return call.Heartbeat()
            case messages.StatusReported():
                said = enums.ConnectorStatusEnumType(report.raw_status or "")
                return call.StatusNotification(
                    written(report.charger_time), said, report.evse or 0, report.connector or 0
                )
            case messages.Authorize(token=card):
                return call.Authorize(_id_token(card))
            case messages.TransactionStarted() | messages.TransactionUpdated() | messages.TransactionEnded():
                return self._transaction_event(report)
            case messages.MeterReported():
                return call.MeterValues(report.evse or 0, [_meter(meter) for meter in report.meters])
            case messages.ComponentsReported():
                return self._notify_event(report)
            case _:
                return _progress(report)

    def _transaction_event(
        self, report: messages.TransactionStarted | messages.TransactionUpdated | messages.TransactionEnded
    ) -> call.TransactionEvent:
        event = call.TransactionEvent(
            event_type=enums.TransactionEventEnumType.updated,
            timestamp=written(report.charger_time),
            trigger_reason=enums.TriggerReasonEnumType.charging_state_changed,
            seq_no=next(self._numbers),
            transaction_info=datatypes.TransactionType(report.transaction or ""),
            offline=report.offline or None,
        )
        if report.evse is not None:
            event.evse = datatypes.EVSEType(report.evse, 1)
        match report:
            case messages.TransactionStarted():
                event.event_type = enums.TransactionEventEnumType.started
                event.trigger_reason = enums.TriggerReasonEnumType.authorized
                event.transaction_info.charging_state = _charging_state(report.charging_state)
                event.id_token = _id_token(report.token or "")
                event.meter_value = [_energy(report.meter_start_wh, event.timestamp)]
            case messages.TransactionUpdated():
                event.transaction_info.charging_state = _charging_state(report.charging_state)
                if report.meters:
                    event.trigger_reason = enums.TriggerReasonEnumType.meter_value_periodic
                    event.meter_value = [_meter(meter) for meter in report.meters]
            case messages.TransactionEnded():
                event.event_type = enums.TransactionEventEnumType.ended
                reason = report.reason or "Other"
                event.trigger_reason = _ENDED_BY.get(reason, enums.TriggerReasonEnumType.abnormal_condition)
                event.transaction_info.stopped_reason = enums.ReasonEnumType(reason)
                event.meter_value = [_energy(report.meter_stop_wh, event.timestamp)]
        return event

    def _notify_event(self, report: messages.ComponentsReported) -> call.NotifyEvent:
        data = [
            datatypes.EventDataType(
                event_id=next(self._numbers),
                timestamp=written(event.charger_time),
                trigger=enums.EventTriggerEnumType.alerting,
                actual_value=event.actual_value,
                event_notification_type=enums.EventNotificationEnumType.hard_wired_notification,
                component=datatypes.ComponentType(
                    event.component,
                    evse=None if event.evse is None else datatypes.EVSEType(event.evse, event.connector),
                ),
                variable=datatypes.VariableType(event.variable),
                tech_code=event.tech_code,
                tech_info=event.tech_info,
                cleared=event.cleared or None,
            )
            for event in report.events
        ]
        return call.NotifyEvent(written(report.events[0].charger_time), 0, data)


def _variable(said: Mapping[str, Any]) -> messages.Variable:
    return messages.Variable(said["variable"]["name"], said["component"]["name"])


def _boot(report: messages.Booted) -> call.BootNotification:
    station = datatypes.ChargingStationType(
        vendor_name=report.vendor or "?",
        model=report.model or "?",
        serial_number=report.serial,
        firmware_version=report.firmware,
    )
    return call.BootNotification(station, enums.BootReasonEnumType(report.reason or "Unknown"))


def _progress(report: messages.Report) -> object | None:
    match report:
        case messages.FirmwareReported():
            return call.FirmwareStatusNotification(enums.FirmwareStatusEnumType(report.status), report.request_id)
        case messages.UploadReported():
            return call.LogStatusNotification(enums.UploadLogStatusEnumType(report.status), report.request_id)
        case messages.SecurityReported():
            return call.SecurityEventNotification(report.kind, written(report.charger_time), report.info)
        case messages.DataTransferred():
            return call.DataTransfer(report.vendor or "?", report.message)
        case _:
            return None


def _place(evse: Mapping[str, int] | None) -> tuple[int | None, int | None]:
    return (None, None) if evse is None else (evse["id"], evse.get("connector_id"))


def _id_token(card: str) -> datatypes.IdTokenType:
    return datatypes.IdTokenType(card, enums.IdTokenEnumType.iso14443)


def _charging_state(state: messages.ChargingState | None) -> enums.ChargingStateEnumType | None:
    return None if state is None else enums.ChargingStateEnumType(state.value)


def _energy(energy_wh: float | None, timestamp: str) -> datatypes.MeterValueType:
    energy = datatypes.SampledValueType(
        value=energy_wh or 0.0, measurand=enums.MeasurandEnumType.energy_active_import_register
    )
    return datatypes.MeterValueType(timestamp, [energy])


def _meter(meter: messages.Meter) -> datatypes.MeterValueType:
    value = _energy(meter.energy_wh, written(meter.charger_time))
    power = datatypes.SampledValueType(
        value=meter.power_w or 0.0, measurand=enums.MeasurandEnumType.power_active_import
    )
    value.sampled_value.append(power)
    return value


def _reply(answer: object) -> messages.Reply:
    match answer:
        case call_result.BootNotification(status=said, interval=interval_s):
            return messages.BootReply(messages.Registration(said), interval_s)
        case call_result.Authorize(id_token_info=info):
            return messages.AuthorizationReply(_accepted(info) is True)
        case call_result.TransactionEvent(id_token_info=info):
            return messages.TransactionReply(None, _accepted(info))
        case _:
            return messages.Acknowledged()


def _accepted(info: object) -> bool | None:
    """Of an IdTokenInfo, which the library leaves as a dict."""
    return info.get("status") == "Accepted" if isinstance(info, dict) else None
