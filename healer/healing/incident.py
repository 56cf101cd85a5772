"""The incident: one occurrence of one rule on one target, and its state machine.

The machine is a table. A pair that is not in it is a bug of ours and raises `TableError`; the diagram in the docs is
drawn from it. Which step is next, and what is sent, is the ladder's and the treatment's; the table says only what may
follow what.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from healer.errors import TableError
from healer.healing.clock import HeldTime
from healer.healing.verdict import Verdict
from healer.model import Instant, Severity, Target


class State(enum.StrEnum):
    """Where an incident stands."""

    INACTIVE = "inactive"
    """The condition is not true; nothing is remembered."""
    PENDING = "pending"
    """The condition is true, but not yet for long enough."""
    FIRING = "firing"
    """True for long enough: the next step is due, or there is no ladder and the alert is up."""
    SUPPRESSED = "suppressed"
    """A guard blocks the next step; nothing is sent."""
    RECORDING = "recording"
    """The intent of a step is on its way into the ledger; nothing has been sent."""
    ACTING = "acting"
    """The command is out, its answer is awaited."""
    VERIFYING = "verifying"
    """The command is or may be carried out: evidence and cure are awaited until the deadline."""
    STABILISING = "stabilising"
    """The condition is false, but not yet for long enough."""
    EXHAUSTED = "exhausted"
    """No step is left: people were told, nothing more is sent."""
    AWAITING_CLEAR = "awaiting-clear"
    """Healed, but the rule wants a person to clear it."""
    RESOLVED = "resolved"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """Whether somebody should still look at it; pending is not an incident yet."""
        return self not in {State.INACTIVE, State.PENDING, State.RESOLVED, State.CANCELLED}

    @property
    def in_flight(self) -> bool:
        """Whether a step is under way."""
        return self in {State.RECORDING, State.ACTING, State.VERIFYING}


class Happening(enum.StrEnum):
    """What can happen to an incident."""

    CONDITION_TRUE = "condition became true"
    CONDITION_FALSE = "condition became false"
    HELD = "true for long enough"
    BLOCKED = "a guard blocks"
    PASSED = "every guard passes"
    TAKEN = "a step that sends nothing was taken"
    STORED = "intent stored, second check passed"
    REFUSED = "intent refused, or the second check blocks"
    UNSENT = "the frame was never handed to the transport"
    ACCEPTED = "answered: accepted or scheduled"
    DECLINED = "answered: rejected or not supported"
    UNCERTAIN = "no answer, link lost or daemon restarted"
    CURED = "evidence seen and condition false"
    DONE = "evidence of a step that does not cure"
    DEADLINE = "verification deadline passed"
    LADDER_ENDED = "no step is left"
    STABLE = "false for long enough"
    STABLE_BY_HAND = "false for long enough, a person must clear it"
    CLEARED = "cleared by a person"
    CANCELLED = "rule removed, charger gone or closed by a person"


_CANCEL: Final = {Happening.CANCELLED: State.CANCELLED}

TABLE: Final[Mapping[State, Mapping[Happening, State]]] = MappingProxyType(
    {
        State.INACTIVE: {Happening.CONDITION_TRUE: State.PENDING},
        State.PENDING: {
            Happening.CONDITION_FALSE: State.INACTIVE,
            Happening.HELD: State.FIRING,
            **_CANCEL,
        },
        State.FIRING: {
            Happening.CONDITION_FALSE: State.STABILISING,
            Happening.BLOCKED: State.SUPPRESSED,
            Happening.PASSED: State.RECORDING,
            Happening.TAKEN: State.VERIFYING,
            Happening.DECLINED: State.FIRING,
            Happening.LADDER_ENDED: State.EXHAUSTED,
            **_CANCEL,
        },
        State.SUPPRESSED: {
            Happening.CONDITION_FALSE: State.STABILISING,
            Happening.BLOCKED: State.SUPPRESSED,
            Happening.PASSED: State.RECORDING,
            Happening.TAKEN: State.VERIFYING,
            Happening.DECLINED: State.FIRING,
            Happening.LADDER_ENDED: State.EXHAUSTED,
            **_CANCEL,
        },
        State.RECORDING: {
            Happening.STORED: State.ACTING,
            Happening.REFUSED: State.SUPPRESSED,
            Happening.UNCERTAIN: State.VERIFYING,
            **_CANCEL,
        },
        State.ACTING: {
            Happening.ACCEPTED: State.VERIFYING,
            Happening.UNCERTAIN: State.VERIFYING,
            Happening.DECLINED: State.FIRING,
            Happening.UNSENT: State.SUPPRESSED,
            **_CANCEL,
        },
        State.VERIFYING: {
            Happening.CURED: State.STABILISING,
            Happening.DONE: State.FIRING,
            Happening.DEADLINE: State.FIRING,
            Happening.DECLINED: State.FIRING,
            **_CANCEL,
        },
        State.STABILISING: {
            Happening.CONDITION_TRUE: State.FIRING,
            Happening.STABLE: State.RESOLVED,
            Happening.STABLE_BY_HAND: State.AWAITING_CLEAR,
            Happening.CLEARED: State.RESOLVED,
            **_CANCEL,
        },
        State.EXHAUSTED: {
            Happening.STABLE: State.RESOLVED,
            Happening.STABLE_BY_HAND: State.AWAITING_CLEAR,
            Happening.CLEARED: State.CANCELLED,
            **_CANCEL,
        },
        State.AWAITING_CLEAR: {Happening.CLEARED: State.RESOLVED, **_CANCEL},
        State.RESOLVED: {Happening.HELD: State.FIRING},
        State.CANCELLED: {},
    }
)
"""What may follow what. A missing pair is an error."""


def next_state(state: State, happening: Happening) -> State:
    """The state that follows; raises TableError for a pair that must not occur."""
    try:
        return TABLE[state][happening]
    except KeyError:
        raise TableError(f"an incident that is {state} cannot meet '{happening}'") from None


@dataclass(slots=True)
class Taken:
    """One step that was taken, and how it came out."""

    step: int
    action: str
    at: Instant
    intent: int | None = None
    result: str = "under way"
    """A `messages.Result`, or what verification found: healed, no-effect, unsent, done."""
    detail: str = ""


@dataclass(slots=True)
class Incident:
    """One occurrence of one rule on one target."""

    id: int
    rule: str
    rule_hash: str
    target: Target
    site: str
    opened_at: Instant
    state: State = State.INACTIVE
    state_since: Instant = 0.0
    held: HeldTime = field(default_factory=lambda: HeldTime(wanted=True))
    """True time towards `for`."""
    stable: HeldTime = field(default_factory=lambda: HeldTime(wanted=False))
    """False time towards `stable_for`."""
    fired_at: Instant | None = None
    step: int = 0
    """Index of the current or next step of the ladder."""
    attempt: int = 1
    intent: int | None = None
    """The intent of the command that is recorded or out."""
    sent_at: Instant | None = None
    """When the step's first command was handed to the transport."""
    accepted: bool = False
    """The charger accepted the step's command."""
    deadline: Instant | None = None
    taken: list[Taken] = field(default_factory=list)
    healed_by: str | None = None
    """The action that healed it; None while open and when it healed by itself."""
    verdicts: tuple[Verdict, ...] = ()
    """Of the last time the guards were asked."""
    suppressed_since: Instant | None = None
    alerts: dict[str, Severity] = field(default_factory=dict)
    """Raised and not resolved, by kind."""
    reopened: int = 0
    reason: str = ""
    """Why it stands where it stands: one sentence."""

    @property
    def key(self) -> tuple[str, Target]:
        """Identity: the rule's name with its target."""
        return (self.rule, self.target)

    def blocking(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.blocks)
