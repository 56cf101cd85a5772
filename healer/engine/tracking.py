"""What of healing's outputs is counted, and under which labels."""

from __future__ import annotations

from healer.healing.incident import Happening, Incident, State
from healer.healing.outputs import Output, Record
from healer.healing.records import Transition
from healer.tally import Tally


def count_output(tally: Tally, output: Output) -> None:
    """Count what one output says."""
    match output:
        case Record(Transition() as transition):
            _count_transition(tally, transition)
        case _:
            pass


def _count_transition(tally: Tally, transition: Transition) -> None:
    incident = transition.incident
    if transition.happening not in set(Happening):
        return  # only written down again, after the store lost it
    match State(transition.after):
        case State.SUPPRESSED:
            for verdict in incident.blocking():
                tally.count("actions_suppressed_total", action=transition.action, guard=verdict.guard)
        case State.RESOLVED | State.CANCELLED if State(transition.before).open:
            _count_end(tally, incident, _resolution(transition), transition.at)
        case _:
            pass
    if transition.before in {State.ACTING, State.VERIFYING} and not State(transition.after).in_flight:
        _count_step(tally, incident, transition.at)


def _resolution(transition: Transition) -> str:
    """How it ended: an exhausted one ended without our help, whatever was tried."""
    if transition.before == State.EXHAUSTED:
        return "exhausted"
    if transition.after == State.CANCELLED:
        return "cancelled"
    return "healed" if transition.incident.healed_by is not None else "by-itself"


def _count_end(tally: Tally, incident: Incident, resolution: str, at: float) -> None:
    tally.count("incidents_total", rule=incident.rule, resolution=resolution)
    if incident.fired_at is not None:
        tally.observe("incident_duration_seconds", at - incident.fired_at, rule=incident.rule, resolution=resolution)


def _count_step(tally: Tally, incident: Incident, at: float) -> None:
    if not incident.taken:
        return
    taken = incident.taken[-1]
    tally.count("actions_total", action=taken.action, rule=incident.rule, outcome=taken.result)
    tally.observe("action_duration_seconds", at - taken.at, action=taken.action, outcome=taken.result)
