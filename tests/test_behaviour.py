"""The simulated charger, in virtual time: no event loop, no sleep."""

from __future__ import annotations

from typing import TypeVar

import pytest

from healer.behaviour import Dial, DropLink, Habits, Identity, Reaction, Say, SimulatedCharger
from healer.errors import LocalError
from healer.model import ChargerId, Instant, OcppVersion, Seconds, Status
from healer.ocpp import messages
from healer.ocpp.messages import (
    Booted,
    BootReply,
    ChangeAvailability,
    CollectDiagnostics,
    ComponentsReported,
    FirmwareReported,
    Heartbeat,
    MeterReported,
    Registration,
    Reset,
    StatusReported,
    TransactionEnded,
    TransactionReply,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
    UploadReported,
)

V16, V201 = OcppVersion.V16, OcppVersion.V201
T0 = 1_800_000_000.0
HABITS = Habits(boot_time_s=40, heartbeat_s=300, redial_s=5)
R = TypeVar("R")


class CentralSystem:
    """Drives one charger through virtual time: connects when it dials, answers, keeps what it said."""

    def __init__(self, charger: SimulatedCharger) -> None:
        self.charger = charger
        self.now = T0
        self.said: list[tuple[Instant, messages.Report]] = []
        self.drops: list[Instant] = []
        self.dials: list[Instant] = []
        self.reachable = True
        self.linked = False
        self.answers_transactions = True
        self.registration = Registration.ACCEPTED
        self._transactions = 0

    def run(self, for_s: Seconds) -> None:
        """Let time pass, deadline by deadline."""
        end = self.now + for_s
        while True:
            self._settle()
            deadline = self.charger.next_deadline()
            if deadline is None or deadline > end:
                break
            self.now = max(self.now, deadline)
        self.now = end

    def _settle(self) -> None:
        while actions := self.charger.due(self.now):
            for action in actions:
                match action:
                    case Say(report):
                        assert self.linked, "it speaks without a link"
                        self.said.append((self.now, report))
                        self.charger.answered(report, self._reply(report), self.now)
                    case DropLink():
                        self.drops.append(self.now)
                        self.lose_link()
                    case Dial():
                        self.dials.append(self.now)
                        if self.reachable:
                            self.linked = True
                            self.charger.connected(self.now)

    def lose_link(self) -> None:
        """The transport notices that the link is gone."""
        self.linked = False
        self.charger.disconnected(self.now)

    def _reply(self, report: messages.Report) -> messages.Reply | None:
        match report:
            case Booted():
                return BootReply(self.registration, 60)
            case TransactionStarted() | TransactionUpdated() | TransactionEnded() if not self.answers_transactions:
                return None
            case TransactionStarted(transaction=None):
                self._transactions += 1
                return TransactionReply(self._transactions, True)
            case TransactionStarted() | TransactionUpdated() | TransactionEnded():
                return TransactionReply()
            case _:
                return messages.Acknowledged()

    def heard(self, kind: type[R]) -> list[R]:
        return [report for _, report in self.said if isinstance(report, kind)]

    def times(self, kind: type) -> list[Seconds]:
        return [at - T0 for at, report in self.said if isinstance(report, kind)]

    def statuses(self, connector: int | None = 1) -> list[str]:
        """The statuses that one place reported, 1.6 and 2.0.1 alike."""
        v16 = self.charger.version is V16
        return [
            report.raw_status or ""
            for report in self.heard(StatusReported)
            if (report.connector if v16 else report.evse) == connector
        ]

    def forget(self) -> None:
        self.said.clear()
        self.drops.clear()
        self.dials.clear()

    def command(self, command: messages.Command) -> str | None:
        word = self.charger.obey(command, self.now)
        self._settle()
        return word


def a_charger(
    version: OcppVersion = V16, connectors: int = 1, habits: Habits = HABITS, **replies: Reaction
) -> SimulatedCharger:
    by_action = {action.replace("__", "-").replace("_", " "): reaction for action, reaction in replies.items()}
    identity = Identity(ChargerId("A"), version, firmware="1.2.0", connectors=connectors)
    return SimulatedCharger(identity, habits, by_action)


