"""The daemon as a process: its signals, and how late its event loop runs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TypeVar

from healer.model import Seconds

_T = TypeVar("_T")

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(main: Coroutine[object, object, _T]) -> _T:
    """Run in uvloop where it installs, else in asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


@contextmanager
def signals(*, stop: Callable[[], object], reload: Callable[[], object]) -> Iterator[None]:
    """Within it, SIGTERM and SIGINT call `stop` and SIGHUP calls `reload`, in the running event loop.

    A second SIGTERM or SIGINT calls `stop` again; what to do then is the caller's matter.
    """
    loop = asyncio.get_running_loop()
    calls = {**dict.fromkeys(STOP_SIGNALS, stop), signal.SIGHUP: reload}
    for number, call in calls.items():
        loop.add_signal_handler(number, call)
    try:
        yield
    finally:
        for number in calls:
            loop.remove_signal_handler(number)


async def sample_lag(observe: Callable[[Seconds], None], interval_s: Seconds = 0.5) -> None:
    """For ever: tell how much later than asked the event loop came back. Cancel it to end it."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        observe(max(0.0, loop.time() - due))
