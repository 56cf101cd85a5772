"""Safety latches; how places become good is tested in test_charger."""

from __future__ import annotations

from healer.fleet.latches import MOST_LATCHES, Latches
from healer.model import ChargerId, Target

A = ChargerId("A")
PLUG = Target(A, 1, 1)


def test_the_first_code_stands_and_the_good_time_begins_anew() -> None:
    latches = Latches()
    assert latches.add(PLUG, "GroundFailure", 0.0)
    latches.review(lambda place: True, 600.0, 10.0)
    assert latches.deadline(600.0) == 610.0
    assert not latches.add(PLUG, "OtherError", 20.0)
    assert (latches[PLUG].code, latches.deadline(600.0)) == ("GroundFailure", None)


def test_beyond_the_bound_the_charger_as_a_whole_is_latched() -> None:
    latches = Latches()
    for number in range(1000):
        latches.add(Target(A, number), "GroundFailure", 0.0)
    assert len(latches) == MOST_LATCHES + 1
    assert Target(A) in latches


def test_a_place_that_has_become_two_is_latched_at_both() -> None:
    latches = Latches()
    latches.add(Target(A, 1), "GroundFailure", 0.0)
    latches.move(lambda place: [Target(A, 1), Target(A, 2)])
    assert [latch.target for latch in latches.in_order()] == [Target(A, 1), Target(A, 2)]
