"""The same store without a disk: for rule tests and replay, in which nothing may wait.

Everything is stored at once and its event delivered before the call returns, so `deliver` should queue. Records go
through the same codec as on disk: what a snapshot gives back shares nothing with the engine that recorded it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from healer.adapters.store import codec, restoration
from healer.effects import Fact, Watching
from healer.events import Event, IdsReserved, IntentRefused, IntentStored
from healer.fleet.charger import ChargerRecord
from healer.fleet.enrolment import Enrolment
from healer.fleet.learned import Learned
from healer.healing.incident import Incident, State
from healer.healing.records import Alert, Intent, IntentOutcome, Transition
from healer.model import Instant
from healer.snapshot import IdBlock, Snapshot


class MemoryStore:
    """`ports.Store` in dictionaries."""

    def __init__(self, deliver: Callable[[Event], None]) -> None:
        self.records: Final[list[Intent | Fact]] = []
        """All that was recorded and kept, in order; for tests and replay to look at."""
        self._deliver: Final = deliver
        self._chargers: Final[dict[str, str]] = {}
        self._enrolments: Final[dict[str, str]] = {}
        self._learned: Final[dict[tuple[str, str, str], str]] = {}
        self._incidents: Final[dict[int, str]] = {}
        self._intents: Final[dict[int, str]] = {}
        self._message_ids: Final[set[str]] = set()
        self._outcomes: Final[dict[int, str]] = {}
        self._alerts: Final[dict[str, str]] = {}
        self._next: Final[dict[str, int]] = {}
        self._watched_until: Instant | None = None
        self._stopped = False

    def record_intent(self, intent: Intent) -> None:
        if intent.id in self._intents:
            return  # its event was delivered when it was stored
        if intent.message_id in self._message_ids:
            self._deliver(IntentRefused(intent.id, f"message id {intent.message_id} was used before"))
            return
        try:
            self._intents[intent.id] = codec.encode(intent)
        except codec.UNENCODABLE as error:
            self._deliver(IntentRefused(intent.id, f"the intent cannot be written: {error}"))
            return
        self._message_ids.add(intent.message_id)
        self.records.append(intent)
        self._deliver(IntentStored(intent.id))

    def record_fact(self, fact: Fact) -> None:
        try:
            kept = self._keep(fact)
        except codec.UNENCODABLE:
            return
        if kept:
            self.records.append(fact)

    def reserve_ids(self, kind: str, count: int) -> None:
        block = self._reserve(kind, count)
        self._deliver(IdsReserved(kind, block.first, block.count))

    def stop(self, at: Instant) -> None:
        """Leave the `stopped` mark, as an orderly end does."""
        self._watched_until, self._stopped = at, True

    def snapshot(self, now: Instant, *, ids: Mapping[str, int]) -> Snapshot:
        """What a daemon would be given that starts now over this store; it counts as started, and not yet stopped."""
        blocks = {kind: self._reserve(kind, count) for kind, count in ids.items()}
        snapshot = Snapshot(
            chargers=tuple(codec.decode(ChargerRecord, self._chargers[key]) for key in sorted(self._chargers)),
            incidents=tuple(self._wanted_incidents(now)),
            intents=tuple(self._recent_intents(now)),
            alerts=tuple(alert for alert in self._all_alerts() if alert.active),
            enrolments=tuple(codec.decode(Enrolment, self._enrolments[key]) for key in sorted(self._enrolments)),
            learned=tuple(codec.decode(Learned, self._learned[key]) for key in sorted(self._learned)),
            watched_until=self._watched_until,
            stopped_cleanly=self._stopped,
            ids=blocks,
        )
        self._watched_until, self._stopped = now, False
        return snapshot

    def _keep(self, fact: Fact) -> bool:
        match fact:
            case ChargerRecord():
                self._chargers[fact.charger] = codec.encode(fact)
            case Enrolment():
                self._enrolments[fact.charger] = codec.encode(fact)
            case Learned():
                self._learned[fact.vendor, fact.model, fact.firmware] = codec.encode(fact)
            case IntentOutcome():
                if fact.intent in self._outcomes or fact.intent not in self._intents:
                    return False
                self._outcomes[fact.intent] = codec.encode(fact)
            case Transition():
                self._put_incident(fact.incident)
            case Alert():
                self._alerts[fact.key] = codec.encode(fact)
            case Watching(at):
                self._watched_until, self._stopped = at, False
            case _:
                assert_never(fact)
        return True

    def _put_incident(self, incident: Incident) -> None:
        if incident.state is State.INACTIVE:
            self._incidents.pop(incident.id, None)
        else:
            self._incidents[incident.id] = codec.encode(incident)

    def _reserve(self, kind: str, count: int) -> IdBlock:
        first = self._next.get(kind, 1)
        self._next[kind] = first + count
        return IdBlock(first, count)

    def _wanted_incidents(self, now: Instant) -> list[Incident]:
        incidents = [codec.decode(Incident, self._incidents[key]) for key in sorted(self._incidents)]
        return [incident for incident in incidents if restoration.is_wanted(incident, now)]

    def _recent_intents(self, now: Instant) -> list[tuple[Intent, IntentOutcome | None]]:
        found: list[tuple[Intent, IntentOutcome | None]] = []
        for key in sorted(self._intents):
            intent = codec.decode(Intent, self._intents[key])
            outcome = self._outcomes.get(key)
            if intent.at >= now - restoration.INTENTS_KEPT_S:
                found.append((intent, None if outcome is None else codec.decode(IntentOutcome, outcome)))
        return found

    def _all_alerts(self) -> list[Alert]:
        return [codec.decode(Alert, self._alerts[key]) for key in sorted(self._alerts)]
