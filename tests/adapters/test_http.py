"""The private port, met by a real HTTP client."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Iterable

import aiohttp
import pytest

from healer.adapters.http import HttpServer


class Daemon:
    """What the server asks."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.rendering = 0

    def render(self) -> Iterable[str]:
        self.rendering += 1
        yield "healer_up 1\n"
        assert self.rendering == 1, "two scrapes must not run at once"
        yield "healer_ä 2\n" * 1000
        self.rendering -= 1


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[tuple[Daemon, aiohttp.ClientSession]]:
    daemon = Daemon()
    server = HttpServer("127.0.0.1", 0, render_metrics=daemon.render, reasons=lambda: daemon.reasons)
    await server.start()
    host, port = server.address
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with aiohttp.ClientSession(f"http://{host}:{port}", timeout=timeout, auto_decompress=False) as session:
            yield daemon, session
    finally:
        await server.stop()


async def test_metrics_are_served_as_prometheus_wants_them() -> None:
    async with serving() as (_, session), session.get("/metrics", headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert "Content-Encoding" not in answer.headers
        assert (await answer.text()).startswith("healer_up 1\nhealer_ä 2\n")


@pytest.mark.parametrize(
    ("offer", "zipped"), [("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("deflate", False)]
)
async def test_metrics_are_zipped_for_those_who_accept_it(offer: str, zipped: bool) -> None:
    async with serving() as (_, session), session.get("/metrics", headers={"Accept-Encoding": offer}) as answer:
        body = await answer.read()
        assert (answer.headers.get("Content-Encoding") == "gzip") is zipped
        assert (gzip.decompress(body) if zipped else body).startswith(b"healer_up 1\n")


async def test_scrapes_wait_for_each_other() -> None:
    async with serving() as (_, session):
        answers = await asyncio.gather(*(session.get("/metrics") for _ in range(5)))
        assert [answer.status for answer in answers] == [200] * 5


async def test_it_is_alive_when_it_answers() -> None:
    async with serving() as (daemon, session):
        daemon.reasons = ["the store is down"]
        async with session.get("/healthz") as answer:
            assert (answer.status, await answer.json()) == (200, {"alive": True})
            assert answer.headers["Cache-Control"] == "no-store"


async def test_it_is_ready_when_nothing_speaks_against_it() -> None:
    async with serving() as (daemon, session):
        async with session.get("/readyz") as answer:
            assert (answer.status, await answer.json()) == (200, {"ready": True, "reasons": []})
        daemon.reasons = ["store: disk full", "rules: 2 errors"]
        async with session.get("/readyz") as answer:
            assert answer.status == 503
            assert await answer.json() == {"ready": False, "reasons": ["store: disk full", "rules: 2 errors"]}


async def test_the_first_page_lists_the_others() -> None:
    async with serving() as (_, session):
        async with session.get("/") as answer:
            page = await answer.text()
            assert answer.content_type == "text/html"
            assert all(f'href="{path}"' in page for path in ("metrics", "healthz", "readyz"))
        async with session.get("/admin") as answer:
            assert answer.status == 404


async def test_stopping_frees_the_port_and_may_be_repeated() -> None:
    server = HttpServer("127.0.0.1", 0, render_metrics=list, reasons=list)
    assert server.address == ("127.0.0.1", 0)
    await server.start()
    address = server.address
    await server.stop()
    await server.stop()
    with pytest.raises(OSError, match="onnect"):
        await asyncio.open_connection(*address)
