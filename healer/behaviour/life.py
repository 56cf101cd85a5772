"""A simulated charger's life: sessions, restarts and scripted faults; `charger` adds how it takes commands."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from healer.behaviour.habits import Habits
from healer.behaviour.plug import Fault, Plug, Session, Stage
from healer.behaviour.station import Identity, Station
from healer.behaviour.voice import Word
from healer.model import Instant, OcppVersion, Seconds, Status
from healer.ocpp import messages
from healer.ocpp.messages import ChargingState

_CARD: Final = "04E2A7B1C95D80"
BRIEF_S: Final[Seconds] = 1.0
"""How long the Available lasts that some chargers show before they leave service."""
_SCRIPT: Final = frozenset({"crash", "return"})
"""Plans of the script, which a restart does not cancel."""


class Life(Station):
    """The life of a simulated charger; see `SimulatedCharger`."""

    def __init__(self, identity: Identity, habits: Habits) -> None:
        super().__init__(identity, habits)
        self._transactions = 0

    @property
    def looping(self) -> bool:
        """Whether more crashes of a boot loop are to come."""
        return self._agenda.has("crash")

    @property
    def well(self) -> bool:
        """Whether nothing is wrong with it by script."""
        sick = any(plug.fault or plug.hung or plug.ghost for plug in self.plugs.values())
        return not (sick or self.away or self.looping)

    # --- restarts -----------------------------------------------------------------------------------------------------

    def restart(self, at: Instant, reason: str, *, heals: bool, boot_time_s: Seconds | None = None) -> None:
        """The link drops at `at`, the charger boots and dials again after its boot time."""
        down_s = self.habits.boot_time_s if boot_time_s is None else boot_time_s
        self._agenda.cancel("restart")
        self._agenda.plan(at, "restart", partial(self.go_down, reason, heals, down_s))

    def go_down(self, reason: str, heals: bool, down_s: Seconds, at: Instant) -> None:
        """The link drops now, and the charger boots after `down_s`."""
        self.end_all_sessions("Reboot", at)
        self.reboots += 1
        self.rebooting = True
        self._heals_at_boot = heals
        leaving = [f"unplug {number}" for number in self.plugs]  # drivers do not wait for a boot
        self._agenda.cancel_but({*_SCRIPT, *leaving})
        self._drop(at)
        self._agenda.plan(at + down_s, "boot", partial(self.start, reason))

    # --- sessions -------------------------------------------------------------------------------------------------

    def start_session(self, connector: int, now: Instant, *, card: str = _CARD, for_s: Seconds | None = None) -> bool:
        """A driver plugs in, unless the cable is in already, and authorises; stays for `for_s` where given.

        False where that is not possible now.
        """
        plug = self.plugs[connector]
        waiting = plug.status is Status.PREPARING and not self._agenda.has(f"session {connector}")
        if connector == 0 or self.rebooting or not (waiting or plug.status is Status.AVAILABLE):
            return False
        self._agenda.cancel(f"unplug {connector}")
        plug.stage = Stage.PLUGGED
        self.tell(plug, now)
        self.say(now, messages.Authorize(card))
        self._agenda.plan(now + self.habits.start_after_s, f"session {connector}", partial(self._begin, plug, card))
        if for_s is not None:
            self._agenda.plan(now + for_s, f"session {connector}", partial(self._end, plug, "Local"))
        self.on_change()
        return True

    def stop_session(self, connector: int, now: Instant, *, reason: str = "Local") -> None:
        """The driver ends the session, if there is one, and pulls the plug some time later."""
        self._end(self.plugs[connector], reason, now)
        self.on_change()

    def _begin(self, plug: Plug, card: str, at: Instant) -> None:
        if plug.stage is not Stage.PLUGGED or plug.fault is not None or not plug.operative:
            return
        self._transactions += 1
        station_gives_id = self.version is not OcppVersion.V16
        given = f"{self.id}-{self.reboots}-{self._transactions}"[-36:] if station_gives_id else None
        session = plug.session = Session(given, at)
        plug.stage = Stage.CHARGING
        meter = plug.meter(self.habits.power_w, at)
        state = ChargingState.EV_CONNECTED if station_gives_id else None
        session.start = messages.TransactionStarted(plug.evse, plug.connector, given, card, meter.energy_wh, state, at)
        if self.habits.only_stops:
            session.id = str(900_000 + self._transactions)
        else:
            self._say_start(plug, session, at)
        self.tell(plug, at)
        if station_gives_id:
            self._update(plug, session, at, ChargingState.CHARGING)
        if self.habits.suspends_after_s is not None:
            suspend = partial(self._suspend, plug, session)
            self._agenda.plan(at + self.habits.suspends_after_s, f"session {plug.number}", suspend)
        self._plan_meter(plug, session, at)

    def _say_start(self, plug: Plug, session: Session, at: Instant) -> None:
        start = session.start
        assert start is not None  # noqa: S101 - each session that is told has one

        def started(past: bool) -> messages.Report:
            return replace(start, offline=past and self.version is not OcppVersion.V16)

        self.add(Word(at, started, durable=True, hearing=partial(self._hear_start, plug, session)))

    def _suspend(self, plug: Plug, session: Session, at: Instant) -> None:
        """The car is full, and stays."""
        self.report_meter(plug, at)
        session.suspended = True
        self.tell(plug, at)
        if self.version is not OcppVersion.V16:
            self._update(plug, session, at, ChargingState.SUSPENDED_EV)

    def _come_back(self, now: Instant) -> None:
        for plug in self.sessions if self.habits.resends_start else ():
            if plug.session is not None:
                self._say_start(plug, plug.session, now)

    def _hear_start(self, plug: Plug, session: Session, reply: messages.Reply, now: Instant) -> None:
        if not isinstance(reply, messages.TransactionReply):
            return
        if reply.transaction is not None:
            session.id = str(reply.transaction)
        if reply.accepted is False and plug.session is session:
            self._end(plug, "DeAuthorized", now)

    def _plan_meter(self, plug: Plug, session: Session, at: Instant) -> None:
        meter = partial(self._meter, plug, session)
        self._agenda.plan(at + self.habits.meter_every_s, f"session {plug.number}", meter)

    def _meter(self, plug: Plug, session: Session, at: Instant) -> None:
        self.report_meter(plug, at)
        self._plan_meter(plug, session, at)

    def report_meter(self, plug: Plug, at: Instant) -> None:
        """Meter values: of the session where there is one."""
        session = plug.session
        meter = plug.meter(self.habits.power_w, at)
        if self.version is not OcppVersion.V16 and session is not None:
            state = ChargingState.SUSPENDED_EV if session.suspended else ChargingState.CHARGING
            self._update(plug, session, at, state, (meter,))
            return
        if session is not None and self.habits.only_stops:
            return

        def metered(past: bool) -> messages.Report:
            transaction = None if session is None else session.id
            return messages.MeterReported(plug.evse, plug.connector, transaction, (meter,))

        self.add(Word(at, metered))

    def _update(
        self,
        plug: Plug,
        session: Session,
        at: Instant,
        state: ChargingState,
        meters: tuple[messages.Meter, ...] = (),
    ) -> None:
        def updated(past: bool) -> messages.Report:
            return messages.TransactionUpdated(
                plug.evse, plug.connector, session.id or "", state, meters, at, offline=past
            )

        self.add(Word(at, updated, durable=True))

    def _end(self, plug: Plug, reason: str, at: Instant) -> None:
        self._agenda.cancel(f"session {plug.number}")
        session = plug.session
        if session is not None:
            meter = plug.meter(self.habits.power_w, at)
            plug.session = None
            station_gives_id = self.version is not OcppVersion.V16

            def ended(past: bool) -> messages.Report:
                wh, offline = meter.energy_wh, past and station_gives_id
                return messages.TransactionEnded(session.id, plug.evse, reason, wh, at, offline)

            self.add(Word(at, ended, durable=True))
            self._linger(plug, session, meter, at)
        if plug.stage in {Stage.PLUGGED, Stage.CHARGING}:
            plug.stage = Stage.FINISHING
            if not plug.hung:
                self._agenda.plan(at + self.habits.unplug_after_s, f"unplug {plug.number}", partial(self.free, plug))
        if plug.leaving and self.habits.brief_available:
            plug.stage = Stage.FREE
            self._agenda.plan(at + BRIEF_S, f"leave {plug.number}", partial(self._leave, plug))
        elif plug.leaving:
            plug.leaving, plug.operative = False, False
        self.tell(plug, at)
        self._session_ended(at)

    def _leave(self, plug: Plug, at: Instant) -> None:
        if plug.leaving:
            plug.leaving, plug.operative = False, False
            self.tell(plug, at)

    def _linger(self, plug: Plug, session: Session, meter: messages.Meter, at: Instant) -> None:
        """What some chargers do with a transaction that has just ended."""
        plug.hung = plug.hung or self.habits.hangs_in_finishing
        if self.habits.meters_after_stop:
            for late_s in (5.0, 10.0):
                late = replace(meter, charger_time=at + late_s)
                self.say(at + late_s, messages.MeterReported(plug.evse, plug.connector, session.id, (late,)))

    def _session_ended(self, at: Instant) -> None:
        """For what waits until nobody charges."""

    def end_all_sessions(self, reason: str, at: Instant) -> None:
        """A restart ends them; a charger that loses them tells nobody, and finds the car still there."""
        for plug in self.plugs.values():
            if self.habits.loses_stops and plug.session is not None:
                self._agenda.cancel(f"session {plug.number}")
                plug.session, plug.stage = None, Stage.PLUGGED
                self._agenda.plan(at + self.habits.unplug_after_s, f"unplug {plug.number}", partial(self.free, plug))
            elif plug.stage in {Stage.PLUGGED, Stage.CHARGING}:
                self._end(plug, reason, at)

    def free(self, plug: Plug, at: Instant) -> None:
        """The plug is pulled; one that hangs does not notice."""
        self._agenda.cancel(f"unplug {plug.number}")
        if plug.session is None and not plug.hung:
            self._agenda.cancel(f"session {plug.number}")
            plug.stage = Stage.FREE
            self.tell(plug, at)

    def see_phantoms(self, connector: int, now: Instant) -> None:
        """Twice a car comes and goes where there is none, within a minute; the third one stays until it is healed."""
        seen: tuple[tuple[Seconds, Status | None], ...] = (
            (0, Status.SUSPENDED_EV),
            (10, Status.FINISHING),
            (15, None),
            (25, Status.SUSPENDED_EV),
            (35, Status.FINISHING),
            (40, None),
            (50, Status.SUSPENDED_EV),
        )
        for after_s, ghost in seen:
            self._agenda.plan(now + after_s, "phantom", partial(self._haunt, self.plugs[connector], ghost))
        self.on_change()

    def _haunt(self, plug: Plug, ghost: Status | None, at: Instant) -> None:
        plug.ghost = ghost
        self.tell(plug, at)

    def _plan_trouble(self, now: Instant) -> None:
        super()._plan_trouble(now)
        habits = self.habits
        if habits.reboots_every_s is not None:
            crash = partial(self.go_down, "Watchdog", False, habits.boot_time_s)
            self._agenda.plan(now + habits.reboots_every_s, "link", crash)
        if habits.phantom_after_s is not None and not self._agenda.has("phantom"):
            self._agenda.plan(now + habits.phantom_after_s, "phantom", partial(self.see_phantoms, 1))

    # --- scripted faults ------------------------------------------------------------------------------------------

    def fault(self, connector: int, error_code: str, now: Instant, *, vendor_error_code: str | None = None) -> None:
        """The place goes Faulted; a session there ends. Connector 0 is the charger itself.

        2.x tells the cause as the techCode of a NotifyEvent. Safety faults are healed by no command.
        """
        plug = self.plugs[connector]
        plug.fault = Fault(error_code, vendor_error_code)
        self._end(plug, "Other", now)
        self.on_change()

    def clear_fault(self, connector: int, now: Instant) -> None:
        """Somebody repaired it."""
        plug = self.plugs[connector]
        plug.fault = None
        self.tell(plug, now)
        self.on_change()

    def hang_in_finishing(self, connector: int, now: Instant) -> None:
        """A session ends (in 2.x one is begun for it where there is none) and the plug never notices the car go."""
        plug = self.plugs[connector]
        if plug.session is None and self.version is not OcppVersion.V16:
            plug.stage = Stage.PLUGGED
            self.tell(plug, now)
            self._begin(plug, _CARD, now)
        plug.hung = True
        self._end(plug, "Local", now)
        self._agenda.cancel(f"unplug {connector}")
        plug.stage = Stage.FINISHING
        self.tell(plug, now)
        self.on_change()

    def go_offline(self, now: Instant, *, for_s: Seconds | None = None) -> None:
        """The link drops; it comes back without a boot after `for_s`, or never (until `power_on` or `recover`)."""
        self.away = True
        self._agenda.cancel("return", "restart")
        self._drop(now)
        if for_s is not None:
            self._agenda.plan(now + for_s, "return", self._return)
        self.on_change()

    def _return(self, at: Instant) -> None:
        self.away = False
        if not self.rebooting:
            self._dial(at)

    def boot_loop(self, every_s: Seconds, times: int, now: Instant, *, drops_link: bool = True) -> None:
        """It crashes now and then each `every_s`, `times` in all, and boots by its watchdog.

        With `drops_link` false it boots on the standing link, as chargers with a separate modem do.
        """
        for count in range(times):
            self._agenda.plan(now + count * every_s, "crash", partial(self._crash, every_s, drops_link))
        self.on_change()

    def _crash(self, every_s: Seconds, drops_link: bool, at: Instant) -> None:
        if self.rebooting or self.away:
            return
        if drops_link:
            self.go_down("Watchdog", False, min(self.habits.boot_time_s, every_s / 2), at)
            return
        self.end_all_sessions("Reboot", at)
        self.reboots += 1
        self.forget_words()
        self.begin_anew("Watchdog")
        self._boot_at = at if self.linked else None

    def recover(self, now: Instant) -> None:
        """Somebody came and repaired everything: faults, hangs, boot loops and the link."""
        self._agenda.cancel("crash", "return")
        for plug in self.plugs.values():
            plug.fault = plug.ghost = None
            if plug.hung:
                plug.hung, plug.stage = False, Stage.FREE
            self.tell(plug, now)
        if self.away:
            self._return(now)
        self.on_change()
