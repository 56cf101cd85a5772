"""Chargers that take settings, availability and firmware in ways of their own."""

from __future__ import annotations

import pytest

from healer.behaviour import Habits
from healer.fleet.baseline import Baseline, BaselineEntry
from healer.model import Status
from healer.ocpp import messages
from healer.ocpp.messages import Variable
from tests.quirks.world import World

IMAGE = "https://files.example/1.10.bin"


def updated(world: World) -> None:
    """Somebody has the firmware updated."""
    assert world.box.obey(messages.UpdateFirmware(IMAGE, world.now, 0), world.now) == "Accepted"


def test_a_charger_that_crashes_over_a_setting_is_not_written_to_for_nothing() -> None:
    world = World("reboots-on-write")
    write = messages.WriteConfiguration((messages.Assignment(messages.Variable("MeterValueSampleInterval"), "60"),))
    assert world.box.obey(write, world.now) == "Accepted"
    world.wait(3600)
    assert world.box.reboots == 1
    assert "WriteConfiguration" not in world.commands[1:]
    assert world.signal("status") == "Available"


def test_boots_that_follow_our_writes_end_the_writing() -> None:
    wanted = {Variable("MeterValueSampleInterval"): "30", Variable("ConnectionTimeOut"): "90"}
    world = World("reboots-on-write", baseline=Baseline((BaselineEntry(wanted),)))
    world.wait(24 * 3600)
    assert 2 <= world.box.reboots <= 3
    assert world.commands.count("WriteConfiguration") <= 4
    assert world.signal("status") == "Available"
    assert world.disruptive == []


def test_a_wanted_configuration_is_written_where_nothing_speaks_against_it() -> None:
    wanted = {Variable("MeterValueSampleInterval"): "30", Variable("ConnectionTimeOut"): "90"}
    world = World("clock-unset", baseline=Baseline((BaselineEntry(wanted),)))
    world.wait(24 * 3600)
    assert world.box.settings["MeterValueSampleInterval"] == "30"
    assert world.box.settings["ConnectionTimeOut"] == "90"
    assert world.commands.count("WriteConfiguration") == 2


def test_what_is_out_of_service_stays_so_after_each_boot() -> None:
    world = World("forgets-inoperative")
    world.box.fault(1, "GroundFailure", world.now)
    world.wait(900)
    assert world.box.plugs[1].operative is False
    world.crash()
    world.wait(47)
    assert world.box.plugs[1].operative is True
    world.wait(120)
    assert world.box.plugs[1].operative is False
    assert world.signal("status") == "Unavailable"


@pytest.mark.parametrize("quirk", ["firmware-skips-states", "firmware-never-installed"])
def test_an_update_is_over_when_it_boots_with_the_wanted_version(quirk: str) -> None:
    world = World(quirk)
    updated(world)
    world.wait(40)
    assert world.believed.firmware_job_at(world.now) == "Installing"
    world.wait(600)
    assert world.signal("firmware", None) == "1.10"
    assert world.believed.firmware_job_at(world.now) is None
    assert (world.disruptive, world.alerts) == ([], [])


@pytest.mark.parametrize("quirk", ["failed-update-unavailable", "accepts-and-does-nothing"])
def test_nothing_is_reset_while_an_update_runs(quirk: str) -> None:
    world = World(quirk, habits=Habits(install_s=1200.0))
    updated(world)
    world.wait(30)
    world.box.fault(1, "InternalError", world.now)
    world.wait(1100)
    assert world.signal("status") == "Faulted"
    assert world.disruptive == []


def test_an_update_that_stops_half_way_does_not_hold_off_healing_for_ever() -> None:
    world = World("accepts-and-does-nothing")
    updated(world)
    world.wait(30)
    world.box.fault(1, "InternalError", world.now)
    world.wait(3 * 3600)
    assert world.disruptive == ["reset soft", "reset hard"]


def test_a_failed_update_that_leaves_it_out_of_service_is_seen() -> None:
    world = World("failed-update-unavailable")
    updated(world)
    world.wait(300)
    assert world.box.status(1) is Status.UNAVAILABLE
    assert world.signal("status") == "Unavailable"
    assert world.box.linked
    assert world.disruptive == []
