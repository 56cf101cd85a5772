"""What other rules make of every incident: said before they are put in force, followed when they are.

`resumption` follows the plan; `healer reload` prints it. There is no second opinion: both are this one. Only looks.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

from healer.healing.incident import Incident, State
from healer.model import Scope, Target, format_duration
from healer.rules.evaluate import RuleIndex
from healer.rules.rule import Rule

RUNNING = frozenset({State.ACTING, State.VERIFYING})
"""A step is or may be carried out: it is seen through, whatever becomes of its rule."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an incident stands in a rule's ladder."""

    rule: Rule
    step: int
    """Current or next."""
    last: int | None = None
    """Where the step stands that was taken last."""


_SUPERSEDED = "superseded: "


class Outlook(enum.StrEnum):
    """What becomes of an incident."""

    UNCHANGED = "unchanged"
    FOLLOWS = "follows"
    """The new text, from its next step."""
    FINISHES = "finishes"
    """Its running step, then it follows the new text."""
    ENDS = "ends"
    """With its running step: that is seen through under the old text, then the incident is cancelled."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Prospect:
    """What becomes of one incident, said of it as it stood before."""

    incident: Incident
    state: State
    former: str
    """The rule's name before."""
    name: str
    """The rule's name from now on."""
    outlook: Outlook
    place: Place | None
    """None when the incident is cancelled, or will be."""
    reason: str
    """Why there is no place for it; empty when there is one."""
    sentence: str
    """What will happen, as people read it."""
    superseded: bool = False
    """Work that was begun loses its place, although the rule goes on."""
    usurped: bool = False
    """Another incident stands under the new name already."""

    @property
    def renamed(self) -> bool:
        return self.name != self.former

    @property
    def concerns_people(self) -> bool:
        """Whether the incident is open or pending; of the others nothing is expected."""
        return self.state.open or self.state is State.PENDING


def _told(incident: Incident, outlook: Outlook, place: Place) -> str:
    if outlook is Outlook.UNCHANGED:
        return "unchanged"
    if outlook is Outlook.FINISHES:
        return f"{_keeps(incident)}, then {_next(place.rule, place.step + 1)}"
    if incident.state is State.PENDING:
        return f"follows the new text: fires once true for {format_duration(place.rule.for_s)}"
    if incident.state is State.EXHAUSTED:
        return "follows the new text: nothing more is sent until it is over"
    return f"follows the new text: {_next(place.rule, place.step)}"


def _keeps(incident: Incident) -> str:
    return f"keeps its running step ({incident.taken[-1].action})" if incident.taken else "keeps its running step"


def _next(rule: Rule, at: int) -> str:
    if not rule.heal:
        return "it only tells"
    if at >= len(rule.heal):
        return "no step is left"
    return f"step {at + 1} of {len(rule.heal)}: {rule.heal[at].action}"


# --- the plan ---------------------------------------------------------------------------------------------------------


def plan(incidents: Iterable[Incident], index: RuleIndex) -> list[Prospect]:
    """What the rules of `index` would make of each incident, in the order given."""
    everybody = list(incidents)
    claimed = {incident.key for incident in everybody if incident.rule not in index.heirs}
    return [_foresee(incident, index, claimed) for incident in everybody]


def _foresee(incident: Incident, index: RuleIndex, claimed: set[tuple[str, Target]]) -> Prospect:
    name = index.heirs.get(incident.rule, incident.rule)
    if name != incident.rule:
        if (name, incident.target) in claimed:
            reason = f"{_SUPERSEDED}{name} has an incident there already"
            return replace(_without_place(incident, incident.rule, reason), usurped=True)
        claimed.add((name, incident.target))
    compiled = index.compiled.get(name)
    place = find_place(incident, None if compiled is None else compiled.rule)
    if isinstance(place, str):
        return _without_place(incident, name, place)
    outlook = Outlook.FOLLOWS
    if place.rule.hash == incident.rule_hash:
        outlook = Outlook.UNCHANGED
    elif incident.state in RUNNING:
        outlook = Outlook.FINISHES
    sentence = _told(incident, outlook, place)
    if name != incident.rule:
        sentence = f"renamed to {name}; {sentence}"
    return Prospect(incident, incident.state, incident.rule, name, outlook, place, "", sentence)


def _without_place(incident: Incident, name: str, reason: str) -> Prospect:
    outlook, sentence = Outlook.CANCELLED, f"cancelled: {reason}"
    if incident.state in RUNNING:
        outlook, sentence = Outlook.ENDS, f"{_keeps(incident)}, then {sentence}"
    begun = bool(incident.taken) and incident.state.open and reason.startswith(_SUPERSEDED)
    return Prospect(incident, incident.state, incident.rule, name, outlook, None, reason, sentence, superseded=begun)


def find_place(incident: Incident, rule: Rule | None) -> Place | str:
    """The incident's place in a rule; why there is none."""
    if rule is None:
        return "the rule was removed"
    if not _speaks_of(rule, incident.target):
        return f"{_SUPERSEDED}the rule is about every {rule.scope.name.lower()} now"
    if rule.hash == incident.rule_hash:
        return Place(rule, incident.step)
    return _follow(incident, rule) or f"{_SUPERSEDED}the step that was taken is no longer in the rule"


def _speaks_of(rule: Rule, target: Target) -> bool:
    """Whether the rule may still be asked about the target; a connector's rule also speaks of 1.6 connector 0."""
    return target.scope is rule.scope or (rule.scope is Scope.CONNECTOR and target.scope is Scope.CHARGER)


def _follow(incident: Incident, rule: Rule) -> Place | None:
    """The place in the changed ladder; None when what was done last is gone from it."""
    if not incident.taken:
        return Place(rule, 0)
    last = incident.taken[-1]
    places = [at for at, step in enumerate(rule.heal) if str(step.action) == last.action]
    if not places:
        return None
    at = min(places, key=lambda place: abs(place - last.step))
    return Place(rule, at + (1 if incident.step > last.step else 0), at)
