"""A control socket over a bench, and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from healer.adapters.control import chargers, keys, reloading
from healer.adapters.control.reloading import Reloaded
from healer.adapters.control.server import ControlServer
from healer.events import KeyOffered, KeysForgotten
from healer.model import ChargerId
from tests.bench import Bench


async def reloaded(dry_run: bool) -> Reloaded:
    """Everything is well, and nothing is affected."""
    return Reloaded(rules=1)


def server(path: Path, bench: Bench, reload: reloading.Reload = reloaded) -> ControlServer:
    """The socket as the daemon serves it."""
    routes = chargers.routes(bench.engine, bench.give, lambda: bench.now)
    return ControlServer(path, [*routes, *keys.routes(_rotation(bench), _forgetting(bench)), *reloading.routes(reload)])


def _rotation(bench: Bench) -> keys.Change:
    def rotate(charger: ChargerId, author: str, reason: str) -> str | None:
        if charger not in bench.engine.chargers:
            return "there is no such charger"
        bench.give(KeyOffered(charger, "ab" * 20, "hmac-sha256$00", None, author, reason))
        return None

    return rotate


@asynccontextmanager
async def serving(path: Path, bench: Bench | None = None, reload: reloading.Reload = reloaded) -> AsyncIterator[Bench]:
    bench = bench or Bench.make()
    served = server(path, bench, reload)
    await served.start()
    try:
        yield bench
    finally:
        await served.stop()


async def ask(path: Path, method: str, url: str, **arguments: Any) -> tuple[int, Any]:
    """The status and the answer."""
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session,
        session.request(method, f"http://healer{url}", **arguments) as response,
    ):
        text = await response.text()
        is_json = "json" in response.content_type
        return response.status, await response.json(content_type=None) if is_json else text


def _forgetting(bench: Bench) -> keys.Change:
    def forget(charger: ChargerId, author: str, reason: str) -> str | None:
        bench.give(KeysForgotten(charger, f"{author}: {reason}"))
        return None

    return forget
