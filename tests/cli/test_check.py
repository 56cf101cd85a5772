"""`healer check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from healer import shipped
from healer.cli.check import check
from tests.shipped_rules import SHIPPED_RULES

GOOD = "rules:\n  - rule: a\n    when: offline\n"
BAD = GOOD + "  - rule: b\n    when: offlin\n"
UNSAFE = "rules: [{rule: a, when: {error_code: GroundFailure}, for: 5m, heal: [reset: soft], alert: page}]\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(check, [str(argument) for argument in arguments])


def test_the_shipped_rules_are_checked_by_default() -> None:
    result = run()
    assert result.exit_code == 0
    files = len(shipped.rule_files([shipped.rules()]))
    assert result.output.splitlines()[-1] == f"{SHIPPED_RULES} rules in {files} files: 1 note"


@pytest.mark.parametrize(
    ("text", "status", "last"),
    [
        (GOOD, 0, "1 rule in 1 file: no mistakes"),
        (BAD, 1, "2 rules in 1 file, 1 usable: 1 error"),
        (UNSAFE, 3, "1 rule in 1 file: 1 fatal lint"),
        ("", 0, "0 rules in 1 file: 1 warning"),
    ],
)
def test_the_exit_status_says_how_bad_it_is(tmp_path: Path, text: str, status: int, last: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")
    result = run(file)
    assert (result.exit_code, result.output.splitlines()[-1]) == (status, last)


def test_every_mistake_is_shown_with_its_place_and_line(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(BAD, encoding="utf-8")
    assert run(file).output.startswith(
        f"{file}:5:11: error: 'offlin' is not a known signal  [E-SIGNAL]\n"
        "     5 |     when: offlin\n"
        "       |           ^^^^^^\n"
        "       = did you mean 'offline'?\n"
    )


def test_json_has_the_same(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(BAD, encoding="utf-8")
    result = run("--json", tmp_path)
    assert result.exit_code == 1
    assert json.loads(result.output) == {
        "files": [str(file)],
        "rules": ["a"],
        "written": 2,
        "errors": 1,
        "fatal_lints": 0,
        "warnings": 0,
        "notes": 0,
        "mistakes": [
            {
                "file": str(file),
                "line": 5,
                "column": 11,
                "length": 6,
                "severity": "error",
                "code": "E-SIGNAL",
                "message": "'offlin' is not a known signal",
                "hint": "did you mean 'offline'?",
            }
        ],
    }


def test_a_directory_without_rules_is_an_error(tmp_path: Path) -> None:
    assert run(tmp_path).exit_code == 1


def test_a_path_that_does_not_exist_is_a_wrong_command_line() -> None:
    assert run("no/such/file.yaml").exit_code == 2


def test_help_tells_the_exit_status() -> None:
    assert "3  fatal lints" in run("--help").output


def test_it_checks_what_the_settings_name_together_with_the_shipped_rules(tmp_path: Path) -> None:
    (tmp_path / "local.yaml").write_text("overrides: [{rule: charger-offline, for: 30m}]", encoding="utf-8")
    settings = tmp_path / "config.yaml"
    settings.write_text("authorization: accept\nrules: [shipped, local.yaml]\n", encoding="utf-8")
    alone, together = run(tmp_path / "local.yaml"), run("--config", settings)
    assert (alone.exit_code, together.exit_code) == (1, 0)
    files = len(shipped.rule_files([shipped.rules()])) + 1
    assert together.output.splitlines()[-1] == f"{SHIPPED_RULES} rules in {files} files: 1 note"


def test_mistakes_in_the_settings_are_told_instead(tmp_path: Path) -> None:
    settings = tmp_path / "config.yaml"
    settings.write_text("authorisation: accept\n", encoding="utf-8")
    result = run("--config", settings)
    assert result.exit_code == 1
    assert "did you mean 'authorization'?" in result.output


def test_files_and_settings_cannot_both_be_named(tmp_path: Path) -> None:
    settings = tmp_path / "config.yaml"
    settings.write_text("authorization: accept\n", encoding="utf-8")
    assert run(settings, "--config", settings).exit_code == 2


def test_rules_are_held_against_an_inventory(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.yaml"
    inventory.write_text("sites: {Depot: {}}\nchargers: {CP-1: {site: Depot}}\n", encoding="utf-8")
    file = tmp_path / "a.yaml"
    file.write_text(GOOD + "    where: {site: Depto}\n", encoding="utf-8")
    result = run(file, "--against", inventory)
    assert result.exit_code == 0
    assert f"{file}:4:19: warning: 'Depto' is no site of inventory.yaml  [W-NAME]" in result.output
    told = json.loads(run(file, "--against", inventory, "--json").output)
    assert (told["warnings"], told["mistakes"][0]["hint"]) == (1, "did you mean 'Depot'?")
    assert run(file, "--against", tmp_path / "none.yaml").exit_code == 2


def test_a_rule_that_has_outlived_its_day_is_told(tmp_path: Path) -> None:
    text = "rules: [{rule: old, when: offline, alert: info, status: deprecated, remove_after: 2020-01-01}]"
    (tmp_path / "old.yaml").write_text(text, encoding="utf-8")
    result = run(tmp_path / "old.yaml")
    assert result.exit_code == 0
    assert "[W-OUTLIVED]" in result.output
