"""What stands between PyPI `ocpp`'s ChargePoint and the rest: the websocket below it, the behaviour behind it.

The library answers every CALL. A charger that gives no answer is made by holding that one answer back on its way out.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import enum
import itertools
import json
import logging
from collections.abc import Callable
from typing import Final, ParamSpec, Protocol, TypeVar, cast

from ocpp import exceptions, routing
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from healer.behaviour import Habits, SimulatedCharger
from healer.model import Instant
from healer.ocpp import messages

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound=enum.Enum)

QUIET: Final = logging.getLogger("healer.sim.ocpp")
"""The library logs each frame and, as errors, each refused command; that is what simulated chargers are for."""
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False
QUIET.setLevel(logging.CRITICAL)


_CALL: Final = 2
_USUAL: Final = Habits()


class _On(Protocol):
    def __call__(self, action: str, /) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


on: Final = cast(_On, routing.on)
"""The library's decorator of handlers, with its type."""


class Line:
    """The websocket as the library uses it, with the accent of the charger behind it."""

    def __init__(self, websocket: ClientConnection, habits: Habits = _USUAL) -> None:
        self._websocket = websocket
        self._habits = habits
        self._muted: set[str] = set()
        self._spoken = 0
        self._late: set[asyncio.Task[None]] = set()

    def mute(self, message_id: str) -> None:
        """Never answer this CALL."""
        self._muted.add(message_id)

    async def recv(self) -> str | bytes:
        return await self._websocket.recv()

    async def send(self, frame: str) -> None:
        if self._muted and self._is_muted(frame):
            return
        if self._habits.answers_after_s and json.loads(frame)[0] != _CALL:
            task = asyncio.create_task(self._send_late(frame))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        else:
            await self._speak(frame)

    async def _send_late(self, frame: str) -> None:
        await asyncio.sleep(self._habits.answers_after_s)
        with contextlib.suppress(ConnectionClosed):
            await self._speak(frame)

    async def _speak(self, frame: str) -> None:
        self._spoken += 1
        for text in self._habits.accent.rewrite(frame, self._spoken - 1):
            await self._websocket.send(text)

    def _is_muted(self, frame: str) -> bool:
        kind, message_id, *_ = json.loads(frame)
        if kind == _CALL or message_id not in self._muted:
            return False
        self._muted.discard(message_id)
        return True


class Ear:
    """Hands a command to the behaviour and brings back its word."""

    def __init__(self, charger: SimulatedCharger, clock: Callable[[], Instant], line: Line) -> None:
        self.charger = charger
        self.line = line
        self._clock = clock
        self._numbers = itertools.count(1)

    def message_id(self) -> str | None:
        """The id of the next CALL; None: whatever the library chooses."""
        named = self.charger.habits.accent.message_id
        return None if named is None else named(next(self._numbers))

    def obey(self, command: messages.Command, message_id: str) -> str:
        word = self.charger.obey(command, self._clock())
        if word is None:
            self.line.mute(message_id)
        return word or "Accepted"


class Client(Protocol):
    """One of the ChargePoint classes, on one connection."""

    async def start(self) -> None:
        """Read and answer until the connection closes (ConnectionClosed)."""

    async def say(self, report: messages.Report) -> messages.Reply | None:
        """Send a CALL and wait for its answer; None: a CALLERROR, or no answer in time."""


def status(words: type[E], word: str) -> E:
    """The behaviour's word as a member of the answer's enum; one that the answer cannot say becomes a CALLERROR."""
    known = {str(member.value): member for member in words}
    if word not in known:
        raise refusal(word)
    return known[word]


def refusal(word: str) -> exceptions.OCPPError:
    """The CALLERROR that says what an answer has no field for."""
    if word == "NotSupported":
        return exceptions.NotSupportedError()  # type: ignore[no-untyped-call]
    return exceptions.InternalError(word)  # type: ignore[no-untyped-call]


def written(instant: Instant | None) -> str:
    """An instant as chargers write it."""
    moment = datetime.datetime.fromtimestamp(instant or 0.0, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read(text: str) -> Instant:
    """An instant as the central system wrote it."""
    moment = datetime.datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
