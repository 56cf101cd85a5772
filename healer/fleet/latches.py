"""The safety latches of a charger: what was seen to be dangerous holds the interlock until it is known to be good."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from healer.fleet.record import Latch
from healer.model import Instant, Seconds, Target

MOST_LATCHES = 64
"""Places of one charger that are latched one by one; at the next one the charger as a whole is."""


class Latches(dict[Target, Latch]):
    """The latches by place."""

    def add(self, place: Target, code: str, now: Instant) -> bool:
        """A safety code was seen; True if that is news. Whatever good time a latch had begins anew."""
        if place not in self and len(self) >= MOST_LATCHES:
            place = Target(place.charger)
        known = self.get(place)
        self[place] = Latch(code, place, now) if known is None else Latch(known.code, place, known.since)
        return known is None

    def review(self, is_good: Callable[[Target], bool], clear_after_s: Seconds, now: Instant) -> bool:
        """Release each latch whose place has been good for long enough; True if one was."""
        released = False
        for place, latch in list(self.items()):
            if not is_good(place):
                self[place] = Latch(latch.code, place, latch.since)
            elif latch.good_since is None:
                self[place] = Latch(latch.code, place, latch.since, now)
            elif now >= latch.good_since + clear_after_s:
                del self[place]
                released = True
        return released

    def deadline(self, clear_after_s: Seconds) -> Instant | None:
        """When the next latch is released if its place stays good."""
        due = [latch.good_since + clear_after_s for latch in self.values() if latch.good_since is not None]
        return min(due, default=None)

    def in_order(self) -> list[Latch]:
        return [self[place] for place in sorted(self, key=lambda place: place.sort_key)]

    def move(self, places: Callable[[Target], Iterable[Target]]) -> None:
        """The places are counted in another way now: each latch goes to all the places that its own has become."""
        moved = [Latch(old.code, new, old.since) for old in self.values() for new in places(old.target)]
        self.clear()
        self.update((latch.target, latch) for latch in moved)
