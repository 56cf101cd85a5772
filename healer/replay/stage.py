"""The stage: the engine and simulated chargers in virtual time, frame by frame.

Everything passes as it does live: chargers dial, speak and answer in OCPP frames, intents are stored before they are
sent, commands take a moment to arrive. One moment after the other is served; chargers act in the order of the cast, the
engine after them, so that a story comes out the same each time. Before its beginning the daemon has watched for a week,
and every charger is idle.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from healer.behaviour import Action as Move
from healer.behaviour import Dial, DropLink, Say, SimulatedCharger
from healer.behaviour.wire import Answered, Asked, Declined, Wire
from healer.effects import Close, Effect, RecordFact, RecordIntent, ReserveIds, Send, Watching
from healer.engine import Engine, EngineSettings
from healer.errors import LocalError
from healer.events import (
    ConnectionClosed,
    ConnectionOpened,
    Event,
    FrameReceived,
    FrameUnsent,
    IdsReserved,
    IntentStored,
    RulesReplaced,
    TimePassed,
)
from healer.fleet.charger import ChargerRecord
from healer.fleet.hearing import AnswerPolicy
from healer.fleet.inventory import Inventory, Placement
from healer.fleet.profiles import ProfileEntry, Profiles
from healer.fleet.tokens import TokenPolicy
from healer.healing.records import Alert, Fate, Intent, IntentOutcome, Transition
from healer.healing.settings import HealingSettings
from healer.model import ChargerId, ConnectionId, Instant, Seconds
from healer.ocpp import messages
from healer.replay.memory import Memory
from healer.replay.story import Part
from healer.rules.rule import RuleSet

START: Final[Instant] = 1_798_761_600.0

EVERYBODY: Final = AnswerPolicy(TokenPolicy.everybody(bytes(32)), heartbeat_interval_s=300)
"""In a story everybody may charge."""
"""Where virtual time is 0: 2027-01-01 00:00:00 UTC, so that clocks and stories agree."""

WATCHED_S: Final[Seconds] = 7 * 86400.0
"""How long the daemon has watched before."""

LEAD_S: Final[Seconds] = 60.0
"""How long the chargers have been connected before, besides what their profile needs to settle."""

DELAY_S: Final[Seconds] = 0.1
"""How long a command is on its way: what a charger does because of it comes after it was sent, not with it."""

_LONGEST_BUSTLE: Final = 10_000
"""More moves at one moment are a bug, not a story."""


class _Crash(Exception):
    """The daemon dies in the middle of what it does."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A command that left for a charger."""

    at: Instant
    charger: ChargerId
    action: str
    rule: str
    """Empty for what healer owes a charger outside of any ladder."""


@dataclass(slots=True)
class Actor:
    """A simulated charger at its link."""

    part: Part
    charger: SimulatedCharger
    wire: Wire
    connection: ConnectionId | None = None
    connections: int = 0
    reply: tuple[messages.Report, messages.Reply | None] | None = None
    """What came back to the last thing it said."""
    coming: deque[tuple[Instant, str]] = field(default_factory=deque)
    """Our CALLs on their way, with the moments at which they arrive."""


