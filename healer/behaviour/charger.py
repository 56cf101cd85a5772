"""The simulated charger: a life of its own (`station`, `life`) and the way it takes commands.

How a command comes out is scripted by `replies`, keyed by the actions of the rule language.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Final

from healer.behaviour.habits import REACTING, Habits, Reaction
from healer.behaviour.life import Life
from healer.behaviour.plug import Plug
from healer.behaviour.station import Identity
from healer.errors import LocalError
from healer.model import Instant, OcppVersion
from healer.ocpp import messages

_HABITS: Final = Habits()
_PASSWORDS: Final = frozenset({"AuthorizationKey", "BasicAuthPassword"})
_VERSION: Final = re.compile(r"\d+(?:\.\d+)+")


class SimulatedCharger(Life):
    """One simulated charger, without I/O.

    Its owner tells it `power_on`, `connected`, `disconnected`, `answered` and hands it commands (`obey`); it says what
    it does by itself in `due`, and in `next_deadline` when to ask again. Scripts make it ill.
    """

    def __init__(
        self, identity: Identity, habits: Habits = _HABITS, replies: Mapping[str, Reaction] | None = None
    ) -> None:
        super().__init__(identity, habits)
        self.replies: dict[str, Reaction] = {}
        """How it reacts, by action (`reset soft`, or `reset` for both); whatever is not named works."""
        self.commands: deque[tuple[Instant, messages.Command]] = deque(maxlen=100)
        """The last commands it was given, carried out or not."""
        self.commands_total = 0
        self.settings = {"ConnectionTimeOut": "60", "HeartbeatInterval": "300", "MeterValueSampleInterval": "60"}
        """Its configuration, by the names of the variables; but for passwords, what is written has no effect."""
        self._idle_reset: bool | None = None
        """2.x OnIdle: a reset waits for the sessions' end; whether it heals."""
        for action, reaction in (replies or {}).items():
            self.react(action, reaction)

    def react(self, action: str, reaction: Reaction) -> None:
        """From now on, react so to this action (see REACTING)."""
        if action not in REACTING:
            raise LocalError(f"a simulated charger has no reaction to {action!r}")
        self.replies[action] = reaction

    def obey(self, command: messages.Command, now: Instant) -> str | None:
        """Take a command. The charger's own word for an answer; None: it never answers."""
        self.commands.append((now, command))
        self.commands_total += 1
        if not self._hears(now):
            return None
        reaction = self._reaction_to(command)
        word: str | None
        match reaction:
            case Reaction.SILENT:
                return None
            case Reaction.REJECTED:
                word = "UnlockFailed" if isinstance(command, messages.UnlockConnector) else "Rejected"
            case Reaction.NOT_SUPPORTED:
                word = "NotSupported"
            case Reaction.OFFLINE:
                word = "Unlocked" if isinstance(command, messages.UnlockConnector) else "Accepted"
                self._agenda.plan(now + self.habits.drop_after_s, "restart", self._vanish)
            case _:
                word = self._carry_out(command, now, works=reaction is Reaction.WORKS)
        self.on_change()
        return word

    def _hears(self, now: Instant) -> bool:
        """Whether it takes in a command at all; some hang up over one that comes too early."""
        if self.habits.drops_unbooted_commands and not self.registered:
            self._agenda.plan(now, "restart", self._hang_up)
            self.on_change()
            return False
        deaf_after_s = self.habits.deaf_after_s
        return deaf_after_s is None or now < self.linked_at + deaf_after_s

    def _reaction(self, *actions: str) -> Reaction:
        return next((self.replies[action] for action in actions if action in self.replies), Reaction.WORKS)

    def _reaction_to(self, command: messages.Command) -> Reaction:
        match command:
            case messages.Reset(hard=hard):
                return self._reaction("reset hard" if hard else "reset soft", "reset")
            case messages.UnlockConnector():
                return self._reaction("unlock")
            case messages.TriggerMessage():
                return self._reaction("probe")
            case messages.ChangeAvailability(operative=True):
                # The second half of a cycle; whether that heals is asked in `_put_in_service`.
                return self._reaction("put-in-service")
            case messages.ChangeAvailability():
                if "take-out-of-service" in self.replies:
                    return self.replies["take-out-of-service"]
                cycle = self._reaction("cycle-availability")
                return Reaction.WORKS if cycle is Reaction.NO_EFFECT else cycle
            case messages.CollectDiagnostics():
                return self._reaction("collect-diagnostics")
            case messages.UpdateFirmware():
                return self._reaction("update-firmware")
            case _:
                return Reaction.WORKS

    def _carry_out(self, command: messages.Command, now: Instant, *, works: bool) -> str:
        match command:
            case messages.Reset():
                return self._reset(command, now, works=works)
            case messages.UnlockConnector():
                return self._unlock(command, now, works=works)
            case messages.TriggerMessage():
                return self._trigger(command, now, works=works)
            case messages.ChangeAvailability(operative=True):
                return self._put_in_service(command, now, works=works)
            case messages.ChangeAvailability():
                return self._take_out_of_service(command, now, works=works)
            case messages.CollectDiagnostics():
                return self._collect(command, now, works=works)
            case messages.UpdateFirmware():
                return self._update_firmware(command, now, works=works)
            case _:
                return self._configure(command, now)

    def _configure(self, command: messages.Command, now: Instant) -> str:
        match command:
            case messages.ReadConfiguration():
                return "Accepted"
            case messages.WriteConfiguration():
                return self._write(command, now)
            case messages.SetChargingProfile():
                return self._limit(command, now)
            case _:
                return "NotSupported"

    def _plug(self, evse: int | None, connector: int | None) -> Plug | None:
        """The addressed plug, the charger itself where none is; None: there is no such place."""
        if self.version is OcppVersion.V16:
            return self.plugs.get(connector or 0)
        return self.plugs.get(evse or 0) if connector in {None, 1} else None

    def _plugs(self, evse: int | None, connector: int | None) -> list[Plug]:
        """All places that are meant: the whole charger is all of them."""
        plug = self._plug(evse, connector)
        if plug is None:
            return []
        return [plug] if plug.number else list(self.plugs.values())

    def _vanish(self, at: Instant) -> None:
        self.go_offline(at)

    # --- reset ----------------------------------------------------------------------------------------------------

    def _reset(self, command: messages.Reset, now: Instant, *, works: bool) -> str:
        if command.evse is not None:
            return "Rejected"  # B11: a station need not be able to restart a single evse
        if self.habits.ignores_resets:
            return "Accepted"
        if self.habits.fragile_updates and self._agenda.has("firmware"):
            self._agenda.plan(now + self.habits.drop_after_s, "restart", self._vanish)
            return "Accepted"
        if self.version is not OcppVersion.V16:
            if self.sessions and not command.hard:
                self._idle_reset = works
                return "Scheduled"  # B12
            self.end_all_sessions("ImmediateReset", now)
        else:
            self.end_all_sessions("HardReset" if command.hard else "SoftReset", now)
        self.restart(now + self.habits.drop_after_s, "RemoteReset", heals=works)
        return "Accepted"

    def _session_ended(self, at: Instant) -> None:
        if self._idle_reset is not None and not self.sessions:
            heals, self._idle_reset = self._idle_reset, None
            self.restart(at + self.habits.drop_after_s, "RemoteReset", heals=heals)

    # --- plugs ----------------------------------------------------------------------------------------------------

    def _unlock(self, command: messages.UnlockConnector, now: Instant, *, works: bool) -> str:
        plug = self._plug(command.evse, command.connector)
        if plug is None or plug.number == 0:
            return "NotSupported" if self.version is OcppVersion.V16 else "UnknownConnector"
        if plug.session is not None:
            if self.version is not OcppVersion.V16:
                return "OngoingAuthorizedTransaction"  # F05
            self._end(plug, "UnlockCommand", now)
        if works:
            plug.heal()
        self.free(plug, now)
        self.tell(plug, now)
        return "Unlocked"

    def _take_out_of_service(self, command: messages.ChangeAvailability, now: Instant, *, works: bool) -> str:
        plugs = self._plugs(command.evse, command.connector)
        if not plugs:
            return "Rejected"
        if not works:
            return "Accepted"
        for plug in plugs:
            if plug.session is not None:
                plug.leaving = True
            else:
                plug.operative = False
                self.tell(plug, now)
        return "Scheduled" if any(plug.leaving for plug in plugs) else "Accepted"

    def _put_in_service(self, command: messages.ChangeAvailability, now: Instant, *, works: bool) -> str:
        plugs = self._plugs(command.evse, command.connector)
        if not plugs:
            return "Rejected"
        if not works:
            return "Accepted"
        for plug in plugs:
            if not plug.operative and self._reaction("cycle-availability") is Reaction.WORKS:
                plug.heal()
            plug.operative, plug.leaving = True, False
            self.tell(plug, now)
        return "Accepted"

    # --- words and files ------------------------------------------------------------------------------------------

    def _trigger(self, command: messages.TriggerMessage, now: Instant, *, works: bool) -> str:
        plugs = self._plugs(command.evse, command.connector)
        if not plugs:
            return "Rejected"
        if not works:
            return "Accepted"
        match command.what:
            case messages.Trigger.BOOT:
                self._boot_as_told(now)
            case messages.Trigger.HEARTBEAT:
                self.say(now, messages.Heartbeat())
            case messages.Trigger.STATUS:
                for plug in plugs:
                    self.report_status(plug, now)
            case messages.Trigger.METER:
                for plug in plugs:
                    if plug.number:
                        self.report_meter(plug, now)
            case _:
                return "NotSupported"
        return "Accepted"

    def _boot_as_told(self, now: Instant) -> None:
        if self.habits.boot_trigger_restarts:
            self.restart(now + self.habits.drop_after_s, "ApplicationReset", heals=False)
        else:
            self.say(now, self._boot("Triggered"))

    def _collect(self, command: messages.CollectDiagnostics, now: Instant, *, works: bool) -> str:
        if works:
            self._upload("Uploading", command.request_id, now)
            uploaded = partial(self._upload, "Uploaded", command.request_id)
            self._agenda.cancel("upload")  # N01: a newer request replaces an older one
            self._agenda.plan(now + self.habits.upload_s, "upload", uploaded)
        return "Accepted"

    def _upload(self, status: str, request_id: int, at: Instant) -> None:
        number = None if self.version is OcppVersion.V16 else request_id
        self.say(at, messages.UploadReported(status, number))

    def _update_firmware(self, command: messages.UpdateFirmware, now: Instant, *, works: bool) -> str:
        """Downloads, installs, restarts with the version in the file's name; without effect the installation fails."""
        number = None if self.version is OcppVersion.V16 else command.request_id
        begin = max(now, command.retrieve_at)
        downloaded = begin + self.habits.download_s
        installed = downloaded + self.habits.install_s
        self._agenda.cancel("firmware")

        def progress(at: Instant, *statuses: str) -> None:
            for status in statuses:
                deed = partial(self._report_firmware, status, number)
                self._agenda.plan(at, "firmware", deed)

        progress(begin, "Downloading")
        progress(downloaded, "Downloaded", "Installing")
        if not self.habits.installs:
            return "Accepted"
        if works:
            install = partial(self._install, _version_in(command.location, self.firmware), number)
            self._agenda.plan(installed, "firmware", install)
        else:
            self._agenda.plan(installed, "firmware", partial(self._fail_to_install, number))
        return "Accepted"

    def _report_firmware(self, status: str, request_id: int | None, at: Instant, *, durable: bool = False) -> None:
        if self.habits.firmware_says is None or status in self.habits.firmware_says:
            self.say(at, messages.FirmwareReported(status, request_id), durable=durable)

    def _fail_to_install(self, request_id: int | None, at: Instant) -> None:
        self._report_firmware("InstallationFailed", request_id, at)
        for plug in self.plugs.values() if self.habits.fragile_updates else ():
            plug.operative = False
            self.tell(plug, at)

    def _install(self, version: str, request_id: int | None, at: Instant) -> None:
        self.firmware = version
        self.go_down("FirmwareUpdate", False, self.habits.boot_time_s, at)
        self._report_firmware("Installed", request_id, at, durable=True)

    # --- settings and limits --------------------------------------------------------------------------------------

    def _write(self, command: messages.WriteConfiguration, now: Instant) -> str:
        if not self.habits.reboots_on_write:
            self.settings.update({one.variable.name: one.value for one in command.assignments})
        else:
            self.restart(now + self.habits.drop_after_s, "Watchdog", heals=False)
        if self.habits.lost_after_password and _PASSWORDS & {one.variable.name for one in command.assignments}:
            self._agenda.plan(now + self.habits.drop_after_s, "restart", self._vanish)
        return "Accepted"

    def _limit(self, command: messages.SetChargingProfile, now: Instant) -> str:
        """A limit is accepted; that it is kept is not simulated."""
        profile = command.profile
        least = 6.0 if profile.unit is messages.RateUnit.AMPERE else 1380.0
        if self.habits.ends_below_minimum and any(period.limit < least for period in profile.periods):
            self.end_all_sessions("Other", now)
        return "Accepted"


def _version_in(location: str, old: str) -> str:
    """The version that a firmware file's name tells, else the old one with a mark."""
    found = _VERSION.findall(location.rsplit("/", 1)[-1])
    return found[-1] if found else f"{old}+"
