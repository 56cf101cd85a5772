"""`limits`: a rule's own guards, tighter than the daemon's and never looser."""

from __future__ import annotations

from typing import Final

from healer.documents import Mistakes, Node, fields
from healer.model import Seconds, format_duration
from healer.rules.rule import RuleLimits
from healer.rules.steps import Limits

KEYS: Final = (
    "disruptive",
    "disruptive_within",
    "hard_resets",
    "hard_resets_within",
    "backoff",
    "per_site",
    "fleet_share",
)

LONGEST_S: Final[Seconds] = 7 * 86400.0
"""What was done is remembered for so long."""

_EXAMPLE: Final = "write for example 'limits: {disruptive: 1, disruptive_within: 24h}'"
_HINTS: Final = {
    "resets": "the keys are 'hard_resets' and, for all that interrupts service, 'disruptive'",
    "budget": "the keys of the settings' 'budget' stand here by themselves: {disruptive: 1}",
    "parallel": "the keys of the settings' 'parallel' stand here by themselves: {per_site: 1}",
    "within": "it belongs to one of the counts: 'disruptive_within' or 'hard_resets_within'",
    "first": "the least pause is called 'backoff' here",
}


def read_limits(node: Node, mistakes: Mistakes, limits: Limits) -> RuleLimits:
    """The rule's limits; each that is looser than the daemon's is a mistake where the daemon's are known."""
    mapping = fields.mapping(node, mistakes, _EXAMPLE)
    found = {} if mapping is None else fields.entries(mapping, KEYS, mistakes, "'limits'", _HINTS)
    if mapping is not None and not mapping.entries:
        mistakes.error(mapping.mark, "E-EMPTY", "'limits' limits nothing", _EXAMPLE)

    def count(key: str) -> int | None:
        return fields.integer(found[key], mistakes, 1, 1000) if key in found else None

    def time(key: str) -> Seconds | None:
        return _time(found[key], mistakes) if key in found else None

    read = RuleLimits(
        count("disruptive"),
        time("disruptive_within"),
        count("hard_resets"),
        time("hard_resets_within"),
        time("backoff"),
        count("per_site"),
        fields.percentage(found["fleet_share"], mistakes) if "fleet_share" in found else None,
    )
    if limits.daemon is not None:
        for key, said in _looser(read, limits.daemon).items():
            if key in found:
                hint = f"limits only tighten: the daemon's is {said}"
                mistakes.error(found[key].mark, "E-LOOSE", f"'{key}' is looser than the daemon's", hint)
    return read


def _time(node: Node, mistakes: Mistakes) -> Seconds | None:
    seconds = fields.duration(node, mistakes)
    if seconds is not None and seconds > LONGEST_S:
        hint = f"at most {format_duration(LONGEST_S)}: for no longer it is remembered what was done"
        mistakes.error(node.mark, "E-RANGE", f"{format_duration(seconds)} is too long", hint)
        return None
    if seconds == 0:
        mistakes.error(node.mark, "E-RANGE", "within no time nothing is done", "write for example '24h'")
        return None
    return seconds


def _looser(rule: RuleLimits, daemon: RuleLimits) -> dict[str, str]:
    """Keys whose limit never comes into play, with the daemon's limit in words."""
    found = {}
    budgets = (
        ("disruptive", rule.disruptive, rule.disruptive_within_s, daemon.disruptive, daemon.disruptive_within_s),
        ("hard_resets", rule.hard_resets, rule.hard_resets_within_s, daemon.hard_resets, daemon.hard_resets_within_s),
    )
    for key, count, within_s, most, most_within_s in budgets:
        if most is None or most_within_s is None:
            continue
        more, shorter = (count or most) - most, most_within_s - (within_s or most_within_s)
        if more >= 0 and shorter >= 0 and (more or shorter):
            said = f"{most} within {format_duration(most_within_s)}"
            found[key if more else f"{key}_within"] = said
    if rule.backoff_s is not None and daemon.backoff_s is not None and rule.backoff_s < daemon.backoff_s:
        found["backoff"] = format_duration(daemon.backoff_s)
    if rule.per_site is not None and daemon.per_site is not None and rule.per_site > daemon.per_site:
        found["per_site"] = str(daemon.per_site)
    if rule.fleet_share is not None and daemon.fleet_share is not None and rule.fleet_share > daemon.fleet_share:
        found["fleet_share"] = f"{daemon.fleet_share * 100:g}%"
    return found
