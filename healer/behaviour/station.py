"""A simulated charger's frame: who it is, power, link, boots and speaking; `life` adds sessions and faults.

Deeds are planned on the agenda; what it says goes through its voice; whoever owns it asks `due` what to do now and
`next_deadline` when to ask again, and tells it what became of the link and of what it said.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from healer.behaviour.agenda import Agenda
from healer.behaviour.dating import dated
from healer.behaviour.habits import Habits
from healer.behaviour.plug import Plug, Stage
from healer.behaviour.voice import Voice, Word
from healer.model import ChargerId, Instant, OcppVersion, Seconds, Status
from healer.ocpp import messages

_USUAL_HEARTBEAT_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a simulated charger is."""

    id: ChargerId
    version: OcppVersion = OcppVersion.V16
    vendor: str = "Acme"
    model: str = "AC22"
    serial: str | None = None
    firmware: str = "1.0.0"
    connectors: int = 1
    """1.6: connectors 1..n; 2.0.1: evses 1..n with one connector each."""


@dataclass(frozen=True, slots=True)
class Say:
    """Send this message. Tell `answered` what came back before asking `due` again."""

    report: messages.Report


@dataclass(frozen=True, slots=True)
class DropLink:
    """Close the link without ceremony, and stop dialling."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect, with retries, until `connected` can be told."""


Action: TypeAlias = Say | DropLink | Dial


def _nothing() -> None:
    """The default of `on_change`."""


