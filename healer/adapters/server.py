"""The OCPP port: websockets in, events out, bounded outboxes back. Frames are handed on as they are.

One connection is three tasks (reading, writing, pinging) that end together, with the first reason any of them had.
Nothing a charger does reaches another: what it sends is bounded in size and rate, what it does not read waits in its
own outbox until that is full, and what goes wrong in its tasks ends with its connection.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from healer import events
from healer.config import OcppSettings
from healer.model import ChargerId, ConnectionId, OcppVersion, Seconds
from healer.ports import Report

LONGEST_IDENTITY: Final = 255
"""Characters of a charger's identity; OCPP 2.0.1 allows 48, and nobody needs more than this."""

SHUTDOWN: Final = "shutdown"

_VERSIONS: Final = {version.subprotocol: version for version in sorted(OcppVersion, reverse=True)}
"""By subprotocol, the highest version first."""

_FLUSH_S: Final = 1.0
"""How long the messages before a close may take to go out."""

_REASON_BYTES: Final = 123
"""RFC 6455 section 5.5: what a close frame has room for."""

_log = structlog.get_logger("healer.server")


class OcppServer:
    """Serves chargers until stopped. It is `ports.Links` to the runtime; events go to `report`, in the loop's thread.

    `ConnectionOpened` is reported before the first frame, `ConnectionClosed` exactly once and after the last.
    """

    def __init__(self, settings: OcppSettings, report: Report) -> None:
        self._settings = settings
        self._report = report
        self._links: dict[ConnectionId, _Link] = {}
        self._hanging_up: set[_Link] = set()
        self._server: Server | None = None
        self._serial = itertools.count(1)
        self._run = secrets.token_hex(4)

    async def start(self) -> None:
        """Listen. Raises OSError when the address cannot be had."""
        settings = self._settings
        # OCPP 2.0.1 part 4 section 3.3 wants compression supported; without context takeover it costs 1 KiB a charger.
        deflate = ServerPerMessageDeflateFactory(
            server_no_context_takeover=True, client_no_context_takeover=True, compress_settings={"memLevel": 5}
        )
        self._server = await serve(
            self._serve,
            settings.host,
            settings.port,
            extensions=[deflate],
            compression=None,  # the library's own, with context takeover
            select_subprotocol=_select_subprotocol,
            process_request=self._check_request,
            create_connection=_Connection,
            server_header=None,
            open_timeout=settings.handshake_timeout_s,
            close_timeout=settings.close_timeout_s,
            ping_interval=None,  # ours tells of pongs
            max_size=settings.max_frame_bytes,
            logger=logging.getLogger("websockets.server"),
            backlog=1024,
        )

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are listened on."""
        sockets = self._server.sockets if self._server is not None else ()
        if not sockets:
            return (self._settings.host, self._settings.port)
        host, port = sockets[0].getsockname()[:2]
        return (str(host), int(port))

    @property
    def connections(self) -> int:
        return len(self._links)

    # --- ports.Links --------------------------------------------------------------------------------------------------

    def send(self, connection: ConnectionId, data: str) -> bool:
        """Put a frame into the outbox; False when the connection is gone, ending, or its outbox full, which ends it."""
        link = self._links.get(connection)
        return link is not None and link.put(data)

    def close(self, connection: ConnectionId, code: int, reason: str) -> None:
        """Close a connection, if there is one; what was sent before goes out first. `reason` is reported as it is."""
        link = self._links.get(connection)
        if link is not None:
            link.end(code, reason)

    # --- stopping -----------------------------------------------------------------------------------------------------

    async def stop(self, within_s: Seconds = 10.0) -> None:
        """Stop accepting, close every connection with 1012 one after the other, and be done within the time.

        The closes spread over half of the time, so that the chargers do not all come back at once.
        """
        if self._server is None:
            return
        self._server.close(close_connections=False)
        pause_s = min(0.01, within_s / 2 / max(1, len(self._links)))
        for link in list(self._links.values()):
            link.end(CloseCode.SERVICE_RESTART, SHUTDOWN)
            await asyncio.sleep(pause_s)
        try:
            async with asyncio.timeout(within_s / 2):
                await self._server.wait_closed()
        except TimeoutError:
            for link in [*self._links.values(), *self._hanging_up]:
                link.abort()
            for task in list(self._server.handler_tasks):
                task.cancel()  # also those that are still shaking hands
            await self._server.wait_closed()
        self._server = None

    # --- handshake ----------------------------------------------------------------------------------------------------

    def _check_request(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuse before the websocket exists; None lets it come into being."""
        if len(self._links) >= self._settings.max_connections:
            return _refusal(socket, HTTPStatus.SERVICE_UNAVAILABLE, "too many connections")
        identity = identity_of(request.path)
        if identity is None:
            return _refusal(socket, HTTPStatus.NOT_FOUND, "the path does not end with a charger's identity")
        return None

    # --- one connection -----------------------------------------------------------------------------------------------

    async def _serve(self, socket: ServerConnection) -> None:
        """The life of one open websocket."""
        request, chosen = socket.request, socket.subprotocol
        charger = identity_of(request.path) if request is not None else None
        if charger is None or chosen is None or not isinstance(socket, _Connection):
            return  # the handshake has refused these
        connection = ConnectionId(f"{self._run}-{next(self._serial)}")
        link = _Link(connection, socket, self._settings)
        log = _log.bind(charger=charger, connection=connection)
        self._links[connection] = link
        try:
            log.debug("connection.opened", subprotocol=chosen)
            self._report(events.ConnectionOpened(connection, charger, _VERSIONS[chosen]))
            await link.attend(self._report)
        except Exception:  # a fault in one connection must not reach another
            log.exception("connection.failed")
            link.end(CloseCode.INTERNAL_ERROR, "error")
        finally:
            del self._links[connection]
            self._report(events.ConnectionClosed(connection, link.reason))
            log.debug("connection.closed", reason=link.reason)
        self._hanging_up.add(link)
        try:
            await link.hang_up()
        finally:
            self._hanging_up.discard(link)


