"""What is remembered of a charger's past transactions, so that what is told again is recognised as the same.

Chargers repeat what we did not answer: after a link loss, after a restart of theirs or of ours, and with message ids
of any kind. So a message is recognised by what it says. Everything is bounded, frozen and part of the charger's record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeVar

from healer.model import Instant

MOST_STARTS: Final = 16
MOST_ENDS: Final = 32
MOST_PRESENTED: Final = 16

CLOCK_SET: Final = 946_684_800.0
"""The year 2000: a charger whose clock shows an earlier time does not know the time, and may show it twice."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a StartTransaction of 1.6 said, and the id that it was given."""

    connector: int | None
    token_hash: str | None
    charger_time: Instant | None
    meter_start_wh: float | None
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """A transaction that is over."""

    transaction: str
    charger_time: Instant | None = None
    """When it ended by the charger's clock; None if the charger did not say."""


@dataclass(frozen=True, slots=True)
class Presented:
    """Somebody showed a token before a transaction (Authorize)."""

    token_hash: str | None
    at: Instant
    accepted: bool


@dataclass(frozen=True, slots=True)
class History:
    """The last of each, oldest first."""

    starts: tuple[Start, ...] = ()
    ends: tuple[End, ...] = ()
    presented: tuple[Presented, ...] = ()

    def given(self, said: Start) -> Start | None:
        """The start that said the same; its `transaction` is the id it was given."""
        return next((one for one in reversed(self.starts) if replace(one, transaction=said.transaction) == said), None)

    def is_latest(self, start: Start) -> bool:
        """Whether nothing has begun at its connector since."""
        return [one for one in self.starts if one.connector == start.connector][-1:] == [start]

    def end_of(self, transaction: str) -> End | None:
        return next((one for one in reversed(self.ends) if one.transaction == transaction), None)

    def has_ended(self, transaction: str) -> bool:
        """A reading or an event of it that comes late, or again, begins nothing."""
        return self.end_of(transaction) is not None

    def with_start(self, start: Start) -> History:
        return replace(self, starts=_last(self.starts, start, MOST_STARTS))

    def with_end(self, transaction: str, charger_time: Instant | None = None) -> History:
        if self.has_ended(transaction):
            return self
        return replace(self, ends=_last(self.ends, End(transaction, charger_time), MOST_ENDS))

    def without_end(self, transaction: str) -> History:
        """The charger gave the id once more, to another transaction."""
        return replace(self, ends=tuple(one for one in self.ends if one.transaction != transaction))

    def with_presented(self, presented: Presented) -> History:
        return replace(self, presented=_last(self.presented, presented, MOST_PRESENTED))


_Item = TypeVar("_Item")


def is_dated(charger_time: Instant | None) -> bool:
    """Whether the charger's clock had been set when it wrote this."""
    return charger_time is not None and charger_time >= CLOCK_SET


def _last(items: tuple[_Item, ...], item: _Item, most: int) -> tuple[_Item, ...]:
    return (*items, item)[-most:]
