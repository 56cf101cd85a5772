"""Errands: small things we owe a charger outside of any incident. None of them is disruptive, all may be repeated.

- After a boot, take out again what is meant to be out: many chargers forget it.
- Put back what a cycle of ours took out of service, whatever became of the incident, also after a restart.
- After a reconnect, ask for the status of every place that did not report by itself (`inquiries`).

What changes availability goes through the ledger like any other command; asking for a status does not. What fails is
tried again with a growing pause, and people are told when it fails again and again: a place is in service, or out of
it, against our will. What is owed is read from the charger alone, so trouble ends when nothing is owed any more.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from healer.fleet.charger import Charger, Facet
from healer.healing import aftermath, ladder
from healer.healing.guards import Ward
from healer.healing.ids import Ids
from healer.healing.inquiries import Inquiries
from healer.healing.outputs import Deliver, Output, Propose, Record
from healer.healing.records import Alert, AlertKind, Fate, Intent, IntentOutcome
from healer.healing.steps import FATES, message_id
from healer.model import ChargerId, Instant, Seconds, Severity, Target
from healer.ocpp.messages import ChangeAvailability, Outcome
from healer.rules.actions import Action

REST_S: Seconds = 2.0
"""How long a connector stays out of service in a cycle once it has shown Unavailable."""

PATIENCE_S: Seconds = 30.0
"""How long to wait for Unavailable before a connector is put back anyway."""

RETRY_S: Seconds = 60.0
"""Pause after an errand that did not succeed; doubled each time."""

LONGEST_RETRY_S: Seconds = 6 * 3600.0

ALERT_AFTER: Final = 5
"""Failures in a row after which people are told."""


class Kind(enum.StrEnum):
    PUT_BACK = "put-in-service"
    HOLD_OUT = "take-out-of-service"


_SEVERITY: Final[Mapping[Kind, Severity]] = {Kind.PUT_BACK: Severity.WARNING, Kind.HOLD_OUT: Severity.CRITICAL}

_COMPLAINT: Final[Mapping[Kind, str]] = {
    Kind.PUT_BACK: "is left out of service: the charger does not put it back",
    Kind.HOLD_OUT: "may be in service: the charger does not take it out again",
}


@dataclass(frozen=True, slots=True)
class Errand:
    """One change of availability that we owe."""

    kind: Kind
    place: Target

    @property
    def action(self) -> Action:
        return Action(self.kind.value)


@dataclass(slots=True)
class _Trouble:
    """An errand that did not succeed."""

    failed_at: Instant
    failures: int = 0
    """In a row."""
    retry_at: Instant = 0.0
    alert: Alert | None = None
    """Raised and not resolved."""

    def fail(self, now: Instant) -> None:
        self.failed_at, self.failures = now, self.failures + 1
        self.retry_at = now + min(RETRY_S * 2.0 ** (self.failures - 1), LONGEST_RETRY_S)

    def forgive(self) -> None:
        """There is reason to believe that it will succeed now."""
        self.failures, self.retry_at = 0, 0.0


def in_use(charger: Charger, place: Target) -> bool:
    """Whether a transaction is open there: a cycle that was Scheduled takes place when it ends."""
    return any(place.evse in {None, transaction.evse} for transaction in charger.transactions())


def put_back_at(charger: Charger, place: Target, made_at: Instant, give_up_after_s: Seconds) -> Instant:
    """When a place may be put back: a little after it showed Unavailable, or when that took too long."""
    seen = [
        connector.unavailable_at
        for connector in charger.connectors()
        if place.covers(charger.place(connector)) and (connector.unavailable_at or 0.0) >= made_at
    ]
    shown = [moment for moment in seen if moment is not None]
    if shown:
        return max(shown) + REST_S
    return made_at + (give_up_after_s if in_use(charger, place) else PATIENCE_S)


class Errands:
    """What is owed, asked for and under way."""

    def __init__(self, ids: Ids, ward: Ward) -> None:
        self._ids = ids
        self._ward = ward
        self._inquiries = Inquiries()
        self.open: dict[int, tuple[Intent, Errand]] = {}
        self._not_before: dict[ChargerId, Instant] = {}
        """When the store, which had nothing for a charger, may be asked again."""
        self._troubles: dict[ChargerId, dict[Errand, _Trouble]] = {}
        self._in_use: set[Target] = set()
        """Places to be put back in which a transaction was open when we last looked."""

    @property
    def asks(self) -> Mapping[int, Target]:
        """Places whose status was asked for without an answer yet, by the number of the message."""
        return self._inquiries.open

    def forget(self, charger: ChargerId) -> None:
        """The charger is known no more."""
        self._inquiries.forget(charger)
        self._not_before.pop(charger, None)
        self._troubles.pop(charger, None)

    def recall(self, alerts: Iterable[Alert], now: Instant) -> None:
        """After a restart: what people were told of errands stands until it is over."""
        for alert in alerts:
            if alert.kind is AlertKind.ERRAND and alert.target is not None:
                errand = Errand(Kind(alert.key.split("/")[1]), alert.target)
                trouble = _Trouble(now, ALERT_AFTER, alert=alert)
                self._troubles.setdefault(alert.target.charger, {})[errand] = trouble

    # --- what is owed, and when -----------------------------------------------------------------------------------

    def _debts(self, charger: Charger) -> dict[Errand, Instant]:
        """What the charger is owed, since when. After a restart of ours it is told again what is meant to be out."""
        booted_at, held_out_at = charger.booted_at or 0.0, charger.held_out_at
        debts = {
            Errand(Kind.HOLD_OUT, place): booted_at
            for place in sorted(charger.out_of_service, key=lambda place: place.sort_key)
            if place not in held_out_at or held_out_at[place] < booted_at
        }
        debts.update({Errand(Kind.PUT_BACK, place): made_at for place, made_at in charger.put_back.items()})
        return debts

    def _due(self, charger: Charger) -> list[tuple[Instant, Errand]]:
        troubles = self._troubles.get(charger.id, {})
        due = []
        for errand, since in self._debts(charger).items():
            moment = since
            if errand.kind is Kind.PUT_BACK:
                if charger.latches:
                    continue  # nothing is energised while a safety code stands
                moment = put_back_at(charger, errand.place, since, self._ward.settings.give_up_after_s)
            due.append((max(moment, troubles[errand].retry_at) if errand in troubles else moment, errand))
        return due

    def _ready_at(self, charger: Charger) -> Instant | None:
        """When the charger can be bothered; None while it cannot."""
        settled_at = charger.settled_at()
        under_way = any(intent.charger == charger.id for intent, _ in self.open.values())
        if not charger.heard or settled_at is None or under_way or self._ward.stopping:
            return None
        return max(settled_at, self._not_before.get(charger.id, 0.0))

    def deadline(self, charger: Charger) -> Instant | None:
        """When `run` may have something to do by time alone."""
        ready_at = self._ready_at(charger)
        if ready_at is None:
            return None
        moments = [moment for moment, _ in self._due(charger)]
        asking_at = self._inquiries.deadline(charger)
        if asking_at is not None:
            moments.append(asking_at)
        return max(ready_at, min(moments)) if moments else None

    # --- doing it -------------------------------------------------------------------------------------------------

    def run(self, charger: Charger, now: Instant) -> list[Output]:
        """The next errand, if one is due and the charger owes us no answer (the caller sees to that)."""
        self._watch_use(charger, now)
        outputs = self._review(charger, now)
        ready_at = self._ready_at(charger)
        if ready_at is None or now < ready_at:
            return outputs
        errand = next((errand for moment, errand in self._due(charger) if now >= moment), None)
        if errand is not None:
            return [*outputs, *self._propose(charger, errand, now)]
        place = self._inquiries.next_place(charger, now)
        number = self._take_id(charger.id, now) if place is not None else None
        if place is not None and number is not None:
            outputs.append(self._inquiries.ask(charger, place, number, now))
        return outputs

    def _watch_use(self, charger: Charger, now: Instant) -> None:
        """What was taken out while in use goes out when the transaction ends: from then on it is waited for."""
        for place in charger.put_back:
            if in_use(charger, place):
                self._in_use.add(place)
            elif place in self._in_use:
                self._in_use.discard(place)
                charger.put_back[place] = now

    def _review(self, charger: Charger, now: Instant) -> list[Output]:
        """End the trouble with what is no longer owed; a boot gives what failed before it another chance."""
        troubles = self._troubles.get(charger.id)
        if troubles is None:
            return []
        outputs: list[Output] = []
        debts = self._debts(charger)
        for errand, trouble in list(troubles.items()):
            if errand not in debts:
                del troubles[errand]
                if trouble.alert is not None:
                    over = replace(trouble.alert, active=False, reason="nothing is owed there any more", at=now)
                    outputs.append(Record(over))
            elif (charger.booted_at or 0.0) > trouble.failed_at + charger.profile.boot_time_s:
                trouble.forgive()  # a boot right after the failure may have been brought about by the command itself
        if not troubles:
            del self._troubles[charger.id]
        return outputs

    def _take_id(self, charger: ChargerId, now: Instant) -> int | None:
        """The next id; None when there is none, and the errand has to wait."""
        number = self._ids.take("intent")
        if number is None:
            self._not_before[charger] = now + RETRY_S
        return number

    def _propose(self, charger: Charger, errand: Errand, now: Instant) -> list[Output]:
        if self._ward.trouble is not None:
            self._not_before[charger.id] = now + RETRY_S
            return []
        number = self._take_id(charger.id, now)
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

    # --- what became of it ----------------------------------------------------------------------------------------

    def stored(self, intent_id: int, charger: Charger, now: Instant) -> list[Output]:
        """The intent is durable: check again, then send."""
        intent, errand = self.open[intent_id]
        why_not = self._why_not(errand, charger)
        if why_not is not None:
            return self.failed(intent_id, why_not, now)
        evse, connector = ladder.address(charger, errand.place)
        operative = errand.kind is Kind.PUT_BACK
        return [Deliver(intent, ChangeAvailability(operative, evse, connector))]

    def _why_not(self, errand: Errand, charger: Charger) -> str | None:
        """What came up while the intent was being stored."""
        if self._ward.trouble is not None:
            return self._ward.trouble
        if errand not in self._debts(charger):
            return "it is no longer owed"
        if errand.kind is Kind.PUT_BACK and charger.latches:
            return "a safety code was seen"
        return None

    def refused(self, intent_id: int, now: Instant) -> None:
        """The intent was never stored, which is not the charger's fault: try again later."""
        intent, _ = self.open.pop(intent_id)
        self._not_before[intent.charger] = now + RETRY_S

    def failed(self, intent_id: int, reason: str, now: Instant) -> list[Output]:
        """The frame was not sent."""
        return self._ended(intent_id, Fate.UNSENT, reason, now)

    def answered(self, intent_id: int, outcome: Outcome, charger: Charger, now: Instant) -> list[Output]:
        """The charger answered, or never will."""
        errand, fate = self.open[intent_id][1], FATES[outcome.result]
        # A person may have cleared the charger meanwhile: then the place is no longer meant to be out.
        if fate in {Fate.ACCEPTED, Fate.SCHEDULED} and errand in self._debts(charger):
            aftermath.answered(errand.action, errand.place, charger, fate, now)
        return self._ended(intent_id, fate, outcome.detail or outcome.result.value, now)

    def conclude_asks(self, charger: Charger, now: Instant) -> set[Facet]:
        """Questions that no report followed in time were in vain; what changed, if the charger forgot a place."""
        return self._inquiries.conclude(charger, now)

    def asked(self, number: int, outcome: Outcome, charger: Charger, now: Instant) -> None:
        """What became of one of `asks`; a question that could not be sent is lost like one whose link was."""
        self._inquiries.answered(number, outcome, charger, now)

    def _ended(self, intent_id: int, fate: Fate, detail: str, now: Instant) -> list[Output]:
        intent, errand = self.open.pop(intent_id)
        outputs: list[Output] = [Record(IntentOutcome(intent_id, fate, detail, now))]
        if fate in {Fate.ACCEPTED, Fate.SCHEDULED}:
            return outputs
        trouble = self._troubles.setdefault(intent.charger, {}).setdefault(errand, _Trouble(now))
        trouble.fail(now)
        if trouble.failures >= ALERT_AFTER and trouble.alert is None:
            trouble.alert = _alert(intent, errand, f"{trouble.failures} attempts in a row failed; {detail}", now)
            outputs.append(Record(trouble.alert))
        return outputs


def _alert(intent: Intent, errand: Errand, reason: str, now: Instant) -> Alert:
    return Alert(
        key=f"{AlertKind.ERRAND}/{errand.kind}/{errand.place}",
        kind=AlertKind.ERRAND,
        active=True,
        severity=_SEVERITY[errand.kind],
        rule="",
        site=intent.site,
        target=errand.place,
        incident=None,
        summary=f"{errand.place} {_COMPLAINT[errand.kind]}",
        reason=reason,
        at=now,
    )
