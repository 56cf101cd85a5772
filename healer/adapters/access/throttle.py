"""Failed attempts, counted per identity and address, and the answers to them, held back longer each time.

Nothing here locks anybody out: only answers that say no are held back, and how long depends on failures of the same
identity from the same address. All of it is bounded, whoever tries whatever how often.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from healer.model import ChargerId, Seconds

FORGOTTEN_AFTER_S: Final = 600.0
"""Without another failure for so long, a place is as good as new."""

_FIRST_S: Final = 0.25


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
        most_places: int = 10_000,
    ) -> None:
        """`now` is monotonic; `most_held` answers wait at once, the next one is given at once."""
        self._now = now
        self._sleep = sleep
        self._longest_s = longest_s
        self._most_held = most_held
        self._most_places = most_places
        self._held = 0
        self._places: OrderedDict[tuple[ChargerId | None, str | None], _Failures] = OrderedDict()

    def failures(self, charger: ChargerId, address: str | None) -> int:
        """How often an identity has failed from an address lately."""
        return self._count((charger, address), FORGOTTEN_AFTER_S)

    def failures_from(self, address: str) -> int:
        """How often anybody has failed from an address within ten minutes."""
        found = self._places.get((None, address))
        return 0 if found is None or self._now() - found.since > FORGOTTEN_AFTER_S else found.count

    def _count(self, place: tuple[ChargerId | None, str | None], within_s: Seconds) -> int:
        found = self._places.get(place)
        return 0 if found is None or self._now() - found.last > within_s else found.count

    def note(self, charger: ChargerId, address: str | None) -> Seconds:
        """Count a failure; how long its answer is to be held back."""
        if address is not None:
            self._add((None, address), fresh=self.failures_from(address) == 0)
        failures = self._add((charger, address), fresh=self.failures(charger, address) == 0)
        return min(self._longest_s, _FIRST_S * 2.0 ** min(failures - 1, 16))

    def _add(self, place: tuple[ChargerId | None, str | None], *, fresh: bool) -> int:
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

    async def hold_back(self, seconds: Seconds) -> bool:
        """Wait before an answer is given; False at once when too many are waiting already."""
        if self._held >= self._most_held:
            return False
        self._held += 1
        try:
            await self._sleep(seconds)
        finally:
            self._held -= 1
        return True
