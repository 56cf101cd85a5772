"""Counting events over a sliding stretch of time, with an honest 'unknown' for the time before we watched."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from healer.model import UNKNOWN, Instant, Seconds, Truth

CAPACITY = 64
"""Timestamps kept per event and charger; no rule may ask for a larger count."""


class EventWindow:
    """The last timestamps of one kind of event on one charger."""

    __slots__ = ("times", "watched_since")

    def __init__(self, watched_since: Instant, times: Iterable[Instant] = ()) -> None:
        self.watched_since = watched_since
        self.times: deque[Instant] = deque(times, maxlen=CAPACITY)

    def add(self, now: Instant) -> None:
        self.times.append(now)

    def count(self, within_s: Seconds, now: Instant) -> int:
        """How many happened in the last `within_s` seconds, as far as we watched."""
        start = now - within_s
        return sum(1 for time in self.times if time > start)

    def reached(self, count: int, within_s: Seconds, now: Instant) -> Truth:
        """Whether `count` were reached; unknown when the window reaches back before we watched."""
        if self.count(within_s, now) >= count:
            return True
        return UNKNOWN if now - within_s < self.watched_since else False

    def next_change(self, within_s: Seconds, now: Instant) -> Instant | None:
        """When the count can next change by time alone: an event leaves, or the window becomes fully watched."""
        start = now - within_s
        leaves = next((time + within_s for time in self.times if time > start), None)
        watched = self.watched_since + within_s
        pending = [moment for moment in (leaves, watched) if moment is not None and moment > now]
        return min(pending, default=None)
