"""Errands: small things we owe a charger outside of any incident. None of them is disruptive, all may be repeated.

What is owed is a `Duty`'s word. What changes something goes through the ledger like any other command. What fails is
tried again with a growing pause, and people are told when it fails again and again. Between errands there is time for
questions (`asking`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from healer.fleet.charger import Charger
from healer.healing.asking import Asking
from healer.healing.duties import Duty, Errand, Plan
from healer.healing.guards import Ward
from healer.healing.ids import Ids
from healer.healing.outputs import Deliver, Output, Propose, Record
from healer.healing.records import Alert, AlertKind, Fate, Intent, IntentOutcome
from healer.healing.steps import FATES, message_id
from healer.model import ChargerId, ConnectionId, Instant, Seconds
from healer.ocpp.messages import Outcome

RETRY_S: Seconds = 60.0
"""Pause after an errand that did not succeed; doubled each time."""

LONGEST_RETRY_S: Seconds = 6 * 3600.0

ALERT_AFTER: Final = 5
"""Failures in a row after which people are told."""


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


@dataclass(frozen=True, slots=True)
class _Run:
    """An errand under way."""

    intent: Intent
    duty: Duty
    errand: Errand
    plan: Plan
    connection: ConnectionId | None
    """On which it was planned: another may speak another version."""


class Errands:
    """What is owed, asked for and under way."""

    def __init__(self, ids: Ids, ward: Ward, duties: Sequence[Duty], asking: Asking) -> None:
        self._ids = ids
        self._ward = ward
        self._duties = duties
        self.asking = asking
        self.open: dict[int, _Run] = {}
        """Errands under way, by their intent."""
        self._not_before: dict[ChargerId, Instant] = {}
        """When the store, which had nothing for a charger, may be asked again."""
        self._troubles: dict[ChargerId, dict[Errand, _Trouble]] = {}
        self._under_way: set[ChargerId] = set()
        """Chargers with an errand under way."""

    def owner(self, intent: int) -> ChargerId | None:
        """Whose errand it is, while it is under way."""
        return self.open[intent].intent.charger if intent in self.open else None

    def forget(self, charger: ChargerId, now: Instant) -> list[Output]:
        """The charger is none of ours any more: nothing is owed to it, and what people were told of that is over."""
        self.asking.forget(charger)
        self._not_before.pop(charger, None)
        self._under_way.discard(charger)
        reason = "the charger is no longer one of ours"
        outputs: list[Output] = []
        for number in [number for number, run in self.open.items() if run.intent.charger == charger]:
            del self.open[number]
            outputs.append(Record(IntentOutcome(number, Fate.UNCERTAIN, reason, now)))
        alerts = [trouble.alert for trouble in self._troubles.pop(charger, {}).values() if trouble.alert is not None]
        return [*outputs, *(Record(replace(alert, active=False, reason=reason, at=now)) for alert in alerts)]

    def recall(self, alerts: Iterable[Alert], now: Instant) -> None:
        """After a restart: what people were told of errands stands until it is over."""
        for alert in alerts:
            if alert.kind is AlertKind.ERRAND and alert.target is not None:
                errand = Errand(alert.key.split("/")[1], alert.target)
                trouble = _Trouble(now, ALERT_AFTER, alert=alert)
                self._troubles.setdefault(alert.target.charger, {})[errand] = trouble

    # --- what is owed, and when -----------------------------------------------------------------------------------

    def _due(self, charger: Charger, now: Instant) -> list[tuple[Instant, Duty, Errand]]:
        troubles = self._troubles.get(charger.id, {})
        return [
            (max(moment, troubles[errand].retry_at) if errand in troubles else moment, duty, errand)
            for duty in self._duties
            for errand, moment in duty.debts(charger, now).items()
            if moment is not None
        ]

    def _ready_at(self, charger: Charger) -> Instant | None:
        """When the charger can be bothered; None while it cannot."""
        settled_at = charger.settled_at()
        if not charger.heard or settled_at is None or charger.id in self._under_way or self._ward.stopping:
            return None
        return max(settled_at, self._not_before.get(charger.id, 0.0))

    def deadline(self, charger: Charger, now: Instant) -> Instant | None:
        """When `run` may have something to do by time alone."""
        ready_at = self._ready_at(charger)
        if ready_at is None:
            return None
        moments = [moment for moment, _, _ in self._due(charger, now)]
        asking_at = self.asking.deadline(charger)
        if asking_at is not None:
            moments.append(asking_at)
        return max(ready_at, min(moments)) if moments else None

    # --- doing it -------------------------------------------------------------------------------------------------

    def run(self, charger: Charger, now: Instant) -> list[Output]:
        """The next errand, if one is due and the charger owes us no answer (the caller sees to that)."""
        due = self._due(charger, now)
        outputs = self._review(charger, now)
        ready_at = self._ready_at(charger)
        if ready_at is None or now < ready_at:
            return outputs
        for moment, duty, errand in due:
            if now >= moment:
                return [*outputs, *self._propose(charger, duty, errand, now)]
        ask = self.asking.next(charger, lambda: self._take_id(charger.id, now), now)
        return outputs if ask is None else [*outputs, ask]

    def _review(self, charger: Charger, now: Instant) -> list[Output]:
        """End the trouble with what is no longer owed; a boot gives what failed before it another chance."""
        troubles = self._troubles.get(charger.id)
        if troubles is None:
            return []
        outputs: list[Output] = []
        debts = {errand for duty in self._duties for errand in duty.debts(charger, now)}
        for errand, trouble in list(troubles.items()):
            if errand not in debts:
                del troubles[errand]
                if trouble.alert is not None:
                    over = replace(trouble.alert, active=False, reason="nothing is owed there any more", at=now)
                    outputs.append(Record(over))
            elif (charger.booted_at or 0.0) > trouble.failed_at + charger.boot_time_s:
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

    def _propose(self, charger: Charger, duty: Duty, errand: Errand, now: Instant) -> list[Output]:
        if self._ward.trouble is not None:
            self._not_before[charger.id] = now + RETRY_S
            return []
        number = self._take_id(charger.id, now)
        if number is None:
            return []
        plan = duty.plan(errand, charger, now)
        intent = Intent(
            id=number,
            message_id=message_id(number),
            incident=0,
            rule="",
            rule_hash="",
            charger=charger.id,
            site=charger.site,
            target=errand.place,
            action=errand.action,
            disruptive=False,
            repeatable=True,
            step=0,
            attempt=1,
            at=now,
            facts=plan.facts,
            verdicts=(),
        )
        self.open[number] = _Run(intent, duty, errand, plan, charger.connection)
        self._under_way.add(charger.id)
        return [Propose(intent)]

    # --- what became of it ----------------------------------------------------------------------------------------

    def stored(self, intent_id: int, charger: Charger, now: Instant) -> list[Output]:
        """The intent is durable: check again, then send."""
        run = self.open[intent_id]
        why_not = self._ward.trouble or run.duty.why_not(run.errand, run.plan, charger, now)
        if charger.connection != run.connection:
            why_not = "the charger has dialled anew"
        if why_not is not None:
            return self.failed(intent_id, why_not, now)
        return [Deliver(run.intent, run.plan.command)]

    def refused(self, intent_id: int, now: Instant) -> None:
        """The intent was never stored, which is not the charger's fault: try again later."""
        run = self._finish(intent_id)
        self._not_before[run.intent.charger] = now + RETRY_S

    def failed(self, intent_id: int, reason: str, now: Instant) -> list[Output]:
        """The frame was not sent."""
        return self._ended(intent_id, Fate.UNSENT, reason, now)

    def answered(self, intent_id: int, outcome: Outcome, charger: Charger, now: Instant) -> list[Output]:
        """The charger answered, or never will."""
        run, fate = self.open[intent_id], FATES[outcome.result]
        run.duty.done(run.errand, run.plan, fate, outcome, charger, now)
        return self._ended(intent_id, fate, outcome.detail or outcome.result.value, now)

    def _finish(self, intent_id: int) -> _Run:
        run = self.open.pop(intent_id)
        self._under_way.discard(run.intent.charger)
        return run

    def _ended(self, intent_id: int, fate: Fate, detail: str, now: Instant) -> list[Output]:
        run = self._finish(intent_id)
        outputs: list[Output] = [Record(IntentOutcome(intent_id, fate, detail, now))]
        if fate in {Fate.ACCEPTED, Fate.SCHEDULED}:
            return outputs
        trouble = self._troubles.setdefault(run.intent.charger, {}).setdefault(run.errand, _Trouble(now))
        trouble.fail(now)
        if trouble.failures >= ALERT_AFTER and trouble.alert is None:
            trouble.alert = _alert(run, f"{trouble.failures} attempts in a row failed; {detail}", now)
            outputs.append(Record(trouble.alert))
        return outputs


def _alert(run: _Run, reason: str, now: Instant) -> Alert:
    errand = run.errand
    severity, complaint = run.duty.complaint(errand)
    return Alert(
        key=f"{AlertKind.ERRAND}/{errand.action}/{errand.place}",
        kind=AlertKind.ERRAND,
        active=True,
        severity=severity,
        rule="",
        site=run.intent.site,
        target=errand.place,
        incident=None,
        summary=f"{errand.place} {complaint}",
        reason=reason,
        at=now,
    )