@dataclass(slots=True)
class Stage:
    """The world of one story."""

    engine: Engine
    actors: Mapping[ChargerId, Actor]
    on_sent: Callable[[Sent], None]
    now: Instant = START
    memory: Memory = field(default_factory=Memory)
    sent: list[Sent] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    """Every alert that was raised, in order."""
    crash_at: int | None = None
    """The moment at which the daemon dies: 2n before the n-th write to the ledger, 2n + 1 right after it."""
    writes: int = 0
    """To the ledger, since virtual time 0; marks of watching do not count."""
    on_transition: Callable[[Transition], None] = lambda transition: None
    """Told of everything that becomes of an incident."""
    on_rest: Callable[[], None] = lambda: None
    """Told whenever everything that is due has been done."""
    _settings: EngineSettings = field(default_factory=lambda: EngineSettings(EVERYBODY))
    _profiles: Profiles = field(default_factory=Profiles)
    _rules: RuleSet = field(default_factory=RuleSet)
    _inventory: Inventory = field(default_factory=Inventory)
    _events: deque[Event] = field(default_factory=deque)
    _handling: bool = False

    @classmethod
    def set_up(
        cls,
        cast: Iterable[Part],
        rules: RuleSet,
        healing: HealingSettings,
        profiles: Profiles,
        on_sent: Callable[[Sent], None] = lambda sent: None,
    ) -> Stage:
        """Everybody known and nobody connected; `begin` brings them in place."""
        parts = tuple(cast)
        settings = EngineSettings(EVERYBODY, healing)
        known = profiles.extended(_entries(parts, profiles))
        places = {part.id: Placement(part.id, part.site, part.tags) for part in parts}
        inventory = Inventory(chargers=MappingProxyType(places))
        began = START - WATCHED_S
        actors = {part.id: Actor(part, _simulated(part), Wire(part.identity.version)) for part in parts}
        return cls(
            Engine(settings, rules, now=began, inventory=inventory, profiles=known),
            MappingProxyType(actors),
            on_sent,
            _settings=settings,
            _profiles=known,
            _rules=rules,
            _inventory=inventory,
        )

    def begin(self) -> None:
        """Until virtual time 0, at which every charger is idle, reported and settled."""
        began = START - WATCHED_S
        for actor in self.actors.values():
            self.memory.keep(_record(actor.part, began))
        self.now = began
        self._take(self.engine.restore(self.memory.snapshot(began), began))
        settle_s = max((charger.profile.settle_s for charger in self.engine.chargers.values()), default=0.0)
        self.now = START - settle_s - LEAD_S
        for actor in self.actors.values():
            actor.charger.go_offline(self.now, for_s=0.0)  # it dials, without a boot
        self.advance(START)

    # --- time -----------------------------------------------------------------------------------------------------

    def advance(self, until: Instant) -> None:
        """Let time pass; whatever is due by then has happened, that moment's own included."""
        while True:
            self.settle()
            due = self._next()
            if due is None or due > until:
                break
            if due <= self.now:
                raise LocalError(f"something is due at {due - START} and never done")
            self.now = due
        self.now = max(self.now, until)

    def _next(self) -> Instant | None:
        moments = [actor.charger.next_deadline() for actor in self.actors.values()]
        moments += [actor.coming[0][0] for actor in self.actors.values() if actor.coming]
        moments.append(self.engine.next_deadline())
        return min((moment for moment in moments if moment is not None), default=None)

    def settle(self) -> None:
        """Do everything that is due now."""
        for _ in range(_LONGEST_BUSTLE):
            moved = [self._move(actor) for actor in self.actors.values()]
            due = self.engine.next_deadline()
            if due is not None and due <= self.now:
                self.give(TimePassed())
            elif not any(moved):
                self.on_rest()
                return
        raise LocalError(f"the story does not come to rest at {self.now - START}")

    # --- the daemon -----------------------------------------------------------------------------------------------

    def restart(self) -> None:
        """The daemon dies and is started again at once; links break, only what was recorded is left."""
        for actor in self.actors.values():
            if actor.connection is not None:
                self._cut(actor)
        self.engine = Engine(
            self._settings, self._rules, now=self.now, inventory=self._inventory, profiles=self._profiles
        )
        self._take(self.engine.restore(self.memory.snapshot(self.now), self.now))

    def lose_link(self, charger: ChargerId) -> None:
        """The network takes a charger's link away; when it dials again is its own habit."""
        actor = self.actors[charger]
        connection = actor.connection
        if connection is not None:
            self._cut(actor)
            self.give(ConnectionClosed(connection, "lost"))

    def reload(self, rules: RuleSet) -> None:
        """Other rules are in force from now on."""
        self._rules = rules
        self.give(RulesReplaced(rules))

    def give(self, event: Event) -> None:
        """One event for the engine, and everything that follows from it at once."""
        self._events.append(event)
        if self._handling:
            return
        self._handling = True
        try:
            while self._events:
                self._take(self.engine.handle(self._events.popleft(), self.now))
        except _Crash:
            self._events.clear()
            self.restart()
        finally:
            self._handling = False

    def _take(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            self._perform(effect)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Send():
                self._send(effect)
            case Close(connection=connection):
                actor = self._at(connection)
                if actor is not None:
                    self._cut(actor)
                    self.give(ConnectionClosed(connection, "closed"))
            case RecordIntent(intent):
                with self._written():
                    self.memory.keep_intent(intent)
                self.give(IntentStored(intent.id))
            case RecordFact(Watching() as mark):
                self.memory.keep(mark)
            case RecordFact(fact):
                with self._written():
                    self.memory.keep(fact)
                self._note(fact)
            case ReserveIds(kind, count):
                block = self.memory.reserve(kind, count)
                self.give(IdsReserved(kind, block.first, block.count))
            case _:
                pass

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        """A write to the ledger, before or after which the daemon may die."""
        counts = self.now >= START
        if counts and self.crash_at == 2 * self.writes:
            self.crash_at = None
            raise _Crash
        yield
        self.writes += counts
        if counts and self.crash_at == 2 * self.writes - 1:
            self.crash_at = None
            raise _Crash

    def _note(self, fact: object) -> None:
        match fact:
            case Alert(active=True):
                self.alerts.append(fact)
            case Transition():
                self.on_transition(fact)
            case IntentOutcome(fate=Fate.ACCEPTED) if self.memory.intent(fact.intent).action == "reconnect":
                # It has no frame of its own: the link was closed.
                self._left(self.memory.intent(fact.intent))
            case _:
                pass

    # --- frames ---------------------------------------------------------------------------------------------------

    def _at(self, connection: ConnectionId) -> Actor | None:
        return next((actor for actor in self.actors.values() if actor.connection == connection), None)

    def _send(self, effect: Send) -> None:
        """A frame of the engine: answers arrive at once, commands a little later."""
        actor = self._at(effect.connection)
        if actor is None:
            if effect.intent is not None:
                self.give(FrameUnsent(effect.intent, "closed"))
            return
        if effect.intent is not None:
            self._left(self.memory.intent(effect.intent))
        match actor.wire.receive(effect.data):
            case Answered(report, reply):
                actor.reply = (report, reply)
            case Asked() | Declined():
                actor.coming.append((self.now + DELAY_S + actor.charger.habits.answers_after_s, effect.data))
            case None:
                pass

    def _arrive(self, actor: Actor) -> bool:
        """The next command reaches the charger, if it is there by now."""
        if not actor.coming or actor.coming[0][0] > self.now or actor.connection is None:
            return False
        match actor.wire.receive(actor.coming.popleft()[1]):
            case Asked() as asked:
                word = actor.charger.obey(asked.command, self.now)
                if word is not None:
                    self._speak(actor, actor.wire.answer(asked, word, actor.charger.settings))
            case Declined(frame):
                self._speak(actor, frame)
            case _:
                pass
        return True

    def _left(self, intent: Intent) -> None:
        sent = Sent(self.now, intent.charger, intent.action, intent.rule)
        self.sent.append(sent)
        self.on_sent(sent)

    def _move(self, actor: Actor) -> bool:
        """Whatever a charger does now, by itself or because it was told to."""
        arrived = self._arrive(actor)
        moves = actor.charger.due(self.now)
        for move in moves:
            self._do(actor, move)
        return bool(moves) or arrived

    def _do(self, actor: Actor, move: Move) -> None:
        match move:
            case Say(report):
                self._say(actor, report)
            case Dial():
                self._dial(actor)
            case DropLink():
                connection = self._unlink(actor)
                if connection is not None:
                    self.give(ConnectionClosed(connection, "closed"))

    def _say(self, actor: Actor, report: messages.Report) -> None:
        frame = actor.wire.call(report)
        actor.reply = None
        if frame is not None:
            self._speak(actor, frame)
        actor.charger.answered(report, None if actor.reply is None else actor.reply[1], self.now)

    def _speak(self, actor: Actor, frame: str) -> None:
        """A frame of a charger, in whatever state it goes out."""
        for text in actor.wire.spoken(frame):
            if actor.connection is not None:
                self.give(FrameReceived(actor.connection, text))

    def _dial(self, actor: Actor) -> None:
        former = self._unlink(actor)
        actor.connections += 1
        actor.connection = ConnectionId(f"{actor.part.id}#{actor.connections}")
        self.give(ConnectionOpened(actor.connection, actor.part.id, actor.part.identity.version))
        actor.charger.connected(self.now)
        if former is not None:  # forgotten by the charger, and closed at last
            self.give(ConnectionClosed(former, "closed"))
        if actor.connection is None:  # the daemon died in this moment
            actor.charger.disconnected(self.now)

    def _cut(self, actor: Actor) -> None:
        """The link breaks on the daemon's side."""
        self._unlink(actor)
        actor.charger.disconnected(self.now)

    @staticmethod
    def _unlink(actor: Actor) -> ConnectionId | None:
        """Whatever was on its way is lost; the connection that stood."""
        connection, actor.connection = actor.connection, None
        actor.wire.lose_link()
        actor.coming.clear()
        return connection


def _simulated(part: Part) -> SimulatedCharger:
    return SimulatedCharger(part.identity, replies=part.replies)


def _entries(cast: Iterable[Part], shipped: Profiles) -> list[ProfileEntry]:
    """What the cast says of its models' habits, over what is shipped of them."""
    entries = []
    for part in cast:
        if part.habits:
            who = part.identity
            profile = replace(shipped.find(who.vendor, who.model, who.firmware), **part.habits)  # type: ignore[arg-type]
            entries.append(ProfileEntry(who.vendor, profile, who.model))
    return entries


def _record(part: Part, at: Instant) -> ChargerRecord:
    """A charger as the daemon has known it for long."""
    who = part.identity
    numbers = range(1, who.connectors + 1)
    return ChargerRecord(
        charger=who.id,
        site=part.site,
        ocpp_version=who.version,
        vendor=who.vendor,
        model=who.model,
        serial=who.serial,
        firmware=who.firmware,
        last_seen_at=at,
        connected=True,
        events={},
        latches=[],
        out_of_service=[],
        put_back=[],
        transactions=[],
        places=[(number, number if who.version.value == "1.6" else 1) for number in numbers],
        reconnects_without_boot=False,
    )
