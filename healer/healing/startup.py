"""The time after a start, in which the fleet comes back and nothing disruptive is sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from healer.healing.settings import StartupLimits
from healer.model import ChargerId, Instant, format_duration


@dataclass(slots=True)
class Startup:
    """Settled once some time has passed and most chargers are back, or at the latest after `longest_s`."""

    limits: StartupLimits
    started_at: Instant
    expected: frozenset[ChargerId] = frozenset()
    """The chargers that were connected before."""
    back: set[ChargerId] = field(default_factory=set)
    settled: bool = False

    def connected(self, charger: ChargerId) -> None:
        if not self.settled and charger in self.expected:
            self.back.add(charger)

    @property
    def _enough(self) -> bool:
        return len(self.back) >= self.limits.back_share * len(self.expected)

    def review(self, now: Instant) -> bool:
        """True at the one moment in which the daemon has settled."""
        if self.settled:
            return False
        early = now >= self.started_at + self.limits.settle_s and self._enough
        self.settled = early or now >= self.started_at + self.limits.longest_s
        return self.settled

    @property
    def next_review(self) -> Instant | None:
        """When to review next: once some time has passed and enough are back, else at the latest moment."""
        if self.settled:
            return None
        return self.started_at + (self.limits.settle_s if self._enough else self.limits.longest_s)

    @property
    def sentence(self) -> str:
        return (
            f"the daemon has just started: {len(self.back)} of {len(self.expected)} chargers are back, "
            f"and it waits at least {format_duration(self.limits.settle_s)}"
        )
