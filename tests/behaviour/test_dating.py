"""A simulated clock that is not right shows in every message that is dated, and in nothing else."""

from __future__ import annotations

import pytest

from healer.behaviour.dating import dated
from healer.model import Instant, Status
from healer.ocpp import messages

AT: Instant = 1_800_000_000.0


@pytest.mark.parametrize("ahead_s", [7200.0, -7200.0])
def test_dated_messages_show_the_clock(ahead_s: float) -> None:
    then = AT + ahead_s
    status = messages.StatusReported(None, 1, Status.AVAILABLE, charger_time=AT)
    assert dated(status, ahead_s) == messages.StatusReported(None, 1, Status.AVAILABLE, charger_time=then)
    ended = messages.TransactionEnded("7", 1, None, None, AT)
    assert dated(ended, ahead_s) == messages.TransactionEnded("7", 1, None, None, then)
    metered = messages.MeterReported(None, 1, None, (messages.Meter(charger_time=AT), messages.Meter()))
    shown = messages.MeterReported(None, 1, None, (messages.Meter(charger_time=then), messages.Meter()))
    assert dated(metered, ahead_s) == shown
    event = messages.ComponentEvent("Connector", "Problem", "true", charger_time=AT)
    told = dated(messages.ComponentsReported((event,)), ahead_s)
    assert isinstance(told, messages.ComponentsReported)
    assert told.events[0].charger_time == then


def test_what_bears_no_date_stays_as_it_is_and_so_does_all_with_a_clock_that_is_right() -> None:
    assert dated(messages.Heartbeat(), 60.0) == messages.Heartbeat()
    undated = messages.StatusReported(None, 1, Status.AVAILABLE)
    assert dated(undated, 60.0) == undated
    status = messages.StatusReported(None, 1, Status.AVAILABLE, charger_time=AT)
    assert dated(status, 0.0) is status
