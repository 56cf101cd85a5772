"""The guard against boot loops of our own making."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from healer.fleet.caution import (
    BOOTS_AFTER_QUESTIONS,
    BOOTS_AFTER_WRITES,
    FORGET_S,
    LINGER_S,
    MOST_WRITES,
    WRITES_WITHIN_S,
    Caution,
)


def test_two_boots_after_writes_stop_them_and_name_what_was_written() -> None:
    caution = Caution()
    caution.wrote(["A"], 0.0)
    assert caution.booted(60.0) == frozenset()
    caution.wrote(["A"], 100.0)
    caution.wrote(["B"], 110.0)
    assert caution.booted(170.0) == {"A", "B"}
    assert caution.writes_held
    assert caution.booted(180.0) == frozenset()


def test_boots_long_after_a_write_say_nothing() -> None:
    caution = Caution()
    for turn in range(5):
        caution.wrote(["A"], turn * 1000.0)
        assert caution.booted(turn * 1000.0 + LINGER_S + 1) == frozenset()
    assert not caution.writes_held


def test_boots_that_lie_a_day_apart_are_forgotten() -> None:
    caution = Caution()
    for turn in range(5):
        caution.wrote(["A"], turn * FORGET_S)
        caution.booted(turn * FORGET_S + 60)
    assert not caution.writes_held


def test_questions_are_stopped_by_their_own_boots_only() -> None:
    caution = Caution()
    for turn in range(BOOTS_AFTER_QUESTIONS):
        assert not caution.questions_held
        caution.asked(turn * 100.0)
        caution.booted(turn * 100.0 + 50)
    assert caution.questions_held
    assert not caution.writes_held


def test_a_boot_after_a_write_is_not_held_against_questions() -> None:
    caution = Caution()
    for turn in range(2 * BOOTS_AFTER_QUESTIONS):
        caution.asked(turn * 100.0)
        caution.wrote(["A"], turn * 100.0)
        caution.booted(turn * 100.0 + 50)
    assert (caution.writes_held, caution.questions_held) == (True, False)


def test_a_person_releases_it_and_what_was_counted_is_forgotten() -> None:
    caution = Caution()
    for now in (0.0, 100.0):
        caution.wrote(["A"], now)
        caution.booted(now + 50)
    caution.release()
    caution.wrote(["A"], 200.0)
    assert caution.booted(250.0) == frozenset()
    assert not caution.writes_held


def test_writes_are_rationed() -> None:
    caution = Caution()
    for number in range(MOST_WRITES):
        assert caution.next_write_at(float(number)) == number
        caution.wrote(["A"], float(number))
    assert caution.next_write_at(100.0) == WRITES_WITHIN_S


def test_it_outlives_the_daemon() -> None:
    caution, after = Caution(), Caution()
    caution.wrote(["A"], 0.0)
    caution.booted(50.0)
    after.recall(caution.record())
    after.wrote(["A"], 100.0)
    assert after.booted(150.0) == {"A"}
    again = Caution()
    again.recall(after.record())
    assert again.writes_held


@given(st.lists(st.tuples(st.sampled_from(["write", "ask", "boot", "release"]), st.floats(0, 90_000)), max_size=60))
def test_it_holds_only_after_enough_boots_and_until_released(happenings: list[tuple[str, float]]) -> None:
    caution, now, boots = Caution(), 0.0, 0
    for what, after_s in happenings:
        now += after_s
        held = (caution.writes_held, caution.questions_held)
        match what:
            case "write":
                caution.wrote(["A"], now)
            case "ask":
                caution.asked(now)
            case "boot":
                boots += 1
                suspects = caution.booted(now)
                assert bool(suspects) == (caution.writes_held and not held[0])
            case _:
                caution.release()
                boots = 0
        assert not caution.writes_held or boots >= BOOTS_AFTER_WRITES
        assert not caution.questions_held or boots >= BOOTS_AFTER_QUESTIONS
        if what != "release":
            assert caution.writes_held >= held[0]
            assert caution.questions_held >= held[1]
        record = caution.record()
        assert len(record.boots_after_writes) <= BOOTS_AFTER_QUESTIONS
