"""`kill -9` at every boundary of the ledger, and at random: no reset is sent twice, and no incident is lost.

The daemon is a process of its own; the chargers live in this one, outlive it, and count what they were told.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from healer.adapters.store import database, ledger, restoration
from healer.behaviour import Reaction, SimulatedCharger
from healer.healing.incident import Incident, State
from healer.model import OcppVersion, Seconds, Status
from healer.sim.fleet import Fleet
from healer.snapshot import Snapshot
from tests.e2e.daemon import LOOPBACK, charger, fleet, given
from tests.e2e.victim import SICK, WELL, Known, Life, Orders, Victim

pytestmark = pytest.mark.e2e

AT_ONCE = 12
"""Stories that are told side by side: most of each is waiting."""

LIVES = 8
"""More starts than any story needs."""

LONGEST_S = 60.0

_PORTS = itertools.count(random.SystemRandom().randrange(20_000, 30_000))
"""Below the ports that the system gives to clients, which would take them while a daemon is down."""


def _free_port() -> int:
    for port in _PORTS:
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise AssertionError


@dataclass(frozen=True)
class Illness:
    """What a charger has, and which commands belong to its cure."""

    rule: str
    begin: Callable[[SimulatedCharger], object]
    cure: tuple[str, ...]
    """The commands that are given where nothing goes wrong."""
    once: frozenset[str]
    """Those that must never be given twice, whatever goes wrong."""
    replies: Mapping[str, Reaction] = field(default_factory=dict)
    verify_within_s: Seconds = 2.0


HUNG = Illness(
    "internal-error",
    lambda charger: charger.fault(1, "InternalError", 0.0),
    cure=("Reset soft", "Reset hard"),
    once=frozenset({"Reset soft", "Reset hard"}),
    replies={"reset_soft": Reaction.NO_EFFECT},
)
"""The soft reset does not heal it and the hard one does: a ladder of two disruptive steps."""

STUCK = Illness(
    "hangs-in-finishing",
    lambda charger: charger.hang_in_finishing(1, 0.0),
    cure=("Inoperative", "Operative"),
    once=frozenset({"Inoperative", "UnlockConnector", "Reset soft"}),
)
"""A cycle heals it. What the cycle took out of service must come back, whoever has to see to it."""


@dataclass
class Story:
    """One sick charger, one store, and the daemons that looked after it one after the other."""

    name: str
    store: Path
    version: OcppVersion
    illness: Illness = HUNG
    port: int = field(default_factory=_free_port)
    lives: list[Life] = field(default_factory=list)
    left: list[Snapshot] = field(default_factory=list)
    """What the file held after each life."""
    given: list[str] = field(default_factory=list)
    """The commands that the sick charger was given."""
    status: Status | None = None
    """How its connector ended."""

    @property
    def crashes(self) -> int:
        return sum(life.killed for life in self.lives)

    @asynccontextmanager
    async def chargers(self) -> AsyncIterator[Fleet]:
        other = OcppVersion.V201 if self.version is OcppVersion.V16 else OcppVersion.V16
        sick = charger(SICK, self.version, **self.illness.replies)
        well = charger(WELL, other)
        self.illness.begin(sick)
        async with fleet(f"ws://{LOOPBACK}:{self.port}/ocpp", [sick, well]) as simulated:
            yield simulated
        self.given, self.status = given(sick), sick.status(1)
        assert given(well) == [], self.name

    async def live(self, die_at: int = 0, then: Callable[[Victim], Coroutine[None, None, None]] | None = None) -> Life:
        """One life of the daemon; what it left in its file is read before anybody else may change it."""
        victim = Victim(Orders(self.store, self.port, self.illness.rule, self.illness.verify_within_s, die_at))
        fate = asyncio.create_task(then(victim)) if then is not None else None
        try:
            async with asyncio.timeout(LONGEST_S):
                life = await victim.life()
        finally:
            if fate is not None:
                fate.cancel()
        self.lives.append(life)
        self.left.append(snapshot_of(self.store))
        return life


def snapshot_of(store: Path) -> Snapshot:
    """What the next daemon will find."""
    if not store.exists():
        return Snapshot()
    with database.reading(store) as connection:
        if not connection.dialect.has_table(connection, "marks"):
            return Snapshot()
        assert ledger.verify_chain(connection) is None
        run = restoration.last_run(connection)
        return restoration.read_snapshot(connection, run=run, now=0.0, ids={})


# --- what must be true of every story ---------------------------------------------------------------------------------


def judge(story: Story) -> None:
    """Whatever happened: nothing twice, nothing lost, everything known."""
    about = f"{story.name}: given {story.given}, {story.status}, lives {story.lives}, {story.store.with_suffix('.log')}"
    assert [name for name in story.illness.once if story.given.count(name) > 1] == [], about
    assert set(story.given) <= story.illness.once | set(story.illness.cure), about
    assert story.lives[-1].status == 0, about
    end = story.left[-1]
    (incident,) = [one for one in end.incidents if one.rule == story.illness.rule]
    assert incident.state in {State.RESOLVED, State.EXHAUSTED}, about
    assert incident.state is State.EXHAUSTED or story.status is Status.AVAILABLE, about
    assert story.status is not Status.UNAVAILABLE, about
    assert {record.charger for record in end.chargers} == {SICK, WELL}, about
    assert end.stopped_cleanly, about
    assert all(outcome is not None for _, outcome in end.intents), about
    sent = Counter(NAMES[intent.action] for intent, outcome in end.intents if outcome and outcome.fate.counts)
    assert Counter(story.given) <= sent, about
    for before, after in itertools.pairwise(zip(story.lives, story.left, strict=True)):
        if after[0].known is not None:
            assert_known(before[1], after[0].known, about)


NAMES = {
    "reset soft": "Reset soft",
    "reset hard": "Reset hard",
    "cycle-availability": "Inoperative",
    "put-in-service": "Operative",
    "unlock": "UnlockConnector",
}
"""Actions in the ledger -> commands as the charger counts them."""


def assert_known(left: Snapshot, known: Known, about: str) -> None:
    """A daemon knows from its start what the file had: chargers, open incidents, what was spent of the budget."""
    assert {record.charger for record in left.chargers} <= known.chargers, about
    assert {one.id for one in left.incidents if _is_alive(one)} <= known.incidents, about
    used = [(intent, outcome) for intent, outcome in left.intents if outcome is None or outcome.fate.counts]
    spent = [intent.id for intent, _ in used if intent.disruptive]
    assert set(known.spent) == set(spent), about


def _is_alive(incident: Incident) -> bool:
    return incident.state.open or incident.state is State.PENDING


# --- the stories ------------------------------------------------------------------------------------------------------


async def told(story: Story, *, die_at: int) -> Story:
    """Killed at one boundary, then left in peace."""
    async with story.chargers():
        life = await story.live(die_at)
        if life.killed:
            await story.live()
    return story


async def side_by_side(stories: list[Awaitable[Story]]) -> list[Story]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(story: Awaitable[Story]) -> Story:
        async with places:
            return await story

    return list(await asyncio.gather(*(one(story) for story in stories)))


async def crashed_at_each(
    illness: Illness, version: OcppVersion, store: Path, *, first: int = 1, stride: int = 1
) -> list[Story]:
    """The same story again and again, with a crash at each boundary of the store's writer, and judged."""
    whole = await told(Story("without a crash", store / "whole.sqlite", version, illness), die_at=0)
    judge(whole)
    assert whole.given == list(illness.cure)
    boundaries = whole.lives[0].boundaries
    assert boundaries is not None
    assert boundaries >= first + 30
    numbers = range(first, boundaries + 1, stride)
    stories = await side_by_side(
        [told(Story(f"crash at {at}", store / f"{at}.sqlite", version, illness), die_at=at) for at in numbers]
    )
    for story in stories:
        judge(story)
    # How many commits it takes varies a little from run to run; some of the last boundaries may not be reached.
    assert sum(story.crashes for story in stories) >= len(numbers) * 0.8
    return stories


