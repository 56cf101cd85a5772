"""A control socket over a bench in a thread of its own, for commands that bring their own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from healer.adapters.control import reloading
from tests.adapters.control.line import reloaded, serving
from tests.bench import Bench


@contextlib.contextmanager
def daemon(path: Path, bench: Bench, reload: reloading.Reload = reloaded) -> Iterator[None]:
    """Serves the bench's engine on `path` until the block ends. The bench itself is to be left alone meanwhile."""
    loop = asyncio.new_event_loop()
    ready, done = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with serving(path, bench, reload):
            ready.set()
            await done.wait()

    def run() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(serve())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(10)
        yield
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(10)
