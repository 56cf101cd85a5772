"""The engine: chargers, rules and healing in one synchronous call.

`handle(event, now)` takes one event in and gives the effects that follow from it; `next_deadline()` is the only moment
the world has to wait for; `restore(snapshot, now)` goes on where a former run stopped. The engine routes and decides
nothing itself: what a frame means is `fleet`'s word, what it matters `rules`', what to do `healing`'s.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from healer.effects import Effect, Notice, RecordFact, ReserveIds, Watching
from healer.engine import upkeep
from healer.engine.admission import Admission
from healer.engine.conversations import Conversations, Turn
from healer.engine.door import Door, DoorEvent
from healer.engine.orders import Orders
from healer.engine.resuming import resume
from healer.engine.revisits import Revisits
from healer.engine.rewriting import Rewriting
from healer.engine.roster import Roster
from healer.engine.rulings import Rulings
from healer.engine.settings import EngineSettings
from healer.engine.timers import Timers
from healer.events import (
    ChargerCleared,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    FrameReceived,
    FrameUnsent,
    IdsReserved,
    IncidentCleared,
    IntentRefused,
    IntentStored,
    InventoryReplaced,
    PongReceived,
    RulesJudged,
    RulesReplaced,
    StoreChanged,
    TimePassed,
    TokensReplaced,
)
from healer.fleet import memory
from healer.fleet.charger import Charger, Facet
from healer.fleet.inventory import Inventory
from healer.fleet.profiles import Profiles
from healer.healing import guards, people, resumption, treatment
from healer.healing.casebook import Casebook
from healer.healing.guards import Ward
from healer.healing.ids import Ids
from healer.healing.incident import Incident, State
from healer.healing.startup import Startup
from healer.healing.storms import Storms
from healer.healing.verdict import Wake
from healer.model import ChargerId, Instant, Seconds
from healer.rules.evaluate import RuleIndex
from healer.rules.rule import RuleSet
from healer.snapshot import Snapshot
from healer.tally import GuardLoad, Tally

DURABLE = frozenset(
    {
        Facet.IDENTITY,
        Facet.LINK,
        Facet.EVENTS,
        Facet.SAFETY,
        Facet.TRANSACTION,
        Facet.PLACES,
        Facet.FIRMWARE_JOB,
        Facet.STANDING,
        Facet.CONFIGURATION,
    }
)
"""A change of these is written down with the charger's record."""

WATCHING_EVERY_S: Seconds = 10.0

SLICE = 200
"""Chargers whose deadlines are served in one call; the rest follow in the next."""