def a_running(charger: SimulatedCharger) -> CentralSystem:
    """The charger has booted and reported; what it said until now is forgotten."""
    central = CentralSystem(charger)
    charger.power_on(central.now)
    central.run(10)
    central.forget()
    return central


@pytest.fixture(params=[V16, V201])
def version(request: pytest.FixtureRequest) -> OcppVersion:
    return OcppVersion(request.param)


# --- boot and link ----------------------------------------------------------------------------------------------------


def test_it_dials_boots_and_reports_the_charger_itself_and_each_connector() -> None:
    central = CentralSystem(charger := a_charger(connectors=2))
    charger.power_on(T0)
    central.run(5)
    assert [type(report) for _, report in central.said] == [Booted, *[StatusReported] * 3]
    assert [report.connector for report in central.heard(StatusReported)] == [None, 1, 2]
    assert central.heard(Booted) == [Booted("Acme", "AC22", None, "1.2.0", None)]
    assert central.heard(StatusReported)[1].error_code == "NoError"


def test_in_201_it_boots_with_a_reason_and_reports_each_evse() -> None:
    central = CentralSystem(charger := a_charger(V201, connectors=2))
    charger.power_on(T0)
    central.run(5)
    assert central.heard(Booted)[0].reason == "PowerUp"
    assert [(report.evse, report.connector) for report in central.heard(StatusReported)] == [(1, 1), (2, 1)]


def test_it_does_nothing_before_it_is_switched_on() -> None:
    charger = a_charger()
    assert charger.next_deadline() is None
    assert charger.due(T0) == []


def test_it_says_nothing_more_until_its_boot_is_accepted() -> None:
    central = CentralSystem(charger := a_charger())
    central.registration = Registration.PENDING
    charger.power_on(T0)
    central.run(130)
    assert central.times(Booted) == [0, 60, 120]
    assert central.heard(StatusReported) == []
    central.registration = Registration.ACCEPTED
    central.run(60)
    assert central.statuses() == ["Available"]


def test_it_beats_as_the_central_system_tells_it_unless_its_habits_say_otherwise() -> None:
    central = a_running(a_charger(habits=Habits()))
    central.run(121)
    assert central.times(Heartbeat) == [61, 121]
    central = a_running(a_charger(habits=Habits(heartbeat_s=20)))
    central.run(45)
    assert central.times(Heartbeat) == [21, 41]


def test_it_dials_again_after_a_lost_link_and_reports_without_a_boot(version: OcppVersion) -> None:
    central = a_running(a_charger(version))
    central.lose_link()
    central.run(6)
    assert central.dials == [T0 + 15]
    assert central.heard(Booted) == []
    assert central.statuses() == ["Available"]


def test_a_model_may_boot_at_each_connection_and_another_say_nothing() -> None:
    central = a_running(charger := a_charger(habits=Habits(boots_on_reconnect=True)))
    central.lose_link()
    central.run(10)
    assert len(central.heard(Booted)) == 1
    central = a_running(charger := a_charger(habits=Habits(reports_on_reconnect=False)))
    central.lose_link()
    central.run(10)
    assert central.said == []
    assert charger.linked


def test_what_changed_while_the_link_was_down_is_told_afterwards() -> None:
    central = a_running(charger := a_charger(habits=Habits(reports_on_reconnect=False)))
    central.lose_link()
    charger.fault(1, "InternalError", central.now)
    central.run(10)
    assert central.statuses() == ["Faulted"]


def test_it_goes_offline_for_a_while_and_comes_back() -> None:
    central = a_running(charger := a_charger())
    charger.go_offline(central.now, for_s=100)
    central.run(99)
    assert central.drops == [T0 + 10]
    assert not charger.linked
    assert not charger.well
    central.run(2)
    assert charger.linked
    assert charger.well


