"""What happens to which simulated charger and when: a told story, for demonstrations and tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from healer.behaviour import SimulatedCharger
from healer.model import Instant, Seconds
from healer.sim.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Scene:
    """At `at_s` after the beginning, do `act` to the charger: `lambda charger, now: charger.fault(1, "X", now)`."""

    at_s: Seconds
    charger: str
    act: Callable[[SimulatedCharger, Instant], object]


async def play(fleet: Fleet, scenes: Iterable[Scene]) -> None:
    """Play all scenes in the order of their times; returns after the last."""
    beginning = fleet.now()
    for scene in sorted(scenes, key=lambda scene: scene.at_s):
        await asyncio.sleep(max(0.0, beginning + scene.at_s - fleet.now()))
        scene.act(fleet.charger(scene.charger), fleet.now())
