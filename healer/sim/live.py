"""One simulated charger at its websocket: dials, speaks, hears, hangs up, as its behaviour tells it to.

One task runs the behaviour and has at most one CALL open; a second reads and answers commands; a third dials.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from healer.behaviour import Dial, DropLink, Say, SimulatedCharger
from healer.model import Instant, OcppVersion, Seconds
from healer.ocpp import messages
from healer.sim import v16, v21, v201
from healer.sim.line import Ear, Line

_CHARGE_POINTS: Final[Mapping[OcppVersion, type[v16.ChargePoint] | type[v201.ChargePoint]]] = {
    OcppVersion.V16: v16.ChargePoint,
    OcppVersion.V201: v201.ChargePoint,
    OcppVersion.V21: v21.ChargePoint,
}


@dataclass(frozen=True, slots=True)
class Dialling:
    """How the central system is reached."""

    url: str
    """Without the charger's id."""
    spread_s: Seconds = 1.0
    """Each first attempt waits a random time up to this, so that a fleet does not arrive all at once."""
    retry_s: Seconds = 1.0
    """The wait after the first failed attempt; doubled after each further one, and varied by half."""
    longest_retry_s: Seconds = 30.0
    response_timeout_s: Seconds = 30.0


class LiveCharger:
    """A charger's tasks."""

    def __init__(
        self, charger: SimulatedCharger, dialling: Dialling, clock: Callable[[], Instant], rng: random.Random
    ) -> None:
        self.charger = charger
        self.problem: str | None = None
        """Why the last attempt to connect failed; None once one succeeded."""
        self.ever_connected = False
        self._dialling = dialling
        self._clock = clock
        self._rng = rng
        self._wake = asyncio.Event()
        self._dialler: asyncio.Task[None] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._websocket: ClientConnection | None = None
        self._client: v16.ChargePoint | v201.ChargePoint | None = None

    @property
    def url(self) -> str:
        return f"{self._dialling.url.rstrip('/')}/{quote(self.charger.id, safe='')}"

    async def run(self) -> None:
        """Live until cancelled; then close the link properly."""
        self.charger.on_change = self._wake.set
        try:
            while True:
                await self._rest()
                self._notice_lost_link()
                self._notice_bug()
                for action in await self._due():
                    await self._perform(action)
        finally:
            await self._end(self._dialler)
            if self._websocket is not None:
                await self._websocket.close()
            await self._end(self._reader)
            self.charger.disconnected(self._clock())

    async def _rest(self) -> None:
        """Sleep until the behaviour has something to do, or something was done to it."""
        deadline = self.charger.next_deadline()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if deadline is None else max(0.0, deadline - self._clock())):
                await self._wake.wait()
        self._wake.clear()

    async def _due(self) -> list[Say | DropLink | Dial]:
        if self._client is None:
            return self.charger.due(self._clock())
        async with self._client.answering:
            return self.charger.due(self._clock())

    async def _perform(self, action: Say | DropLink | Dial) -> None:
        match action:
            case Say(report):
                reply = await self._say(report)
                self.charger.answered(report, reply, self._clock())
            case DropLink():
                await self._drop()
            case Dial():
                await self._end(self._dialler)
                self._dialler = asyncio.create_task(self._dial())
                self._dialler.add_done_callback(lambda _: self._wake.set())

    async def _say(self, report: messages.Report) -> messages.Reply | None:
        """The answer; None when there is none, also because the link was lost meanwhile."""
        if self._client is None or self._reader is None:
            return None
        asking = asyncio.create_task(self._client.say(report))
        try:
            await asyncio.wait({asking, self._reader}, return_when=asyncio.FIRST_COMPLETED)
            self._notice_lost_link()
            if asking.done() and not isinstance(asking.exception(), ConnectionClosed):
                return asking.result()
            return None
        finally:
            await self._end(asking)

    def _notice_bug(self) -> None:
        if self._dialler is not None and self._dialler.done() and not self._dialler.cancelled():
            self._dialler.result()

    # --- link -----------------------------------------------------------------------------------------------------

    async def _dial(self) -> None:
        settings = self._dialling
        wait_s = self._rng.uniform(0, settings.spread_s)
        for attempt in range(1_000_000):
            await asyncio.sleep(wait_s)
            wait_s = min(settings.longest_retry_s, settings.retry_s * 2 ** min(attempt, 16))
            wait_s *= self._rng.uniform(0.5, 1.5)
            try:
                websocket = await self._connect()
            except (OSError, TimeoutError, WebSocketException) as problem:
                self.problem = str(problem) or type(problem).__name__
                continue
            former, reader = self._websocket, self._reader
            self._take(websocket)
            if former is not None:  # forgotten by the charger, and closed at last
                await self._end(reader)
                await former.close()
            return

    async def _connect(self) -> ClientConnection:
        subprotocol = Subprotocol(self.charger.version.subprotocol)
        return await connect(
            self.url,
            subprotocols=None if self.charger.habits.names_no_version else [subprotocol],
            compression=None,  # hundreds of chargers would each hold a compressor's windows
            user_agent_header=f"{self.charger.identity.vendor}/{self.charger.firmware}",
            proxy=None,
            ping_interval=60,
            ping_timeout=60,
            close_timeout=2,
        )

    def _take(self, websocket: ClientConnection) -> None:
        self.problem, self.ever_connected = None, True
        ear = Ear(self.charger, self._clock, Line(websocket, self.charger.habits))
        client = _CHARGE_POINTS[self.charger.version](ear, self._dialling.response_timeout_s)
        self._websocket, self._client = websocket, client
        self._reader = asyncio.create_task(client.start())  # type: ignore[no-untyped-call]
        self._reader.add_done_callback(lambda _: self._wake.set())
        self.charger.connected(self._clock())

    def _notice_lost_link(self) -> None:
        """The reader ends with the connection, or over a frame that the library cannot take."""
        if self._reader is None or not self._reader.done():
            return
        error = None if self._reader.cancelled() else self._reader.exception()
        if self._websocket is not None and not isinstance(error, ConnectionClosed):
            self.problem = f"a frame that PyPI ocpp cannot take: {error!r}"
            self._websocket.transport.abort()
        self._websocket = self._client = self._reader = None
        self.charger.disconnected(self._clock())

    async def _drop(self) -> None:
        """Vanish as a box does whose power is cut: without a close frame."""
        await self._end(self._dialler)
        if self._websocket is not None:
            self._websocket.transport.abort()
        await self._end(self._reader)
        self._websocket = self._client = self._reader = None

    async def _end(self, task: asyncio.Task[None] | asyncio.Task[messages.Reply | None] | None) -> None:
        """Cancel the task and see it end; its error, if any, has been dealt with or no longer matters."""
        if task is None:
            return
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()