def test_it_goes_offline_for_ever_until_it_is_switched_on() -> None:
    central = a_running(charger := a_charger())
    charger.go_offline(central.now)
    central.run(86_400)
    assert central.dials == []
    charger.power_on(central.now)
    central.run(5)
    assert charger.linked
    assert len(central.heard(Booted)) == 1


def test_it_tells_its_owner_when_something_was_done_to_it() -> None:
    central = a_running(charger := a_charger())
    calls: list[str] = []
    charger.on_change = lambda: calls.append("x")
    charger.fault(1, "InternalError", central.now)
    assert calls


# --- reset ------------------------------------------------------------------------------------------------------------


def test_a_reset_is_answered_then_drops_the_link_then_boots_then_reports(version: OcppVersion) -> None:
    central = a_running(charger := a_charger(version))
    charger.fault(1, "InternalError", central.now)
    central.run(1)
    central.forget()
    assert central.command(Reset(hard=False)) == "Accepted"
    assert central.drops == []
    central.run(60)
    assert central.drops == [T0 + 12]
    assert central.times(Booted) == [52]
    assert central.heard(Booted)[0].reason == (None if version is V16 else "RemoteReset")
    assert central.statuses() == ["Available"]
    assert charger.reboots == 1
    assert charger.well


def test_a_reset_without_effect_reboots_and_the_fault_stays(version: OcppVersion) -> None:
    central = a_running(charger := a_charger(version, reset_soft=Reaction.NO_EFFECT))
    charger.fault(1, "InternalError", central.now)
    assert central.command(Reset(hard=False)) == "Accepted"
    central.run(60)
    assert charger.status(1) is Status.FAULTED
    assert central.statuses()[-1] == "Faulted"
    assert central.command(Reset(hard=True)) == "Accepted"
    central.run(60)
    assert charger.status(1) is Status.AVAILABLE


def test_a_rejected_reset_changes_nothing() -> None:
    central = a_running(charger := a_charger(reset=Reaction.REJECTED))
    assert central.command(Reset(hard=False)) == "Rejected"
    assert central.command(Reset(hard=True)) == "Rejected"
    central.run(100)
    assert charger.reboots == 0


def test_a_silent_charger_neither_answers_nor_obeys() -> None:
    central = a_running(charger := a_charger(reset_hard=Reaction.SILENT))
    assert central.command(Reset(hard=True)) is None
    central.run(100)
    assert charger.reboots == 0
    assert [command for _, command in charger.commands] == [Reset(hard=True)]


def test_a_reset_may_be_the_end_of_it() -> None:
    central = a_running(charger := a_charger(reset_soft=Reaction.OFFLINE))
    assert central.command(Reset(hard=False)) == "Accepted"
    central.run(86_400)
    assert central.drops == [T0 + 11]
    assert central.dials == []
    assert not charger.well


def test_an_unsupported_command_is_named_so() -> None:
    central = a_running(a_charger(unlock=Reaction.NOT_SUPPORTED))
    assert central.command(UnlockConnector(None, 1)) == "NotSupported"


@pytest.mark.parametrize(("code", "vendor_code"), [("GroundFailure", None), ("OtherError", "CX017")])
def test_no_reset_heals_a_safety_fault(version: OcppVersion, code: str, vendor_code: str | None) -> None:
    central = a_running(charger := a_charger(version))
    charger.fault(1, code, central.now, vendor_error_code=vendor_code)
    central.command(Reset(hard=True))
    central.run(60)
    assert charger.status(1) is Status.FAULTED
    charger.clear_fault(1, central.now)
    central.run(1)
    assert central.statuses()[-1] == "Available"


def test_a_reset_ends_the_session_in_16_with_its_own_reason() -> None:
    for hard, reason in ((False, "SoftReset"), (True, "HardReset")):
        central = a_running(charger := a_charger())
        charger.start_session(1, central.now)
        central.run(30)
        assert central.command(Reset(hard)) == "Accepted"
        assert [ended.reason for ended in central.heard(TransactionEnded)] == [reason]
        assert [ended.transaction for ended in central.heard(TransactionEnded)] == ["1"]


