"""What a daemon would find in its store after a restart: everything recorded, at once, and shared with nobody.

Only what virtual time needs: no disk, no failures, no codec. The store's own rules (what is kept, for how long) are
those of `adapters.store`; replay stands beside the adapters and may not ask them.
"""

from __future__ import annotations

import copy
from typing import Final

from healer.effects import Fact, Watching
from healer.fleet.charger import ChargerRecord
from healer.fleet.learned import Learned, Model
from healer.healing.incident import Incident, State
from healer.healing.records import Alert, Intent, IntentOutcome, Transition
from healer.model import ChargerId, Instant, Seconds
from healer.snapshot import IdBlock, Snapshot

BLOCK: Final = 1000
"""Ids of each kind that a starting daemon is given."""

_RESOLVED_KEPT_S: Final[Seconds] = 24 * 3600.0
_INTENTS_KEPT_S: Final[Seconds] = 7 * 24 * 3600.0
_KINDS: Final = ("incident", "intent", "transaction")


class Memory:
    """The durable part of the state."""

    def __init__(self) -> None:
        self.alerts: dict[str, Alert] = {}
        """The last word on each alert, by its key."""
        self.transitions: list[Transition] = []
        self._chargers: dict[ChargerId, ChargerRecord] = {}
        self._learned: dict[Model, Learned] = {}
        self._incidents: dict[int, Incident] = {}
        self._intents: dict[int, Intent] = {}
        self._outcomes: dict[int, IntentOutcome] = {}
        self._next = dict.fromkeys(_KINDS, 1)
        self._watched_until: Instant | None = None

    def keep_intent(self, intent: Intent) -> None:
        self._intents[intent.id] = intent

    def intent(self, number: int) -> Intent:
        return self._intents[number]

    def keep(self, fact: Fact) -> None:
        """Take in a fact as it is now; what becomes of it later does not matter."""
        match fact:
            case ChargerRecord():
                self._chargers[fact.charger] = copy.deepcopy(fact)
            case Learned(vendor, model, firmware):
                self._learned[Model(vendor, model, firmware)] = fact
            case Transition(incident=incident):
                self.transitions.append(fact)
                self._incidents[incident.id] = incident
            case IntentOutcome():
                self._outcomes.setdefault(fact.intent, fact)
            case Alert():
                self.alerts[fact.key] = fact
            case Watching(at):
                self._watched_until = at

    def reserve(self, kind: str, count: int) -> IdBlock:
        """A block of ids that nobody had before."""
        first = self._next[kind]
        self._next[kind] = first + count
        return IdBlock(first, count)

    def snapshot(self, now: Instant) -> Snapshot:
        """What a daemon that starts now is given."""
        return Snapshot(
            chargers=tuple(copy.deepcopy(self._chargers[charger]) for charger in sorted(self._chargers)),
            incidents=tuple(copy.deepcopy(one) for one in self._incidents.values() if _is_wanted(one, now)),
            intents=tuple(
                (intent, self._outcomes.get(number))
                for number, intent in self._intents.items()
                if intent.at >= now - _INTENTS_KEPT_S
            ),
            alerts=tuple(alert for alert in self.alerts.values() if alert.active),
            learned=tuple(self._learned.values()),
            watched_until=self._watched_until,
            ids={kind: self.reserve(kind, BLOCK) for kind in _KINDS},
        )


def _is_wanted(incident: Incident, now: Instant) -> bool:
    if incident.state is State.RESOLVED:
        return incident.state_since >= now - _RESOLVED_KEPT_S
    return incident.state not in {State.INACTIVE, State.CANCELLED}
