"""The listening sockets, one plain and one for TLS, and the connections that came by them."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import logging
import secrets
import ssl
from collections import Counter
from typing import Any, Final, cast

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from healer import events
from healer.adapters.server import handshake
from healer.adapters.server.arrivals import Arrivals, BoundedContext, most_arrivals
from healer.adapters.server.link import Connection, Link
from healer.adapters.server.refusals import Refusals
from healer.config import OcppSettings
from healer.fleet.peer import Refusal
from healer.model import ChargerId, ConnectionId, OcppVersion, Seconds
from healer.ports import Admitted, Gate, Refused, Report

SHUTDOWN: Final = "shutdown"

_LIBRARY_LOG: Final = logging.getLogger("websockets.server")

_log = structlog.get_logger("healer.server")


class OcppServer:
    """Serves chargers until stopped. It is `ports.Links` to the runtime; events go to `report`, in the loop's thread.

    `ConnectionOpened` is reported before the first frame, `ConnectionClosed` exactly once and after the last.
    """

    def __init__(
        self, settings: OcppSettings, report: Report, *, gate: Gate, tls: ssl.SSLContext | None = None
    ) -> None:
        """`tls` is the context of the encrypted port, without which there is none."""
        self._settings = settings
        self._report = report
        self._gate = gate
        self._tls = tls
        self._refusals = Refusals()
        self._arrivals = Arrivals(
            most_arrivals(settings.max_connections), settings.handshake_timeout_s, on_full=self._refusals.note_crowd
        )
        self._links: dict[ConnectionId, Link] = {}
        self._from: Counter[str] = Counter()
        self._hanging_up: set[Link] = set()
        self._plain: Server | None = None
        self._encrypted: Server | None = None
        self._serial = itertools.count(1)
        self._run = secrets.token_hex(4)

    async def start(self) -> None:
        """Listen. Raises OSError when an address cannot be had; its `filename` is the address."""
        # At debug the library logs headers and frames: keys of chargers, tokens of drivers.
        _LIBRARY_LOG.setLevel(logging.WARNING)
        settings = self._settings
        if settings.port is not None:
            self._plain = await self._listen(settings.port)
        if self._tls is not None:
            self._encrypted = await self._listen(
                settings.tls.port,
                ssl=BoundedContext(self._tls, self._arrivals),
                ssl_handshake_timeout=settings.handshake_timeout_s,
                ssl_shutdown_timeout=settings.close_timeout_s,
            )

    async def _listen(self, port: int, **encryption: Any) -> Server:
        settings = self._settings
        # OCPP 2.0.1 part 4 section 3.3 wants compression supported; without context takeover it costs 1 KiB a charger.
        deflate = ServerPerMessageDeflateFactory(
            server_no_context_takeover=True, client_no_context_takeover=True, compress_settings={"memLevel": 5}
        )
        try:
            return await serve(
                self._serve,
                settings.host,
                port,
                extensions=[deflate],
                compression=None,  # the library's own, with context takeover
                select_subprotocol=functools.partial(
                    handshake.select_subprotocol, default=settings.without_subprotocol, refusals=self._refusals
                ),
                process_request=self._check_request,
                create_connection=cast(type[ServerConnection], functools.partial(Connection, arrivals=self._arrivals)),
                server_header=None,
                open_timeout=settings.handshake_timeout_s,
                close_timeout=settings.close_timeout_s,
                ping_interval=None,  # ours tells of pongs
                max_size=settings.max_frame_bytes,
                logger=_LIBRARY_LOG,
                backlog=1024,
                **encryption,
            )
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"{settings.host} port {port}") from error

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are listened on without TLS, or with it where there is no other."""
        found = _address(self._plain) or _address(self._encrypted)
        return found or (self._settings.host, self._settings.port or self._settings.tls.port)

    @property
    def tls_address(self) -> tuple[str, int] | None:
        """Host and port that are listened on with TLS, None if there are none."""
        return _address(self._encrypted)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where chargers connect, without path and identity."""
        schemes = (("ws", self._plain), ("wss", self._encrypted))
        found = [(scheme, _address(server)) for scheme, server in schemes]
        return tuple(f"{scheme}://{address[0]}:{address[1]}" for scheme, address in found if address is not None)

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
        servers = [server for server in (self._plain, self._encrypted) if server is not None]
        self._plain = self._encrypted = None
        for server in servers:
            server.close(close_connections=False)
        pause_s = min(0.01, within_s / 2 / max(1, len(self._links)))
        for link in list(self._links.values()):
            link.end(CloseCode.SERVICE_RESTART, SHUTDOWN)
            await asyncio.sleep(pause_s)
        try:
            async with asyncio.timeout(within_s / 2):
                await _gone(servers)
        except TimeoutError:
            await self._cut_off(servers)
        self._refusals.close()

    async def _cut_off(self, servers: list[Server]) -> None:
        """Those that do not go by themselves; who is in the midst of TLS's handshake is left to its timeout."""
        for link in [*self._links.values(), *self._hanging_up]:
            link.abort()
        for server in servers:
            for task in list(server.handler_tasks):
                task.cancel()  # also those that are still shaking hands
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await _gone(servers)

    # --- handshake ----------------------------------------------------------------------------------------------------

    async def _check_request(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuse before the websocket exists; None lets it come into being."""
        handshake.mend(request)
        charger = handshake.identity_of(request.path)
        if charger is None:
            return handshake.refusal_without_identity(socket, self._refusals)
        found = await self._admit(charger, socket, request)
        if isinstance(found, Refused):
            self._report(events.ConnectionRefused(charger, found.reason))
            return handshake.refusal(socket, found, self._refusals)
        if isinstance(socket, Connection):
            socket.admitted = found
        return None

    async def _admit(self, charger: ChargerId, socket: ServerConnection, request: Request) -> Admitted | Refused:
        knock = handshake.knock_of(socket, request)
        if self._full:
            return Refused(Refusal.BUSY)
        found = await self._gate.admit(charger, knock)
        if isinstance(found, Refused):
            return found
        if self._full:  # meanwhile
            return Refused(Refusal.BUSY, found.peer)
        most, address = self._settings.security.max_connections_per_address, found.peer.address
        if most is not None and address is not None and self._from[address] >= most:
            return Refused(Refusal.ADDRESS_LIMIT, found.peer)
        return found

    @property
    def _full(self) -> bool:
        return len(self._links) >= self._settings.max_connections

    # --- one connection -----------------------------------------------------------------------------------------------

    async def _serve(self, socket: ServerConnection) -> None:
        """The life of one open websocket."""
        request = socket.request
        charger = handshake.identity_of(request.path) if request is not None else None
        version = self._version(socket)
        if charger is None or version is None or not isinstance(socket, Connection) or socket.admitted is None:
            return  # the handshake has refused these
        socket.arrived()
        connection = ConnectionId(f"{self._run}-{next(self._serial)}")
        link = Link(connection, socket, self._settings)
        log = _log.bind(charger=charger, connection=connection)
        self._links[connection] = link
        address = socket.admitted.peer.address or ""
        self._from[address] += 1
        try:
            log.debug("connection.opened", subprotocol=socket.subprotocol, proof=socket.admitted.peer.proof)
            self._report(events.ConnectionOpened(connection, charger, version, socket.admitted.peer))
            await link.attend(self._report)
        except Exception:  # a fault in one connection must not reach another
            log.exception("connection.failed")
            link.end(CloseCode.INTERNAL_ERROR, "error")
        finally:
            self._forget(connection, address)
            self._report(events.ConnectionClosed(connection, link.reason))
            log.debug("connection.closed", reason=link.reason)
        self._hanging_up.add(link)
        try:
            await link.hang_up()
        finally:
            self._hanging_up.discard(link)

    def _version(self, socket: ServerConnection) -> OcppVersion | None:
        chosen = socket.subprotocol
        return self._settings.without_subprotocol if chosen is None else handshake.VERSIONS[chosen]

    def _forget(self, connection: ConnectionId, address: str) -> None:
        del self._links[connection]
        self._from[address] -= 1
        if not self._from[address]:
            del self._from[address]


def _address(server: Server | None) -> tuple[str, int] | None:
    sockets = server.sockets if server is not None else ()
    if not sockets:
        return None
    host, port = sockets[0].getsockname()[:2]
    return (str(host), int(port))


async def _gone(servers: list[Server]) -> None:
    for server in servers:
        await server.wait_closed()