def test_in_201_a_soft_reset_waits_for_the_session_and_a_hard_one_ends_it() -> None:
    central = a_running(charger := a_charger(V201))
    charger.start_session(1, central.now)
    central.run(30)
    assert central.command(Reset(hard=False)) == "Scheduled"
    central.run(300)
    assert charger.reboots == 0
    charger.stop_session(1, central.now)
    central.run(60)
    assert charger.reboots == 1
    central.run(60)
    assert charger.start_session(1, central.now)
    central.run(10)
    assert central.command(Reset(hard=True)) == "Accepted"
    assert central.heard(TransactionEnded)[-1].reason == "ImmediateReset"


def test_a_station_cannot_restart_a_single_evse() -> None:
    central = a_running(a_charger(V201))
    assert central.command(Reset(hard=False, evse=1)) == "Rejected"


def test_a_car_that_waits_through_a_restart_is_seen_until_it_leaves() -> None:
    central = a_running(charger := a_charger(habits=Habits(boot_time_s=20, unplug_after_s=100)))
    charger.start_session(1, central.now)
    central.run(30)
    central.command(Reset(hard=False))
    central.run(200)
    assert central.statuses()[-2:] == ["Preparing", "Available"]


# --- faults -----------------------------------------------------------------------------------------------------------


def test_a_fault_in_16_is_told_with_its_codes() -> None:
    central = a_running(charger := a_charger())
    charger.fault(1, "GroundFailure", central.now, vendor_error_code="E-42")
    central.run(0)
    told = central.heard(StatusReported)[-1]
    assert (told.status, told.error_code, told.vendor_error_code) == (Status.FAULTED, "GroundFailure", "E-42")


def test_a_code_that_16_does_not_know_travels_as_the_vendors_own() -> None:
    central = a_running(charger := a_charger())
    charger.fault(1, "CX010", central.now)
    central.run(0)
    told = central.heard(StatusReported)[-1]
    assert (told.error_code, told.vendor_error_code) == ("OtherError", "CX010")


def test_a_fault_in_201_is_told_as_a_status_and_as_an_event_with_its_code() -> None:
    central = a_running(charger := a_charger(V201))
    charger.fault(1, "InternalError", central.now)
    central.run(0)
    assert central.statuses() == ["Faulted"]
    (event,) = central.heard(ComponentsReported)[0].events
    assert (event.variable, event.actual_value, event.tech_code, event.evse) == ("Problem", "true", "InternalError", 1)
    charger.clear_fault(1, central.now)
    central.run(0)
    (event,) = central.heard(ComponentsReported)[1].events
    assert (event.actual_value, event.cleared) == ("false", True)


def test_a_problem_that_outlives_a_boot_is_told_again_and_one_that_does_not_is_cleared() -> None:
    central = a_running(charger := a_charger(V201, reset_soft=Reaction.NO_EFFECT))
    charger.fault(1, "InternalError", central.now)
    central.command(Reset(hard=False))
    central.run(60)
    central.command(Reset(hard=True))
    central.run(60)
    told = [report.events[0].cleared for report in central.heard(ComponentsReported)]
    assert told == [False, False, True]


def test_the_charger_itself_can_fail(version: OcppVersion) -> None:
    central = a_running(charger := a_charger(version))
    charger.fault(0, "InternalError", central.now)
    central.run(0)
    if version is V16:
        assert central.statuses(None) == ["Faulted"]
    else:
        assert central.heard(ComponentsReported)[0].events[0].evse is None
        assert central.heard(StatusReported) == []


def test_a_fault_ends_the_session() -> None:
    central = a_running(charger := a_charger())
    charger.start_session(1, central.now)
    central.run(30)
    charger.fault(1, "InternalError", central.now)
    central.run(0)
    assert central.heard(TransactionEnded)[0].reason == "Other"
    assert central.statuses()[-1] == "Faulted"


