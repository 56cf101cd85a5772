"""A daemon in a process of its own that is killed: by itself at a boundary of its ledger, or from outside.

The processes are forked from one that has everything imported, so that a crash and a restart take tenths of seconds.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import signal
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

from healer import shipped
from healer.adapters import logs, process
from healer.app import App
from healer.fleet.profiles import Profile, Profiles
from healer.healing import availability
from healer.healing.incident import State
from healer.model import ChargerId, Seconds
from tests.e2e.daemon import HurriedRules, settings

SICK: Final = ChargerId("SICK")
WELL: Final = ChargerId("WELL")

_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["__main__", "uvloop", __name__])


@dataclass(frozen=True)
class Orders:
    """How a daemon is to live."""

    store: Path
    port: int
    rule: str
    """Whose incident it is about."""
    verify_within_s: Seconds
    die_at: int = 0
    """At which boundary of the store's writer it kills itself; 0: at none."""


@dataclass(frozen=True)
class Known:
    """What a daemon knew when it had started."""

    chargers: frozenset[str]
    incidents: frozenset[int]
    """Open or pending."""
    spent: tuple[int, ...]
    """The intents that count against the sick charger's budget."""


@dataclass
class Life:
    """What became of a daemon."""

    known: Known | None = None
    boundaries: int | None = None
    """How many it crossed; None if it was killed."""
    status: int | None = None

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL


class Victim:
    """One daemon's process. It ends by itself once the incident is over."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._pipe, far_end = _FORKS.Pipe(duplex=False)
        self.process: ForkServerProcess = _FORKS.Process(target=_live, args=(orders, far_end))
        self._far_end = far_end

    async def life(self) -> Life:
        """Start it and wait for its end."""
        self.process.start()
        self._far_end.close()
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self.process.sentinel)
        self.process.join()
        life = Life(status=self.process.exitcode)
        try:
            life.known = self._pipe.recv()
            life.boundaries = self._pipe.recv()
        except EOFError:
            pass
        self._pipe.close()
        self.process.close()
        return life

    def kill(self) -> None:
        if self.process.is_alive():
            self.process.kill()


# --- in its own process -----------------------------------------------------------------------------------------------


def _live(orders: Orders, pipe: Connection) -> None:
    # The only times that no setting shortens: how long a connector rests, and how long its Unavailable is waited for.
    availability.REST_S, availability.PATIENCE_S = 0.3, 1.5
    logs.configure("info", "json", stream=orders.store.with_suffix(".log").open("a", buffering=1))
    process.run(_run(orders, pipe))


async def _run(orders: Orders, pipe: Connection) -> None:
    crossed = itertools.count(1)
    last = 0

    def cross(boundary: str) -> None:
        nonlocal last
        last = next(crossed)
        if last == orders.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    rules = HurriedRules((shipped.rules(),), stable_for_s=0.6, verify_within_s=orders.verify_within_s)
    profiles = Profiles((), Profile(boot_time_s=0.4, settle_s=0.1, hangs_in_finishing=True))
    wanted = settings(orders.store, port=orders.port, close_timeout_s=0.2)
    app = App(replace(wanted, profiles=profiles), rules, on_write=cross)
    await app.start()
    pipe.send(_known(app))
    while not _is_over(app, orders.rule):  # noqa: ASYNC110 - the engine has no event for it
        await asyncio.sleep(0.02)
    await app.stop()
    pipe.send(last)


def _known(app: App) -> Known:
    engine = app.engine
    uses = engine.ward.bookings.matching(SICK, 3600.0, app.now())
    return Known(
        frozenset(engine.chargers),
        frozenset(one.id for one in engine.incidents()),
        tuple(use.intent for use in uses),
    )


def _is_over(app: App, rule: str) -> bool:
    """The incident has ended, and nothing is owed to the charger."""
    states = [one.state for one in app.engine.casebook.incidents(SICK) if one.rule == rule]
    ended = bool(states) and all(state in {State.RESOLVED, State.EXHAUSTED} for state in states)
    return ended and not app.engine.chargers[SICK].put_back
