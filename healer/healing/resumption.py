"""Going on after a restart or with changed rules: incidents go on where they stood, and nothing is sent twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from healer.healing import steps
from healer.healing.casebook import Casebook
from healer.healing.incident import Happening, Incident, State, Taken
from healer.healing.outputs import Record
from healer.healing.records import Alert, AlertKind, Fate, Intent, IntentOutcome
from healer.healing.storms import StormScope
from healer.model import UNKNOWN, ChargerId, Instant, Scope, Target
from healer.rules.actions import Action
from healer.rules.evaluate import RuleIndex
from healer.rules.rule import Rule

# --- changed rules ------------------------------------------------------------------------------------------------


def replace_rules(casebook: Casebook, index: RuleIndex, now: Instant) -> None:
    """Swap the rules. A running step finishes; the next comes from the new ladder, after the same action."""
    casebook.index = index
    for incident in list(casebook.incidents()):
        _fit(casebook, incident, now)


def _fit(casebook: Casebook, incident: Incident, now: Instant) -> bool:
    """Bring an incident in line with the rules as they are now; False when there is no place for it in them."""
    rule = casebook.rule_of(incident)
    if rule is None:
        misfit = "the rule was removed"
    elif not _speaks_of(rule, incident.target):
        misfit = f"superseded: the rule speaks of a {rule.scope.name.lower()} now"
    elif rule.hash != incident.rule_hash and not _follow(incident, rule):
        misfit = "superseded: the step that was taken is no longer in the rule"
    else:
        if incident.state.open:
            casebook.forbid(incident, rule)
        return True
    if incident.state not in {State.RESOLVED, State.CANCELLED, State.INACTIVE}:
        casebook.move(incident, Happening.CANCELLED, misfit, now)
    casebook.drop(incident)
    return False


def _speaks_of(rule: Rule, target: Target) -> bool:
    """Whether the rule may still be asked about the target; a connector's rule also speaks of 1.6 connector 0."""
    return target.scope is rule.scope or (rule.scope is Scope.CONNECTOR and target.scope is Scope.CHARGER)


def _follow(incident: Incident, rule: Rule) -> bool:
    """Find the incident's place in the changed ladder; False when what it did last is gone from it."""
    incident.rule_hash = rule.hash
    if not incident.taken:
        incident.step = 0
        return True
    last = incident.taken[-1]
    places = [at for at, step in enumerate(rule.heal) if str(step.action) == last.action]
    if not places:
        return False
    behind = 1 if incident.step > last.step else 0
    last.step = min(places, key=lambda at: abs(at - last.step))
    incident.step = last.step + behind
    return True


# --- a bug of ours ------------------------------------------------------------------------------------------------


def abandon(casebook: Casebook, charger: ChargerId, now: Instant) -> None:
    """Nothing more is done for the charger: its steps under way count as sent and failed, and others may go."""
    for incident in list(casebook.incidents(charger)):
        intent = casebook.open_intents.get(incident.intent) if incident.intent is not None else None
        if incident.state in {State.RECORDING, State.ACTING}:
            if intent is not None:
                steps.conclude(casebook, intent[0].id, Fate.UNCERTAIN, "healer failed on an event of this charger", now)
            casebook.move(incident, Happening.UNCERTAIN, "healer failed on an event of this charger", now)
        if incident.state is State.VERIFYING:
            casebook.move(incident, Happening.DEADLINE, "healing of this charger is held", now, next_rung=True)


# --- a restart ----------------------------------------------------------------------------------------------------