async def test_a_crash_at_every_boundary_of_the_ledger_doubles_no_reset_and_loses_no_incident(tmp_path: Path) -> None:
    stories = await crashed_at_each(HUNG, OcppVersion.V16, tmp_path)
    # Crashes fell on every part of the way: beside a reset that was recorded and not sent, and beside one that was.
    assert {len(story.given) for story in stories} == {1, 2}


async def test_nor_does_a_crash_under_a_charger_that_speaks_2_0_1(tmp_path: Path) -> None:
    # What is written down is the same for all versions, so that every third boundary will do.
    await crashed_at_each(HUNG, OcppVersion.V201, tmp_path, stride=3)


async def test_what_a_cycle_took_out_of_service_comes_back_wherever_the_daemon_crashes(tmp_path: Path) -> None:
    # The boundaries before are those of chargers that connect, as in the first test.
    await crashed_at_each(STUCK, OcppVersion.V16, tmp_path, first=21)


async def killed_at_random(story: Story, chance: random.Random, times: int) -> Story:
    async with story.chargers():
        for _ in range(times):
            delay_s = chance.uniform(0.0, 1.8)

            async def kill(victim: Victim, delay_s: float = delay_s) -> None:
                await asyncio.sleep(delay_s)  # not to wait for anything: this is when the blow falls
                victim.kill()

            if not (await story.live(then=kill)).killed:
                break
        else:
            await story.live()
    return story


async def test_kills_from_outside_at_any_moment_double_no_reset_and_lose_no_incident(tmp_path: Path) -> None:
    chance = random.Random(20_601)
    stories = await side_by_side(
        [
            killed_at_random(
                Story(f"killed at random {number}", tmp_path / f"{number}.sqlite", version), chance, times=3
            )
            for number, version in enumerate([OcppVersion.V16, OcppVersion.V201] * 6)
        ]
    )
    for story in stories:
        judge(story)
    assert sum(story.crashes for story in stories) >= 12
