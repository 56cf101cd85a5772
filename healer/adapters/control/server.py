"""The socket: a unix socket of mode 0600 that speaks HTTP and JSON."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from aiohttp import web

LONGEST_BODY: Final = 10_000


class ControlServer:
    """Serves what it is given. Errors are application/problem+json."""

    def __init__(self, path: Path, routes: Iterable[web.RouteDef]) -> None:
        self._path = path
        self._routes = list(routes)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when another process listens there or the path cannot be had."""
        _make_way(self._path)
        app = web.Application(client_max_size=LONGEST_BODY)
        app.add_routes(self._routes)
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
