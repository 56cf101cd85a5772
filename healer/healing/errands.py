"""Errands: small things we owe a charger outside of any incident. None of them is disruptive, all may be repeated.

- Put back what a cycle of ours took out of service, whatever became of the incident, also after a restart.
- After a boot, take out again what is meant to be out: many chargers forget it.
- After a reconnect, ask for the status of every place that did not report by itself.

What changes availability goes through the ledger like any other command; asking for a status does not.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from healer.fleet.charger import Charger
from healer.healing import aftermath, ladder
from healer.healing.ids import Ids
from healer.healing.outputs import Ask, Deliver, Output, Propose, Record
from healer.healing.records import Fate, Intent, IntentOutcome
from healer.healing.steps import FATES, message_id
from healer.model import ChargerId, Instant, Seconds, Target
from healer.ocpp.messages import ChangeAvailability, Outcome, Trigger, TriggerMessage
from healer.rules.actions import Action

REST_S: Seconds = 2.0
"""How long a connector stays out of service in a cycle once it has shown Unavailable."""

PATIENCE_S: Seconds = 30.0
"""How long to wait for Unavailable before a connector is put back anyway."""

RETRY_S: Seconds = 60.0
"""Pause after an errand that did not succeed."""


class Kind(enum.StrEnum):
    PUT_BACK = "put-in-service"
    HOLD_OUT = "take-out-of-service"


@dataclass(frozen=True, slots=True)
class Errand:
    """One change of availability that we owe."""

    kind: Kind
    place: Target

    @property
    def action(self) -> Action:
        return Action(self.kind.value)


def put_back_at(charger: Charger, place: Target, made_at: Instant) -> Instant:
    """When a place may be put back: a little after it showed Unavailable, or when that took too long."""
    seen = [
        connector.unavailable_at
        for connector in charger.connectors()
        if place.covers(charger.place(connector)) and (connector.unavailable_at or 0.0) >= made_at
    ]
    shown = [moment for moment in seen if moment is not None]
    return max(shown) + REST_S if shown else made_at + PATIENCE_S


class Errands:
    """What is owed, asked for and under way."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.open: dict[int, tuple[Intent, Errand]] = {}
        self._retry_at: dict[ChargerId, Instant] = {}

    def _ready_at(self, charger: Charger) -> Instant | None:
        """When the charger can be bothered; None while it is away."""
        settled_at = charger.settled_at()
        if not charger.heard or settled_at is None:
            return None
        return max(settled_at, self._retry_at.get(charger.id, 0.0))

    def _owed(self, charger: Charger) -> list[tuple[Instant, Errand]]:
        if any(intent.charger == charger.id for intent, _ in self.open.values()):
            return []
        owed: list[tuple[Instant, Errand]] = []
        if not charger.latches:  # nothing is energised while a safety code stands
            owed += [
                (put_back_at(charger, place, made_at), Errand(Kind.PUT_BACK, place))
                for place, made_at in charger.put_back.items()
            ]
        booted_at = charger.booted_at or 0.0
        owed += [
            (booted_at, Errand(Kind.HOLD_OUT, place))
            for place in charger.out_of_service
            if charger.held_out_at.get(place, 0.0) < booted_at
        ]
        return owed

    def _stale(self, charger: Charger) -> list[Target]:
        """Places to ask for their status; the charger as a whole while none is known."""
        places = [charger.place(plug) for plug in charger.connectors() if not charger.is_fresh(plug)]
        if not charger.evses:
            places = [charger.target]
        return [place for place in places if charger.asked.get(place) != charger.epoch]

    def deadline(self, charger: Charger) -> Instant | None:
        """When `run` may have something to do by time alone."""
        ready_at = self._ready_at(charger)
        if ready_at is None:
            return None
        moments = [moment for moment, _ in self._owed(charger)]
        if self._stale(charger):
            moments.append(0.0)
        return max(ready_at, min(moments)) if moments else None

    def run(self, charger: Charger, now: Instant) -> list[Output]:
        """The next errand, if one is due and the charger owes us no answer (the caller sees to that)."""
        ready_at = self._ready_at(charger)
        if ready_at is None or now < ready_at:
            return []
        for moment, errand in self._owed(charger):
            if now >= moment:
                return self._propose(charger, errand, now)
        for place in self._stale(charger):
            number = self._take_id(charger, now)
            if number is None:
                return []
            charger.asked[place] = charger.epoch
            evse, connector = ladder.address(charger, place)
            return [Ask(charger.id, message_id(number), TriggerMessage(Trigger.STATUS, evse, connector))]
        return []

    def _take_id(self, charger: Charger, now: Instant) -> int | None:
        """The next id; None when there is none, and the errand has to wait."""
        number = self._ids.take("intent")
        if number is None:
            self._retry_at[charger.id] = now + RETRY_S
        return number

    def _propose(self, charger: Charger, errand: Errand, now: Instant) -> list[Output]:
        number = self._take_id(charger, now)
        if number is None:
            return []
        intent = Intent(
            id=number,
            message_id=message_id(number),
            incident=0,
            rule="",
            rule_hash="",
            charger=charger.id,
            site=charger.site,
            target=errand.place,
            action=errand.kind.value,
            disruptive=False,
            repeatable=True,
            step=0,
            attempt=1,
            at=now,
            facts=("the wanted availability",),
            verdicts=(),
        )
        self.open[number] = (intent, errand)
        return [Propose(intent)]

    def stored(self, intent_id: int, charger: Charger, now: Instant) -> list[Output]:
        """The intent is durable: send, unless a safety code came up in between."""
        intent, errand = self.open[intent_id]
        if errand.kind is Kind.PUT_BACK and charger.latches:
            return self.failed(intent_id, "a safety code was seen", now)
        evse, connector = ladder.address(charger, errand.place)
        operative = errand.kind is Kind.PUT_BACK
        return [Deliver(intent, ChangeAvailability(operative, evse, connector))]

    def refused(self, intent_id: int, now: Instant) -> None:
        """The intent was never stored: try again later."""
        intent, _ = self.open.pop(intent_id)
        self._retry_at[intent.charger] = now + RETRY_S

    def failed(self, intent_id: int, reason: str, now: Instant) -> list[Output]:
        """The frame was not sent: try again later."""
        self.refused(intent_id, now)
        return [Record(IntentOutcome(intent_id, Fate.UNSENT, reason, now))]

    def answered(self, intent_id: int, outcome: Outcome, charger: Charger, now: Instant) -> list[Output]:
        """The charger answered, or never will."""
        intent, errand = self.open.pop(intent_id)
        fate = FATES[outcome.result]
        if fate in {Fate.ACCEPTED, Fate.SCHEDULED}:
            aftermath.answered(errand.action, errand.place, charger, fate, now)
        else:
            self._retry_at[intent.charger] = now + RETRY_S
        return [Record(IntentOutcome(intent_id, fate, outcome.detail or outcome.result.value, now))]
