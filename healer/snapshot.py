"""What a daemon knows when it starts: the durable part of the state, as the store gives it back."""

from __future__ import annotations

from dataclasses import dataclass, field

from healer.fleet.charger import ChargerRecord
from healer.fleet.enrolment import Enrolment
from healer.fleet.learned import Learned
from healer.healing.incident import Incident
from healer.healing.records import Alert, Intent, IntentOutcome
from healer.model import Instant


@dataclass(frozen=True, slots=True)
class IdBlock:
    """Ids that are ours to use: `first` up to `first + count - 1`."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State as of the last durable write."""

    chargers: tuple[ChargerRecord, ...] = ()
    incidents: tuple[Incident, ...] = ()
    """All that are not inactive or cancelled, and those resolved within the last 24 hours."""
    intents: tuple[tuple[Intent, IntentOutcome | None], ...] = ()
    """Of the last 7 days, oldest first; without an outcome when none was learnt."""
    alerts: tuple[Alert, ...] = ()
    """Those that are active."""
    enrolments: tuple[Enrolment, ...] = ()
    """The latest decision about each charger."""
    learned: tuple[Learned, ...] = ()
    """What chargers taught of their models."""
    watched_until: Instant | None = None
    """The last watching mark; None in an empty store."""
    stopped_cleanly: bool = False
    """Whether the last mark is that of an orderly stop."""
    ids: dict[str, IdBlock] = field(default_factory=dict)
    """Freshly reserved blocks by kind: `incident`, `intent`, `transaction`."""
