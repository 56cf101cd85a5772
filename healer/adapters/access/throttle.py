"""Failed attempts, counted per identity and address, and the answers to them, held back longer each time.

Only answers that say no are held back, and how long depends on failures of the same identity from the same address. So
many of them wait for one identity from one address, and so many in all; beyond that, `is_full` says that a password
should not even be looked at, or guessing would be as fast as we are. Addresses are as `addresses.place_of` makes them.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from healer.model import ChargerId, Seconds

FORGOTTEN_AFTER_S: Final = 600.0
"""Without another failure for so long, a place is as good as new."""

_FIRST_S: Final = 0.25


_Place: TypeAlias = tuple[ChargerId | None, str | None]


@dataclass(slots=True)
class _Failures:
    count: int
    since: Seconds
    last: Seconds


class Throttle:
    """Counts failures and holds back the answers to them."""

    def __init__(
        self,
        *,
        now: Callable[[], Seconds],
        sleep: Callable[[Seconds], Awaitable[object]],
        longest_s: Seconds = 4.0,
        most_held: int = 256,
        most_held_of_one: int = 4,
        most_places: int = 10_000,
    ) -> None:
        """`now` is monotonic. `most_held` answers wait at once, `most_held_of_one` to one identity at one address."""
        self._now = now
        self._sleep = sleep
        self._longest_s = longest_s
        self._most_held = most_held
        self._most_held_of_one = most_held_of_one
        self._most_places = most_places
        self._held: Counter[_Place] = Counter()
        self._places: OrderedDict[_Place, _Failures] = OrderedDict()
        self._proven: OrderedDict[str, None] = OrderedDict()

    def failures(self, charger: ChargerId, address: str | None) -> int:
        """How often an identity has failed from an address lately."""
        return self._count((charger, address), FORGOTTEN_AFTER_S)

    def failures_from(self, address: str) -> int:
        """How often anybody has failed from an address within ten minutes."""
        found = self._places.get((None, address))
        return 0 if found is None or self._now() - found.since > FORGOTTEN_AFTER_S else found.count

    def _count(self, place: _Place, within_s: Seconds) -> int:
        found = self._places.get(place)
        return 0 if found is None or self._now() - found.last > within_s else found.count

    def note(self, charger: ChargerId, address: str | None) -> Seconds:
        """Count a failure; how long its answer is to be held back."""
        if address is not None:
            self._add((None, address), fresh=self.failures_from(address) == 0)
        failures = self._add((charger, address), fresh=self.failures(charger, address) == 0)
        return min(self._longest_s, _FIRST_S * 2.0 ** min(failures - 1, 16))

    def _add(self, place: _Place, *, fresh: bool) -> int:
        now = self._now()
        found = self._places.get(place)
        if found is None or fresh:
            found = self._places[place] = _Failures(0, now, now)
        found.count += 1
        found.last = now
        self._places.move_to_end(place)
        if len(self._places) > self._most_places:
            self._places.popitem(last=False)
        return found.count

    def forgive(self, charger: ChargerId, address: str | None) -> None:
        """It has shown the right key: what failed from there was a mistake."""
        self._places.pop((charger, address), None)
        if address is not None:
            self._proven[address] = None
            self._proven.move_to_end(address)
            if len(self._proven) > self._most_places:
                self._proven.popitem(last=False)

    def is_proven(self, address: str | None) -> bool:
        """Whether a charger has shown the right key from there."""
        return address in self._proven

    def is_full(self, charger: ChargerId, address: str | None) -> bool:
        """Whether an answer that says no could not be held back, and what is shown had better not be looked at.

        When all room is taken by others, that is so only for those who have failed before.
        """
        if self._held[charger, address] >= self._most_held_of_one:
            return True
        return self._held.total() >= self._most_held and self.failures(charger, address) > 0

    async def hold_back(self, charger: ChargerId, address: str | None, seconds: Seconds) -> bool:
        """Wait before an answer is given; False at once when too many are waiting already."""
        place = (charger, address)
        if self._held.total() >= self._most_held or self._held[place] >= self._most_held_of_one:
            return False
        self._held[place] += 1
        try:
            await self._sleep(min(seconds, self._longest_s))
        finally:
            self._held[place] -= 1
            if not self._held[place]:
                del self._held[place]
        return True
