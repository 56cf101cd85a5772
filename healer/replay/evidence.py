"""What is seen on the stage against what a claim says: one function a fact."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Table
from typing import Final

from healer.healing.incident import Incident, State
from healer.healing.records import Alert
from healer.model import ChargerId, Target
from healer.replay.stage import Stage
from healer.replay.story import NONE, Claim, Fact


def difference(claim: Claim, stage: Stage, rule: str) -> str | None:
    """What is expected and what is seen instead; None when it is as expected."""
    found = [one for one in incidents(stage, rule, claim.chargers) if is_meant(one.target, claim)]
    got = _JUDGES[claim.fact](claim, stage, rule, found)
    return None if got is None else f"{claim.fact}: expected {_wanted(claim)}, got {got}"


def incidents(stage: Stage, rule: str, chargers: Iterable[ChargerId]) -> list[Incident]:
    """All incidents of the rule that are remembered, in the order of the chargers."""
    casebook = stage.engine.casebook
    found = [one for charger in chargers for one in casebook.incidents(charger) if one.rule == rule]
    return [one for one in found if one.state is not State.INACTIVE]


def is_meant(target: Target, claim: Claim) -> bool:
    """Whether the claim is about this place. Simulated chargers number their evses as 1.6 numbers connectors."""
    return claim.connector is None or (target.evse or 0) == claim.connector


def _wanted(claim: Claim) -> str:
    joined = ", ".join(claim.wanted)
    if claim.fact is Fact.STATE:
        return " or ".join(claim.wanted)
    return f"[{joined}]" if claim.fact in {Fact.SENT, Fact.ALERTS, Fact.RAISED, Fact.BLOCKED_BY} else joined


_Judge = Callable[[Claim, Stage, str, list[Incident]], str | None]
"""What is seen instead; None when it is as claimed."""


def _per_incident(claim: Claim, found: list[Incident], say: Callable[[Incident], str]) -> dict[str, str]:
    """Each incident's word by its place; `none` for each named charger without one."""
    words = {str(one.target): say(one) for one in found}
    with_one = {one.target.charger for one in found}
    lacking = [charger for charger in claim.chargers if charger not in with_one]
    if claim.each or not found:
        words |= dict.fromkeys(lacking, NONE)
    return words


def _shown(words: Table[str, str]) -> str:
    if len(set(words.values())) == 1:
        return next(iter(words.values()))
    return ", ".join(f"{word} ({place})" for place, word in words.items())


def _judge_state(claim: Claim, stage: Stage, rule: str, found: list[Incident]) -> str | None:
    words = _per_incident(claim, found, lambda one: one.state.value)
    return None if all(word in claim.wanted for word in words.values()) else _shown(words)


def _judge_healed_by(claim: Claim, stage: Stage, rule: str, found: list[Incident]) -> str | None:
    words = _per_incident(claim, found, lambda one: one.healed_by or NONE)
    return None if all(word in claim.wanted for word in words.values()) else _shown(words)


def _judge_blocked_by(claim: Claim, stage: Stage, rule: str, found: list[Incident]) -> str | None:
    blocked = {
        str(one.target): [verdict.guard for verdict in one.blocking()] if one.state is State.SUPPRESSED else []
        for one in found
    }
    if claim.wanted:
        good = bool(found) and all(set(claim.wanted) <= set(guards) for guards in blocked.values())
    else:
        good = not any(blocked.values())
    return (
        None if good else _shown({place: f"[{', '.join(guards)}]" for place, guards in blocked.items()} or {"": "[]"})
    )


def _judge_sent(claim: Claim, stage: Stage, rule: str, found: list[Incident]) -> str | None:
    got = [sent.action for sent in stage.sent if sent.rule and sent.charger in claim.chargers]
    return None if tuple(got) == claim.wanted else f"[{', '.join(got)}]"


def _judge_alerts(claim: Claim, stage: Stage, rule: str, found: list[Incident]) -> str | None:
    return _compare_alerts(claim, rule, [alert for alert in stage.memory.alerts.values() if alert.active])


def _judge_raised(claim: Claim, stage: Stage, rule: str, found: list[Incident]) -> str | None:
    return _compare_alerts(claim, rule, stage.alerts)


def _compare_alerts(claim: Claim, rule: str, alerts: Iterable[Alert]) -> str | None:
    """Each wanted word must fit one alert, and no alert may be left."""
    got = [
        f"{alert.kind} {alert.severity}"
        for alert in alerts
        if alert.rule == rule and (not claim.each if alert.target is None else alert.target.charger in claim.chargers)
    ]
    left = list(got)
    for wanted in sorted(claim.wanted, key=lambda word: -word.count(" ")):
        fitting = next((one for one in left if set(wanted.split()) <= set(one.split())), None)
        if fitting is None:
            return f"[{', '.join(got)}]"
        left.remove(fitting)
    return f"[{', '.join(got)}]" if left else None


def _judge_incidents(claim: Claim, stage: Stage, rule: str, found: list[Incident]) -> str | None:
    count = sum(one.state.open or one.state is State.PENDING for one in found)
    return None if claim.wanted == (str(count),) else str(count)


_JUDGES: Final[Table[Fact, _Judge]] = {
    Fact.STATE: _judge_state,
    Fact.SENT: _judge_sent,
    Fact.HEALED_BY: _judge_healed_by,
    Fact.BLOCKED_BY: _judge_blocked_by,
    Fact.ALERTS: _judge_alerts,
    Fact.RAISED: _judge_raised,
    Fact.INCIDENTS: _judge_incidents,
}
