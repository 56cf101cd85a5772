"""The engine's timeline: wall time at the start plus monotonic time since. It never jumps."""

from __future__ import annotations

import time
from collections.abc import Callable

from healer.model import Instant, Seconds


class SystemClock:
    """The clock of a running daemon; `wall` gives Unix time, `monotonic` seconds that only grow."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._started_at = wall()
        self._origin = monotonic()

    def now(self) -> Instant:
        return self._started_at + (self._monotonic() - self._origin)

    def drift(self) -> Seconds:
        """How far the wall clock has gone ahead of the timeline: NTP corrected it, or somebody set it."""
        return self._wall() - self.now()
