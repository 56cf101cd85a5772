"""The charger's side of the wire, read back with the engine's own codec, which was written apart from it."""

from __future__ import annotations

import json

import pytest

from healer.behaviour.wire import Answered, Asked, Declined, Wire
from healer.errors import PayloadError
from healer.model import OcppVersion, Status
from healer.ocpp import messages
from healer.ocpp.messages import ChargingState, ComponentEvent, Meter, Reset
from healer.ocpp.session import Answered as Ended
from healer.ocpp.session import Reported, Session

V16, V201 = OcppVersion.V16, OcppVersion.V201
AT = 1_798_761_600.0
METER = Meter(energy_wh=1234.5, power_w=11000.0, charger_time=AT)
SHARED: list[messages.Report] = [
    messages.Heartbeat(),
    messages.Authorize("CARD"),
    messages.FirmwareReported("Downloading"),
    messages.UploadReported("Uploading"),
    messages.SecurityReported("FirmwareUpdated", "to 1.10", AT),
    messages.DataTransferred("Acme", "hello"),
]
REPORTS_16: list[messages.Report] = [
    *SHARED,
    messages.Booted("Acme", "AC22", "S-1", "1.0.0"),
    messages.StatusReported(
        None, 1, Status.FAULTED, False, "OtherError", "E-42", "hot", charger_time=AT, raw_status="Faulted"
    ),
    messages.StatusReported(
        None, None, Status.AVAILABLE, error_code="NoError", charger_time=AT, raw_status="Available"
    ),
    messages.TransactionStarted(None, 2, None, "CARD", 1000.0, None, AT),
    messages.TransactionEnded("7", None, "Local", 2000.0, AT),
    messages.MeterReported(None, 1, "7", (METER,)),
    messages.MeterReported(None, 1, None, (METER,)),
]
REPORTS_201: list[messages.Report] = [
    *SHARED,
    messages.Booted("Acme", "DC50", "S-1", "1.0.0", "Watchdog"),
    messages.StatusReported(1, 1, Status.FAULTED, charger_time=AT, raw_status="Faulted"),
    messages.StatusReported(2, 1, Status.PREPARING, occupied=True, charger_time=AT, raw_status="Occupied"),
    messages.TransactionStarted(1, 1, "T-1", "CARD", 1000.0, ChargingState.EV_CONNECTED, AT, number=1),
    messages.TransactionUpdated(1, 1, "T-1", ChargingState.CHARGING, (METER,), AT, number=1),
    messages.TransactionUpdated(1, 1, "T-1", ChargingState.SUSPENDED_EV, (), AT, offline=True, number=1),
    messages.TransactionEnded("T-1", 1, "ImmediateReset", 2000.0, AT),
    messages.MeterReported(1, None, None, (METER,)),
    messages.ComponentsReported(
        (
            ComponentEvent("Connector", "Problem", "true", 1, 1, "CX002", "E-42", charger_time=AT),
            ComponentEvent("ChargingStation", "Problem", "false", cleared=True, charger_time=AT),
        )
    ),
]


def session(version: OcppVersion) -> Session:
    return Session(version, call_timeout_s=30.0, max_frame_bytes=1 << 20)


@pytest.mark.parametrize(
    ("version", "report"),
    [(V16, report) for report in REPORTS_16] + [(V201, report) for report in REPORTS_201],
    ids=lambda value: value.value if isinstance(value, OcppVersion) else type(value).__name__,
)
def test_what_a_charger_says_is_heard_as_it_was_said(version: OcppVersion, report: messages.Report) -> None:
    frame = Wire(version).call(report)
    assert frame is not None
    heard = session(version).receive(frame, AT)
    assert isinstance(heard, Reported)
    assert (heard.report, heard.violations) == (report, ())


