"""How many handshakes are under way. On sockets: tests/adapters/test_server, tests/e2e/test_security."""

from __future__ import annotations

import resource
import ssl

import pytest

from healer.adapters.server import descriptor_warning
from healer.adapters.server.arrivals import Arrivals, BoundedContext, most_arrivals


class Hall:
    """Arrivals with a clock that is set by hand."""

    def __init__(self, most: int) -> None:
        self.now = 0.0
        self.turned_away = 0
        self.arrivals = Arrivals(most, 10.0, on_full=self._count, now=lambda: self.now)

    def _count(self) -> None:
        self.turned_away += 1


def test_one_too_many_is_turned_away_until_one_is_through() -> None:
    hall = Hall(2)
    first, second = hall.arrivals.enter(), hall.arrivals.enter()
    assert first is not None
    assert second is not None
    assert (hall.arrivals.enter(), hall.turned_away) == (None, 1)
    hall.arrivals.leave(first)
    hall.arrivals.leave(first)
    hall.arrivals.leave(None)
    assert hall.arrivals.enter() is not None
    assert hall.arrivals.enter() is None


def test_one_whose_end_nobody_heard_of_counts_until_its_time_is_over() -> None:
    hall = Hall(1)
    hall.arrivals.enter()
    hall.now = 9.9
    assert hall.arrivals.enter() is None
    hall.now = 10.0
    assert hall.arrivals.enter() is not None


def test_a_handshake_of_tls_that_fails_is_over() -> None:
    hall = Hall(1)
    context = BoundedContext(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), hall.arrivals)
    incoming = ssl.MemoryBIO()
    handshake = context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True)
    with pytest.raises(ssl.SSLWantReadError):
        handshake.do_handshake()
    with pytest.raises(ssl.SSLError, match="too many"):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True).do_handshake()
    incoming.write(b"this is not TLS")
    with pytest.raises(ssl.SSLError):
        handshake.do_handshake()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True).do_handshake()


@pytest.mark.parametrize(("connections", "most"), [(1, 64), (640, 64), (20_000, 2_000)])
def test_the_bound_grows_with_the_fleet(connections: int, most: int) -> None:
    assert most_arrivals(connections) == most


@pytest.mark.parametrize(
    ("allowed", "warned"), [(22_063, True), (22_064, False), (resource.RLIM_INFINITY, False), (1024, True)]
)
def test_too_few_descriptors_are_told_at_the_start(monkeypatch: pytest.MonkeyPatch, allowed: int, warned: bool) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (allowed, allowed))
    found = descriptor_warning(20_000)
    assert (found is not None) is warned
    assert found is None or found.startswith(f"the process may open {allowed} files, but 20000 connections need 22064")
