"""Taking a step: the intent into the ledger, the second check, the frame, the answer.

Record first, send second, never send a disruptive command twice: `propose` only asks for a ledger entry; `stored`, once
it is durable, checks again and delivers; everything after that concludes the intent exactly once.
"""

from __future__ import annotations

from healer.errors import LocalError
from healer.fleet.charger import Charger
from healer.healing import aftermath, guards, ladder
from healer.healing.casebook import Casebook
from healer.healing.incident import Happening, Incident, State, Taken
from healer.healing.outputs import Deliver, Drop, Propose, Record
from healer.healing.records import AlertKind, Fate, Intent, IntentOutcome
from healer.healing.verdict import Verdict, Wake
from healer.model import Instant, Seconds
from healer.ocpp.messages import Outcome, Result
from healer.rules.actions import Action, Evidence
from healer.rules.rule import Rule, Step

FATES: dict[Result, Fate] = {
    Result.ACCEPTED: Fate.ACCEPTED,
    Result.SCHEDULED: Fate.SCHEDULED,
    Result.REBOOT_REQUIRED: Fate.ACCEPTED,
    Result.REJECTED: Fate.REJECTED,
    Result.NOT_SUPPORTED: Fate.NOT_SUPPORTED,
    Result.ERROR: Fate.UNCERTAIN,
    Result.TIMEOUT: Fate.UNCERTAIN,
    Result.LINK_LOST: Fate.UNCERTAIN,
}
"""What an answer, or its absence, makes of an intent."""

_WAIT_FOR_STORE = Wake("store")

STORE_RETRY_S: Seconds = 60.0
"""Pause after the store refused an intent although it had not said that it was down."""

_PREFIX = "healer-"


def message_id(intent: int) -> str:
    """The OCPP message id of an intent: unique for ever, known before the frame exists."""
    return f"{_PREFIX}{intent}"


def intent_of(message_id: str) -> int:
    """The intent behind a message id that `message_id` made."""
    return int(message_id.removeprefix(_PREFIX))


def take_silently(casebook: Casebook, incident: Incident, rule: Rule, step: Step, now: Instant) -> None:
    """A step that sends nothing."""
    incident.sent_at, incident.accepted = now, True
    incident.deadline = now + max(step.verify_within_s, step.action.seconds or 0.0)
    incident.taken.append(Taken(incident.step, str(step.action), now))
    if step.action.name == "notify" and rule.if_not_healed is not None:
        casebook.raise_alert(incident, rule, AlertKind.NOT_HEALED, rule.if_not_healed, now)
    casebook.move(incident, Happening.TAKEN, str(step.action), now)


def propose(casebook: Casebook, incident: Incident, rule: Rule, step: Step, charger: Charger, now: Instant) -> bool:
    """Every guard passed: ask for a ledger entry. False when no durable id is left; a new one wakes the charger."""
    number = casebook.ids.take("intent")
    if number is None:
        casebook.wait(charger.id, _WAIT_FOR_STORE)
        return False
    trait = step.action.trait
    intent = Intent(
        id=number,
        message_id=message_id(number),
        incident=incident.id,
        rule=rule.name,
        rule_hash=rule.hash,
        charger=charger.id,
        site=charger.site,
        target=ladder.place_of(step.action, incident.target),
        action=str(step.action),
        disruptive=trait.disruptive and not trait.containment,
        repeatable=trait.repeatable,
        step=incident.step,
        attempt=incident.attempt,
        at=now,
        facts=casebook.facts(incident, charger, now),
        verdicts=tuple(str(verdict) for verdict in incident.verdicts),
    )
    incident.intent, incident.sent_at, incident.accepted = number, None, False
    incident.rule_hash = rule.hash
    casebook.open_intents[number] = (intent, incident)
    casebook.take_off(incident, disruptive=intent.disruptive)
    if intent.disruptive:
        casebook.ward.bookings.book(number, charger.id, intent.action, now)
    casebook.move(incident, Happening.PASSED, f"step {incident.step + 1} of {len(rule.heal)}: {step.action}", now)
    casebook.outputs.append(Propose(intent))
    return True


def stored(casebook: Casebook, intent_id: int, charger: Charger, now: Instant) -> None:
    """The intent is durable: check again, then deliver, or give it back."""
    found = casebook.open_intents.get(intent_id)
    if found is None:
        return
    intent, incident = found
    rule, step = casebook.rule_of(incident), casebook.step_of(incident)
    current = incident.state is State.RECORDING and incident.intent == intent_id
    if rule is None or step is None or not current or str(step.action) != intent.action:
        conclude(casebook, intent_id, Fate.UNSENT, "the incident moved on before the frame was sent", now)
        if current:
            back_off(casebook, incident, "the rule changed before the frame was sent", now)
        return
    verdicts = guards.ask(casebook.question(incident, rule, step.action, charger, now), again=True)
    blocking = [verdict for verdict in verdicts if verdict.blocks]
    if incident.held.truth is not True or blocking:
        incident.verdicts = verdicts
        why = "; ".join(f"{verdict.guard}: {verdict.reason}" for verdict in blocking) or "the condition is over"
        conclude(casebook, intent_id, Fate.UNSENT, why, now)
        back_off(casebook, incident, why, now)
        return
    _deliver(casebook, intent, incident, step, charger, now)


