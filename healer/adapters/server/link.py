"""One open connection: reading, writing and pinging, which end together, with the first reason any of them had.

What a charger sends is bounded in size and rate, what it does not read waits in its own outbox until that is full.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from websockets.asyncio.server import Server, ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.server import ServerProtocol

from healer import events
from healer.adapters.server.arrivals import Arrivals
from healer.config import OcppSettings
from healer.model import ConnectionId, Seconds
from healer.ports import Admitted, Report

_FLUSH_S: Final = 1.0
"""How long the messages before a close may take to go out."""

_REASON_BYTES: Final = 123
"""RFC 6455 section 5.5: what a close frame has room for."""


class Connection(ServerConnection):
    """A websocket that reads only while its peer reads: answers to its pings would pile up otherwise."""

    def __init__(self, protocol: ServerProtocol, server: Server, *, arrivals: Arrivals, **settings: Any) -> None:
        super().__init__(protocol, server, **settings)
        self._arrivals = arrivals
        self._arrival: int | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self.admitted: Admitted | None = None
        """What the gate found, once it has let the connection in."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._arrival = self._arrivals.enter()
        if self._arrival is None:
            transport.close()
        else:
            super().connection_made(transport)

    def arrived(self) -> None:
        """The websocket is open."""
        self._arrivals.leave(self._arrival)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.writable.clear()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.writable.set()
        if not self.recv_messages.paused:
            self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._arrival is None:
            return
        self._arrivals.leave(self._arrival)
        super().connection_lost(exc)
        self.writable.set()


class Link:
    """One open connection: its outbox, and why it ends. The first reason given stands."""

    def __init__(self, connection: ConnectionId, socket: Connection, settings: OcppSettings) -> None:
        self.connection = connection
        self._socket = socket
        self._settings = settings
        self._outbox: asyncio.Queue[str] = asyncio.Queue(settings.max_outbox)
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._frames = 0
        self.code: int = CloseCode.INTERNAL_ERROR
        self.reason = "error"
        """Why it ends, once it does."""

    def put(self, data: str) -> bool:
        if self._ended.done():
            return False
        try:
            self._outbox.put_nowait(data)
        except asyncio.QueueFull:
            self.end(CloseCode.POLICY_VIOLATION, "outbox-full")
            return False
        return True

    def end(self, code: int, reason: str) -> None:
        if not self._ended.done():
            self.code, self.reason = code, reason
            self._ended.set_result(None)

    def abort(self) -> None:
        self._socket.transport.abort()

    async def attend(self, report: Report) -> None:
        """Read, write and ping until one of them ends or the connection is told to."""
        work = {
            asyncio.create_task(self._read(report)),
            asyncio.create_task(self._write()),
            asyncio.create_task(self._keep_alive(report)),
        }
        try:
            await asyncio.wait([*work, self._ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in work:
                task.cancel()
            results = await asyncio.gather(*work, return_exceptions=True)
        for result in results:
            if isinstance(result, ConnectionClosed):
                self.end(CloseCode.NORMAL_CLOSURE, reason_of(result))
            elif isinstance(result, Exception):
                raise result

    async def hang_up(self) -> None:
        """Say what is left to say, close as decided, and cut off a charger that does not play along."""
        reason = self.reason.encode()[:_REASON_BYTES].decode(errors="ignore")
        try:
            async with asyncio.timeout(_FLUSH_S):
                while not self._outbox.empty() and self.reason != "outbox-full":
                    await self._socket.send(self._outbox.get_nowait())
            async with asyncio.timeout(self._settings.close_timeout_s):
                await self._socket.close(self.code, reason)
        except (TimeoutError, ConnectionClosed):
            self.abort()

    # --- its tasks ----------------------------------------------------------------------------------------------------

    async def _read(self, report: Report) -> None:
        pace = _Pace(self._settings.max_frame_rate)
        while True:
            await self._socket.writable.wait()
            data = await self._socket.recv()
            if self._ended.done():
                return
            self._frames += 1
            report(events.FrameReceived(self.connection, data))
            # recv returns at once while frames are waiting: without this, one that floods us would have the loop alone.
            await asyncio.sleep(pace.take(asyncio.get_running_loop().time()))

    async def _write(self) -> None:
        while True:
            await self._socket.send(await self._outbox.get())

    async def _keep_alive(self, report: Report) -> None:
        """Ping and wait for the pong. A charger that knows no pings but sends frames is alive as well."""
        while True:
            await asyncio.sleep(self._settings.ping_interval_s)
            frames = self._frames
            try:
                async with asyncio.timeout(self._settings.pong_timeout_s):
                    await (await self._socket.ping())
            except TimeoutError:
                if self._frames == frames:
                    self.end(CloseCode.GOING_AWAY, "ping-timeout")
                    return
            else:
                report(events.PongReceived(self.connection))


class _Pace:
    """Bounds the frames of one charger: ten seconds' worth at once, `rate` a second in the long run."""

    def __init__(self, rate: int) -> None:
        self._rate = float(rate)
        self._left = self._most = rate * 10.0
        self._at: float | None = None

    def take(self, now: float) -> Seconds:
        """Count one frame; how long to wait before the next."""
        if self._at is not None:
            self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        self._left -= 1
        return 0.0 if self._left >= 0 else -self._left / self._rate


def reason_of(closed: ConnectionClosed) -> str:
    """Why a connection ended that we did not end, as `ConnectionClosed.reason`."""
    if closed.sent is not None and not closed.rcvd_then_sent:
        if closed.sent.code == CloseCode.MESSAGE_TOO_BIG:
            return "too-large"
        return "protocol-error"
    return "lost" if closed.rcvd is None else "closed"
