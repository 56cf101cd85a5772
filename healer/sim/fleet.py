"""Many simulated chargers in one process.

    fleet = Fleet("ws://127.0.0.1:9000/ocpp", chargers, loop_clock())
    await fleet.start()
    fleet.charger("A").fault(1, "InternalError", fleet.now())
    await fleet.stop()

Everything happens in the loop in which the fleet was started, scripts included.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from healer.behaviour import SimulatedCharger
from healer.model import ChargerId, Instant
from healer.sim.live import Dialling, LiveCharger


def loop_clock() -> Callable[[], Instant]:
    """Unix time now plus the running loop's monotonic time since."""
    loop = asyncio.get_running_loop()
    start = time.time() - loop.time()
    return lambda: start + loop.time()


class Fleet:
    """Chargers that dial one central system; `dialling` says how, where a URL alone does not do."""

    def __init__(
        self,
        url: str | Dialling,
        chargers: Iterable[SimulatedCharger],
        clock: Callable[[], Instant],
        *,
        rng: random.Random | None = None,
    ) -> None:
        dialling = Dialling(url) if isinstance(url, str) else url
        chance = rng or random.Random()
        self.now = clock
        self._live = {charger.id: LiveCharger(charger, dialling, clock, chance) for charger in chargers}
        self._task: asyncio.Task[None] | None = None

    def charger(self, charger: str) -> SimulatedCharger:
        """The behaviour of one charger, for scripts; KeyError if there is none of that id."""
        return self._live[ChargerId(charger)].charger

    @property
    def chargers(self) -> list[SimulatedCharger]:
        return [live.charger for live in self._live.values()]

    @property
    def connected(self) -> int:
        """How many chargers have a link now."""
        return sum(live.charger.linked for live in self._live.values())

    @property
    def ever_connected(self) -> bool:
        return any(live.ever_connected for live in self._live.values())

    @property
    def problems(self) -> Counter[str]:
        """Why chargers cannot connect, and how many of them."""
        return Counter(live.problem for live in self._live.values() if live.problem is not None)

    async def start(self) -> None:
        """Switch all chargers on; returns at once."""
        self._task = asyncio.create_task(self._run())
        for live in self._live.values():
            live.charger.power_on(self.now())

    async def stop(self) -> None:
        """Close every link properly and end; raises what ended the fleet by itself, if something did."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    async def ended(self) -> None:
        """Wait for the end of the fleet, which only a bug brings; raises it."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for live in self._live.values():
                group.create_task(live.run(), name=f"simulated charger {live.charger.id}")
