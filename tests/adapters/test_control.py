"""The control socket, with a real unix socket and a real client."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from healer.adapters.control import ControlServer

Said = list[tuple[str, str, str]]


@asynccontextmanager
async def serving(path: Path, refusal: str | None = None) -> AsyncIterator[Said]:
    said: Said = []

    def clear(charger: str, author: str, reason: str) -> str | None:
        said.append((charger, author, reason))
        return refusal

    server = ControlServer(path, clear=clear)
    await server.start()
    try:
        yield said
    finally:
        await server.stop()


async def post(path: Path, url: str, **arguments: object) -> tuple[int, dict[str, object]]:
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session,
        session.post(f"http://healer{url}", **arguments) as response,  # type: ignore[arg-type]  # passed on as given
    ):
        return response.status, await response.json(content_type=None)


async def test_a_person_clears_a_charger(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    async with serving(path) as said:
        status, _ = await post(path, "/chargers/Depot%2F1/clear", json={"author": "ada", "reason": "cable replaced"})
    assert status == 200
    assert said == [("Depot/1", "ada", "cable replaced")]


async def test_a_refusal_says_why(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    async with serving(path, "connector 1 still reports Faulted"):
        status, body = await post(path, "/chargers/A/clear", json={"author": "ada", "reason": "looked at it"})
    assert (status, body["detail"]) == (409, "connector 1 still reports Faulted")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"author": "ada"}', b'{"author": "ada", "reason": " "}', b'{"author": 1, "reason": "x"}'],
)
async def test_a_request_without_author_and_reason_does_nothing(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "healer.sock"
    async with serving(path) as said:
        status, _ = await post(path, "/chargers/A/clear", data=body)
    assert (status, said) == (400, [])


async def test_only_the_daemons_user_may_use_it(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    async with serving(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


async def test_a_second_daemon_does_not_steal_it(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    async with serving(path) as said:
        with pytest.raises(OSError, match="another daemon"):
            await ControlServer(path, clear=lambda *_: None).start()
        await post(path, "/chargers/A/clear", json={"author": "ada", "reason": "still the first"})
        assert len(said) == 1


async def test_the_socket_of_a_daemon_that_crashed_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    left = await asyncio.start_unix_server(lambda reader, writer: None, str(path))
    left.close()
    await left.wait_closed()
    assert path.is_socket()
    async with serving(path) as said:
        await post(path, "/chargers/A/clear", json={"author": "ada", "reason": "after a crash"})
    assert len(said) == 1


async def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(OSError, match="no socket"):
        await ControlServer(path, clear=lambda *_: None).start()
    assert path.read_text(encoding="utf-8") == "precious"
