"""What is being done about an incident, or why not, in one short sentence with the time that is left."""

from __future__ import annotations

from healer.engine import Engine
from healer.healing.incident import Incident, State
from healer.model import Instant, Seconds, format_duration
from healer.rules.rule import Rule

RESOLVED_SHOWN_S: Seconds = 15.0
"""How long an incident stays in sight after its end."""

STYLES = {
    State.PENDING: "cyan",
    State.SUPPRESSED: "yellow",
    State.EXHAUSTED: "bold red",
    State.AWAITING_CLEAR: "bold red",
    State.STABILISING: "green",
    State.RESOLVED: "green",
}
"""How loud each state is; the others are said plainly."""


def is_worth_showing(incident: Incident, now: Instant) -> bool:
    ended_lately = incident.state is State.RESOLVED and now - incident.state_since < RESOLVED_SHOWN_S
    return incident.state.open or incident.state is State.PENDING or ended_lately


def doing(engine: Engine, incident: Incident, now: Instant) -> str:
    """`reset soft accepted; 6s left to prove it`, `held back by storm: ...`."""
    rule = engine.casebook.rule_of(incident)
    if rule is None:
        return incident.reason
    match incident.state:
        case State.PENDING:
            left = _left(incident.held.due(rule.for_s), now)
            return f"seen; {'acts' if rule.heal else 'tells somebody'} if it lasts {left} more"
        case State.FIRING if not rule.heal:
            return f"{_told(incident)}; nothing can be sent"
        case State.SUPPRESSED:
            why = "; ".join(f"{verdict.guard}: {verdict.reason}" for verdict in incident.blocking())
            return f"held back by {why}"
        case State.RECORDING | State.ACTING | State.VERIFYING:
            return _under_way(rule, incident, now)
        case State.STABILISING:
            left = _left(incident.stable.due(rule.stable_for_s), now)
            return f"{_cause(incident, 'cured by')}; watched for {left} more"
        case State.EXHAUSTED:
            return f"{_told(incident)}; needs a person"
        case State.AWAITING_CLEAR:
            return f"{_told(incident)}; a person must clear it"
        case State.RESOLVED:
            return f"{_cause(incident, 'healed by')} {format_duration(now - incident.state_since)} ago"
        case _:
            return incident.reason


def _under_way(rule: Rule, incident: Incident, now: Instant) -> str:
    step = rule.heal[incident.step].action if incident.step < len(rule.heal) else "the step"
    match incident.state:
        case State.RECORDING:
            said = f"{step} goes into the ledger"
        case State.ACTING:
            said = f"{step} sent, no answer yet"
        case _:
            answer = "accepted" if incident.accepted else "not answered"
            said = f"{step} {answer}; {_left(incident.deadline, now)} left to prove it"
    return f"{incident.step + 1}/{len(rule.heal)} {said}"


def _cause(incident: Incident, verb: str) -> str:
    return "over by itself" if incident.healed_by is None else f"{verb} {incident.healed_by}"


def _told(incident: Incident) -> str:
    """Who was told."""
    loudest = max(incident.alerts.values(), key=lambda severity: severity.rank, default=None)
    return "nobody was told" if loudest is None else f"alert raised: {loudest}"


def _left(moment: Instant | None, now: Instant) -> str:
    return "?" if moment is None else format_duration(moment - now)
