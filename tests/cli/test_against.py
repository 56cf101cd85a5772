"""The fleet that `healer check --against` means."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from healer.cli import against
from healer.model import ChargerId
from tests.bench import Bench, placements
from tests.cli.line import daemon

INVENTORY = """sites:
  Depot: {time_zone: UTC}
  Empty: {}
chargers:
  CP-1: {site: Depot, tags: [bus], vendor: Acme, model: DC50}
  CP-2: {}
"""


def written(folder: Path, text: str = INVENTORY, name: str = "inventory.yaml") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_an_inventory_tells_its_chargers_and_sites(tmp_path: Path) -> None:
    found = against.fleet(written(tmp_path), frozenset(), None)
    assert (found.name, sorted(found.sites)) == ("inventory.yaml", ["Depot", "Empty"])
    first, second = found.chargers
    assert (str(first.id), first.site, sorted(first.placement.tags), first.vendor) == ("CP-1", "Depot", ["bus"], "Acme")
    assert (second.site, second.vendor) == ("CP-2", None)
    assert found.names("site") == frozenset({"Depot", "Empty", "CP-2"})
    assert found.names("vendor") is None


def test_an_inventory_may_be_csv(tmp_path: Path) -> None:
    found = against.fleet(written(tmp_path, "charger,site\nCP-1,Depot\n", "fleet.csv"), frozenset(), None)
    assert found.names("charger") == frozenset({"CP-1"})


@pytest.mark.parametrize(("text", "name"), [("chargers: [\n", "a.yaml"), ("charger,sight\nCP-1,x\n", "a.csv")])
def test_mistakes_in_the_inventory_are_told(tmp_path: Path, text: str, name: str) -> None:
    with pytest.raises(click.ClickException, match=name):
        against.fleet(written(tmp_path, text, name), frozenset(), None)


def test_what_is_neither_file_nor_socket_is_a_wrong_command_line(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="there is no file"):
        against.fleet(str(tmp_path / "none.yaml"), frozenset(), None)


def test_a_running_daemon_tells_its_members(tmp_path: Path) -> None:
    bench = Bench.make(inventory=placements("CP-1", "CP-2"))
    bench.connect("CP-1")
    bench.boot("CP-1", chargePointVendor="Acme", chargePointModel="DC50", firmwareVersion="1.2")
    with daemon(tmp_path / "healer.sock", bench):
        roughly = against.fleet(str(tmp_path / "healer.sock"), frozenset({"site"}), None)
        closely = against.fleet(str(tmp_path / "healer.sock"), frozenset({"ocpp"}), None)
    known = {charger.id: charger for charger in roughly.chargers}
    assert set(known) == {"CP-1", "CP-2"}
    assert (known[ChargerId("CP-1")].vendor, known[ChargerId("CP-1")].firmware) == ("Acme", "1.2")
    assert known[ChargerId("CP-1")].site == "Depot"
    assert {charger.ocpp_version.value for charger in closely.chargers if charger.ocpp_version} == {"1.6"}


def test_the_settings_name_the_daemons_socket(tmp_path: Path) -> None:
    settings = tmp_path / "healer.yaml"
    settings.write_text("authorization: accept\ncontrol: {socket: healer.sock}\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        against.fleet(against.LIVE, frozenset(), settings)
    assert ended.value.code == 2
    settings.write_text("authorisation: accept\n", encoding="utf-8")
    with pytest.raises(click.ClickException, match="authorization"):
        against.fleet(against.LIVE, frozenset(), settings)
