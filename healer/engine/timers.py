"""One deadline per charger, and the earliest of all of them, without looking at the whole fleet."""

from __future__ import annotations

import heapq

from healer.model import ChargerId, Instant


class Timers:
    """A heap of (moment, charger).

    A deadline that moves to later, as silence does with every frame, leaves its entry where it is: it is put right when
    it comes up, so the heap does not grow with the frames. Entries that were overtaken by an earlier one are skipped.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, ChargerId]] = []
        self._due: dict[ChargerId, Instant] = {}
        self._queued: dict[ChargerId, Instant] = {}
        """The entry of each charger that counts."""

    def __len__(self) -> int:
        """Entries that are held, whether they count or not."""
        return len(self._heap)

    def set(self, charger: ChargerId, moment: Instant | None) -> None:
        """The charger's next deadline; None when it has none."""
        if moment is None:
            self._due.pop(charger, None)
            return
        self._due[charger] = moment
        if moment < self._queued.get(charger, float("inf")):
            self._push(charger, moment)

    def _push(self, charger: ChargerId, moment: Instant) -> None:
        self._queued[charger] = moment
        heapq.heappush(self._heap, (moment, charger))

    def earliest(self) -> Instant | None:
        """The next moment at which something is due."""
        while self._heap:
            queued, charger = self._heap[0]
            if self._queued.get(charger) == queued and self._due.get(charger) == queued:
                return queued
            heapq.heappop(self._heap)
            if self._queued.get(charger) == queued:
                del self._queued[charger]
                if charger in self._due:
                    self._push(charger, self._due[charger])
        return None

    def pop(self, now: Instant) -> ChargerId | None:
        """A charger whose deadline has come; it has no deadline until it is set again."""
        moment = self.earliest()
        if moment is None or moment > now:
            return None
        _, charger = heapq.heappop(self._heap)
        del self._due[charger]
        del self._queued[charger]
        return charger