def restore(
    casebook: Casebook,
    incidents: Iterable[Incident],
    intents: Iterable[tuple[Intent, IntentOutcome | None]],
    alerts: Iterable[Alert],
    watched_until: Instant,
    now: Instant,
) -> None:
    """Take over what the store remembers. Every command that may have gone out counts as sent."""
    for incident in incidents:
        # Until the charger speaks again, nothing is known: true time stops at the last moment we watched.
        for clock in (incident.held, incident.stable):
            clock.observe(UNKNOWN, max(watched_until, clock.since or watched_until))
        casebook.add(incident)
    by_id = {incident.id: incident for incident in casebook.incidents()}
    _recall_alerts(casebook, by_id, alerts, now)
    for intent, outcome in intents:
        _recall(casebook, by_id.get(intent.incident), intent, outcome, now)
    for incident in by_id.values():
        if not _fit(casebook, incident, now):
            continue
        if incident.state is State.RECORDING:
            # Its intent never became durable, so its frame was never sent.
            casebook.move(incident, Happening.REFUSED, "the daemon stopped before the intent was stored", now)
        elif incident.state.in_flight:
            step = casebook.step_of(incident)
            # One that the charger scheduled for later had given its place to others.
            scheduled = bool(incident.taken) and incident.taken[-1].result == Fate.SCHEDULED
            casebook.take_off(incident, disruptive=step is not None and step.action.trait.disruptive and not scheduled)


def _recall_alerts(
    casebook: Casebook, incidents: Mapping[int, Incident], alerts: Iterable[Alert], now: Instant
) -> None:
    """What people were told stands until they are told that it is over. An alert is written after its incident."""
    for incident in incidents.values():
        incident.alerts.clear()
    for alert in alerts:
        told_of = incidents.get(alert.incident or 0)
        if alert.kind is AlertKind.STORM:
            scope = StormScope.named(alert.key.removeprefix(f"storm/{alert.rule}/"))
            casebook.storms.resume(alert.rule, scope, now)
        elif alert.kind is AlertKind.ERRAND:
            pass  # errands recall theirs themselves
        elif told_of is not None and told_of.state.open:
            told_of.alerts[alert.kind.value] = alert.severity
        else:
            over = dataclasses.replace(alert, active=False, reason="its incident is closed", at=now)
            casebook.outputs.append(Record(over))


def _recall(
    casebook: Casebook, incident: Incident | None, intent: Intent, outcome: IntentOutcome | None, now: Instant
) -> None:
    fate = outcome.fate if outcome is not None else Fate.UNCERTAIN
    if intent.disruptive and fate.counts:
        casebook.ward.bookings.book(intent.id, intent.charger, intent.action, intent.at)
    if outcome is None:
        told = IntentOutcome(intent.id, Fate.UNCERTAIN, "the daemon stopped before an answer came", now)
        casebook.outputs.append(Record(told))
    if incident is None or incident.intent != intent.id:
        return
    if incident.state in {State.RECORDING, State.ACTING}:
        _resume(casebook, incident, intent, fate, now)


def _resume(casebook: Casebook, incident: Incident, intent: Intent, fate: Fate, now: Instant) -> None:
    if fate is Fate.UNSENT:
        happening = Happening.REFUSED
        if incident.state is State.ACTING:
            happening = Happening.UNSENT
            steps.forget_taken(incident)
        casebook.move(incident, happening, "the frame was never sent", now)
        return
    if incident.state is State.RECORDING:
        incident.taken.append(Taken(incident.step, intent.action, intent.at, intent.id))
        incident.sent_at = intent.at
    if incident.deadline is None:
        step = casebook.step_of(incident)
        known = step is not None and str(step.action) == intent.action
        verify_s = step.verify_within_s if known and step is not None else Action.named(intent.action).verify_s
        incident.deadline = intent.at + verify_s
    incident.taken[-1].result = fate.value
    if fate in {Fate.REJECTED, Fate.NOT_SUPPORTED} and incident.state is State.ACTING:
        casebook.move(incident, Happening.DECLINED, f"{intent.action}: {fate.value}", now, next_rung=True)
        return
    incident.accepted = fate in {Fate.ACCEPTED, Fate.SCHEDULED}
    casebook.move(incident, Happening.UNCERTAIN, "the daemon restarted; the command may have been sent", now)
