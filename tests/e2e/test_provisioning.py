"""A charger that nobody knows: it waits, a person decides, and it is in or out, also after a restart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from healer.adapters.store import schema
from healer.app import App
from healer.config import Settings
from healer.config.settings import PendingSettings
from healer.fleet.baseline import Baseline, BaselineEntry
from healer.fleet.enrolment import UnknownChargers
from healer.fleet.inventory import Inventory, Placement
from healer.fleet.signals import SIGNALS
from healer.model import ChargerId, OcppVersion
from healer.ocpp.messages import Variable
from tests.adapters.control.line import ask
from tests.e2e.daemon import charger, fleet, rows, running, settings, until

pytestmark = pytest.mark.e2e

SIGNED = {"author": "ada", "reason": "installed today"}


def wanted(store: Path) -> Settings:
    return replace(settings(store), unknown_chargers=UnknownChargers.PENDING, pending=PendingSettings(retry_s=1.0))


def waits(app: App, name: str) -> bool:
    return ChargerId(name) in app.engine.admission.lobby.waiting


@pytest.mark.parametrize("version", [OcppVersion.V16, OcppVersion.V201])
async def test_a_charger_that_is_approved_is_in_and_still_so_after_a_restart(
    tmp_path: Path, version: OcppVersion
) -> None:
    store = tmp_path / "healer.sqlite"
    new = charger("CP-1", version)
    async with running(store, wanted=wanted(store)) as app, fleet(app.ocpp_url, [new]):
        await until(lambda: waits(app, "CP-1") and app.engine.admission.lobby.waiting[ChargerId("CP-1")].boot.vendor)
        assert not new.registered
        status, _ = await ask(store.with_suffix(".sock"), "POST", "/chargers/CP-1/approve", json=SIGNED)
        assert status == 200
        await until(lambda: new.registered, "its next boot is accepted")
    async with running(store, wanted=wanted(store)) as app:
        assert app.engine.roster.is_member(ChargerId("CP-1"))


async def test_a_charger_that_was_rejected_is_closed_and_does_not_come_back(tmp_path: Path) -> None:
    store = tmp_path / "healer.sqlite"
    new = charger("CP-1", OcppVersion.V16)
    async with running(store, wanted=wanted(store)) as app, fleet(app.ocpp_url, [new]):
        await until(lambda: waits(app, "CP-1"))
        await ask(store.with_suffix(".sock"), "POST", "/chargers/CP-1/reject", json=SIGNED)
        await until(lambda: not waits(app, "CP-1"))
        status, body = await ask(store.with_suffix(".sock"), "GET", "/chargers/CP-1")
        assert (status, body["membership"], body["decision"]["author"]) == (200, "refused", "ada")
        assert not new.registered
        assert app.engine.chargers == {}


async def test_a_new_charger_that_is_known_is_online_with_its_configuration_set_without_a_hand_moved(
    tmp_path: Path,
) -> None:
    store = tmp_path / "healer.sqlite"
    values = {Variable("HeartbeatInterval"): "77", Variable("MeterValueSampleInterval"): "60"}
    listed = Inventory(chargers={ChargerId("CP-1"): Placement(ChargerId("CP-1"), "Depot")})
    known = replace(wanted(store), inventory=listed, baseline=Baseline((BaselineEntry(values),)))
    new = charger("CP-1", OcppVersion.V16)
    async with running(store, wanted=known) as app, fleet(app.ocpp_url, [new]):
        await until(lambda: new.settings["HeartbeatInterval"] == "77", "it was written")
        drift = SIGNALS["config_drift"]
        one = app.engine.chargers[ChargerId("CP-1")]
        await until(lambda: drift.read(one, one.target, app.now()) == 0.0, "it was read back")
        assert (one.site, new.registered) == ("Depot", True)
    written = rows(store, schema.INTENTS)
    assert [entry["body"]["action"] for entry in written] == ["set-config HeartbeatInterval"]
