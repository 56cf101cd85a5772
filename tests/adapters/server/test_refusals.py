"""What is logged of refusals: not each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from structlog.testing import capture_logs

from healer.adapters.server.refusals import Refusals


class Timers:
    """A loop's `call_later`, whose time comes by hand."""

    def __init__(self) -> None:
        self.due: list[Callable[[], object]] = []

    def call_later(self, _: float, call: Callable[..., object], *given: Any) -> asyncio.TimerHandle:
        self.due.append(lambda: call(*given))
        return asyncio.TimerHandle(0.0, call, given, asyncio.get_running_loop())

    def minute(self) -> None:
        due, self.due = self.due, []
        for call in due:
            call()


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    found = Timers()
    monkeypatch.setattr("healer.adapters.server.refusals._later", found.call_later)
    return found


def knock(refusals: Refusals, path: str = "/CP-1", times: int = 1, peer: str = "192.0.2.1") -> None:
    for _ in range(times):
        refusals.note(HTTPStatus.UNAUTHORIZED, "wrong-credentials", path, peer)


async def test_the_first_of_a_kind_at_once_and_the_rest_once_a_minute(timers: Timers) -> None:
    refusals = Refusals()
    with capture_logs() as logs:
        knock(refusals, times=600)
        knock(refusals, peer="192.0.2.2")
        assert len(logs) == 1
        timers.minute()
        knock(refusals, times=3)
        timers.minute()
        timers.minute()
        knock(refusals)
    assert [log.get("count") for log in logs] == [None, 600, 3, None]
    assert logs[1] == {
        "event": "connection.refused",
        "log_level": "warning",
        "status": 401,
        "reason": "wrong-credentials",
        "path": "/CP-1",
        "peer": "192.0.2.2",
        "count": 600,
    }


async def test_each_charger_is_named_but_not_everything_that_somebody_makes_up(timers: Timers) -> None:
    refusals = Refusals()
    with capture_logs() as logs:
        for number in range(1000):
            knock(refusals, f"/CP-{number}")
        assert len(logs) == 65
        timers.minute()
    assert [log["count"] for log in logs[65:]] == [1000 - 65]


async def test_a_crowd_at_the_door_is_one_line(timers: Timers) -> None:
    refusals = Refusals()
    with capture_logs() as logs:
        for _ in range(100):
            refusals.note_crowd()
        refusals.close()
    assert [(log["event"], log.get("count")) for log in logs] == [
        ("handshakes.exceeded", None),
        ("handshakes.exceeded", 99),
    ]
