"""True time, by examples and against a plain model of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from healer.healing.clock import HeldTime
from healer.model import UNKNOWN, Truth

Story = list[tuple[Truth, int]]
"""(truth, for how long)"""

STORIES = st.lists(st.tuples(st.sampled_from([True, False, UNKNOWN]), st.integers(1, 1000)), max_size=20)


def _told(story: Story, *, wanted: bool = True, forget_after_s: float | None = None) -> tuple[HeldTime, float]:
    held, now = HeldTime(wanted), 0.0
    for truth, length in story:
        held.observe(truth, now, forget_after_s=forget_after_s)
        now += length
    return held, now


def _model(story: Story, wanted: bool) -> float:
    """Wanted time since the last opposite."""
    total = 0.0
    for truth, length in story:
        if truth is UNKNOWN:
            continue
        total = total + length if truth is wanted else 0.0
    return total


@given(STORIES, st.booleans())
def test_it_counts_wanted_time_since_the_last_opposite_and_no_unknown_time(story: Story, wanted: bool) -> None:
    held, now = _told(story, wanted=wanted)
    assert held.held_s(now) == _model(story, wanted)


@given(STORIES, st.integers(1, 2000))
def test_due_is_the_moment_from_which_it_counts_as_reached(story: Story, length: int) -> None:
    held, now = _told(story)
    due = held.due(length)
    if due is None:
        assert not story or story[-1][0] is not True
        assert not held.reached(length, now + 10_000)
    else:
        late = max(due, held.since or 0.0)
        assert held.reached(length, late)
        assert held.held_s(late) >= length
        assert not held.reached(length, due - 0.5) or held.held_s(due - 0.5) >= length


@given(STORIES)
def test_saying_the_same_twice_changes_nothing(story: Story) -> None:
    once, now = _told(story)
    twice, _ = _told([(truth, 0) for truth, _ in story[:0]] + story)
    if story:
        twice.observe(story[-1][0], now)
    assert twice.held_s(now) == once.held_s(now)


@given(STORIES, st.integers(1, 1000))
def test_a_long_unknown_stretch_forgets(story: Story, more: int) -> None:
    held, now = _told([*story, (True, 50)], forget_after_s=600.0)
    held.observe(UNKNOWN, now, forget_after_s=600.0)
    held.observe(True, now + 600 + more, forget_after_s=600.0)
    assert held.held_s(now + 600 + more) == 0


def test_a_short_unknown_stretch_only_freezes() -> None:
    held, now = _told([(True, 50), (UNKNOWN, 600), (True, 10)], forget_after_s=600.0)
    assert held.held_s(now) == 60
    assert held.due(100) == now + 40


def test_the_opposite_resets() -> None:
    held, now = _told([(True, 299), (False, 1), (True, 299)])
    assert not held.reached(300, now)
    assert held.reached(300, now + 1)


def test_while_unknown_nothing_is_reached_however_long_it_had_held() -> None:
    held, now = _told([(True, 10_000), (UNKNOWN, 1)])
    assert not held.reached(300, now)
    assert held.due(300) is None


def test_a_length_of_zero_is_reached_at_once() -> None:
    held = HeldTime(wanted=True)
    assert not held.reached(0, 5.0)
    held.observe(True, 5.0)
    assert held.reached(0, 5.0)


def test_restart_forgets_everything() -> None:
    held, now = _told([(True, 500)])
    held.restart()
    assert (held.held_s(now), held.due(1), held.truth) == (0, None, UNKNOWN)