def test_a_boot_loop_crashes_so_many_times_and_says_watchdog_in_201(version: OcppVersion) -> None:
    central = a_running(charger := a_charger(version))
    charger.boot_loop(30, 4, central.now)
    assert charger.looping
    central.run(3600)
    assert charger.reboots == 4
    assert [boot.reason for boot in central.heard(Booted)] == [None if version is V16 else "Watchdog"] * 4
    assert len(central.drops) == 4
    assert charger.well


def test_a_boot_loop_may_leave_the_link_standing() -> None:
    central = a_running(charger := a_charger())
    charger.boot_loop(30, 3, central.now, drops_link=False)
    central.run(100)
    assert central.times(Booted) == [10, 40, 70]
    assert central.drops == []


def test_a_charger_that_is_down_cannot_crash() -> None:
    central = a_running(charger := a_charger())
    charger.boot_loop(10, 3, central.now)
    central.command(Reset(hard=True))
    charger.go_offline(central.now, for_s=100)
    central.run(50)
    assert charger.reboots == 1


def test_somebody_can_repair_everything() -> None:
    central = a_running(charger := a_charger(connectors=2))
    charger.fault(1, "GroundFailure", central.now)
    charger.hang_in_finishing(2, central.now)
    charger.boot_loop(30, 100, central.now)
    central.run(100)
    charger.go_offline(central.now)
    charger.recover(central.now)
    central.run(100)
    assert charger.well
    assert charger.linked
    assert central.statuses(1)[-1] == central.statuses(2)[-1] == "Available"


# --- hanging in Finishing ---------------------------------------------------------------------------------------------


def test_a_plug_hangs_in_finishing_although_the_car_has_gone(version: OcppVersion) -> None:
    central = a_running(charger := a_charger(version))
    charger.start_session(1, central.now)
    central.run(60)
    charger.hang_in_finishing(1, central.now)
    central.run(86_400)
    assert charger.status(1) is Status.FINISHING
    assert len(central.heard(TransactionEnded)) == 1


def test_in_201_a_session_is_invented_to_hang_after() -> None:
    central = a_running(charger := a_charger(V201))
    charger.hang_in_finishing(1, central.now)
    central.run(0)
    assert central.statuses() == ["Occupied"]
    assert len(central.heard(TransactionStarted)) == len(central.heard(TransactionEnded)) == 1


def test_an_unlock_frees_what_a_cycle_without_effect_does_not(version: OcppVersion) -> None:
    central = a_running(charger := a_charger(version, cycle__availability=Reaction.NO_EFFECT))
    charger.hang_in_finishing(1, central.now)
    place = (None, 1) if version is V16 else (1, 1)
    central.run(1)
    central.forget()
    assert central.command(ChangeAvailability(False, *place)) == "Accepted"
    assert central.command(ChangeAvailability(True, *place)) == "Accepted"
    assert central.statuses() == ["Unavailable", "Finishing" if version is V16 else "Occupied"]
    assert central.command(UnlockConnector(*place)) == "Unlocked"
    assert central.statuses()[-1] == "Available"


def test_a_cycle_that_works_frees_it() -> None:
    central = a_running(charger := a_charger())
    charger.hang_in_finishing(1, central.now)
    central.command(ChangeAvailability(False, connector=1))
    central.command(ChangeAvailability(True, connector=1))
    assert charger.status(1) is Status.AVAILABLE


def test_an_unlock_without_effect_and_a_failed_one_leave_it_hanging() -> None:
    for reaction, word in ((Reaction.NO_EFFECT, "Unlocked"), (Reaction.REJECTED, "UnlockFailed")):
        central = a_running(charger := a_charger(unlock=reaction))
        charger.hang_in_finishing(1, central.now)
        assert central.command(UnlockConnector(None, 1)) == word
        assert charger.status(1) is Status.FINISHING


# --- availability and unlock ------------------------------------------------------------------------------------------


