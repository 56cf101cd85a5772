"""Chargers that misjudge cables, cars and the end of a session."""

from __future__ import annotations

import pytest

from healer.model import Status
from healer.ocpp import messages
from tests.quirks.world import World

UNLOCK = """
rules:
  - rule: unlock-it
    when: {status: Faulted}
    for: 1m
    heal:
      - unlock
    if_not_healed: ticket
"""


def charged(world: World, for_s: float = 300.0) -> None:
    world.box.start_session(1, world.now, for_s=for_s)
    world.wait(for_s + 5)


def test_a_car_that_is_none_is_no_session_and_no_fault() -> None:
    world = World("phantom-plug")
    world.wait(3600)
    assert world.box.status(1) is Status.SUSPENDED_EV
    assert world.signal("status") == "SuspendedEV"
    assert world.counted("sessions_total") == 0
    assert (world.disruptive, world.alerts) == ([], [])


def test_a_phantom_is_healed_by_a_cycle_where_a_rule_asks_for_it() -> None:
    cycle = "rules:\n  - rule: phantom\n    when: {status: SuspendedEV, session_active: no}\n    for: 10m\n"
    world = World("phantom-plug", cycle + "    heal: [cycle-availability]\n")
    world.wait(3600)
    # SuspendedEV says that a car is there; only a rule of its own could know better.
    assert world.disruptive == []
    assert world.signal("status") == "SuspendedEV"


def test_finishing_after_a_session_is_left_alone() -> None:
    world = World("slow-finishing")
    charged(world)
    assert world.signal("status") == "Finishing"
    world.wait(600)
    assert world.signal("status") == "Available"
    assert world.commands == []


def test_an_unlock_that_is_not_supported_is_an_outcome() -> None:
    world = World("slow-finishing", UNLOCK)
    world.box.fault(1, "ConnectorLockFailure", world.now)
    world.wait(1800)
    assert world.alerts == ["unlock-it"]
    assert world.commands.count("UnlockConnector") <= 1


def test_what_is_not_supported_is_learnt_and_never_tried_again() -> None:
    world = World("slow-finishing", UNLOCK)
    for _ in range(3):
        world.box.fault(1, "ConnectorLockFailure", world.now)
        world.wait(3600)
        world.box.clear_fault(1, world.now)
        world.wait(6 * 3600)
    assert world.commands.count("UnlockConnector") == 1


def test_a_hang_in_finishing_is_healed_by_the_shipped_ladder() -> None:
    world = World("hangs-in-finishing")
    charged(world)
    world.wait(600)
    assert world.signal("status") == "Finishing"
    assert world.disruptive == []
    world.wait(900)
    assert world.disruptive == ["cycle-availability"]
    assert world.signal("status") == "Available"


def test_a_connector_is_judged_by_itself_and_not_by_connector_0() -> None:
    world = World("finishing-needs-reset")
    world.box.start_session(1, world.now)
    world.wait(300)
    assert world.box.status(1) is Status.SUSPENDED_EV
    assert (world.signal("status"), world.signal("status", None)) == ("SuspendedEV", "Available")
    assert world.signal("session_active") is True


def test_a_full_car_is_not_reset_away_over_a_fault_elsewhere() -> None:
    world = World("finishing-needs-reset")
    world.box.start_session(1, world.now)
    world.wait(300)
    world.box.fault(0, "InternalError", world.now)
    world.wait(1200)
    assert world.disruptive == []


@pytest.mark.parametrize("quirk", ["finishing-needs-reset", "finishing-until-replug"])
def test_who_waits_for_the_driver_is_not_ill(quirk: str) -> None:
    world = World(quirk)
    charged(world)
    world.wait(3 * 3600)
    assert world.signal("status") == "Finishing"
    assert (world.commands, world.alerts) == ([], [])


def test_a_limit_below_what_a_car_may_draw_is_no_fault() -> None:
    world = World("ends-below-minimum")
    world.box.start_session(1, world.now)
    world.wait(120)
    periods = (messages.ChargingPeriod(0, 4.0),)
    profile = messages.ChargingProfile(1, messages.ProfilePurpose.TX, messages.RateUnit.AMPERE, periods)
    assert world.box.obey(messages.SetChargingProfile(profile, None, 1), world.now) == "Accepted"
    world.wait(30)
    assert world.signal("status") == "Finishing"
    assert world.sessions == []
    world.wait(3600)
    assert (world.disruptive, world.alerts) == ([], [])


def test_a_moment_of_available_does_not_undo_what_was_scheduled() -> None:
    world = World("brief-available")
    world.box.start_session(1, world.now)
    world.wait(60)
    assert world.box.obey(messages.ChangeAvailability(False, None, 1), world.now) == "Scheduled"
    world.box.stop_session(1, world.now)
    world.wait(0.5)
    assert world.signal("status") == "Available"
    world.wait(60)
    assert world.signal("status") == "Unavailable"
    assert (world.disruptive, world.alerts) == ([], [])


def test_a_dangerous_connector_is_out_of_service_in_spite_of_a_moment_of_available() -> None:
    world = World("brief-available")
    world.box.start_session(1, world.now)
    world.wait(60)
    world.box.fault(1, "GroundFailure", world.now)
    world.wait(1200)
    assert world.box.plugs[1].operative is False
    assert world.signal("status") == "Unavailable"
