"""The casebook: every incident, the one way in which it moves, and the books kept in step with its moves.

`move` is the only place where an incident's state changes: it follows the table, keeps the marks that guards look at
(steps under way, what is forbidden, who is in a storm), resolves alerts and writes the transition down.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

from healer.fleet.charger import Charger
from healer.healing import alerting, ladder
from healer.healing.guards import Question, Ward, mode_of
from healer.healing.ids import Ids
from healer.healing.incident import Happening, Incident, State, next_state
from healer.healing.outputs import Output, Record
from healer.healing.records import AlertKind, Intent, Transition
from healer.healing.storms import ScopeKind, Storm, Storms, StormScope
from healer.healing.verdict import Wake
from healer.model import ChargerId, Instant, Mode, Severity, Target
from healer.rules.actions import Action
from healer.rules.evaluate import CompiledRule, RuleIndex
from healer.rules.rule import Rule, Step


def scopes_of(charger: Charger) -> tuple[StormScope, ...]:
    """The scopes in which a charger may be part of a storm, from narrow to wide."""
    model = "/".join(part or "?" for part in (charger.vendor, charger.model, charger.firmware))
    return (
        StormScope(ScopeKind.SITE, charger.site),
        StormScope(ScopeKind.MODEL, model),
        StormScope(ScopeKind.FLEET),
    )


def copied(incident: Incident) -> Incident:
    """A copy that later moves do not touch."""
    twin = copy.copy(incident)
    twin.taken = [copy.copy(taken) for taken in incident.taken]
    twin.alerts = dict(incident.alerts)
    twin.held, twin.stable = copy.copy(incident.held), copy.copy(incident.stable)
    return twin


@dataclass(frozen=True, slots=True)
class Leaving:
    """Why an incident has no place in the rules any more, and the old text under which its running step ends."""

    compiled: CompiledRule
    reason: str


class Casebook:
    """All incidents of the fleet, and what healing wants done because of them."""

    def __init__(self, ward: Ward, storms: Storms, ids: Ids, index: RuleIndex) -> None:
        self.ward = ward
        self.storms = storms
        self.ids = ids
        self.index = index
        self.outputs: list[Output] = []
        self.freed: list[Wake] = []
        """Places that became free since the engine last looked."""
        self.open_intents: dict[int, tuple[Intent, Incident]] = {}
        """Intents without an outcome, with their incidents."""
        self.leaving: dict[int, Leaving] = {}
        """Incidents, by their ids, that only see their running step through."""
        self._incidents: dict[ChargerId, dict[tuple[str, Target], Incident]] = {}
        self._waiting: dict[Wake, dict[ChargerId, None]] = {}

    # --- looking --------------------------------------------------------------------------------------------------

    def incidents(self, charger: ChargerId | None = None) -> Iterator[Incident]:
        """All incidents that are remembered, or those of one charger, the most urgent first."""
        if charger is None:
            for incidents in self._incidents.values():
                yield from incidents.values()
            return
        yield from sorted(self._incidents.get(charger, {}).values(), key=self._urgency)

    def _urgency(self, incident: Incident) -> tuple[int, Instant, str]:
        """By severity, then age, then name."""
        rule = self.rule_of(incident)
        return (-rule.severity.rank if rule is not None else 0, incident.opened_at, incident.rule)

    def rule_of(self, incident: Incident) -> Rule | None:
        """The rule it follows; None when there is none any more."""
        leaving = self.leaving.get(incident.id)
        if leaving is not None:
            return leaving.compiled.rule
        compiled = self.index.compiled.get(incident.rule)
        return compiled.rule if compiled is not None else None

    def step_of(self, incident: Incident) -> Step | None:
        rule = self.rule_of(incident)
        return ladder.step_of(rule, incident) if rule is not None else None

    def find(self, rule: str, target: Target) -> Incident | None:
        return self._incidents.get(target.charger, {}).get((rule, target))

    def add(self, incident: Incident) -> None:
        self._incidents.setdefault(incident.target.charger, {})[incident.key] = incident

    def drop(self, incident: Incident) -> None:
        self.leaving.pop(incident.id, None)
        incidents = self._incidents.get(incident.target.charger, {})
        incidents.pop(incident.key, None)
        if not incidents:
            self._incidents.pop(incident.target.charger, None)

    def is_recording(self, charger: ChargerId) -> bool:
        """Whether a step of the charger's is on its way into the ledger: the next command must be its."""
        return any(incident.state is State.RECORDING for incident in self._incidents.get(charger, {}).values())

    def question(self, incident: Incident, rule: Rule, action: Action, charger: Charger, now: Instant) -> Question:
        """What the guards are asked about a step."""
        return Question(incident, rule, action, charger, self.ward, self.storm_over(incident, rule, now), now)

    def facts(self, incident: Incident, charger: Charger, now: Instant) -> tuple[str, ...]:
        """The clauses of the incident's rule with their values, one line each."""
        compiled = self.index.compiled.get(incident.rule)
        if compiled is None:
            return ()
        readings = compiled.when.explain(charger, incident.target, now)
        return tuple(f"{reading.sentence} (now: {reading.now})" for reading in readings)

    # --- moving ---------------------------------------------------------------------------------------------------

    def move(
        self, incident: Incident, happening: Happening, reason: str, now: Instant, *, next_rung: bool = False
    ) -> None:
        """Follow the table, keep the books in step with it, and write the transition down."""
        before, step = incident.state, self.step_of(incident)
        incident.state = next_state(before, happening)
        incident.state_since = now
        incident.reason = reason
        if next_rung:
            incident.step, incident.attempt = incident.step + 1, 1
        if before.in_flight and not incident.state.in_flight:
            self.land(incident)
        if before.open and not incident.state.open:
            self._close(incident, now)
        self._record(incident, before, happening.value, str(step.action) if step is not None else "", now)

    def _record(self, incident: Incident, before: State, happening: str, action: str, now: Instant) -> None:
        verdicts = tuple(str(verdict) for verdict in incident.verdicts)
        after, reason = incident.state.value, incident.reason
        transition = Transition(now, before.value, after, happening, reason, action, verdicts, copied(incident))
        self.outputs.append(Record(transition))

    def record_again(self, charger: ChargerId, why: str, now: Instant) -> None:
        """The store lost facts: write the charger's incidents down as they stand."""
        for incident in self.incidents(charger):
            self.rewrite(incident, why, now)

    def rewrite(self, incident: Incident, why: str, now: Instant) -> None:
        """Write the incident down as it stands, without a move."""
        self._record(incident, incident.state, why, "", now)

    def take_off(self, incident: Incident, *, disruptive: bool) -> None:
        """A step of the incident is under way."""
        self.ward.in_flight.setdefault(incident.target.charger, {})[incident.id] = incident.rule
        if disruptive:
            self.ward.bookings.begin(incident.id, incident.site)

    def land(self, incident: Incident) -> None:
        """It is over; others may go."""
        flights = self.ward.in_flight.get(incident.target.charger, {})
        flights.pop(incident.id, None)
        if not flights:
            self.ward.in_flight.pop(incident.target.charger, None)
        incident.intent = incident.deadline = None
        self.release_slot(incident)

    def release_slot(self, incident: Incident) -> None:
        """Its step takes no place any more among those that may be under way at once."""
        site = self.ward.bookings.end(incident.id)
        if site is not None:
            self.freed.extend((Wake("site", site), Wake("fleet")))

    def _close(self, incident: Incident, now: Instant) -> None:
        self.ward.forbidding.get(incident.target.charger, {}).pop(incident.id, None)
        self.leave_storm(incident)
        incident.suppressed_since = None
        for alert in alerting.resolved(incident, now):
            self.outputs.append(Record(alert))

    def forbid(self, incident: Incident, rule: Rule) -> None:
        """From now on the rule's `forbid` holds on the charger, or no longer if it has none."""
        forbidding = self.ward.forbidding.setdefault(incident.target.charger, {})
        forbidding.pop(incident.id, None)
        if rule.forbid:
            forbidding[incident.id] = rule

    # --- telling people -------------------------------------------------------------------------------------------

    def raise_alert(self, incident: Incident, rule: Rule, kind: AlertKind, severity: Severity, now: Instant) -> None:
        """Raise an alert once; the incident remembers until it closes. Where nothing may be healed, nothing failed."""
        promised = kind is not AlertKind.NOT_HEALED or mode_of(self.ward, rule, incident.site) in {Mode.ASK, Mode.AUTO}
        if promised and kind.value not in incident.alerts:
            self.outputs.append(Record(alerting.raised(incident, rule, kind, severity, now)))

    # --- storms ---------------------------------------------------------------------------------------------------

    def enter_storm(self, incident: Incident, charger: Charger, due: Instant) -> None:
        """The incident fires, or will at `due`: it counts towards a storm."""
        self.storms.enter(incident.rule, charger.id, scopes_of(charger), due)

    def leave_storm(self, incident: Incident) -> None:
        """It counts no more, unless another place of the charger shows the same fault."""
        others = self._incidents.get(incident.target.charger, {}).values()
        same = (other for other in others if other.rule == incident.rule and other is not incident)
        if not any(other.held.truth is True for other in same):
            self.storms.leave(incident.rule, incident.target.charger)

    def storm_over(self, incident: Incident, rule: Rule, now: Instant) -> Storm | None:
        """The storm that the incident is part of; one that this look finds to have begun is announced."""
        storm, begun = self.storms.look(rule.name, incident.target.charger, now)
        if begun is not None:
            self._announce(begun, active=True, now=now)
        return storm

    def review_storms(self, now: Instant) -> list[ChargerId]:
        """End storms that are over; the chargers to look at again."""
        woken: list[ChargerId] = []
        for storm in self.storms.review(now):
            self._announce(storm, active=False, now=now)
            woken.extend(self.woken(storm.wake))
        return woken

    def _announce(self, storm: Storm, *, active: bool, now: Instant) -> None:
        compiled = self.index.compiled.get(storm.rule)
        rule = compiled.rule if compiled is not None else None
        members = list(self.storms.members(storm))
        self.outputs.append(Record(alerting.storm_alert(storm, rule, members, active=active, now=now)))

    # --- waiting --------------------------------------------------------------------------------------------------

    def wait(self, charger: ChargerId, wake: Wake) -> None:
        """Look at the charger's incidents again when this happens."""
        self._waiting.setdefault(wake, {})[charger] = None

    def woken(self, wake: Wake) -> list[ChargerId]:
        """The chargers that wait for this, in the order in which they began to wait; they wait no more."""
        return list(self._waiting.pop(wake, {}))