@pytest.mark.parametrize(
    ("version", "report", "reply"),
    [
        (V16, REPORTS_16[6], messages.BootReply(messages.Registration.PENDING, 60)),
        (V16, messages.Heartbeat(), messages.Acknowledged()),
        (V16, messages.Authorize("CARD"), messages.AuthorizationReply(accepted=False)),
        (V16, REPORTS_16[9], messages.TransactionReply(17, accepted=True)),
        (V16, REPORTS_16[10], messages.TransactionReply()),
        (V201, REPORTS_201[6], messages.BootReply(messages.Registration.ACCEPTED, 300)),
        (V201, messages.Authorize("CARD"), messages.AuthorizationReply(accepted=True)),
        (V201, REPORTS_201[9], messages.TransactionReply(None, accepted=True)),
        (V201, REPORTS_201[7], messages.Acknowledged()),
    ],
)
def test_the_answer_is_understood(version: OcppVersion, report: messages.Report, reply: messages.Reply) -> None:
    wire, ours = Wire(version), session(version)
    heard = ours.receive(wire.call(report) or "", AT)
    assert isinstance(heard, Reported)
    assert wire.receive(ours.reply(heard, reply, AT)) == Answered(report, reply)


def test_an_answer_comes_once_and_an_error_says_nothing() -> None:
    wire, ours = Wire(V16), session(V16)
    heard = ours.receive(wire.call(messages.Heartbeat()) or "", AT)
    assert isinstance(heard, Reported)
    assert wire.receive(ours.defer(heard)) == Answered(messages.Heartbeat(), None)
    assert wire.receive(ours.defer(heard)) is None
    assert wire.receive("no frame") is None


def test_a_lost_link_takes_the_answer_with_it() -> None:
    wire, ours = Wire(V16), session(V16)
    heard = ours.receive(wire.call(messages.Heartbeat()) or "", AT)
    assert isinstance(heard, Reported)
    wire.lose_link()
    assert wire.receive(ours.reply(heard, messages.Acknowledged(), AT)) is None


COMMANDS_16: list[messages.Command] = [
    Reset(hard=False),
    Reset(hard=True),
    messages.UnlockConnector(None, 2),
    messages.TriggerMessage(messages.Trigger.STATUS, None, 1),
    messages.TriggerMessage(messages.Trigger.BOOT),
    messages.ChangeAvailability(operative=False, connector=1),
    messages.ChangeAvailability(operative=True),
    messages.CollectDiagnostics("https://logs.example/", 0),
    messages.UpdateFirmware("https://files.example/1.10.bin", AT, 0),
]
COMMANDS_201: list[messages.Command] = [
    Reset(hard=False),
    Reset(hard=True, evse=2),
    messages.UnlockConnector(1, 1),
    messages.TriggerMessage(messages.Trigger.STATUS, 1, 1),
    messages.TriggerMessage(messages.Trigger.HEARTBEAT),
    messages.ChangeAvailability(operative=False, evse=1, connector=1),
    messages.ChangeAvailability(operative=True, evse=1),
    messages.ChangeAvailability(operative=True),
    messages.CollectDiagnostics("https://logs.example/", 7),
    messages.UpdateFirmware("https://files.example/1.10.bin", AT, 8),
]


@pytest.mark.parametrize(
    ("version", "command"), [(V16, one) for one in COMMANDS_16] + [(V201, one) for one in COMMANDS_201]
)
def test_a_command_arrives_as_it_was_given_and_its_answer_is_understood(
    version: OcppVersion, command: messages.Command
) -> None:
    wire, ours = Wire(version), session(version)
    asked = wire.receive(ours.call(command, "healer-1", AT) or "")
    assert isinstance(asked, Asked)
    assert asked.command == command
    ended = ours.receive(wire.answer(asked, "Accepted"), AT)
    assert isinstance(ended, Ended)
    assert ended.outcome.result is messages.Result.ACCEPTED


