"""True time: how long a condition has held, not counting what we do not know."""

from __future__ import annotations

from dataclasses import dataclass

from healer.model import UNKNOWN, Instant, Seconds, Truth

FORGET_AFTER_S: Seconds = 600.0
"""The shortest unknown stretch after which a condition must be proved anew."""


@dataclass(slots=True)
class HeldTime:
    """Accumulates the time in which the truth was `wanted`; unknown freezes it, the opposite resets it."""

    wanted: bool
    truth: Truth = UNKNOWN
    since: Instant | None = None
    """Since when `truth` stands."""
    accumulated_s: Seconds = 0.0
    """Wanted time before `since`."""

    def observe(self, truth: Truth, now: Instant, *, forget_after_s: Seconds | None = None) -> None:
        """Take in the truth of this moment. An unknown stretch longer than `forget_after_s` starts it anew."""
        if self.since is not None and truth is self.truth:
            return
        if self.truth is self.wanted and self.since is not None:
            self.accumulated_s += now - self.since
        long_unknown = (
            self.truth is UNKNOWN
            and self.since is not None
            and forget_after_s is not None
            and now - self.since > forget_after_s
        )
        if long_unknown or (truth is not UNKNOWN and truth is not self.wanted):
            self.accumulated_s = 0.0
        self.truth, self.since = truth, now

    def restart(self) -> None:
        """Forget everything."""
        self.truth, self.since, self.accumulated_s = UNKNOWN, None, 0.0

    def held_s(self, now: Instant) -> Seconds:
        """Wanted time so far."""
        running = now - self.since if self.truth is self.wanted and self.since is not None else 0.0
        return self.accumulated_s + running

    def due(self, length_s: Seconds) -> Instant | None:
        """When `length_s` will have been held if nothing changes; None while it is not running."""
        if self.truth is not self.wanted or self.since is None:
            return None
        return self.since + max(0.0, length_s - self.accumulated_s)

    def reached(self, length_s: Seconds, now: Instant) -> bool:
        """Whether the condition stands and has been held for `length_s`."""
        due = self.due(length_s)
        return due is not None and now >= due
