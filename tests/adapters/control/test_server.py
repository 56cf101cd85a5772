"""The control socket, with a real unix socket and a real client."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from healer.adapters.control.server import ControlServer
from tests.adapters.control.line import ask, serving


async def test_a_path_that_nobody_serves_is_not_found(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    async with serving(path):
        assert (await ask(path, "GET", "/nowhere"))[0] == 404


async def test_a_body_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    async with serving(path) as bench:
        bench.arrive("A")
        body = {"author": "ada", "reason": "x" * 20_000}
        assert (await ask(path, "POST", "/chargers/A/clear", json=body))[0] == 413


async def test_files_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    async with serving(path):
        assert (await ask(path, "POST", "/reload"))[0] == 200


async def test_only_the_daemons_user_may_use_it(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    async with serving(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


async def test_a_second_daemon_does_not_steal_it(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    async with serving(path):
        with pytest.raises(OSError, match="another daemon"):
            await ControlServer(path, []).start()
        assert (await ask(path, "POST", "/reload"))[0] == 200


async def test_the_socket_of_a_daemon_that_crashed_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    left = await asyncio.start_unix_server(lambda reader, writer: None, str(path))
    left.close()
    await left.wait_closed()
    assert path.is_socket()
    async with serving(path):
        assert (await ask(path, "POST", "/reload"))[0] == 200


async def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "healer.sock"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(OSError, match="no socket"):
        await ControlServer(path, []).start()
    assert path.read_text(encoding="utf-8") == "precious"
