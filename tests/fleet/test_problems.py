"""What components of a 2.x station said is wrong."""

from __future__ import annotations

from healer.fleet.problems import MOST_PROBLEMS, Problem, Problems
from healer.model import ChargerId, Target

A = ChargerId("A")
STATION, EVSE, PLUG = Target(A), Target(A, 1), Target(A, 1, 1)


def test_the_nearest_place_speaks_and_there_the_worst_component() -> None:
    problems = Problems()
    problems.tell(Problem(STATION, "Grid", "PowerLoss"))
    assert problems.code_at(PLUG) == "PowerLoss"
    problems.tell(Problem(PLUG, "Contactor", "EVSEContactorFault"))
    problems.tell(Problem(PLUG, "Lock", "InternalError"))
    assert problems.code_at(PLUG) == "EVSEContactorFault"
    assert problems.code_at(EVSE) == "PowerLoss"
    problems.end(PLUG, "Contactor")
    assert problems.code_at(PLUG) == "InternalError"
    problems.end(PLUG, "Lock")
    assert problems.code_at(PLUG) == "PowerLoss"


def test_what_was_told_before_a_boot_says_nothing_of_now_but_danger_stands_until_it_is_said_to_be_over() -> None:
    problems = Problems()
    problems.tell(Problem(PLUG, "Contactor", "EVSEContactorFault"))
    problems.tell(Problem(PLUG, "Lock", "InternalError"))
    problems.begin_epoch()
    assert problems.code_at(PLUG) is None
    assert problems.fresh_danger_about(PLUG) is None
    assert [problems.danger_about(place) for place in (STATION, EVSE, PLUG)] == ["EVSEContactorFault"] * 3
    assert problems.danger_about(Target(A, 2)) is None
    assert problems.end(PLUG, "Contactor")
    assert problems.dangers() == []


def test_another_error_of_the_same_component_does_not_hide_a_danger() -> None:
    problems = Problems()
    problems.tell(Problem(PLUG, "Contactor", "EVSEContactorFault"))
    problems.tell(Problem(PLUG, "Contactor", "OtherError"))
    assert problems.code_at(PLUG) == "OtherError"
    assert problems.danger_about(PLUG) == "EVSEContactorFault"


def test_a_station_cannot_make_us_remember_without_bound() -> None:
    problems = Problems()
    for number in range(MOST_PROBLEMS):
        problems.tell(Problem(Target(A, number), "c", "PowerLoss"))
    kept = [problems.tell(Problem(Target(A, number), "d", "GroundFailure")) for number in range(1000)]
    assert {problem.place for problem in kept} == {STATION}
    assert len(problems.dangers()) == 1
    problems.end(STATION, "d")
    assert problems.danger_about(PLUG) == "GroundFailure"
    problems.forget_dangers()
    assert problems.danger_about(PLUG) is None


def test_dangers_are_bounded_over_many_boots_as_well() -> None:
    problems = Problems()
    for number in range(1000):
        problems.begin_epoch()
        problems.tell(Problem(Target(A, number), "c", "GroundFailure"))
    assert len(problems.dangers()) == MOST_PROBLEMS + 1
