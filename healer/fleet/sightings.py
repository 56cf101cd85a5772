"""What was noticed of a charger beside its state: its last words on firmware and security, its troubles, its use.

Small and bounded; `noticing` writes it, the signals read it. Most of it outlives the daemon, since a charger says these
things once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from healer.fleet.neighbours import Neighbours
from healer.fleet.problems import MOST_PROBLEMS, Problem
from healer.fleet.record import SightingsRecord, Told
from healer.fleet.sensed import Sensed
from healer.model import Instant, Seconds, Target

TOLD_S: Final[Seconds] = 24 * 3600.0
"""How long a last word matters."""


@dataclass(slots=True)
class Sightings:
    """What was noticed of one charger."""

    known_since: Instant | None = None
    """When it was first heard of, if in an earlier run of the daemon."""
    neighbours: Neighbours = field(default_factory=Neighbours)
    """Shared by all chargers."""
    used_at: Instant | None = None
    """When its last session began or ended."""
    firmware: Told | None = None
    security: Told | None = None
    sensed: Sensed = field(default_factory=Sensed)
    """What it told of the charger as a whole."""
    _troubles: dict[tuple[Target, str], Problem] = field(default_factory=dict)

    # --- troubles of components -----------------------------------------------------------------------------------

    def in_trouble(self, problem: Problem) -> bool:
        """A 2.x component is in trouble; True if that is news."""
        key = (problem.place, problem.component)
        known = self._troubles.get(key)
        if known is None and len(self._troubles) >= MOST_PROBLEMS:
            return False
        self._troubles[key] = problem
        return known != problem

    def well_again(self, place: Target, component: str) -> None:
        self._troubles.pop((place, component), None)

    def restarted(self) -> None:
        """After a restart a station tells anew what is wrong with it; a reconnect alone is no reason to."""
        self._troubles.clear()

    def troubles_at(self, place: Target) -> Iterator[Problem]:
        """The components at a place, or above it, that are in trouble."""
        return (problem for problem in self._troubles.values() if problem.place.covers(place))

    # --- what outlives the daemon ---------------------------------------------------------------------------------

    def record(self, watched_since: Instant) -> SightingsRecord:
        since = watched_since if self.known_since is None else self.known_since
        return SightingsRecord(since, self.used_at, self.firmware, self.security, list(self._troubles.values()))

    def recall(self, record: SightingsRecord) -> None:
        self.known_since, self.used_at = record.known_since, record.used_at
        self.firmware, self.security = record.firmware, record.security
        self._troubles = {(problem.place, problem.component): problem for problem in record.troubles}
