"""Whether somebody was really there: plugs that seem to be taken and are free again before anything came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from healer.model import Instant, Seconds

PHANTOM_S: Final[Seconds] = 60.0
"""Nobody plugs in a car and takes it away again in less."""


@dataclass(slots=True)
class PlugWatch:
    """What one plug said of being taken, as far as it was watched without a break."""

    free_epoch: int = -1
    """The charger's epoch in which it was last said to be free."""
    taken_at: Instant | None = None
    """When it was said to be taken after that; None once a session has come of it."""
    taken_epoch: int = -1

    def taken(self, epoch: int, now: Instant) -> None:
        """A car seems to be plugged in."""
        if self.free_epoch == epoch and self.taken_at is None:
            self.taken_at, self.taken_epoch = now, epoch
        self.free_epoch = -1

    def served(self) -> None:
        """Somebody was there: a session, or another thing that is no free plug."""
        self.taken_at, self.free_epoch = None, -1

    def freed(self, epoch: int, now: Instant) -> Seconds | None:
        """The plug is free; for how long it had seemed to be taken, if nothing came of it."""
        taken_at, self.taken_at, self.free_epoch = self.taken_at, None, epoch
        return None if taken_at is None or self.taken_epoch != epoch else now - taken_at
