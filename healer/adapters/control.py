"""The control socket: what people tell a running daemon from its own machine, guarded by the file's permissions."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from aiohttp import web

LONGEST_BODY: Final = 10_000
LONGEST_TEXT: Final = 500

Clear = Callable[[str, str, str], str | None]
"""(charger, author, reason) -> why not, or None when it is done."""


class ControlServer:
    """Serves `POST /chargers/CHARGER/clear` with `{"author": ..., "reason": ...}` on a unix socket of mode 0600."""

    def __init__(self, path: Path, *, clear: Clear) -> None:
        self._path = path
        self._clear = clear
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when another process listens there or the path cannot be had."""
        _make_way(self._path)
        app = web.Application(client_max_size=LONGEST_BODY)
        app.add_routes([web.post("/chargers/{charger}/clear", self._clear_charger)])
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        former = os.umask(0o177)  # nobody else can open it, not even for a moment
        try:
            await web.UnixSite(self._runner, str(self._path)).start()
        finally:
            os.umask(former)

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            self._path.unlink(missing_ok=True)

    async def _clear_charger(self, request: web.Request) -> web.Response:
        try:
            said = await request.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            return _problem(400, "the body is not JSON")
        author, reason = (_text(said, key) for key in ("author", "reason"))
        if author is None or reason is None:
            return _problem(400, f"author and reason are texts of 1 to {LONGEST_TEXT} characters")
        refused = self._clear(request.match_info["charger"], author, reason)
        return _problem(409, refused) if refused is not None else web.json_response({"cleared": True})


def _text(said: object, key: str) -> str | None:
    value = said.get(key) if isinstance(said, dict) else None
    return value if isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_TEXT else None


def _problem(status: int, detail: str) -> web.Response:
    return web.json_response(
        {"title": "not done", "status": status, "detail": detail},
        status=status,
        content_type="application/problem+json",
    )


def _make_way(path: Path) -> None:
    """Remove the socket of a daemon that is no more; OSError when somebody still listens there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        return
    if not path.is_socket():
        raise OSError(f"{path} exists and is no socket")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionError:
            path.unlink()
        else:
            raise OSError(f"another daemon listens on {path}")
