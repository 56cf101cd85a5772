"""One deadline per charger, and the earliest of all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from healer.engine.timers import Timers
from healer.model import ChargerId

A, B = ChargerId("A"), ChargerId("B")


def test_the_earliest_is_served_first_and_once() -> None:
    timers = Timers()
    timers.set(A, 20.0)
    timers.set(B, 10.0)
    assert timers.earliest() == 10.0
    assert timers.pop(9.0) is None
    assert timers.pop(10.0) == "B"
    assert timers.pop(10.0) is None
    assert timers.pop(99.0) == "A"
    assert timers.earliest() is None


def test_a_deadline_that_was_moved_or_taken_back_is_skipped() -> None:
    timers = Timers()
    timers.set(A, 10.0)
    timers.set(A, 30.0)
    timers.set(B, 5.0)
    timers.set(B, None)
    assert timers.earliest() == 30.0
    assert timers.pop(29.0) is None


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.none() | st.integers(0, 50))))
def test_it_is_a_sorted_dictionary(moves: list[tuple[str, int | None]]) -> None:
    timers, model = Timers(), dict[str, int]()
    for name, moment in moves:
        timers.set(ChargerId(name), moment)
        model.pop(name, None)
        if moment is not None:
            model[name] = moment
        assert timers.earliest() == min(model.values(), default=None)
    served = []
    while (due := timers.pop(100.0)) is not None:
        served.append(due)
    assert [model[name] for name in served] == sorted(model.values())


def test_a_deadline_that_moves_to_later_with_every_frame_does_not_fill_the_memory() -> None:
    timers = Timers()
    for second in range(10_000):
        timers.set(A, 600.0 + second)
    assert len(timers) == 1
    assert timers.earliest() == 600.0 + 9_999


def test_a_deadline_that_moved_to_later_and_then_to_earlier_is_served_once_at_the_last_moment_set() -> None:
    timers = Timers()
    for moment in (10.0, 30.0, 20.0):
        timers.set(A, moment)
    assert timers.pop(19.0) is None
    assert timers.pop(20.0) == A
    assert timers.earliest() is None
