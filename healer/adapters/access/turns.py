"""Who may have a password hashed next: one at a time for each charger, and no address at the expense of others.

A hash is slow on purpose, so somebody who shows wrong passwords could keep those out who know the right one. Here each
address is heard in its turn, those first from where a charger has shown a right one before.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from healer.model import ChargerId


@dataclass(slots=True, eq=False)
class _Waiting:
    charger: ChargerId
    place: str | None
    rank: tuple[bool, int, int]
    """Not preferred, how many from the same place come before, in order of arrival: the least is next."""
    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Turns:
    """Of one daemon. Used in the loop's thread only."""

    def __init__(
        self, *, at_once: int = 2, waiting: int = 256, of_charger: int = 96, of_place: int = 2, reserved: int = 32
    ) -> None:
        """`waiting` may wait in all, `of_charger` for one charger, `of_place` of them from one address, and `reserved`
        more from preferred addresses."""
        self._at_once = at_once
        self._most = waiting
        self._most_of_charger = of_charger
        self._most_of_place = of_place
        self._reserved = reserved
        self._waiting: list[_Waiting] = []
        self._busy: set[ChargerId] = set()
        self._order = itertools.count()

    @contextlib.asynccontextmanager
    async def take(self, charger: ChargerId, place: str | None, *, preferred: bool = False) -> AsyncIterator[bool]:
        """Wait for a turn and have it until the end of the block; False at once when there is no room to wait."""
        if not self._has_room(charger, place, preferred=preferred):
            yield False
            return
        ahead = sum(one.place == place for one in self._waiting)
        mine = _Waiting(charger, place, (not preferred, ahead, next(self._order)))
        self._waiting.append(mine)
        self._call()
        try:
            await mine.turn
            yield True
        finally:
            if mine in self._waiting:  # it gave up
                self._waiting.remove(mine)
            else:
                self._busy.discard(charger)
            self._call()

    def _has_room(self, charger: ChargerId, place: str | None, *, preferred: bool) -> bool:
        same = [one.place for one in self._waiting if one.charger == charger]
        if same.count(place) >= self._most_of_place:
            return False
        if preferred:
            return len(self._waiting) < self._most + self._reserved
        return len(self._waiting) < self._most and len(same) < self._most_of_charger

    def _call(self) -> None:
        """Whoever is next."""
        while len(self._busy) < self._at_once:
            ready = [one for one in self._waiting if one.charger not in self._busy and not one.turn.done()]
            if not ready:
                return
            chosen = min(ready, key=lambda one: one.rank)
            self._waiting.remove(chosen)
            self._busy.add(chosen.charger)
            chosen.turn.set_result(None)
