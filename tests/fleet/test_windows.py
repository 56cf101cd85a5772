"""Counting over a sliding stretch of time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from healer.fleet.windows import CAPACITY, EventWindow
from healer.model import UNKNOWN

HOUR = 3600.0


def test_before_the_whole_window_was_watched_too_few_is_unknown() -> None:
    window = EventWindow(watched_since=0.0)
    window.add(10.0)
    assert window.reached(4, HOUR, 100.0) is UNKNOWN
    assert window.reached(4, HOUR, HOUR) is False


def test_enough_is_true_however_short_we_watched() -> None:
    window = EventWindow(watched_since=0.0, times=[1.0, 2.0, 3.0, 4.0])
    assert window.reached(4, HOUR, 5.0) is True
    assert window.reached(4, HOUR, HOUR + 1.0) is False


def test_only_the_last_times_are_kept() -> None:
    window = EventWindow(0.0, range(CAPACITY * 2))
    assert window.count(10**6, CAPACITY * 2) == CAPACITY


@given(st.lists(st.integers(0, 10_000), max_size=40), st.integers(1, 5000), st.integers(0, 12_000))
def test_nothing_changes_before_the_next_change(times: list[int], within: int, now: int) -> None:
    window = EventWindow(0.0, sorted(time for time in times if time <= now))
    due = window.next_change(within, now)
    later = now + 1 if due is None else (now + due) / 2
    for count in (1, 2, 5):
        assert window.reached(count, within, later) is window.reached(count, within, now)