@pytest.mark.parametrize(
    ("version", "command", "word", "result"),
    [
        (V16, COMMANDS_16[0], "Rejected", messages.Result.REJECTED),
        (V16, COMMANDS_16[2], "UnlockFailed", messages.Result.REJECTED),
        (V16, COMMANDS_16[2], "NotSupported", messages.Result.NOT_SUPPORTED),
        (V16, COMMANDS_16[3], "NotSupported", messages.Result.NOT_SUPPORTED),
        (V16, COMMANDS_16[5], "Scheduled", messages.Result.SCHEDULED),
        (V16, COMMANDS_16[0], "NotSupported", messages.Result.NOT_SUPPORTED),
        (V16, COMMANDS_16[7], "Rejected", messages.Result.REJECTED),
        (V16, COMMANDS_16[7], "NotSupported", messages.Result.NOT_SUPPORTED),
        (V16, COMMANDS_16[8], "Rejected", messages.Result.ERROR),
        (V201, COMMANDS_201[0], "Scheduled", messages.Result.SCHEDULED),
        (V201, COMMANDS_201[2], "OngoingAuthorizedTransaction", messages.Result.REJECTED),
        (V201, COMMANDS_201[3], "NotSupported", messages.Result.NOT_SUPPORTED),
        (V201, COMMANDS_201[8], "Rejected", messages.Result.REJECTED),
    ],
)
def test_a_word_that_the_answer_cannot_say_becomes_a_callerror(
    version: OcppVersion, command: messages.Command, word: str, result: messages.Result
) -> None:
    wire, ours = Wire(version), session(version)
    asked = wire.receive(ours.call(command, "healer-1", AT) or "")
    assert isinstance(asked, Asked)
    ended = ours.receive(wire.answer(asked, word), AT)
    assert isinstance(ended, Ended)
    assert ended.outcome.result is result


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.parametrize("action", ["ClearCache", "TriggerMessage"])
def test_an_unknown_command_is_declined(version: OcppVersion, action: str) -> None:
    declined = Wire(version).receive(json.dumps([2, "x", action, {"requestedMessage": "TransmitStatus"}]))
    assert isinstance(declined, Declined)
    assert json.loads(declined.frame)[:3] == [4, "x", "NotImplemented"]


def test_what_a_version_has_no_words_for_is_not_said() -> None:
    update = messages.TransactionUpdated(None, 1, "7", None, (), AT)
    assert Wire(V16).call(update) is None
    assert Wire(V201).call(messages.OtherReport("NotifyReport")) is None


def test_what_breaks_the_standard_is_never_said() -> None:
    with pytest.raises(PayloadError):
        Wire(V16).call(messages.Booted("a vendor with a name of many letters", "AC22"))


@pytest.mark.parametrize(
    ("version", "variable"), [(V16, messages.Variable("Interval")), (V201, messages.Variable("Interval", "ClockCtrlr"))]
)
def test_settings_are_read_and_written(version: OcppVersion, variable: messages.Variable) -> None:
    wire, ours = Wire(version), session(version)
    write = messages.WriteConfiguration((messages.Assignment(variable, "30"),))
    asked = wire.receive(ours.call(write, "healer-1", AT) or "")
    assert isinstance(asked, Asked)
    assert asked.command == write
    ended = ours.receive(wire.answer(asked, "Accepted"), AT)
    assert isinstance(ended, Ended)
    assert ended.outcome.result is messages.Result.ACCEPTED
    asked = wire.receive(ours.call(messages.ReadConfiguration((variable,)), "healer-2", AT) or "")
    assert isinstance(asked, Asked)
    ended = ours.receive(wire.answer(asked, "Accepted", {"Interval": "30"}), AT)
    assert isinstance(ended, Ended)
    assert isinstance(ended.outcome.body, messages.Configuration)
    (told,) = ended.outcome.body.outcomes
    assert (told.setting.variable, told.setting.value) == (variable, "30")


def test_of_a_charging_profile_the_limits_are_heard() -> None:
    periods = (messages.ChargingPeriod(0, 16.0), messages.ChargingPeriod(3600, 4.5))
    profile = messages.ChargingProfile(7, messages.ProfilePurpose.TX, messages.RateUnit.AMPERE, periods)
    command = messages.SetChargingProfile(profile, None, 1)
    asked = Wire(V16).receive(session(V16).call(command, "healer-1", AT) or "")
    assert isinstance(asked, Asked)
    assert asked.command == command
