"""A central system of a hundred lines: enough OCPP-J, by plain json, to meet simulated chargers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from healer.model import OcppVersion

PATIENCE_S = 20.0
"""How long a test waits for what must come; reached only by failures."""

NOW = "2026-01-01T00:00:00Z"


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something of the shared loop has come true."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.005)


@dataclass
class Heard:
    """One CALL of a charger."""

    charger: str
    action: str
    payload: dict[str, Any]


@dataclass
class Central:
    """Answers every CALL, keeps what was said, and commands."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    frames: list[Any] = field(default_factory=list)
    """Every frame that came in, in order."""
    unreadable: list[str | bytes] = field(default_factory=list)
    """Frames that were no JSON."""
    connections: dict[str, ServerConnection] = field(default_factory=dict)
    arrivals: list[str] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    """Actions that get no answer."""
    refused: set[str] = field(default_factory=set)
    """Actions that get a CALLERROR."""
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """By message id: 3 with the payload, or 4 with the error code."""
    _transactions: int = 0
    _ids: int = 0

    async def command(self, charger: str, action: str, payload: dict[str, Any]) -> tuple[int, Any]:
        """Send a CALL and wait for its answer."""
        message_id = await self.send(charger, action, payload)
        await until(lambda: message_id in self.answers)
        return self.answers[message_id]

    async def send(self, charger: str, action: str, payload: dict[str, Any]) -> str:
        self._ids += 1
        message_id = f"m{self._ids}"
        await self.connections[charger].send(json.dumps([2, message_id, action, payload]))
        return message_id

    def of(self, charger: str, action: str) -> list[dict[str, Any]]:
        return [heard.payload for heard in self.heard if (heard.charger, heard.action) == (charger, action)]

    def statuses(self, charger: str, connector: int = 1) -> list[str]:
        """1.6 by connector, 2.0.1 by evse."""
        return [
            said.get("status", said.get("connectorStatus", ""))
            for said in self.of(charger, "StatusNotification")
            if said.get("evseId", said["connectorId"]) == connector
        ]

    async def serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        charger = unquote(connection.request.path.rsplit("/", 1)[-1])
        self.connections[charger] = connection
        self.arrivals.append(charger)
        try:
            async for frame in connection:
                try:
                    parts = json.loads(frame)
                except ValueError:
                    self.unreadable.append(frame)
                    continue
                await self._take(charger, connection, parts)
        except ConnectionClosed:
            pass
        finally:
            if self.connections.get(charger) is connection:
                del self.connections[charger]

    async def _take(self, charger: str, connection: ServerConnection, frame: list[Any]) -> None:
        self.frames.append(frame)
        if frame[0] != 2:
            self.answers[frame[1]] = (frame[0], frame[2])
            return
        _, message_id, action, payload = frame
        self.heard.append(Heard(charger, action, payload))
        if action in self.silent:
            return
        if action in self.refused:
            await connection.send(json.dumps([4, message_id, "InternalError", "", {}]))
            return
        await connection.send(json.dumps([3, message_id, self._answer(action, payload)]))

    def _answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        match action:
            case "BootNotification":
                return {"status": "Accepted", "currentTime": NOW, "interval": 300}
            case "Heartbeat":
                return {"currentTime": NOW}
            case "StartTransaction":
                self._transactions += 1
                return {"transactionId": self._transactions, "idTagInfo": {"status": "Accepted"}}
            case "Authorize" if "idTag" in payload:
                return {"idTagInfo": {"status": "Accepted"}}
            case "Authorize":
                return {"idTokenInfo": {"status": "Accepted"}}
            case "TransactionEvent" if "idToken" in payload:
                return {"idTokenInfo": {"status": "Accepted"}}
            case _:
                return {}


@asynccontextmanager
async def a_central_system(port: int = 0) -> AsyncIterator[Central]:
    central = Central()
    protocols = [Subprotocol(version.subprotocol) for version in OcppVersion]

    def chosen(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        return next((protocol for protocol in offered if protocol in protocols), None)

    async with serve(central.serve, "127.0.0.1", port, select_subprotocol=chosen, close_timeout=2) as server:
        host, port = next(iter(server.sockets)).getsockname()[:2]
        central.url = f"ws://{host}:{port}/ocpp"
        yield central
