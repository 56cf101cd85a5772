"""Going on after a restart or with changed rules: incidents go on where they stood, and nothing is sent twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final

from healer.healing import reload_plan, steps
from healer.healing.casebook import Casebook, Leaving
from healer.healing.incident import Happening, Incident, State, Taken
from healer.healing.outputs import Record
from healer.healing.records import Alert, AlertKind, Fate, Intent, IntentOutcome
from healer.healing.reload_plan import Outlook, Place, Prospect
from healer.healing.storms import StormScope
from healer.model import UNKNOWN, ChargerId, Instant
from healer.rules.actions import Action
from healer.rules.evaluate import RuleIndex

REPLACED: Final = "the rules were replaced"
"""Why an incident is written down that follows another text now."""

# --- changed rules ------------------------------------------------------------------------------------------------


def replace_rules(casebook: Casebook, index: RuleIndex, now: Instant) -> list[Prospect]:
    """Swap the rules. A running step finishes; the next comes from the new ladder, after the same action."""
    former, casebook.index = casebook.index, index
    prospects = reload_plan.plan(casebook.incidents(), index)
    for prospect in prospects:
        if prospect.place is not None:
            _go_on(casebook, prospect, prospect.place, now)
        elif prospect.outlook is Outlook.ENDS:
            _see_through(casebook, prospect, former)
        else:
            _dismiss(casebook, prospect.incident, prospect.reason, now)
    return prospects


def _go_on(casebook: Casebook, prospect: Prospect, place: Place, now: Instant) -> None:
    incident = prospect.incident
    casebook.leaving.pop(incident.id, None)
    _rename(casebook, incident, prospect.name)
    _take_place(casebook, incident, place)
    if prospect.renamed or prospect.outlook is not Outlook.UNCHANGED:
        # Whoever restores it must not have to guess which text it followed.
        casebook.rewrite(incident, REPLACED, now)


def _see_through(casebook: Casebook, prospect: Prospect, former: RuleIndex) -> None:
    """Its step runs: it is verified under the old text, and `treatment` cancels the incident behind it."""
    known = casebook.leaving.get(prospect.incident.id)
    compiled = known.compiled if known is not None else former.compiled[prospect.former]
    casebook.leaving[prospect.incident.id] = Leaving(compiled, prospect.reason)


def _rename(casebook: Casebook, incident: Incident, name: str) -> None:
    """The incident goes on under its rule's new name."""
    if incident.rule == name:
        return
    casebook.leave_storm(incident)
    casebook.drop(incident)
    incident.rule = name
    casebook.add(incident)
    flights = casebook.ward.in_flight.get(incident.target.charger, {})
    if incident.id in flights:
        flights[incident.id] = name


def _take_place(casebook: Casebook, incident: Incident, place: Place) -> None:
    incident.rule_hash, incident.step = place.rule.hash, place.step
    if place.last is not None:
        incident.taken[-1].step = place.last
    if incident.state.open:
        casebook.forbid(incident, place.rule)


def _dismiss(casebook: Casebook, incident: Incident, reason: str, now: Instant) -> None:
    if incident.state not in {State.RESOLVED, State.CANCELLED, State.INACTIVE}:
        casebook.move(incident, Happening.CANCELLED, reason, now)
    casebook.drop(incident)


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
    renamed = _adopt(casebook, now)
    by_id = {incident.id: incident for incident in casebook.incidents()}
    _recall_alerts(casebook, by_id, alerts, now)
    for intent, outcome in intents:
        _recall(casebook, by_id.get(intent.incident), intent, outcome, now)
    for incident in by_id.values():
        place = reload_plan.find_place(incident, casebook.rule_of(incident))
        if isinstance(place, str):
            _dismiss(casebook, incident, place, now)
            continue
        changed = place.rule.hash != incident.rule_hash
        _take_place(casebook, incident, place)
        if changed or incident.id in renamed:
            casebook.rewrite(incident, REPLACED, now)
        if incident.state is State.RECORDING:
            # Its intent never became durable, so its frame was never sent.
            casebook.move(incident, Happening.REFUSED, "the daemon stopped before the intent was stored", now)
        elif incident.state.in_flight:
            step = casebook.step_of(incident)
            # One that the charger scheduled for later had given its place to others.
            scheduled = bool(incident.taken) and incident.taken[-1].result == Fate.SCHEDULED
            casebook.take_off(incident, disruptive=step is not None and step.action.trait.disruptive and not scheduled)


def _adopt(casebook: Casebook, now: Instant) -> set[int]:
    """Rules may have been renamed while nobody looked; the incidents that were."""
    renamed = set()
    for prospect in reload_plan.plan(casebook.incidents(), casebook.index):
        if prospect.renamed:
            _rename(casebook, prospect.incident, prospect.name)
            renamed.add(prospect.incident.id)
        if prospect.usurped:
            _dismiss(casebook, prospect.incident, prospect.reason, now)
    return renamed


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
        elif alert.kind in {AlertKind.ERRAND, AlertKind.RULES}:
            pass  # these are recalled where they are raised
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
