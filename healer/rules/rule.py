"""What a rule is: plain typed values, made by `packs`, compiled by `matchers`, followed by `healing`.

Nothing here reads text or evaluates anything.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TypeAlias

from healer.documents import Mark
from healer.fleet.signals import Value
from healer.model import Mode, Scope, Seconds, Severity
from healer.rules.actions import Action
from healer.rules.windows import Window

# --- clauses --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OneOf:
    """`status: Faulted`, `error_code: [GroundFailure, OverCurrentFailure]`; `{not: x}` sets `negated`."""

    signal: str
    values: tuple[Value, ...]
    negated: bool = False
    mark: Mark | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Compared:
    """`{above, below, at_least, at_most}` over numbers and durations (seconds); all bounds given must hold."""

    signal: str
    above: float | None = None
    below: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    mark: Mark | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Versioned:
    """`{older_than: 1.10, newer_than: ...}`, compared part by part, numbers as numbers."""

    signal: str
    older_than: str | None = None
    newer_than: str | None = None
    mark: Mark | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Like:
    """`{like: "E-4*"}`: shell pattern with * and ?, case-sensitive."""

    signal: str
    pattern: str
    mark: Mark | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Counted:
    """`{event: reboot, count: 4, within: 1h}`."""

    event: str
    count: int
    within_s: Seconds
    mark: Mark | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class All:
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Not:
    clause: Clause


Clause: TypeAlias = OneOf | Compared | Versioned | Like | Counted | All | Any | Not

# --- the rule -------------------------------------------------------------------------------------------------------


class Clear(enum.StrEnum):
    """Whether a healed incident closes by itself or waits for a person."""

    AUTO = "auto"
    BY_HAND = "by-hand"


class RuleStatus(enum.StrEnum):
    EXPERIMENTAL = "experimental"
    STABLE = "stable"
    DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder."""

    action: Action
    verify_within_s: Seconds
    attempts: int = 1
    ask: bool = False
    mark: Mark | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Rollout:
    """A rule with a rollout makes one firmware campaign instead of incidents."""

    stages: tuple[str, ...]
    soak_s: Seconds
    stop_if_failed: str | None = None


@dataclass(frozen=True, slots=True)
class RuleLimits:
    """Guards tighter than the daemon's: both are asked, so the stricter one holds. None: only the daemon's."""

    disruptive: int | None = None
    """Disruptive actions per charger within `disruptive_within_s`."""
    disruptive_within_s: Seconds | None = None
    """None: the daemon's own time, as below."""
    hard_resets: int | None = None
    hard_resets_within_s: Seconds | None = None
    backoff_s: Seconds | None = None
    """The least pause between two disruptive actions on a charger."""
    per_site: int | None = None
    """Disruptive steps under way at once."""
    fleet_share: float | None = None
    """Of the known chargers; at least 1."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as healing follows it."""

    name: str
    when: Clause
    scope: Scope
    """That of the narrowest signal in `when`: an incident's target has this scope."""
    where: Clause = field(default_factory=All)
    for_s: Seconds = 0.0
    heal: tuple[Step, ...] = ()
    if_not_healed: Severity | None = None
    alert: Severity | None = None
    forbid: frozenset[str] = frozenset()
    """Names of actions nobody may run on the charger while an incident of this rule is open."""
    stable_for_s: Seconds = 600.0
    clear: Clear = Clear.AUTO
    mode: Mode = Mode.AUTO
    """The rule's own wish; the daemon's may be stricter."""
    window: Window | None = None
    """Disruptive steps are taken only while it is open."""
    rollout: Rollout | None = None
    limits: RuleLimits = RuleLimits()
    description: str = ""
    runbook: str | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    status: RuleStatus = RuleStatus.STABLE
    formerly: tuple[str, ...] = ()
    """Names it had before: their incidents go on under its own."""
    replaced_by: str | None = None
    """The rule that does its work; of deprecated rules only."""
    remove_after: date | None = None
    """Until when a deprecated rule is kept."""
    hash: str = ""
    """Of everything that changes behaviour; metadata (description, labels, status, former names, ...) is left out."""
    mark: Mark | None = field(default=None, compare=False)

    @property
    def severity(self) -> Severity:
        """The loudest word of the rule: decides which incident of a charger goes first."""
        words = [word for word in (self.alert, self.if_not_healed) if word is not None]
        return max(words, key=lambda word: word.rank, default=Severity.INFO)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All loaded rules, by name, in file order."""

    rules: Mapping[str, Rule] = field(default_factory=lambda: MappingProxyType({}))
