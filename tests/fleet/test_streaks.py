"""Sessions in a row that came to nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from healer.fleet.streaks import MOST, MOST_TOKENS, Streak


def test_sessions_without_energy_add_up_until_one_has_it() -> None:
    streak = Streak().after(0.0, None, "a").after(99.9, None, "a").after(5.0, None, "b")
    assert (streak.zero_energy, streak.tokens) == (3, ("a", "b"))
    assert streak.after(100.0, None, "c") == Streak()


def test_what_is_not_known_neither_counts_nor_breaks_the_row() -> None:
    streak = Streak().after(0.0, 20.0, "a")
    assert streak.after(None, None, "b") == streak


def test_short_sessions_add_up_whatever_they_brought() -> None:
    streak = Streak().after(5000.0, 299.0, "a").after(5000.0, 10.0, "a")
    assert (streak.short, streak.zero_energy) == (2, 0)
    assert streak.after(5000.0, 300.0, "a").short == 0


@given(st.lists(st.tuples(st.none() | st.floats(0, 1e6), st.none() | st.floats(0, 1e6), st.none() | st.text())))
def test_a_row_is_bounded(sessions: list[tuple[float | None, float | None, str | None]]) -> None:
    streak = Streak(MOST - 1, short=MOST - 1)
    for session in sessions:
        streak = streak.after(*session)
    assert streak.zero_energy <= MOST
    assert streak.short <= MOST
    assert len(streak.tokens) <= MOST_TOKENS