def _deliver(
    casebook: Casebook, intent: Intent, incident: Incident, step: Step, charger: Charger, now: Instant
) -> None:
    order = ladder.order(step.action, charger, intent.target, intent.id, casebook.ward.settings.diagnostics_url)
    if isinstance(order, ladder.Nothing):
        raise LocalError(f"{step.action} was recorded although nothing can be sent")
    if isinstance(order, ladder.Impossible):  # learnt meanwhile, from another charger of its model
        conclude(casebook, intent.id, Fate.UNSENT, order.reason, now)
        back_off(casebook, incident, order.reason, now)
        return
    incident.sent_at = now
    incident.deadline = now + verify_s(step, charger)
    incident.taken.append(Taken(incident.step, str(step.action), now, intent.id))
    casebook.move(incident, Happening.STORED, f"{step.action} is sent", now)
    aftermath.delivered(step.action, charger, step.verify_within_s, now)
    if isinstance(order, ladder.DropLink):
        casebook.outputs.append(Drop(intent, charger.id))
        answered(casebook, intent.id, Outcome(Result.ACCEPTED), charger, now)
    else:
        casebook.outputs.append(Deliver(intent, order))


def verify_s(step: Step, charger: Charger) -> Seconds:
    """How long evidence and cure may take; a model that starts slowly gets its boot time."""
    slow = charger.boot_time_s if step.action.trait.evidence is Evidence.REBOOTED else 0.0
    return max(step.verify_within_s, slow)


def refused(casebook: Casebook, intent_id: int, reason: str, now: Instant) -> None:
    """The intent never became durable."""
    found = casebook.open_intents.get(intent_id)
    if found is None:
        return
    incident = found[1]
    forget(casebook, intent_id)
    refusal = Verdict("store", blocks=True, reason=reason, until=now + STORE_RETRY_S, wake_on=(_WAIT_FOR_STORE,))
    casebook.ward.store_refusal = refusal
    if incident.state is State.RECORDING and incident.intent == intent_id:
        incident.verdicts = (refusal,)
        casebook.wait(incident.target.charger, _WAIT_FOR_STORE)
        back_off(casebook, incident, f"store: {reason}", now)


def unsent(casebook: Casebook, intent_id: int, reason: str, now: Instant) -> None:
    """The transport did not take the frame."""
    found = casebook.open_intents.get(intent_id)
    if found is None:
        return
    incident = found[1]
    conclude(casebook, intent_id, Fate.UNSENT, reason, now)
    if incident.state is State.ACTING and incident.intent == intent_id:
        forget_taken(incident)
        incident.suppressed_since = incident.suppressed_since or now
        casebook.move(incident, Happening.UNSENT, reason, now)


def forget_taken(incident: Incident) -> None:
    """The step that was thought to be out was never sent: it may be taken yet."""
    incident.taken.pop()
    incident.sent_at = None


def back_off(casebook: Casebook, incident: Incident, reason: str, now: Instant) -> None:
    """Nothing was sent: wait until what stood in the way is gone."""
    incident.suppressed_since = incident.suppressed_since or now
    casebook.move(incident, Happening.REFUSED, reason, now)


def answered(casebook: Casebook, intent_id: int, outcome: Outcome, charger: Charger, now: Instant) -> bool:
    """The charger answered, or never will; True when the charger's durable part changed."""
    found = casebook.open_intents.get(intent_id)
    if found is None:
        return False
    intent, incident = found
    fate = FATES[outcome.result]
    detail = outcome.detail or outcome.result.value
    conclude(casebook, intent_id, fate, detail, now)
    # By the intent's own word, whatever became of its rule meanwhile: what a cycle took out must be put back.
    changed = aftermath.answered(Action.named(intent.action), intent.target, charger, fate, now)
    if incident.state is not State.ACTING or incident.intent != intent_id:
        return changed
    incident.taken[-1].result, incident.taken[-1].detail = fate.value, detail
    reason = f"{intent.action}: {detail}"
    if fate in {Fate.REJECTED, Fate.NOT_SUPPORTED}:
        casebook.move(incident, Happening.DECLINED, reason, now, next_rung=True)
        return changed
    incident.accepted = fate in {Fate.ACCEPTED, Fate.SCHEDULED}
    if fate is Fate.SCHEDULED and incident.deadline is not None:
        # It will happen when the transactions have ended; nothing else is done until then.
        incident.deadline += casebook.ward.settings.give_up_after_s
        casebook.release_slot(incident)
    casebook.move(incident, Happening.ACCEPTED if incident.accepted else Happening.UNCERTAIN, reason, now)
    return changed


def decline(casebook: Casebook, incident: Incident, step: Step, reason: str, now: Instant) -> None:
    """The step cannot be taken on this charger; nothing was recorded or sent."""
    incident.taken.append(Taken(incident.step, str(step.action), now, None, "not possible", reason))
    casebook.move(incident, Happening.DECLINED, f"{step.action}: {reason}", now, next_rung=True)


def conclude(casebook: Casebook, intent_id: int, fate: Fate, detail: str, now: Instant) -> None:
    """Every stored intent gets exactly one outcome."""
    if fate is Fate.UNSENT:
        forget(casebook, intent_id)
    else:
        del casebook.open_intents[intent_id]
    casebook.outputs.append(Record(IntentOutcome(intent_id, fate, detail, now)))


def forget(casebook: Casebook, intent_id: int) -> None:
    """Nothing was sent: its budget is given back. An intent that was never stored gets no outcome either."""
    intent, _ = casebook.open_intents.pop(intent_id)
    if intent.disruptive:
        casebook.ward.bookings.give_back(intent_id, intent.charger)
