"""Writing chargers down anew, a slice at a time, after the store lost facts: all at once would overflow it again."""

from __future__ import annotations

from collections.abc import Iterable

from healer.model import ChargerId, Instant, Seconds

SLICE = 100
EVERY_S: Seconds = 0.2


class Rewriting:
    """Who is still to be written down, and when the next slice is due."""

    def __init__(self) -> None:
        self._left: dict[ChargerId, None] = {}
        self.due: Instant | None = None
        """None while nobody is left."""

    def begin(self, chargers: Iterable[ChargerId], now: Instant) -> None:
        """All of these, from now on; who waits already keeps its place."""
        self._left.update(dict.fromkeys(chargers))
        self.due = now

    def take(self, now: Instant) -> list[ChargerId]:
        """The slice that is due."""
        if self.due is None or now < self.due:
            return []
        taken = list(self._left)[:SLICE]
        for charger in taken:
            del self._left[charger]
        self.due = now + EVERY_S if self._left else None
        return taken
