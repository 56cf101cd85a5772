"""What holds for every quirk: the daemon neither loses the charger nor misjudges it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from healer.behaviour import quirks
from healer.model import OcppVersion, Status
from tests.quirks.world import World

LIVED_S: Final = 3 * 3600.0

GONE: Final = frozenset({"never-redials"})
"""What has lost its link stays away until a person comes."""

HANGING: Final = {"hangs-in-finishing": ["cycle-availability", "unlock"]}
"""Models for which a shipped rule is right to do something: what heals the first time, then the step after it."""


def lived(world: World) -> None:
    """Three hours: a charge, a lost link, a crash, a charge."""
    world.wait(600)
    world.box.start_session(1, world.now, for_s=600.0)
    world.wait(1800)
    world.lose_link()
    world.wait(2400)
    if world.box.linked:
        world.crash()
    world.wait(2400)
    world.box.start_session(1, world.now, for_s=600.0)
    world.wait(LIVED_S - 7200)


WAITING: Final = frozenset({"Preparing", "SuspendedEV", "Finishing"})
"""2.x tells all of them as Occupied; which of them it is may have been before we watched."""


@pytest.mark.parametrize("version", [OcppVersion.V16, OcppVersion.V201])
@pytest.mark.parametrize("quirk", quirks.QUIRKS)
def test_the_daemon_neither_loses_nor_misjudges_the_charger(quirk: str, version: OcppVersion) -> None:
    known = quirks.find(quirk)
    world = World(known if known.version is OcppVersion.V21 else replace(known, version=version))
    lived(world)
    assert not world.quarantined
    assert world.disruptive == HANGING.get(quirk, [])
    if quirk in GONE:
        assert world.signal("offline", None) is True
        return
    if not world.box.linked:
        world.wait(world.box.habits.redial_s + world.box.habits.boot_time_s)
    world.wait(150)
    assert world.box.linked
    assert world.believed.connection == world.stage.actors[world.box.id].connection
    told = world.told_status
    as_good = WAITING if version is OcppVersion.V201 and told in WAITING else {told}
    assert world.signal("status") in as_good


@pytest.mark.parametrize("quirk", quirks.QUIRKS)
def test_a_car_that_charges_is_known_and_one_that_has_gone_is_not(quirk: str) -> None:
    world = World(quirk)
    world.wait(600 if quirk == "wrong-connector-count" else 60)  # an old date is the clock's matter after a while
    world.box.start_session(1, world.now, for_s=100.0)
    world.wait(50)
    assert world.box.status(1) is Status.CHARGING
    assert world.signal("session_active") is True
    world.wait(4 * 3600 + 600)
    if world.box.linked and world.box.status(1) is Status.AVAILABLE:
        assert world.sessions == []
        assert world.signal("session_active") is False


def test_every_quirk_that_is_known_is_in_the_table() -> None:
    assert len(quirks.QUIRKS) == quirks.KNOWN
    assert {quirk.version for quirk in quirks.QUIRKS.values()} == set(OcppVersion)
