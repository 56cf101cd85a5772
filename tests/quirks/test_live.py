"""All quirks at once, at the daemon's real port: every one of these chargers is heard, and none does harm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from healer.behaviour import Habits, Identity, quirks
from healer.fleet.inventory import Inventory, Placement
from healer.fleet.profiles import Profile, Profiles
from healer.model import ChargerId
from tests.e2e.daemon import fleet, running, settings, until

pytestmark = pytest.mark.e2e

SPEED = 20.0
UNNAMED = "names-no-version"


async def test_every_quirk_is_heard_and_none_does_harm(tmp_path: Path) -> None:
    usual = Habits()
    boxes = []
    for name, quirk in quirks.QUIRKS.items():
        box = quirk.charger(Identity(ChargerId(name), connectors=1), usual)
        box.habits = box.habits.faster(SPEED)
        boxes.append(box)
    known = Inventory(chargers={ChargerId(UNNAMED): Placement(ChargerId(UNNAMED), "Depot")})
    patient = Profiles((), Profile(settle_s=Profile().settle_s / SPEED, boot_time_s=Profile().boot_time_s / SPEED))
    wanted = settings(tmp_path / "healer.db", without_subprotocol="1.6")
    wanted = replace(wanted, inventory=known, profiles=patient)
    with capture_logs() as logs:
        async with running(tmp_path / "healer.db", wanted=wanted) as app, fleet(app.ocpp_url, boxes) as live:

            def unheard() -> list[str]:
                heard = {charger.id for charger in app.engine.chargers.values() if charger.vendor is not None}
                return [box.id for box in boxes if box.id not in heard]

            await until(lambda: not unheard(), "every charger has booted")
            begun = [box for box in boxes if box.start_session(1, live.now(), for_s=2.0)]
            assert len(begun) > len(boxes) / 2
            await until(lambda: all(box.plugs[1].meter_wh > 0 for box in begun), "every car has charged")
            assert app.engine.ward.quarantined == set()
    assert [entry for entry in logs if entry["log_level"] in {"error", "critical"}] == []
