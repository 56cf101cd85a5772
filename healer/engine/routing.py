"""The engine: chargers, rules and healing in one synchronous call.

`handle(event, now)` takes one event in and gives the effects that follow from it; `next_deadline()` is the only moment
the world has to wait for; `restore(snapshot, now)` goes on where a former run stopped. The engine routes and decides
nothing itself: what a frame means is `fleet`'s word, what it matters `rules`', what to do `healing`'s.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from healer.effects import Effect, Notice, Notify, RecordFact, RecordIntent, ReserveIds, Watching
from healer.engine.conversations import Conversations, Turn
from healer.engine.population import Population
from healer.engine.timers import Timers
from healer.engine.tracking import count_output
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
    RulesReplaced,
    StoreChanged,
    TimePassed,
)
from healer.fleet.charger import Charger, Facet, LinkSettings
from healer.fleet.hearing import AnswerPolicy
from healer.fleet.inventory import Inventory
from healer.fleet.profiles import Profiles
from healer.healing import aftermath, guards, people, resumption, steps, treatment
from healer.healing.casebook import Casebook, scopes_of
from healer.healing.errands import Errands
from healer.healing.guards import Ward
from healer.healing.ids import Ids
from healer.healing.incident import Incident, State
from healer.healing.outputs import Ask, Deliver, Drop, Output, Propose, Record
from healer.healing.records import Alert, Fate
from healer.healing.settings import HealingSettings
from healer.healing.startup import Startup
from healer.healing.storms import Storms
from healer.healing.verdict import Wake
from healer.model import ChargerId, Instant, Seconds
from healer.ocpp.session import Answered
from healer.rules.actions import Action
from healer.rules.evaluate import RuleIndex
from healer.rules.rule import RuleSet
from healer.snapshot import Snapshot
from healer.tally import GuardLoad, Tally

ALL_FACETS = frozenset(Facet)

DURABLE = frozenset({Facet.IDENTITY, Facet.LINK, Facet.EVENTS, Facet.SAFETY, Facet.TRANSACTION, Facet.PLACES})
"""A change of these is written down with the charger's record."""

WATCHING_EVERY_S: Seconds = 10.0

SLICE = 200
"""Chargers whose deadlines are served in one call; the rest follow in the next."""