def test_out_of_service_holds_over_a_restart_and_beats_a_fault(version: OcppVersion) -> None:
    central = a_running(charger := a_charger(version, cycle__availability=Reaction.NO_EFFECT))
    charger.fault(1, "InternalError", central.now)
    assert central.command(ChangeAvailability(False)) == "Accepted"
    central.command(Reset(hard=False))
    central.run(60)
    assert central.statuses()[-1] == "Unavailable"
    charger.fault(1, "GroundFailure", central.now)
    assert charger.status(1) is Status.UNAVAILABLE
    central.command(ChangeAvailability(True))
    assert central.statuses()[-1] == "Faulted"


def test_out_of_service_waits_for_the_session(version: OcppVersion) -> None:
    central = a_running(charger := a_charger(version))
    charger.start_session(1, central.now)
    central.run(30)
    assert central.command(ChangeAvailability(False)) == "Scheduled"
    assert charger.status(1) is Status.CHARGING
    charger.stop_session(1, central.now)
    central.run(1)
    assert central.statuses()[-1] == "Unavailable"


def test_a_charger_may_accept_to_leave_service_and_stay() -> None:
    central = a_running(charger := a_charger(take__out__of__service=Reaction.NO_EFFECT))
    assert central.command(ChangeAvailability(False, connector=1)) == "Accepted"
    assert charger.status(1) is Status.AVAILABLE
    central = a_running(charger := a_charger(put__in__service=Reaction.NO_EFFECT))
    central.command(ChangeAvailability(False, connector=1))
    assert central.command(ChangeAvailability(True, connector=1)) == "Accepted"
    assert charger.status(1) is Status.UNAVAILABLE


def test_a_place_that_is_not_there_is_refused(version: OcppVersion) -> None:
    central = a_running(a_charger(version))
    place = (None, 7) if version is V16 else (7, 1)
    assert central.command(ChangeAvailability(False, *place)) == "Rejected"
    assert central.command(ChangeAvailability(True, *place)) == "Rejected"
    assert central.command(TriggerMessage(Trigger.STATUS, *place)) == "Rejected"
    assert central.command(UnlockConnector(*place)) == ("NotSupported" if version is V16 else "UnknownConnector")


def test_an_unlock_ends_a_session_in_16_and_is_refused_in_201() -> None:
    central = a_running(charger := a_charger())
    charger.start_session(1, central.now)
    central.run(30)
    assert central.command(UnlockConnector(None, 1)) == "Unlocked"
    assert central.heard(TransactionEnded)[0].reason == "UnlockCommand"
    central = a_running(charger := a_charger(V201))
    charger.start_session(1, central.now)
    central.run(30)
    assert central.command(UnlockConnector(1, 1)) == "OngoingAuthorizedTransaction"


# --- words and files --------------------------------------------------------------------------------------------------


def test_a_trigger_is_answered_and_then_said(version: OcppVersion) -> None:
    central = a_running(a_charger(version, connectors=2))
    for what, kind, count in (
        (Trigger.BOOT, Booted, 1),
        (Trigger.HEARTBEAT, Heartbeat, 1),
        (Trigger.STATUS, StatusReported, 3 if version is V16 else 2),
        (Trigger.METER, MeterReported, 2),
    ):
        assert central.command(TriggerMessage(what)) == "Accepted"
        assert len(central.heard(kind)) == count
    place = (None, 2) if version is V16 else (2, 1)
    central.command(TriggerMessage(Trigger.STATUS, *place))
    assert central.statuses(2) == ["Available", "Available"]


def test_a_probe_without_effect_is_accepted_and_nothing_comes() -> None:
    central = a_running(a_charger(probe=Reaction.NO_EFFECT))
    assert central.command(TriggerMessage(Trigger.STATUS)) == "Accepted"
    central.run(20)
    assert central.said == []


def test_a_log_is_uploaded(version: OcppVersion) -> None:
    central = a_running(a_charger(version))
    assert central.command(CollectDiagnostics("https://logs/x", 7)) == "Accepted"
    central.run(20)
    number = None if version is V16 else 7
    assert central.heard(UploadReported) == [UploadReported("Uploading", number), UploadReported("Uploaded", number)]


