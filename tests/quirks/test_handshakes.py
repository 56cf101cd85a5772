"""Chargers whose websocket handshake is not as it should be, at the daemon's real port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from healer.app import App
from healer.behaviour import quirks
from healer.fleet.inventory import Inventory, Placement
from healer.model import ChargerId
from tests.e2e.daemon import HABITS, charger, fleet, running, settings, until

pytestmark = pytest.mark.e2e

ASKED = (
    "GET {path} HTTP/1.1\r\nHost: healer\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


@asynccontextmanager
async def daemon(store: Path, **ocpp: object) -> AsyncIterator[App]:
    """The daemon, to which BOX is known."""
    known = Inventory(chargers={ChargerId("BOX"): Placement(ChargerId("BOX"), "Depot")})
    wanted = replace(settings(store, **ocpp), inventory=known)
    async with running(store, wanted=wanted) as app:
        yield app


async def answered(app: App, request: str) -> str:
    """The first line that comes back for these bytes; empty when the connection is closed without one."""
    address = urlsplit(app.ocpp_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request.encode("latin-1"))
    async with asyncio.timeout(10):
        line = await reader.readline()
    writer.close()
    return line.decode("latin-1").strip()


async def serves(app: App) -> bool:
    """Whether a charger that does everything right gets in."""
    async with fleet(app.ocpp_url, [charger("good")]) as good:
        await until(lambda: good.connected == 1, "a good charger is connected")
    return True


async def test_a_handshake_that_names_no_version_is_refused_with_a_reason(tmp_path: Path) -> None:
    async with daemon(tmp_path / "healer.db") as app:
        for path in ("/ocpp/BOX", "/"):
            line = await answered(app, ASKED.format(path=path) + "Connection: Upgrade\r\n\r\n")
            assert line.startswith("HTTP/1.1 4"), line
        assert await serves(app)


async def test_a_known_charger_that_names_no_version_may_be_let_in(tmp_path: Path) -> None:
    box = charger("BOX")
    box.habits = quirks.find("names-no-version").over(HABITS)
    async with (
        daemon(tmp_path / "healer.db", without_subprotocol="1.6") as app,
        fleet(app.ocpp_url, [box]) as boxes,
    ):
        await until(lambda: boxes.connected == 1, "it is connected")
        await until(lambda: app.engine.chargers[ChargerId("BOX")].boot_accepted, "it has booted")


async def test_an_empty_name_of_a_version_is_none(tmp_path: Path) -> None:
    async with daemon(tmp_path / "healer.db") as app:
        request = ASKED.format(path="/ocpp/BOX") + "Connection: Upgrade\r\nSec-WebSocket-Protocol: \r\n\r\n"
        assert (await answered(app, request)).startswith("HTTP/1.1 4")
        assert await serves(app)


@pytest.mark.parametrize("connection", ["", "Connection: keep-alive\r\n", "Connection: \r\n"])
async def test_a_handshake_whose_connection_header_is_wrong_is_understood_all_the_same(
    tmp_path: Path, connection: str
) -> None:
    async with daemon(tmp_path / "healer.db") as app:
        request = ASKED.format(path="/ocpp/BOX") + connection + "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
        assert (await answered(app, request)).startswith("HTTP/1.1 101")
        assert await serves(app)


async def test_what_asks_for_no_websocket_gets_none(tmp_path: Path) -> None:
    async with daemon(tmp_path / "healer.db") as app:
        request = ASKED.format(path="/ocpp/BOX").replace("Upgrade: websocket\r\n", "") + "\r\n"
        assert (await answered(app, request)).startswith("HTTP/1.1 4")


async def test_what_is_no_http_costs_its_own_connection_only(tmp_path: Path) -> None:
    async with daemon(tmp_path / "healer.db") as app:
        for garbage in ("\x16\x03\x01\r\n\r\n", "BOOT\r\n\r\n", "GET\r\n\r\n", "{}\r\n\r\n"):
            assert "101" not in await answered(app, garbage)
        assert await serves(app)
