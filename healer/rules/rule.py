"""What a rule is: plain typed values, made by `packs`, compiled by `matchers`, followed by `healing`.

Nothing here reads text or evaluates anything.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from healer.documents import Mark
from healer.fleet.signals import Value
from healer.model import Mode, Scope, Seconds, Severity
from healer.rules.actions import Action

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
    window: str | None = None
    rollout: Rollout | None = None
    description: str = ""
    runbook: str | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    status: RuleStatus = RuleStatus.STABLE
    hash: str = ""
    """Of everything that changes behaviour; metadata (description, runbook, labels, status) is left out."""
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