class _Connection(ServerConnection):
    """A websocket that reads only while its peer reads: answers to its pings would pile up otherwise."""

    def __init__(self, protocol: ServerProtocol, server: Server, **settings: Any) -> None:
        super().__init__(protocol, server, **settings)
        self.writable = asyncio.Event()
        self.writable.set()

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
        super().connection_lost(exc)
        self.writable.set()


class _Link:
    """One open connection: its outbox, and why it ends. The first reason given stands."""

    def __init__(self, connection: ConnectionId, socket: _Connection, settings: OcppSettings) -> None:
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


def identity_of(path: str) -> ChargerId | None:
    """The charger's identity: the last segment of the path, percent-decoded (1.6-J section 3.1.1), or None."""
    segment = path.partition("?")[0].rpartition("/")[2]
    try:
        identity = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return None
    if not 0 < len(identity) <= LONGEST_IDENTITY or not identity.isprintable() or identity != identity.strip():
        return None
    return ChargerId(identity)


def reason_of(closed: ConnectionClosed) -> str:
    """Why a connection ended that we did not end, as `ConnectionClosed.reason`."""
    if closed.sent is not None and not closed.rcvd_then_sent:
        if closed.sent.code == CloseCode.MESSAGE_TOO_BIG:
            return "too-large"
        return "protocol-error"
    return "lost" if closed.rcvd is None else "closed"


def _select_subprotocol(socket: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol:
    """The highest version that both speak, whatever the charger's order (1.6-J section 3.1.2)."""
    for subprotocol in _VERSIONS:
        if subprotocol in offered:
            return Subprotocol(subprotocol)
    why = f"no common subprotocol, offer {' or '.join(_VERSIONS)}"
    _log_refusal(socket, HTTPStatus.BAD_REQUEST, why)
    raise NegotiationError(why)


def _refusal(socket: ServerConnection, status: HTTPStatus, why: str) -> Response:
    _log_refusal(socket, status, why)
    return socket.respond(status, f"{why}\n")


def _log_refusal(socket: ServerConnection, status: HTTPStatus, why: str) -> None:
    path = socket.request.path if socket.request is not None else ""
    peer = socket.remote_address
    host = peer[0] if isinstance(peer, tuple) else None
    _log.warning("connection.refused", status=status.value, reason=why, path=path[:300].partition("?")[0], peer=host)
