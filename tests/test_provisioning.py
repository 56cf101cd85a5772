"""What docs/provisioning.md shows must be so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from healer import config
from healer.cli import main
from healer.config import sheet
from healer.fleet.enrolment import UnknownChargers
from healer.fleet.inventory import Inventory
from healer.model import ChargerId
from tests.bench import Bench
from tests.cli.line import daemon

PAGE = (Path(__file__).parent.parent / "docs" / "provisioning.md").read_text(encoding="utf-8")


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the files of the page."""
    inventory, policy = snippets("yaml")
    (tmp_path / "secrets").mkdir()
    for name, text in [
        ("inventory.yaml", inventory),
        ("fleet.csv", snippets("csv")[0]),
        ("secrets/cp-1", "hunter2\n"),
        ("healer.yaml", f"authorization: accept\ninventory: inventory.yaml\n{policy}"),
    ]:
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def listed() -> Inventory:
    text = Path("inventory.yaml").read_text(encoding="utf-8")
    return config.load_inventory(text, "inventory.yaml", {}, config.read_file).inventory


def test_every_command_does_what_it_says(house: Path) -> None:
    settings = config.load((house / "healer.yaml").read_text(encoding="utf-8"), "healer.yaml", {}, config.read_file)
    assert settings.unknown_chargers is UnknownChargers.PENDING
    bench = Bench.make(inventory=listed(), admission=settings.admission)
    bench.connect("CP-3")
    bench.boot("CP-3")
    with daemon(house / "healer.sock", bench):
        for line in "".join(snippets("sh")).splitlines():
            done = CliRunner().invoke(main, shlex.split(line)[1:])
            assert done.exit_code == 0, f"{line}: {done.output}"
    assert bench.engine.chargers[ChargerId("CP-3")].site == "Depot"
    assert not bench.engine.roster.is_welcome(ChargerId("CP-4"))


def test_the_csv_is_the_inventory(house: Path) -> None:
    mistakes = sheet.SheetMistakes()
    found = sheet.read_sheet(snippets("csv")[0], "fleet.csv", mistakes)
    assert not mistakes
    assert found.chargers == listed().chargers
    assert sheet.write_sheet(listed()) == snippets("csv")[0]


def test_every_key_of_a_charger_and_a_site_is_shown() -> None:
    shown = set(re.findall(r"^ +(\w+):", snippets("yaml")[0], re.MULTILINE))
    assert {*config.inventory.CHARGER_KEYS, *config.inventory.SITE_KEYS} <= shown
