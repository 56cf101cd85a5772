"""What a charger may be owed."""

from __future__ import annotations

from healer.healing.availability import HOLD_OUT, PUT_BACK
from healer.healing.duties import Errand
from healer.model import ChargerId, Target
from healer.rules.actions import ACTIONS


def test_an_errand_is_what_and_where() -> None:
    place = Target(ChargerId("A"), 1, 1)
    assert Errand(PUT_BACK, place) == Errand("put-in-service", place)
    assert len({Errand(PUT_BACK, place), Errand(HOLD_OUT, place), Errand(PUT_BACK, Target(ChargerId("B"), 1, 1))}) == 3


def test_errands_are_named_by_the_catalogue_of_actions_and_are_not_disruptive() -> None:
    for name in (PUT_BACK, HOLD_OUT):
        assert ACTIONS[name].repeatable
        assert not ACTIONS[name].disruptive