class Engine:
    """What the daemon believes and decides. Not for threads; `now` never goes back."""

    def __init__(
        self,
        settings: EngineSettings,
        rules: RuleSet,
        *,
        now: Instant,
        inventory: Inventory | None = None,
        profiles: Profiles | None = None,
    ) -> None:
        self.settings = settings
        self.tally = Tally()
        self.index = RuleIndex(rules)
        self.ids = Ids()
        self.roster = Roster(inventory or Inventory(), profiles or Profiles(), settings, now)
        self.conversations = Conversations(
            settings.answers,
            lambda: None if self.ward.trouble is not None else self.ids.take("transaction"),
            self.tally,
            call_timeout_s=settings.call_timeout_s,
            max_frame_bytes=settings.max_frame_bytes,
        )
        startup = Startup(settings.healing.startup, now)
        self.ward = Ward(settings.healing, startup, self.roster.site, slot_taken=self.conversations.busy)
        storms = Storms(settings.healing.storm, self.roster.population.size)
        self.casebook = Casebook(self.ward, storms, self.ids, self.index)
        self._effects: list[Effect] = self.conversations.effects
        self.rulings = Rulings(self.casebook, self._effects)
        self._revisits = Revisits(self.casebook, self.rulings)
        self._errands = upkeep.errands(settings, self.ids, self.ward)
        self._orders = Orders(
            self.casebook, self._errands, self.conversations, self.tally, self.chargers, self._revisits.add
        )
        self._timers = Timers()
        self._door = Door(self.chargers, self.tally, self._effects)
        self.admission = Admission(
            settings,
            self.roster,
            self.casebook,
            self._effects,
            look_at=self._revisits.add,
            dismissed=self._orders.dismiss,
        )
        self._timed_at: dict[ChargerId, Instant] = {}
        """When time alone may next change what a rule says of a charger."""
        self._rewriting = Rewriting()
        self._watch_at = now
        self._started_at = now
        self.ward.fleet_size = self.roster.size
        self.serving: ChargerId | None = None
        """Whose turn it is: whom a bug of ours would be about."""
        self.tally.set("rules_loaded", len(self.index.compiled))

    # --- looking --------------------------------------------------------------------------------------------------

    @property
    def chargers(self) -> Mapping[ChargerId, Charger]:
        return self.roster.chargers

    def incidents(self) -> Iterator[Incident]:
        """Those that are open or pending."""
        return (found for found in self.casebook.incidents() if found.state.open or found.state is State.PENDING)

    def guard_loads(self) -> Iterator[GuardLoad]:
        """How far the rationing guards are used up."""
        bookings, limits = self.ward.bookings, self.settings.healing.parallel
        yield GuardLoad("parallel", "fleet", guards.fleet_limit(self.ward), bookings.under_way())
        for site in bookings.busy_sites():
            yield GuardLoad("parallel", site, limits.per_site, bookings.under_way(site))

    def next_deadline(self) -> Instant | None:
        """When `TimePassed` is due."""
        moments = (
            self._timers.earliest(),
            self.ward.startup.next_review,
            self.casebook.storms.next_review,
            self._watch_at,
            self._started_at if self._revisits.waiting else None,
            self._rewriting.due,
        )
        return min((moment for moment in moments if moment is not None), default=None)

    # --- handling -------------------------------------------------------------------------------------------------

    def handle(self, event: Event, now: Instant) -> list[Effect]:
        """Take in one event; what the world has to do, in order."""
        for admitted in self.admission.admit(event, now):
            self.serving = self._owner(admitted)
            self._dispatch(admitted, now)
        self._orders.drain(now)
        self._look_again(now)
        self.serving = None
        for kind, count in self.ids.wanted():
            self._effects.append(ReserveIds(kind, count))
        return self._flush()

    def _dispatch(self, event: Event, now: Instant) -> None:
        """What chargers do and what becomes of our intents; the rest is told us by people and the daemon itself."""
        match event:
            case FrameReceived():
                self._take(self.conversations.receive(event.connection, event.data, now), now)
            case PongReceived():
                self._take(self.conversations.heard(event.connection, now), now)
            case ConnectionOpened():
                charger = self.roster.charger(event.charger)
                self.ward.startup.connected(charger.id)
                charger.standing.peer = event.peer
                self._take(self.conversations.open(event.connection, charger, event.version, now), now)
            case ConnectionClosed(reason="shutdown") if self.ward.stopping:
                pass  # we hang up on everybody: that says nothing about the chargers, whose last word is remembered
            case ConnectionClosed():
                turns = self.conversations.close(event.connection, event.reason, now, settled=self.ward.startup.settled)
                self._take(turns, now)
                self._forget_strangers((turn.charger for turn in turns), now)
            case IntentStored() | IntentRefused() | FrameUnsent():
                self._judge_intent(event, now)
            case _:
                self._dispatch_told(event, now)

    def _dispatch_told(self, event: Event, now: Instant) -> None:  # noqa: C901 - one case an event
        match event:
            case IdsReserved():
                self.ids.add(event.kind, event.first, event.count)
                self._revisits.wake(Wake("store"))
            case StoreChanged():
                self._store_changed(event, now)
            case RulesReplaced():
                self._replace_rules(event.rules, now)
            case RulesJudged():
                self.rulings.judged(event.trouble, now)
            case InventoryReplaced():
                self._revisits.add_all(charger.id for charger in self.roster.replace(event.inventory))
            case TokensReplaced():
                self.conversations.replace_tokens(event.tokens)
            case IncidentCleared():
                incident = self.casebook.find(event.rule, event.target)
                if incident is not None and treatment.clear(self.casebook, incident, event.author, now):
                    self._revisits.add(event.target.charger)
            case ChargerCleared():
                self._clear(event, now)
            case _ if isinstance(event, DoorEvent):
                at_door = self._door.take(event, now)
                if at_door is not None:
                    self._settle(at_door, {Facet.STANDING}, now)
            case TimePassed():
                self._pass_time(now)

    def recover(self, now: Instant) -> list[Effect]:
        """`handle` met a bug of ours while it was `serving` a charger: what is to be done all the same.

        That charger's healing is held and its connection closed, so that it comes back afresh. What was decided for
        others before stands: an intent that is not asked for would leave its incident waiting for ever.
        """
        self._orders.drain(now)
        charger = self.chargers.get(self.serving) if self.serving is not None else None
        if charger is not None:
            self.ward.quarantined.add(charger.id)
            self.tally.count("chargers_quarantined_total")
            self.conversations.drop(charger, "error")
            resumption.abandon(self.casebook, charger.id, now)
            self._orders.drain(now)
        self.serving = None
        return self._flush()

    def hold(self) -> None:
        """The daemon stops: from now on nothing is sent, and connections that close are our own doing."""
        self.ward.stopping = True

    def _flush(self) -> list[Effect]:
        effects = [*self._effects, *map(RecordFact, self.roster.learning.take_changed())]
        self._effects.clear()
        return effects

    def why_not_clear(self, charger_id: ChargerId) -> str | None:
        """Why `ChargerCleared` would be wrong now; None when it is right."""
        charger = self.chargers.get(charger_id)
        return "there is no such charger" if charger is None else people.why_not_clear(charger)

    def _clear(self, event: ChargerCleared, now: Instant) -> None:
        charger = self.roster.charger(event.charger)
        people.clear(self.casebook, charger, event.author, event.reason, now)
        fields = (("author", event.author), ("reason", event.reason))
        self._effects.append(Notice("charger.cleared", charger.id, fields))
        self._settle(charger, {Facet.SAFETY, Facet.CONTACT, Facet.CONFIGURATION}, now)

    def _owner(self, event: Event) -> ChargerId | None:
        """The charger an event is about, if it is about one."""
        match event:
            case ConnectionOpened():
                return event.charger
            case FrameReceived() | PongReceived() | ConnectionClosed():
                return self.conversations.owner(event.connection)
            case IntentStored() | IntentRefused() | FrameUnsent():
                return self._orders.owner(event.intent)
            case _:
                return None

    # --- what a charger did ---------------------------------------------------------------------------------------

    def _take(self, turns: Iterable[Turn], now: Instant) -> None:
        for turn in turns:
            changed = set(turn.changed)
            if turn.answered is not None:
                changed |= self._orders.answered(turn.charger, turn.answered, now)
            self._settle(turn.charger, changed, now)

    def _forget_strangers(self, chargers: Iterable[Charger], now: Instant) -> None:
        """An identity that dialled, said nothing and went: nothing of it is kept."""
        for charger in chargers:
            if not charger.connected and self.roster.is_stranger(charger):
                self.roster.forget(charger)
                self._orders.dismiss(charger.id, now)
                self._timers.set(charger.id, None)
                self._timed_at.pop(charger.id, None)
                self._revisits.forget(charger.id)
                self.tally.forget(charger.id)

    def _judge_intent(self, event: IntentStored | IntentRefused | FrameUnsent, now: Instant) -> None:
        owner = self._orders.owner(event.intent)
        if owner is None:
            return
        charger = self._serve(owner)
        if self.rulings.waits(owner):
            self._settle(charger, (), now)  # what new rules forbid holds for what was decided before them
        match event:
            case IntentStored():
                self._orders.stored(event.intent, charger, now)
            case IntentRefused():
                self._orders.refused(event.intent, event.reason, now)
            case FrameUnsent():
                self._orders.unsent(event.intent, event.reason, now)
        self._settle(charger, (), now)

    def _serve(self, charger_id: ChargerId) -> Charger:
        self.serving = charger_id
        return self.chargers[charger_id]

    def _settle(
        self, charger: Charger, changed: Iterable[Facet], now: Instant, *, also_read: frozenset[Facet] = frozenset()
    ) -> None:
        """After anything that may have changed a charger: conclude, decide, and set its next deadline.

        `also_read`: facets that have not changed, but whose rules are asked again.
        """
        owed = self.rulings.owed(charger.id)
        if not self.roster.is_member(charger.id):
            return
        self.serving = charger.id
        facets = set(changed) | self._errands.asking.conclude(charger, now) | self._door.tell(charger)
        if charger.latches and charger.review_latches(self.settings.healing.interlock_clear_after_s, now):
            facets.add(Facet.SAFETY)
        if not facets.isdisjoint({Facet.IDENTITY, Facet.PLACES}):
            self.roster.recount(charger)
            self.ward.fleet_size = self.roster.size
        if now >= self._timed_at.get(charger.id, math.inf):
            also_read |= self.index.timed_facets
        stranger = self.roster.is_stranger(charger)
        # Of somebody who only dialled no rule says anything: whoever dials under many names would feign a storm.
        for compiled in (*owed, *self.index.touched(facets | also_read)) if not stranger else ():
            treatment.observe_rule(self.casebook, compiled, charger, now)
        treatment.advance(self.casebook, charger, now)
        if not facets.isdisjoint(DURABLE) and not stranger:
            # Before the outcome of the command that changed it: a crash in between must not lose what we owe.
            self._effects.append(RecordFact(memory.record(charger)))
        self._orders.drain(now)
        self._orders.run_errands(charger, now)
        self._reschedule(charger, now)

    def _reschedule(self, charger: Charger, now: Instant) -> None:
        """Set the charger's next deadline.

        What was due by now has just been served, and what did not move waits for something else than time: looking at
        it again at the same moment would never end. Silence and the open CALL are served by `_pass_time` alone.
        """
        timed = [compiled.next_change(charger, now) for compiled in self.index.timed]
        self._timed_at[charger.id] = min((moment for moment in timed if moment is not None), default=math.inf)
        served = [
            self._timed_at[charger.id],
            charger.latch_deadline(self.settings.healing.interlock_clear_after_s),
            treatment.deadline(self.casebook, charger, now),
            self._orders.errands_due(charger, now),
        ]
        moments = [moment for moment in served if moment is not None and now < moment < math.inf]
        moments += [
            moment for moment in (charger.silent_at(), self.conversations.deadline(charger)) if moment is not None
        ]
        self._timers.set(charger.id, min(moments, default=None))

    # --- the store ------------------------------------------------------------------------------------------------

    def _store_changed(self, event: StoreChanged, now: Instant) -> None:
        self.ward.store_trouble = None if event.healthy else event.reason or "the store is down"
        if event.healthy:
            self.ward.store_refusal = None
            self.ids.ask_again()
            self._revisits.wake(Wake("store"))
        if event.healthy and event.reason:
            # Facts were lost while it was down: write down anew what must not be forgotten, a slice at a time.
            self._rewriting.begin(self.chargers, now)

    # --- looking again --------------------------------------------------------------------------------------------

    def _look_again(self, now: Instant) -> None:
        """Serve chargers that waited for something that has come; the rest follow in the next call."""
        for _ in range(SLICE):
            waiting = self._revisits.take()
            if waiting is None:
                return
            charger_id, also_read = waiting
            known = self.chargers.get(charger_id)
            if known is not None:
                self._settle(known, (), now, also_read=also_read)
            else:
                self.rulings.owed(charger_id)

    # --- time -----------------------------------------------------------------------------------------------------

    def _pass_time(self, now: Instant) -> None:
        if self.ward.startup.review(now):
            self._settled(now)
        self._revisits.add_all(self.casebook.review_storms(now))
        self.rulings.review(now)
        for unwritten in self._rewriting.take(now):
            if unwritten in self.chargers:
                self._effects.append(RecordFact(memory.record(self.chargers[unwritten])))
            self.casebook.record_again(unwritten, "the store lost facts", now)
        if now >= self._watch_at:
            self._effects.append(RecordFact(Watching(now)))
            self._watch_at = now + WATCHING_EVERY_S
        for _ in range(SLICE):
            charger_id = self._timers.pop(now)
            if charger_id is None:
                break
            charger = self._serve(charger_id)
            self._take([self.conversations.expire(charger, now)], now)

    def _settled(self, now: Instant) -> None:
        """The fleet is back, or will not come: who is still away is offline from now on."""
        self._effects.append(Notice("startup.settled", None, (("back", len(self.ward.startup.back)),)))
        self._revisits.wake(Wake("startup"))
        for charger in self.chargers.values():
            if charger.stop_settling():
                self._revisits.add(charger.id)

    # --- rules and restarts ---------------------------------------------------------------------------------------

    def _replace_rules(self, rules: RuleSet, now: Instant) -> None:
        self.index = RuleIndex(rules)
        self.rulings.replace(self.index, self.chargers, now)
        self.tally.set("rules_loaded", len(self.index.compiled))

    def restore(self, snapshot: Snapshot, now: Instant) -> list[Effect]:
        """Take over what the store remembers, before the first event."""
        self.rulings.recall(snapshot)
        lost = resume(snapshot, self.roster, self.casebook, self._errands, now)
        self._effects += [Notice("key.lost", charger_id) for charger_id in lost]
        self._orders.drain(now)
        for charger in self.chargers.values():
            self._reschedule(charger, now)
        return self._flush()