def test_a_log_without_effect_never_comes() -> None:
    central = a_running(a_charger(collect__diagnostics=Reaction.NO_EFFECT))
    assert central.command(CollectDiagnostics("https://logs/x", 7)) == "Accepted"
    central.run(100)
    assert central.heard(UploadReported) == []


def test_new_firmware_is_installed_and_boots_with_its_version(version: OcppVersion) -> None:
    central = a_running(charger := a_charger(version))
    assert central.command(UpdateFirmware("https://fw/ac22-1.10.2.bin", central.now + 60, 3)) == "Accepted"
    central.run(59)
    assert central.said == []
    central.run(200)
    statuses = [report.status for report in central.heard(FirmwareReported)]
    assert statuses == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert [boot.firmware for boot in central.heard(Booted)] == ["1.10.2"]
    assert central.times(FirmwareReported)[-1] > central.times(Booted)[0]
    assert charger.firmware == "1.10.2"


def test_an_installation_without_effect_fails_and_the_version_stays() -> None:
    central = a_running(charger := a_charger(update__firmware=Reaction.NO_EFFECT))
    central.command(UpdateFirmware("https://fw/latest.bin", central.now, 3))
    central.run(200)
    assert central.heard(FirmwareReported)[-1].status == "InstallationFailed"
    assert (charger.firmware, charger.reboots) == ("1.2.0", 0)


def test_a_firmware_file_without_a_version_in_its_name_still_changes_the_version() -> None:
    central = a_running(charger := a_charger())
    central.command(UpdateFirmware("https://fw/latest.bin", central.now, 3))
    central.run(200)
    assert charger.firmware == "1.2.0+"


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_in_16_from_plug_to_plug() -> None:
    central = a_running(charger := a_charger(habits=Habits(heartbeat_s=3600)))
    assert charger.start_session(1, central.now, for_s=3603)
    assert len(charger.sessions) == 0
    central.run(7200)
    assert central.statuses() == ["Preparing", "Charging", "Finishing", "Available"]
    (started,), (ended,) = central.heard(TransactionStarted), central.heard(TransactionEnded)
    assert (started.connector, started.transaction, started.meter_start_wh) == (1, None, 0.0)
    assert (ended.transaction, ended.reason, ended.meter_stop_wh) == ("1", "Local", 11_000.0)
    readings = central.heard(MeterReported)
    assert len(readings) == 59
    assert readings[0].transaction == "1"
    assert readings[0].meters[0].power_w == 11_000.0
    assert charger.plugs[1].meter_wh == pytest.approx(11_000)


def test_a_session_in_201_from_plug_to_plug() -> None:
    central = a_running(charger := a_charger(V201))
    charger.start_session(1, central.now, for_s=150)
    central.run(600)
    assert central.statuses() == ["Occupied", "Available"]
    (started,), (ended,) = central.heard(TransactionStarted), central.heard(TransactionEnded)
    assert started.transaction == ended.transaction == "A-0-1"
    updates = central.heard(TransactionUpdated)
    assert updates[0].charging_state is messages.ChargingState.CHARGING
    assert [len(update.meters) for update in updates] == [0, 1, 1]


def test_no_session_starts_where_the_place_is_not_free() -> None:
    central = a_running(charger := a_charger(connectors=2))
    charger.fault(1, "InternalError", central.now)
    assert not charger.start_session(1, central.now)
    assert not charger.start_session(0, central.now)
    assert charger.start_session(2, central.now)
    assert not charger.start_session(2, central.now)


def test_a_session_whose_place_fails_before_it_begins_never_begins() -> None:
    central = a_running(charger := a_charger())
    charger.start_session(1, central.now)
    charger.fault(1, "InternalError", central.now)
    central.run(60)
    assert central.heard(TransactionStarted) == []


