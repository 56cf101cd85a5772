"""One deadline per charger, and the earliest of all of them, without looking at the whole fleet."""

from __future__ import annotations

import heapq

from healer.model import ChargerId, Instant


class Timers:
    """A heap of (moment, charger); an entry that was replaced is skipped when it comes up."""

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, ChargerId]] = []
        self._due: dict[ChargerId, Instant] = {}

    def set(self, charger: ChargerId, moment: Instant | None) -> None:
        """The charger's next deadline; None when it has none."""
        if moment is None:
            self._due.pop(charger, None)
        elif self._due.get(charger) != moment:
            self._due[charger] = moment
            heapq.heappush(self._heap, (moment, charger))

    def earliest(self) -> Instant | None:
        """The next moment at which something is due."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop(self, now: Instant) -> ChargerId | None:
        """A charger whose deadline has come; it has no deadline until it is set again."""
        moment = self.earliest()
        if moment is None or moment > now:
            return None
        _, charger = heapq.heappop(self._heap)
        del self._due[charger]
        return charger
