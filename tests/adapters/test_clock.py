"""The clock that never jumps."""

from __future__ import annotations

import time

from freezegun import freeze_time

from healer.adapters.clock import SystemClock


class Hands:
    """Two clocks that a test moves."""

    def __init__(self) -> None:
        self.wall = 1_700_000_000.0
        self.monotonic = 50.0


def a_clock(hands: Hands) -> SystemClock:
    return SystemClock(lambda: hands.wall, lambda: hands.monotonic)


def test_it_begins_with_the_wall_clock_and_goes_on_with_the_monotonic_one() -> None:
    hands = Hands()
    clock = a_clock(hands)
    assert clock.now() == 1_700_000_000.0
    hands.monotonic += 2.5
    assert clock.now() == 1_700_000_002.5


def test_it_does_not_jump_when_the_wall_clock_is_set() -> None:
    hands = Hands()
    clock = a_clock(hands)
    hands.wall -= 3600
    hands.monotonic += 1
    assert clock.now() == 1_700_000_001.0
    assert clock.drift() == -3601.0


def test_without_a_correction_there_is_no_drift() -> None:
    hands = Hands()
    clock = a_clock(hands)
    hands.wall += 7
    hands.monotonic += 7
    assert clock.drift() == 0.0


def test_it_agrees_with_frozen_time() -> None:
    with freeze_time("2026-03-29T01:00:00Z") as frozen:
        clock = SystemClock(time.time, time.monotonic)
        frozen.tick(90)
        assert clock.now() == 1_774_746_090.0
        assert clock.drift() == 0.0


def test_by_default_it_reads_the_clocks_of_the_system() -> None:
    before = time.time()
    assert before <= SystemClock().now() <= time.time()
