"""What healing writes down: intents before they are sent, outcomes, transitions, alerts.

Plain values that a store can keep and a person can read years later. An intent names everything that led to it: rule
and its hash, facts, verdicts, so that the question 'why' is answered from the ledger alone.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias

from healer.healing.incident import Incident
from healer.model import ChargerId, Instant, Severity, Target


@dataclass(frozen=True, slots=True)
class Intent:
    """One command that we are about to send. Durable before its frame exists."""

    id: int
    message_id: str
    """OCPP message id, derived from `id`: at most 36 characters, unique for ever."""
    incident: int
    rule: str
    rule_hash: str
    charger: ChargerId
    site: str
    target: Target
    action: str
    """As in the rule file: `reset soft`."""
    disruptive: bool
    """Whether it takes from the budgets."""
    repeatable: bool
    step: int
    attempt: int
    at: Instant
    facts: tuple[str, ...]
    """The clauses that held, with their values."""
    verdicts: tuple[str, ...]
    """What each guard said, one line each."""


class Fate(enum.StrEnum):
    """What became of an intent. Every intent gets exactly one."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    REJECTED = "rejected"
    NOT_SUPPORTED = "not-supported"
    UNSENT = "unsent"
    """Never handed to the transport: its budget is given back."""
    UNCERTAIN = "uncertain"
    """Handed over and not answered: it counts as sent, and is never repeated."""

    @property
    def counts(self) -> bool:
        """Whether it takes from the budgets."""
        return self is not Fate.UNSENT


@dataclass(frozen=True, slots=True)
class IntentOutcome:
    """How one intent ended."""

    intent: int
    fate: Fate
    detail: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of an incident, with a copy of the incident after it."""

    at: Instant
    before: str
    after: str
    happening: str
    reason: str
    action: str
    """The step that was next or under way, as in the rule file; empty when there is none."""
    verdicts: tuple[str, ...]
    incident: Incident


class AlertKind(enum.StrEnum):
    """Why somebody is told."""

    FIRING = "firing"
    NOT_HEALED = "not-healed"
    STORM = "storm"
    ERRAND = "errand"
    """A place is in service, or out of it, against our will; see `errands`."""
    RULES = "rules"
    """The rule files have mistakes, or work that was begun lost its place in them; see `rules_alerts`."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody has to know. `key` is its identity: raised again it is the same alert, resolved by the same key."""

    key: str
    kind: AlertKind
    active: bool
    severity: Severity
    rule: str
    site: str | None
    target: Target | None
    """None for alerts about a whole site, model or fleet."""
    incident: int | None
    summary: str
    reason: str
    at: Instant


Record: TypeAlias = Intent | IntentOutcome | Transition | Alert
