"""`healer inventory`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from healer.adapters.control.reloading import Reloaded
from healer.cli import main
from tests.bench import Bench
from tests.cli.line import daemon

CSV = "charger,site,time_zone,serial\nCP-1,Depot,Europe/Berlin,0042\n"
YAML = (
    'sites: {Depot: {time_zone: Europe/Berlin}}\nchargers: {CP-1: {site: Depot, serial: "0042", password: hunter2}}\n'
)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["inventory", *map(str, arguments)])


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_csv_file_becomes_an_inventory_file(tmp_path: Path) -> None:
    source, target = written(tmp_path / "fleet.csv", CSV), tmp_path / "inventory.yaml"
    done = run("import", source, "-o", target)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"1 charger at 1 site in {target}\n"
    assert run("check", target).stdout == "1 charger at 1 site: no mistakes\n"
    assert run("import", source).stdout == target.read_text(encoding="utf-8")


def test_an_inventory_file_is_not_replaced_unasked(tmp_path: Path) -> None:
    source, target = written(tmp_path / "fleet.csv", CSV), written(tmp_path / "inventory.yaml", "precious")
    done = run("import", source, "-o", target)
    assert (done.exit_code, "exists" in done.stderr) == (2, True)
    assert target.read_text(encoding="utf-8") == "precious"
    assert run("import", source, "-o", target, "--force").exit_code == 0


def test_mistakes_are_all_told_and_nothing_is_written(tmp_path: Path) -> None:
    source = written(tmp_path / "fleet.csv", CSV + "CP-1,Depot,,0042\nCP-2,,Mars,\n")
    target = tmp_path / "inventory.yaml"
    done = run("import", source, "-o", target)
    assert (done.exit_code, target.exists()) == (1, False)
    assert f"{source}:3:1: error: column 'charger': 'CP-1' stands in line 2 already" in done.stderr
    assert f"{source}:4:3: error: column 'time_zone'" in done.stderr


@pytest.mark.parametrize("command", ["check", "import"])
def test_a_spreadsheet_in_another_encoding_is_refused_and_told_how_to_save(tmp_path: Path, command: str) -> None:
    source = tmp_path / "fleet.csv"
    source.write_text("charger;site\nCP-1;Straße\n", encoding="latin-1")
    done = run(command, source)
    assert done.exit_code == 1
    assert f"{source}:2:1: error: a letter in this line is not UTF-8" in done.output
    assert "'CSV UTF-8'" in done.output
    source.write_text("Charger;Site\nCP-1;Straße\n", encoding="utf-8-sig")
    assert run(command, source).exit_code == 0


def test_check_warns_of_short_passwords_and_tells_hashes_that_are_none(tmp_path: Path) -> None:
    done = run("check", written(tmp_path / "inventory.yaml", YAML))
    assert (done.exit_code, "hunter2" in done.output) == (0, False)
    assert "warning: the password has fewer than 8 characters  [W-SHORT]" in done.stdout
    done = run("check", written(tmp_path / "inventory.yaml", YAML.replace("hunter2", '"scrypt$99$x$1$aa$hunter2"')))
    assert (done.exit_code, "hunter2" in done.output, "E-VERIFIER" in done.stdout) == (1, False, True)


@pytest.mark.parametrize("named", ["--from", "--config"])
def test_an_inventory_is_exported_without_its_secrets(tmp_path: Path, named: str) -> None:
    file = written(tmp_path / "inventory.yaml", YAML)
    settings = written(tmp_path / "healer.yaml", "authorization: accept\ninventory: inventory.yaml\n")
    done = run("export", named, file if named == "--from" else settings)
    assert done.exit_code == 0
    head, row = done.stdout.splitlines()
    assert head.startswith("charger,site,time_zone,tags,")
    assert row.startswith("CP-1,Depot,Europe/Berlin,")
    assert "hunter2" not in done.output


def test_settings_may_hold_the_inventory_themselves(tmp_path: Path) -> None:
    settings = written(tmp_path / "healer.yaml", "authorization: accept\n" + YAML)
    assert run("export", "--config", settings).stdout.splitlines()[1].startswith("CP-1,Depot")


def test_what_has_mistakes_is_not_exported(tmp_path: Path) -> None:
    file = written(tmp_path / "inventory.yaml", "chargers: {CP-1: {site: Depot, password: hunter2}}")
    done = run("export", "--from", file)
    assert (done.exit_code, "hunter2" in done.output) == (1, False)


def test_export_needs_to_know_what(tmp_path: Path) -> None:
    assert run("export").exit_code == 2


def test_check_tells_mistakes_and_warnings_with_their_places(tmp_path: Path) -> None:
    file = written(tmp_path / "inventory.yaml", "chargers:\n  A: {commissioned: 2999-01-01, sereal: 1}\n")
    done = run("check", file, "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert [(one["line"], one["severity"]) for one in told["mistakes"]] == [(2, "warning"), (2, "error")]
    file = written(tmp_path / "inventory.yaml", "chargers:\n  A: {commissioned: 2999-01-01}\n")
    done = run("check", file)
    assert (done.exit_code, "still to come" in done.stdout) == (0, True)


def test_check_reads_csv_too(tmp_path: Path) -> None:
    assert run("check", written(tmp_path / "fleet.csv", CSV)).stdout == "1 charger at 1 site: no mistakes\n"


@pytest.mark.parametrize(("refused", "status"), [({}, 0), ({"inventory": "mistakes"}, 1)])
def test_the_daemon_reads_its_files_again(tmp_path: Path, refused: dict[str, str], status: int) -> None:
    async def reload(dry_run: bool) -> Reloaded:
        return Reloaded(1, refused)

    socket = tmp_path / "healer.sock"
    with daemon(socket, Bench.make(), reload):
        assert run("reload", "--socket", socket).exit_code == status
