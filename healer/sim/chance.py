"""What happens to simulated chargers by chance: drivers come and go, and some chargers fall ill again and again.

Draws lots, but reads no clock and waits for nothing: `due` does what is due, `next_at` says when to ask again.
"""

from __future__ import annotations

import asyncio
import enum
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from healer.behaviour import Reaction, SimulatedCharger
from healer.model import ChargerId, Instant, Seconds
from healer.sim.fleet import Fleet


class FaultKind(enum.StrEnum):
    """What can befall a charger."""

    INTERNAL_ERROR = "internal-error"
    """Faulted with InternalError; a soft reset heals it in two of three cases, a hard one always."""
    OFFLINE = "offline"
    """The link is gone for some minutes."""
    HANGS_IN_FINISHING = "hangs-in-finishing"
    """Only a command frees it. The shipped rule asks for a model that is known for this."""
    GROUND_FAILURE = "ground-failure"
    """Stays until a person comes."""
    BOOT_LOOP = "boot-loop"
    """Restarts by itself every minute or two, ten times."""


@dataclass(frozen=True, slots=True)
class Odds:
    """How often things happen, in seconds of an unhurried life."""

    first_within_s: Seconds = 60.0
    """The first faults come within this time."""
    again_after_s: Seconds = 900.0
    """The mean time from a recovery to the next fault."""
    offline_s: tuple[Seconds, Seconds] = (120.0, 1800.0)
    person_s: tuple[Seconds, Seconds] = (1200.0, 3600.0)
    """How long it takes until a person has repaired what no command heals."""
    idle_s: Seconds = 1200.0
    """The mean time between two drivers."""
    charging_s: tuple[Seconds, Seconds] = (300.0, 2400.0)


_ODDS: Final = Odds()


class Chance:
    """The lots of a fleet. All times of the odds are divided by `speed`."""

    def __init__(
        self,
        chargers: Sequence[SimulatedCharger],
        illness: Mapping[ChargerId, FaultKind],
        rng: random.Random,
        *,
        odds: Odds = _ODDS,
        speed: float = 1.0,
    ) -> None:
        self._chargers = list(chargers)
        self._illness = illness
        self._odds = odds
        self._rng = rng
        self._speed = speed
        self._order = itertools.count()
        self._events: list[tuple[Instant, int, Callable[[Instant], None]]] = []

    def begin(self, now: Instant) -> None:
        """Draw the first lots."""
        for charger in self._chargers:
            self._plan(now + self._exponential(self._odds.idle_s), charger, self._visit)
            if charger.id in self._illness:
                first = self._between((self._odds.first_within_s / 6, self._odds.first_within_s))
                self._plan(now + first, charger, self._fall_ill)

    def next_at(self) -> Instant | None:
        return self._events[0][0] if self._events else None

    def due(self, now: Instant) -> None:
        while self._events and self._events[0][0] <= now:
            _, _, happen = heapq.heappop(self._events)
            happen(now)

    def active(self) -> Counter[FaultKind]:
        """The faults of now."""
        return Counter(
            self._illness[charger.id] for charger in self._chargers if charger.id in self._illness and not charger.well
        )

    def _plan(
        self, at: Instant, charger: SimulatedCharger, happen: Callable[[SimulatedCharger, Instant], None]
    ) -> None:
        heapq.heappush(self._events, (at, next(self._order), lambda now: happen(charger, now)))

    def _between(self, bounds: tuple[Seconds, Seconds]) -> Seconds:
        return self._rng.uniform(*bounds) / self._speed

    def _exponential(self, mean_s: Seconds) -> Seconds:
        return self._rng.expovariate(self._speed / mean_s)

    def _any_connector(self, charger: SimulatedCharger) -> int:
        return self._rng.randint(1, charger.identity.connectors)

    # --- drivers --------------------------------------------------------------------------------------------------

    def _visit(self, charger: SimulatedCharger, now: Instant) -> None:
        charger.start_session(self._any_connector(charger), now, for_s=self._between(self._odds.charging_s))
        self._plan(now + self._exponential(self._odds.idle_s), charger, self._visit)

    # --- faults ---------------------------------------------------------------------------------------------------

    def _fall_ill(self, charger: SimulatedCharger, now: Instant) -> None:
        connector = self._any_connector(charger)
        match self._illness[charger.id]:
            case FaultKind.INTERNAL_ERROR:
                stubborn = self._rng.random() < 1 / 3
                charger.react("reset soft", Reaction.NO_EFFECT if stubborn else Reaction.WORKS)
                charger.fault(connector, "InternalError", now)
            case FaultKind.OFFLINE:
                charger.go_offline(now, for_s=self._between(self._odds.offline_s))
            case FaultKind.HANGS_IN_FINISHING:
                charger.hang_in_finishing(connector, now)
            case FaultKind.GROUND_FAILURE:
                charger.fault(connector, "GroundFailure", now)
                self._plan(now + self._between(self._odds.person_s), charger, SimulatedCharger.recover)
            case FaultKind.BOOT_LOOP:
                charger.boot_loop(self._between((60.0, 120.0)), 10, now)
        self._plan(now + 10 / self._speed, charger, self._look_after)

    def _look_after(self, charger: SimulatedCharger, now: Instant) -> None:
        """Once it is well, it may fall ill again."""
        if charger.well:
            self._plan(now + self._exponential(self._odds.again_after_s), charger, self._fall_ill)
        else:
            self._plan(now + 10 / self._speed, charger, self._look_after)


def drawn(
    chargers: Sequence[ChargerId], shares: Mapping[FaultKind, float], rng: random.Random
) -> dict[ChargerId, FaultKind]:
    """Who suffers from what: at most one illness each, and of each kind that is wanted at least one charger."""
    healthy = list(chargers)
    rng.shuffle(healthy)
    illness: dict[ChargerId, FaultKind] = {}
    for kind, share in shares.items():
        wanted = max(1, round(share * len(chargers))) if share > 0 else 0
        for _ in range(min(wanted, len(healthy))):
            illness[healthy.pop()] = kind
    return illness


async def play(fleet: Fleet, chance: Chance) -> None:
    """Let chance reign over the fleet until cancelled."""
    chance.begin(fleet.now())
    while (at := chance.next_at()) is not None:
        await asyncio.sleep(max(0.0, at - fleet.now()))
        chance.due(fleet.now())