class Station:
    """The frame of a simulated charger; see `SimulatedCharger`."""

    def __init__(self, identity: Identity, habits: Habits) -> None:
        self.identity = identity
        self.habits = habits
        self.firmware = identity.firmware
        self.plugs = {
            number: Plug(number, identity.version, hides_cable=habits.hides_cables)
            for number in range(identity.connectors + 1)
        }
        """By number; 0 is the charger itself."""
        self.linked = False
        self.linked_at: Instant = 0.0
        """When the last link came to stand."""
        self.registered = False
        """Its last BootNotification was accepted, as far as it knows."""
        self.rebooting = False
        self.away = False
        """Offline by script."""
        self.reboots = 0
        self.clock_ahead_s: Seconds = 0.0
        """How far its clock is off; negative: behind."""
        self.on_change: Callable[[], None] = _nothing
        """Called when something was done to it, so that its owner asks `due` again; may be called too often."""
        self._agenda = Agenda()
        self._voice = Voice(habits.retry_s)
        self._moves: deque[tuple[Instant, Action]] = deque()
        self._wants_link = False
        self._boot_reason: str | None = None
        """Why it started; None once that was accepted."""
        self._boot_at: Instant | None = None
        """When to send BootNotification, on this link."""
        self._heals_at_boot = False
        self._heartbeat_s = habits.heartbeat_s or _USUAL_HEARTBEAT_S

    @property
    def id(self) -> ChargerId:
        return self.identity.id

    @property
    def version(self) -> OcppVersion:
        return self.identity.version

    @property
    def sessions(self) -> list[Plug]:
        """The plugs at which a car is charging."""
        return [plug for plug in self.plugs.values() if plug.session is not None]

    def status(self, connector: int) -> Status:
        """What the connector (1.6) or evse (2.0.1) would report now; 0 is the charger itself."""
        return self.plugs[connector].status

    # --- power and link -------------------------------------------------------------------------------------------

    def power_on(self, now: Instant) -> None:
        """Switched on, or brought back from wherever it was: it dials and boots."""
        self.away = self.rebooting = False
        self._agenda.cancel("return", "boot")
        self.start("PowerUp", now)
        self.on_change()

    def connected(self, now: Instant) -> None:
        """A dialled link stands, maybe beside one that it has forgotten."""
        if self.linked:
            self._lose_link()
        self._agenda.cancel("dial")
        self.linked, self.linked_at = True, now
        if self._boot_reason is None and self.habits.boots_on_reconnect:
            self._boot_reason = "PowerUp"
        if self._boot_reason is not None:
            self.registered = False
            self._boot_at = now + self.habits.boot_after_s
            if self.habits.talks_unbooted:
                self._settle_in(now, reports=True)
        else:
            self.registered = True
            self._come_back(now)
            self._settle_in(now, reports=self.habits.reports_on_reconnect)
        self._plan_trouble(now)
        self.on_change()

    def _come_back(self, now: Instant) -> None:
        """For what is told anew at each connection without a boot."""

    def _plan_trouble(self, now: Instant) -> None:
        """What this charger will do by itself with its new connection."""
        habits = self.habits
        if habits.drops_link_every_s is not None:
            self._agenda.plan(now + habits.drops_link_every_s, "link", self._hang_up)
        if habits.doubles_link_every_s is not None:
            self._agenda.plan(now + habits.doubles_link_every_s, "link", self._dial)

    def _hang_up(self, at: Instant) -> None:
        self._drop(at)
        self._agenda.plan(at + self.habits.redial_s, "dial", self._dial)

    def disconnected(self, now: Instant) -> None:
        """The link is gone; unless it wanted that, it dials again soon."""
        if not self.linked:
            return
        self._lose_link()
        if self._wants_link and self.habits.redials:
            self._agenda.plan(now + self.habits.redial_s, "dial", self._dial)
        self.on_change()

    def answered(self, report: messages.Report, reply: messages.Reply | None, now: Instant) -> None:
        """What came back to something it said; None: an error, or nothing at all.

        Needed for boots that are not accepted, for 1.6 transaction ids and for repetitions; without it all is taken
        to be accepted.
        """
        match report, reply:
            case messages.Booted(), messages.BootReply():
                self._hear_boot(reply, now)
            case messages.Booted(), None if not self.registered:
                self._boot_again(now + self.habits.retry_s)
            case messages.TransactionStarted() | messages.TransactionUpdated() | messages.TransactionEnded(), _:
                self._voice.answered(reply, now)
                if reply is None and isinstance(report, messages.TransactionEnded):
                    self._boot_for_ever(now)
            case messages.FirmwareReported() | messages.StatusReported(), _:
                self._voice.answered(reply, now)
        self.on_change()

    def _boot_for_ever(self, at: Instant) -> None:
        every_s = self.habits.boots_again_s
        if every_s is not None and self.linked:
            self._boot_at = at
            self._agenda.cancel("boot again")
            self._agenda.plan(at + every_s, "boot again", self._boot_for_ever)

    def due(self, now: Instant) -> list[Action]:
        """What it does now, in order. The list ends early after a message whose answer matters for what follows."""
        actions: list[Action] = []
        while True:
            actions += [move for _, move in self._moves]
            self._moves.clear()
            said = self._speak(now)
            if said is not None:
                actions.append(Say(dated(said[0], self.clock_ahead_s)))
                if said[1]:
                    return actions
                continue
            entry = self._agenda.pop(now)
            if entry is None:
                return actions
            entry.deed(entry.at)

    def next_deadline(self) -> Instant | None:
        """When `due` has something to do; in the past when it has already."""
        times = [self._agenda.next_at()]
        if self._moves:
            times.append(self._moves[0][0])
        if self.linked:
            times.append(self._boot_at)
            times.append(self._voice.next_at() if self.may_speak else None)
        return min((at for at in times if at is not None), default=None)

    @property
    def may_speak(self) -> bool:
        """Whether it reports: as a rule once its BootNotification was accepted."""
        return self.registered or self.habits.talks_unbooted

    def _speak(self, now: Instant) -> tuple[messages.Report, bool] | None:
        if not self.linked:
            return None
        if self._boot_at is not None and self._boot_at <= now:
            self._agenda.plan(self._boot_at + self.habits.status_after_boot_s, "registered", self._register)
            self._boot_at = None
            return self._boot(self._boot_reason), True
        return self._voice.pop(now) if self.may_speak else None

    def _dial(self, at: Instant) -> None:
        if not self.away:
            self._wants_link = True
            self._moves.append((at, Dial()))

    def _drop(self, at: Instant) -> None:
        self._wants_link = False
        self._agenda.cancel("dial")
        self._lose_link()
        self._moves.append((at, DropLink()))

    def _lose_link(self) -> None:
        self.linked = False
        self.forget_words()

    def forget_words(self) -> None:
        """Whatever it was about to say is forgotten, but for transaction messages."""
        self._boot_at = None
        self._agenda.cancel("heartbeat", "registered", "link")
        self._voice.lose_link()

    # --- boots ----------------------------------------------------------------------------------------------------

    def _boot(self, reason: str | None) -> messages.Booted:
        identity = self.identity
        said = None if self.version is OcppVersion.V16 else reason
        return messages.Booted(identity.vendor, identity.model, identity.serial, self.firmware, said)

    def _hear_boot(self, reply: messages.BootReply, now: Instant) -> None:
        interval_s = float(reply.heartbeat_interval_s)
        if reply.registration is messages.Registration.ACCEPTED:
            if self.habits.heartbeat_s is None and interval_s > 0:
                self._heartbeat_s = interval_s
        elif not self.registered:
            # 2.0.1 B02, B03; 1.6 section 4.2: it asks again after the interval it was told, and is quiet until then.
            self._boot_again(now + (interval_s or self.habits.retry_s))

    def _boot_again(self, at: Instant) -> None:
        if self.linked:
            self._agenda.cancel("registered")
            self._boot_at = at

    def _register(self, at: Instant) -> None:
        self.registered = True
        self._boot_reason = None
        self._settle_in(at, reports=True)

    def _settle_in(self, at: Instant, *, reports: bool) -> None:
        if reports:
            self.tell_all(at)
        for plug in self.plugs.values():
            self.tell(plug, at)
        self._agenda.cancel("heartbeat")
        self._agenda.plan(at + self._heartbeat_s, "heartbeat", self._beat)

    def _beat(self, at: Instant) -> None:
        self.say(at, messages.Heartbeat())
        self._agenda.plan(at + self._heartbeat_s, "heartbeat", self._beat)

    def start(self, reason: str, at: Instant) -> None:
        """The firmware runs from its beginning and dials; a car that is still there waits."""
        self.begin_anew(reason)
        self._dial(at)

    def begin_anew(self, reason: str) -> None:
        """The firmware runs from its beginning: what a restart heals is healed."""
        self.rebooting = self.registered = False
        self._boot_reason = reason
        for plug in self.plugs.values():
            if self._heals_at_boot:
                plug.heal()
            if plug.stage is Stage.FINISHING and not plug.hung:
                plug.stage = Stage.PLUGGED
            if self.habits.forgets_inoperative:
                plug.operative, plug.leaving = True, False
        self._heals_at_boot = False

    # --- what it says ---------------------------------------------------------------------------------------------

    def say(self, at: Instant, report: messages.Report, *, durable: bool = False) -> None:
        """Queue a message that reads the same whenever it is said; see `add`."""
        self.add(Word(at, lambda past: report, durable))

    def add(self, word: Word) -> None:
        """Queue a message; one that is not durable is forgotten where there is no link."""
        word.past = not self.linked
        if self.linked or word.durable:
            self._voice.add(word)

    def tell(self, plug: Plug, at: Instant) -> None:
        """Report the plug's status and problem where they changed."""
        if not (self.linked and self.may_speak):
            if self.habits.replays_statuses and plug.told_status not in {None, plug.tellable}:
                plug.told_status = plug.tellable
                self.report_status(plug, at, durable=True)
            return  # all is told once it is
        if plug.told_status != plug.tellable:
            plug.told_status = plug.tellable
            self.report_status(plug, at)
        if self.version is not OcppVersion.V16 and plug.told_problem != plug.fault:
            old, plug.told_problem = plug.told_problem, plug.fault
            if old is not None:
                self.say(at, plug.problem_report(old, at, cleared=True))
            if plug.fault is not None:
                self.say(at, plug.problem_report(plug.fault, at, cleared=False))

    def report_status(self, plug: Plug, at: Instant, *, durable: bool = False) -> None:
        """Report the plug's status, changed or not."""
        report = plug.status_report(at, by_event=self.habits.status_by_event)
        if report is not None:
            self.say(at, report, durable=durable)

    def tell_all(self, at: Instant) -> None:
        """Report everything, as after a boot."""
        for plug in self.plugs.values():
            plug.told_status = None
            if plug.told_problem == plug.fault:
                plug.told_problem = None
            self.tell(plug, at)
