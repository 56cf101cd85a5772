"""Sockets that are accepted and not yet open websockets: so many and no more, or they would use up all descriptors.

Each of the two handshakes, that of TLS and that of HTTP, counts from its beginning to its end. When nobody hears of the
end, as when a client vanishes in the midst of TLS, it counts until its time is over.
"""

from __future__ import annotations

import asyncio
import itertools
import resource
import ssl
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from healer.model import Seconds

_FEWEST: Final = 64
_OTHERS: Final = 64
"""Descriptors for all that are not chargers: the store, the ports for people, files."""


def most_arrivals(max_connections: int) -> int:
    """How many handshakes may be under way at once."""
    return max(_FEWEST, max_connections // 10)


def descriptor_warning(max_connections: int) -> str | None:
    """What to say at the start when the process may not open as many files as it may get connections."""
    needed = max_connections + most_arrivals(max_connections) + _OTHERS
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if allowed == resource.RLIM_INFINITY or allowed >= needed:
        return None
    return (
        f"the process may open {allowed} files, but {max_connections} connections need {needed}: raise the limit "
        "(LimitNOFILE in systemd, ulimit -n) or lower ocpp.max_connections"
    )


class Arrivals:
    """Counts the handshakes under way."""

    def __init__(
        self,
        most: int,
        timeout_s: Seconds,
        *,
        on_full: Callable[[], None],
        now: Callable[[], Seconds] = lambda: asyncio.get_running_loop().time(),
    ) -> None:
        """`on_full` is called for each one that is turned away."""
        self._most = most
        self._timeout_s = timeout_s
        self._on_full = on_full
        self._now = now
        self._ends: OrderedDict[int, Seconds] = OrderedDict()
        self._serial = itertools.count()

    def enter(self) -> int | None:
        """One begins, under the number returned; None when there are too many."""
        now = self._now()
        while self._ends and next(iter(self._ends.values())) <= now:
            self._ends.popitem(last=False)
        if len(self._ends) >= self._most:
            self._on_full()
            return None
        number = next(self._serial)
        self._ends[number] = now + self._timeout_s
        return number

    def leave(self, number: int | None) -> None:
        """It is over, for good or ill; saying so twice does no harm."""
        if number is not None:
            self._ends.pop(number, None)


class BoundedContext(ssl.SSLContext):
    """Counts the handshakes of TLS; one too many fails at once, which closes its socket."""

    _inner: ssl.SSLContext
    _arrivals: Arrivals

    def __new__(cls, inner: ssl.SSLContext, arrivals: Arrivals) -> BoundedContext:
        """`inner` makes the connections."""
        self = super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)
        self._inner, self._arrivals = inner, arrivals
        return self

    def wrap_bio(self, *args: Any, **more: Any) -> Any:
        """A connection whose handshake counts."""
        return _Counted(self._inner.wrap_bio(*args, **more), self._arrivals)


class _Counted:
    """An `ssl.SSLObject` that tells when its handshake has come to an end."""

    def __init__(self, inner: ssl.SSLObject, arrivals: Arrivals) -> None:
        self._inner = inner
        self._arrivals = arrivals
        self._arrival = arrivals.enter()

    def do_handshake(self) -> None:
        if self._arrival is None:
            raise ssl.SSLError("too many handshakes are under way")
        try:
            self._inner.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except BaseException:
            self._arrivals.leave(self._arrival)
            raise
        self._arrivals.leave(self._arrival)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
