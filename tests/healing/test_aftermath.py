"""What a command changes in what we want of a charger."""

from __future__ import annotations

import pytest

from healer.fleet.charger import Charger
from healer.fleet.inventory import Placement
from healer.healing import aftermath
from healer.healing.records import Fate
from healer.model import ChargerId, Target
from healer.rules.actions import Action

A = ChargerId("A")
WHOLE, PLUG = Target(A), Target(A, 1, 1)
CYCLE, OUT, IN = Action("cycle-availability"), Action("take-out-of-service"), Action("put-in-service")


def _charger() -> Charger:
    return Charger(A, Placement(A, "Depot"), watched_since=0.0)


def test_only_a_restart_of_ours_makes_us_expect_a_boot() -> None:
    charger = _charger()
    aftermath.delivered(Action("unlock"), charger, 60.0, 5.0)
    assert charger.boot_expected_until is None
    aftermath.delivered(Action("reset", "soft"), charger, 600.0, 5.0)
    assert charger.boot_expected_until == 5.0 + 600.0 + charger.profile.boot_time_s


@pytest.mark.parametrize("fate", [Fate.REJECTED, Fate.NOT_SUPPORTED, Fate.UNSENT])
def test_a_reset_that_was_not_done_makes_no_boot_our_doing(fate: Fate) -> None:
    charger = _charger()
    aftermath.delivered(Action("reset", "soft"), charger, 600.0, 5.0)
    assert not aftermath.answered(Action("reset", "soft"), WHOLE, charger, fate, 6.0)
    assert charger.boot_expected_until is None


@pytest.mark.parametrize("fate", [Fate.ACCEPTED, Fate.SCHEDULED, Fate.UNCERTAIN])
def test_an_availability_that_may_have_changed_counts_as_changed(fate: Fate) -> None:
    charger = _charger()
    assert aftermath.answered(CYCLE, PLUG, charger, fate, 7.0)
    assert charger.put_back == {PLUG: 7.0}
    assert aftermath.answered(OUT, WHOLE, charger, fate, 8.0)
    assert (charger.out_of_service, charger.held_out_at, charger.put_back) == ({WHOLE}, {WHOLE: 8.0}, {})
    assert aftermath.answered(IN, WHOLE, charger, fate, 9.0)
    assert charger.out_of_service == set()


@pytest.mark.parametrize("fate", [Fate.REJECTED, Fate.NOT_SUPPORTED, Fate.UNSENT])
def test_what_was_not_done_changes_nothing(fate: Fate) -> None:
    charger = _charger()
    assert not any(aftermath.answered(action, PLUG, charger, fate, 7.0) for action in (CYCLE, OUT, IN))
    assert (charger.put_back, charger.out_of_service) == ({}, set())


def test_a_cycle_owes_nothing_where_the_charger_is_meant_to_be_out() -> None:
    charger = _charger()
    aftermath.answered(OUT, WHOLE, charger, Fate.ACCEPTED, 1.0)
    aftermath.answered(CYCLE, PLUG, charger, Fate.ACCEPTED, 2.0)
    assert charger.put_back == {}


def test_other_actions_leave_availability_alone() -> None:
    assert not aftermath.answered(Action("reset", "soft"), WHOLE, _charger(), Fate.ACCEPTED, 1.0)
