"""What a signal is: one typed, named fact that rules may ask for. All there are stand in `signals`."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from healer.fleet.charger import Charger, Facet
from healer.model import UNKNOWN, Instant, Scope, Target, Unknown

Value: TypeAlias = bool | str | float
"""What a signal may hold. Durations are seconds; versions and choices are text."""

Reading: TypeAlias = Value | frozenset[str] | Unknown
"""A value read from a charger: a set for signals that hold several words (tags)."""


DEAD_AFTER_S: Final = 600.0
"""For `session_active`: a transaction on a faulted charger without energy for this long is no session."""


class ValueType(enum.StrEnum):
    """How a rule file writes the signal's values, and which matchers fit it."""

    BOOLEAN = "yes/no"
    CHOICE = "one of the listed words"
    TEXT = "text"
    NUMBER = "number"
    DURATION = "duration"
    VERSION = "version"
    TEXTS = "a set of texts"


class Source(enum.StrEnum):
    """Where a signal comes from, and so when it is unknown."""

    REPORTED = "reported"
    """By the charger: unknown while its link is down and until re-reported."""
    LINK = "link"
    """Known to us always, but unknown while we settle after a start."""
    DERIVED = "derived"
    """Worked out by us from what we saw."""
    INVENTORY = "inventory"
    """Told by a person or in the boot; stands until told otherwise."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One typed, named fact about one scope of target."""

    name: str
    type: ValueType
    scope: Scope
    source: Source
    facets: frozenset[Facet]
    help: str
    example: str
    read: Callable[[Charger, Target, Instant], Reading]
    since: Callable[[Charger, Target], Instant | None] | None = None
    """Since when the value stands; None when the signal does not change by itself."""
    choices: tuple[str, ...] = ()
    open_choices: bool = False
    """Vendors add words of their own: an unknown word is a warning, not an error."""
    why: Callable[[Charger, Instant], str | None] | None = None
    """What the value comes from, in words for people; None where there is nothing to add."""
    changes_at: Callable[[Charger, Instant], Instant | None] | None = None
    """When time alone may next change the value; None where it never does."""
    filter_only: bool = False
    """May stand in `where` only: it says which chargers, not what is wrong."""
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class EventSignal:
    """Something that happens at a moment and can be counted over a window."""

    name: str
    help: str
    example: str


def text_of(pick: Callable[[Charger], str | None]) -> Callable[[Charger, Target, Instant], Reading]:
    """The reader of a text that may not be known."""

    def read(charger: Charger, target: Target, now: Instant) -> Reading:
        value = pick(charger)
        return UNKNOWN if value is None else value

    return read