def test_a_refused_card_ends_the_session() -> None:
    class Refusing(CentralSystem):
        def _reply(self, report: messages.Report) -> messages.Reply | None:
            if isinstance(report, TransactionStarted):
                return TransactionReply(9, accepted=False)
            return super()._reply(report)

    central = Refusing(charger := a_charger())
    charger.power_on(T0)
    central.run(10)
    charger.start_session(1, central.now)
    central.run(10)
    (ended,) = central.heard(TransactionEnded)
    assert (ended.transaction, ended.reason) == ("9", "DeAuthorized")


def test_a_transaction_message_without_an_answer_is_repeated_before_the_next_of_its_kind() -> None:
    central = a_running(charger := a_charger(habits=Habits(retry_s=30, heartbeat_s=3600)))
    central.answers_transactions = False
    charger.start_session(1, central.now)
    central.run(10)
    charger.stop_session(1, central.now)
    central.run(10)
    assert len(central.heard(TransactionStarted)) == 1
    assert central.heard(TransactionEnded) == []
    assert "Finishing" in central.statuses()
    central.answers_transactions = True
    central.run(30)
    started = central.heard(TransactionStarted)
    assert started[0] == started[1]
    assert [ended.transaction for ended in central.heard(TransactionEnded)] == ["1"]


def test_a_transaction_message_is_given_up_after_three_attempts() -> None:
    central = a_running(charger := a_charger(habits=Habits(retry_s=30)))
    central.answers_transactions = False
    charger.start_session(1, central.now)
    central.run(1000)
    assert len(central.heard(TransactionStarted)) == 3


def test_a_boot_without_an_answer_is_repeated() -> None:
    class Deaf(CentralSystem):
        def _reply(self, report: messages.Report) -> messages.Reply | None:
            return None

    central = Deaf(charger := a_charger(habits=Habits(retry_s=30)))
    charger.power_on(T0)
    central.run(65)
    assert central.times(Booted) == [0, 30, 60]


def test_what_happened_offline_is_told_afterwards_as_of_the_past() -> None:
    central = a_running(charger := a_charger(V201))
    charger.start_session(1, central.now)
    central.run(10)
    central.forget()
    charger.go_offline(central.now, for_s=300)
    central.run(100)
    charger.stop_session(1, central.now)
    central.run(250)
    (ended,) = central.heard(TransactionEnded)
    assert ended.offline
    assert ended.charger_time == T0 + 120
    assert central.times(TransactionEnded)[0] >= 320


def test_a_message_whose_answer_was_lost_with_the_link_is_said_again() -> None:
    class Vanishing(CentralSystem):
        def _reply(self, report: messages.Report) -> messages.Reply | None:
            if isinstance(report, TransactionStarted) and not report.offline and not self.drops:
                self.drops.append(self.now)
                self.lose_link()
                return None
            return super()._reply(report)

    for version in (V16, V201):
        central = Vanishing(charger := a_charger(version))
        charger.power_on(T0)
        central.run(10)
        charger.start_session(1, central.now)
        central.run(60)
        first, second = central.heard(TransactionStarted)
        assert (first.charger_time, first.transaction) == (second.charger_time, second.transaction)
        assert second.offline is (version is V201)


def test_a_charger_that_cannot_be_reached_keeps_dialling_through_its_owner() -> None:
    central = CentralSystem(charger := a_charger())
    central.reachable = False
    charger.power_on(T0)
    central.run(60)
    assert (central.dials, central.said) == ([T0], [])
    charger.go_offline(central.now)
    central.run(0)
    assert central.drops == [T0 + 60]


# --- habits -----------------------------------------------------------------------------------------------------------


def test_a_faster_charger_has_shorter_times_and_the_same_power() -> None:
    faster = Habits(heartbeat_s=60, boots_on_reconnect=True).faster(10)
    assert (faster.boot_time_s, faster.heartbeat_s, faster.power_w) == (4.5, 6.0, 11_000.0)
    assert faster.boots_on_reconnect
    assert Habits().faster(2).heartbeat_s is None


def test_a_reaction_to_an_unknown_action_is_a_mistake() -> None:
    with pytest.raises(LocalError, match="reste soft"):
        a_charger(reste_soft=Reaction.WORKS)