FLEET_SLICE = 16
"""Chargers that look again when a place in the fleet becomes free."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What the engine must know of the daemon's settings."""

    answers: AnswerPolicy
    healing: HealingSettings = field(default_factory=HealingSettings)
    link: LinkSettings = field(default_factory=LinkSettings)
    call_timeout_s: Seconds = 30.0
    max_frame_bytes: int = 1 << 20


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
        self.inventory = inventory or Inventory()
        self.profiles = profiles or Profiles()
        self.tally = Tally()
        self.index = RuleIndex(rules)
        self.population = Population()
        self.ids = Ids()
        self.conversations = Conversations(
            settings.answers,
            lambda: self.ids.take("transaction") if self.ward.store_trouble is None else None,
            self.tally,
            call_timeout_s=settings.call_timeout_s,
            max_frame_bytes=settings.max_frame_bytes,
        )
        startup = Startup(settings.healing.startup, now)
        self.ward = Ward(settings.healing, startup, slot_taken=self.conversations.busy)
        self.casebook = Casebook(self.ward, Storms(settings.healing.storm, self.population.size), self.ids, self.index)
        self.errands = Errands(self.ids)
        self._chargers: dict[ChargerId, Charger] = {}
        self._timers = Timers()
        self._effects: list[Effect] = self.conversations.effects
        self._again: OrderedDict[ChargerId, None] = OrderedDict()
        self._stopping = False
        self._watch_at = now
        self._started_at = now
        self.tally.set("rules_loaded", len(self.index.compiled))
        for placed in self.inventory.chargers:
            self._charger(placed).settling = True

    # --- looking --------------------------------------------------------------------------------------------------

    @property
    def chargers(self) -> Mapping[ChargerId, Charger]:
        return self._chargers

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
            self._started_at if self._again else None,
        )
        return min((moment for moment in moments if moment is not None), default=None)

    # --- handling -------------------------------------------------------------------------------------------------

    def handle(self, event: Event, now: Instant) -> list[Effect]:  # noqa: C901 - one case an event
        """Take in one event; what the world has to do, in order."""
        match event:
            case FrameReceived():
                self._take(self.conversations.receive(event.connection, event.data, now), now)
            case PongReceived():
                self._take(self.conversations.heard(event.connection, now), now)
            case ConnectionOpened():
                charger = self._charger(event.charger)
                self.ward.startup.connected(charger.id)
                self._take(self.conversations.open(event.connection, charger, event.version, now), now)
            case ConnectionClosed() if self._stopping:
                pass  # we hang up on everybody: that says nothing about the chargers, whose last word is remembered
            case ConnectionClosed():
                self._take(self.conversations.close(event.connection, event.reason, now), now)
            case IntentStored():
                self._stored(event.intent, now)
            case IntentRefused():
                self._refused(event.intent, event.reason, now)
            case FrameUnsent():
                self._not_sent(event.intent, event.reason, now)
            case IdsReserved():
                self.ids.add(event.kind, event.first, event.count)
                self._wake(Wake("store"))
            case StoreChanged():
                self._store_changed(event, now)
            case RulesReplaced():
                self._replace_rules(event.rules, now)
            case InventoryReplaced():
                self._replace_inventory(event.inventory, now)
            case IncidentCleared():
                incident = self.casebook.find(event.rule, event.target)
                if incident is not None and treatment.clear(self.casebook, incident, event.author, now):
                    self._again[event.target.charger] = None
            case ChargerCleared():
                self._clear(event, now)
            case TimePassed():
                self._pass_time(now)
        self._drain(now)
        self._look_again(now)
        for kind, count in self.ids.wanted():
            self._effects.append(ReserveIds(kind, count))
        return self._flush()

    def recover(self, charger_id: ChargerId | None) -> list[Effect]:
        """`handle` met a bug of ours: what it had begun to do is dropped.

        If it was about a charger, that charger's healing is held and its connection closed, so that it comes back
        afresh; the others never notice.
        """
        self._effects.clear()
        self.casebook.outputs.clear()
        charger = self._chargers.get(charger_id) if charger_id is not None else None
        if charger is not None:
            self.ward.quarantined.add(charger.id)
            self.tally.count("chargers_quarantined_total")
            self.conversations.drop(charger, "internal error")
        return self._flush()

    def hold(self, reason: str) -> None:
        """The daemon stops: from now on nothing is sent, and connections that close are our own doing."""
        self._stopping = True
        self.ward.store_trouble = reason

    def _flush(self) -> list[Effect]:
        effects = list(self._effects)
        self._effects.clear()
        return effects

    def why_not_clear(self, charger_id: ChargerId) -> str | None:
        """Why `ChargerCleared` would be wrong now; None when it is right."""
        charger = self._chargers.get(charger_id)
        return "there is no such charger" if charger is None else people.why_not_clear(charger)

    def _clear(self, event: ChargerCleared, now: Instant) -> None:
        charger = self._charger(event.charger)
        people.clear(self.casebook, charger, event.author, event.reason, now)
        fields = (("author", event.author), ("reason", event.reason))
        self._effects.append(Notice("charger.cleared", charger.id, fields))
        self._settle(charger, {Facet.SAFETY}, now)

    def owner(self, event: Event) -> ChargerId | None:
        """The charger an event is about, if it is about one."""
        match event:
            case ConnectionOpened():
                return event.charger
            case FrameReceived() | PongReceived() | ConnectionClosed():
                return self.conversations.owner(event.connection)
            case IntentStored() | IntentRefused() | FrameUnsent():
                return self._owner_of_intent(event.intent)
            case _:
                return None

    def _charger(self, charger_id: ChargerId) -> Charger:
        charger = self._chargers.get(charger_id)
        if charger is None:
            placement = self.inventory.placement(charger_id)
            charger = Charger(charger_id, placement, self._started_at, self.settings.link, self.profiles)
            self._chargers[charger_id] = charger
            self.population.count(charger_id, scopes_of(charger))
            self.ward.fleet_size = len(self._chargers)
        return charger

    # --- what a charger did ---------------------------------------------------------------------------------------

    def _take(self, turns: Iterable[Turn], now: Instant) -> None:
        for turn in turns:
            changed = set(turn.changed)
            if turn.answered is not None and self._answered(turn.charger, turn.answered, now):
                changed.add(Facet.PLACES)
            self._settle(turn.charger, changed, now)

    def _answered(self, charger: Charger, answered: Answered, now: Instant) -> bool:
        """The end of one of our CALLs; True when the charger's durable part changed."""
        intent = steps.intent_of(answered.message_id)
        if intent in self.casebook.open_intents:
            return steps.answered(self.casebook, intent, answered.outcome, charger, now)
        if intent in self.errands.open:
            self.casebook.outputs.extend(self.errands.answered(intent, answered.outcome, charger, now))
            return True
        return False

    def _settle(
        self, charger: Charger, changed: Iterable[Facet], now: Instant, *, also_read: frozenset[Facet] = frozenset()
    ) -> None:
        """After anything that may have changed a charger: conclude, decide, and set its next deadline.

        `also_read`: facets that have not changed, but whose rules are asked again.
        """
        facets = set(changed)
        if charger.latches and charger.review_latches(self.settings.healing.interlock_clear_after_s, now):
            facets.add(Facet.SAFETY)
        if Facet.IDENTITY in facets:
            self.population.count(charger.id, scopes_of(charger))
        for compiled in self.index.touched(facets | also_read):
            for target, truth in compiled.judge(charger, now):
                treatment.observe(self.casebook, compiled.rule, charger, target, truth, now)
        treatment.advance(self.casebook, charger, now)
        if not facets.isdisjoint(DURABLE):
            # Before the outcome of the command that changed it: a crash in between must not lose what we owe.
            self._effects.append(RecordFact(charger.record()))
        self._drain(now)
        if charger.id not in self.conversations.busy:
            self._perform(self.errands.run(charger, now), now)
        self._reschedule(charger, now)

    def _reschedule(self, charger: Charger, now: Instant) -> None:
        """Set the charger's next deadline.

        What was due by now has just been served, and what did not move waits for something else than time: looking at
        it again at the same moment would never end. Silence and the open CALL are served by `_pass_time` alone.
        """
        served = [
            charger.latch_deadline(self.settings.healing.interlock_clear_after_s),
            treatment.deadline(self.casebook, charger, now),
            self.errands.deadline(charger) if charger.id not in self.conversations.busy else None,
            *(compiled.next_change(charger, now) for compiled in self.index.timed),
        ]
        moments = [moment for moment in served if moment is not None and moment > now]
        moments += [
            moment for moment in (charger.silent_at(), self.conversations.deadline(charger)) if moment is not None
        ]
        self._timers.set(charger.id, min(moments, default=None))

    # --- the ledger -----------------------------------------------------------------------------------------------

    def _owner_of_intent(self, intent: int) -> ChargerId | None:
        found = self.casebook.open_intents.get(intent) or self.errands.open.get(intent)
        return found[0].charger if found is not None else None

    def _stored(self, intent: int, now: Instant) -> None:
        owner = self._owner_of_intent(intent)
        if owner is None:
            return
        charger = self._chargers[owner]
        if intent in self.errands.open:
            self._perform(self.errands.stored(intent, charger, now), now)
        else:
            steps.stored(self.casebook, intent, charger, now)
        self._settle(charger, (), now)

    def _refused(self, intent: int, reason: str, now: Instant) -> None:
        owner = self._owner_of_intent(intent)
        if owner is None:
            return
        if intent in self.errands.open:
            self.errands.refused(intent, now)
        else:
            steps.refused(self.casebook, intent, reason, now)
        self._settle(self._chargers[owner], (), now)

    def _not_sent(self, intent: int, reason: str, now: Instant) -> None:
        owner = self._owner_of_intent(intent)
        if owner is None:
            return
        if intent in self.errands.open:
            self._perform(self.errands.failed(intent, reason, now), now)
        else:
            steps.unsent(self.casebook, intent, reason, now)
        self._settle(self._chargers[owner], (), now)

    def _store_changed(self, event: StoreChanged, now: Instant) -> None:
        self.ward.store_trouble = None if event.healthy else event.reason or "the store is down"
        if event.healthy:
            self.ward.store_refusal = None
            self.ids.ask_again()
            self._wake(Wake("store"))
        if event.healthy and event.reason:
            # Facts were lost while it was down: write down anew what must not be forgotten.
            self._effects += [RecordFact(charger.record()) for charger in self._chargers.values()]
            self.casebook.record_again(event.reason, now)

    # --- what healing wants ---------------------------------------------------------------------------------------

    def _drain(self, now: Instant) -> None:
        """Turn what healing wants into effects until it wants nothing more."""
        while self.casebook.outputs:
            outputs, self.casebook.outputs = self.casebook.outputs, []
            self._perform(outputs, now)

    def _perform(self, outputs: Iterable[Output], now: Instant) -> None:
        for output in outputs:
            count_output(self.tally, output)
            match output:
                case Propose(intent):
                    self._effects.append(RecordIntent(intent))
                case Deliver(intent, command):
                    charger = self._chargers[intent.charger]
                    reason = self.conversations.call(charger, command, intent.message_id, intent.id, now)
                    if reason is not None:
                        self._not_sent(intent.id, reason, now)
                case Ask(charger_id, message_id, command):
                    self.conversations.call(self._chargers[charger_id], command, message_id, None, now)
                case Drop(_, charger_id):
                    self.conversations.drop(self._chargers[charger_id], "healer asks you to dial again")
                case Record(record):
                    self._effects.append(RecordFact(record))
                    if isinstance(record, Alert):
                        self._effects.append(Notify(record))

    # --- looking again --------------------------------------------------------------------------------------------

    def _wake(self, wake: Wake) -> None:
        woken = self.casebook.woken(wake)
        if wake.kind == "fleet":
            for later in woken[FLEET_SLICE:]:
                self.casebook.wait(later, wake)
            woken = woken[:FLEET_SLICE]
        self._again.update(dict.fromkeys(woken))

    def _look_again(self, now: Instant) -> None:
        """Serve chargers that waited for something that has come; the rest follow in the next call."""
        for _ in range(SLICE):
            freed, self.casebook.freed = self.casebook.freed, []
            for wake in freed:
                self._wake(wake)
            if not self._again:
                return
            charger_id, _ = self._again.popitem(last=False)
            # All facets: a condition may have been true while there was no id for its incident.
            self._settle(self._chargers[charger_id], (), now, also_read=ALL_FACETS)

    # --- time -----------------------------------------------------------------------------------------------------

    def _pass_time(self, now: Instant) -> None:
        if self.ward.startup.review(now):
            self._settled(now)
        self._again.update(dict.fromkeys(self.casebook.review_storms(now)))
        if now >= self._watch_at:
            self._effects.append(RecordFact(Watching(now)))
            self._watch_at = now + WATCHING_EVERY_S
        for _ in range(SLICE):
            charger_id = self._timers.pop(now)
            if charger_id is None:
                break
            charger = self._chargers[charger_id]
            changed = charger.fall_silent(now)
            answered = self.conversations.expire(charger, now)
            durable = answered is not None and self._answered(charger, answered, now)
            if durable:
                changed = changed | {Facet.PLACES}
            self._settle(charger, changed, now, also_read=self.index.timed_facets)

    def _settled(self, now: Instant) -> None:
        """The fleet is back, or will not come: who is still away is offline from now on."""
        self._effects.append(Notice("startup.settled", None, (("back", len(self.ward.startup.back)),)))
        self._wake(Wake("startup"))
        for charger in list(self._chargers.values()):
            if charger.settling:
                self._settle(charger, charger.stop_settling(), now)

    # --- rules and restarts ---------------------------------------------------------------------------------------

    def _replace_rules(self, rules: RuleSet, now: Instant) -> None:
        self.index = RuleIndex(rules)
        resumption.replace_rules(self.casebook, self.index, now)
        self.tally.set("rules_loaded", len(self.index.compiled))
        self._again.update(dict.fromkeys(self._chargers))

    def _replace_inventory(self, inventory: Inventory, now: Instant) -> None:
        """Chargers move to where they are listed now; one that is listed for the first time is watched from now on."""
        self.inventory = inventory
        for charger_id in {*self._chargers, *inventory.chargers}:
            charger = self._charger(charger_id)
            placement = inventory.placement(charger_id)
            if placement != charger.placement:
                charger.placement = placement
                self.population.count(charger_id, scopes_of(charger))
            self._again[charger_id] = None

    def restore(self, snapshot: Snapshot, now: Instant) -> list[Effect]:
        """Take over what the store remembers, before the first event."""
        for kind, block in snapshot.ids.items():
            self.ids.add(kind, block.first, block.count)
        for record in snapshot.chargers:
            self._charger(record.charger).restore(record)
            self.population.count(record.charger, scopes_of(self._chargers[record.charger]))
        self.ward.startup.expected = frozenset(record.charger for record in snapshot.chargers if record.connected)
        watched_until = snapshot.watched_until if snapshot.watched_until is not None else now
        for intent, outcome in snapshot.intents:
            charger = self._charger(intent.charger)
            action, fate = Action.named(intent.action), Fate.UNCERTAIN if outcome is None else outcome.fate
            if fate.counts and intent.at > now - charger.profile.boot_time_s - action.verify_s:
                aftermath.delivered(action, charger, action.verify_s, intent.at)
            if outcome is None:  # else the charger's record, which goes before the outcome, knows of it
                aftermath.answered(action, intent.target, charger, fate, now)
        resumption.restore(
            self.casebook, snapshot.incidents, snapshot.intents, snapshot.alerts, watched_until=watched_until, now=now
        )
        self._drain(now)
        for charger in self._chargers.values():
            self._reschedule(charger, now)
        return self._flush()
