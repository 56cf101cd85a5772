"""`healer test`. The module is imported, not the name: pytest would take `test` for a test."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from healer.cli import test as command

RULES = """rules:
  - rule: hot
    when: {status: Faulted}
    for: 5m
    heal: [reset: soft]
    if_not_healed: ticket
"""
GOOD = """tests:
  - test: it is reset
    rule: hot
    timeline:
      - {at: 1m, status: Faulted}
      - {at: 8m, expect: {healed_by: reset soft}}
"""
WRONG = (
    GOOD
    + """  - test: it is not
    rule: hot
    timeline:
      - {at: 1m, status: Faulted}
      - {at: 3m, expect: {sent: [reset soft]}}
"""
)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command.test, [str(argument) for argument in arguments])


def files(folder: Path, tests: str, rules: str | None = RULES) -> Path:
    if rules is not None:
        (folder / "hot.yaml").write_text(rules, encoding="utf-8")
    file = folder / "hot.test.yaml"
    file.write_text(tests, encoding="utf-8")
    return file


def test_the_shipped_rules_pass_their_tests() -> None:
    result = run()
    assert result.exit_code == command.OK, result.output
    assert result.output.splitlines()[-1].endswith(" passed, 0 failed")


def test_a_failure_is_told_with_its_place_and_explanation(tmp_path: Path) -> None:
    file = files(tmp_path, WRONG)
    result = run(file)
    assert result.exit_code == command.FAILURES
    lines = result.output.splitlines()
    assert lines[:5] == [
        str(file),
        "  pass  it is reset",
        "  FAIL  it is not",
        f"        {file}:11:33: at 00:03:00: sent: expected [reset soft], got []",
        "          hot on Depot/1 evse 1 connector 1 at 00:03:00: condition is TRUE",
    ]
    assert lines[-1] == "2 tests: 1 passed, 1 failed"


@pytest.mark.parametrize("which", ["hot.test.yaml", "hot.yaml", ""])
def test_tests_are_found_by_themselves_by_their_rules_or_by_their_directory(tmp_path: Path, which: str) -> None:
    files(tmp_path, GOOD)
    assert run(tmp_path / which).output.splitlines()[-1] == "1 test: 1 passed, 0 failed"


def test_a_file_named_twice_is_run_once(tmp_path: Path) -> None:
    file = files(tmp_path, GOOD)
    assert run(file, tmp_path).output.splitlines()[-1] == "1 test: 1 passed, 0 failed"


def test_json_has_the_same(tmp_path: Path) -> None:
    file = files(tmp_path, WRONG)
    result = run("--json", file)
    assert result.exit_code == command.FAILURES
    told = json.loads(result.output)
    assert (told["passed"], told["failed"], told["errors"], told["mistakes"]) == (1, 1, 0, [])
    assert told["tests"][0].pop("took_s") >= 0
    assert told["tests"][0] == {
        "test": "it is reset",
        "rule": "hot",
        "file": str(file),
        "line": 2,
        "passed": True,
        "failures": [],
    }
    failure = told["tests"][1]["failures"][0]
    assert (failure["line"], failure["column"], failure["at"]) == (11, 33, "00:03:00")
    assert failure["explanation"][0].startswith("hot on Depot/1")


def test_other_rules_can_be_tested(tmp_path: Path) -> None:
    file = files(tmp_path, GOOD, rules=None)
    other = tmp_path / "other"
    other.mkdir()
    (other / "own.yaml").write_text(RULES, encoding="utf-8")
    assert run(file, "--rules", other).exit_code == command.OK
    alone = run(file)
    assert alone.exit_code == command.BAD_FILES
    assert "there is no hot.yaml beside it whose rules could be tested" in alone.output


def test_mistakes_are_told_and_good_tests_run_all_the_same(tmp_path: Path) -> None:
    file = files(tmp_path, GOOD + "  - test: other\n    rule: hott\n    timeline: [{at: 1m, expect: {state: none}}]\n")
    result = run(file)
    assert result.exit_code == command.BAD_FILES
    assert f"{file}:8:11: error: there is no rule 'hott'  [E-VALUE]" in result.output
    assert result.output.splitlines()[-1] == "1 test: 1 passed, 0 failed; 1 error in the files"
    assert json.loads(run(file, "--json").output)["mistakes"][0]["hint"] == "did you mean 'hot'?"


def test_rules_with_errors_are_not_tested(tmp_path: Path) -> None:
    file = files(tmp_path, GOOD, rules=RULES.replace("Faulted", "Faluted"))
    result = run(file)
    assert result.exit_code == command.BAD_FILES
    assert "'Faluted' is not a known connector status" in result.output
    assert result.output.splitlines()[-1] == "0 tests: 0 passed, 0 failed; 1 error in the files"


def test_where_there_are_no_tests_nothing_passes(tmp_path: Path) -> None:
    assert run(tmp_path).exit_code == command.BAD_FILES
    rules = tmp_path / "a.yaml"
    rules.write_text(RULES, encoding="utf-8")
    result = run(rules)
    assert result.exit_code == command.BAD_FILES
    assert "there are no tests for these rules" in result.output
    assert run(tmp_path / "nothing.yaml").exit_code == command.BAD_FILES


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = files(tmp_path, GOOD)
    file.write_bytes(b"tests:\n  - \xff\n")
    assert "the file is not UTF-8 text" in run(file).output


def test_rules_are_reloaded_from_beside_the_test(tmp_path: Path) -> None:
    (tmp_path / "slow.yaml").write_text(RULES.replace("for: 5m", "for: 20m"), encoding="utf-8")
    body = GOOD.replace("    timeline:", "    reload_at: {2m: slow.yaml}\n    timeline:")
    slow = body.replace("healed_by: reset soft", "state: pending, sent: []")
    assert run(files(tmp_path, slow)).exit_code == command.OK
    result = run(files(tmp_path, slow.replace("slow.yaml", "none.yaml")))
    assert result.exit_code == command.BAD_FILES
    assert "the rules of 'none.yaml' cannot be used" in result.output


def test_a_crash_at_every_write_sends_nothing_twice(tmp_path: Path) -> None:
    result = run("--crash-everywhere", files(tmp_path, GOOD))
    assert (result.exit_code, result.output.splitlines()[-1]) == (command.OK, "1 test: 1 passed, 0 failed")


def test_coverage_lists_what_no_test_reached(tmp_path: Path) -> None:
    cold = "  - rule: cold\n    when: offline\n    alert: ticket\n"
    file = files(tmp_path, GOOD, rules=RULES + cold)
    result = run("--coverage", file)
    assert result.exit_code == command.OK
    assert f"  {tmp_path}/hot.yaml:7: cold: no test is about it" in result.output.splitlines()
    assert "reached: 1 of 2 rules, 1 of 1 steps, 1 of 2 clauses" in result.output
    told = json.loads(run("--coverage", "--json", file).output)["coverage"]
    assert told["reached"]["rule"] == {"reached": 1, "of": 2}
    assert {"kind": "rule", "rule": "cold", "message": "no test is about it"}.items() <= told["missing"][0].items()
    assert "not reached" not in run(file).output


def test_the_result_is_written_as_junit_too(tmp_path: Path) -> None:
    out = tmp_path / "out.xml"
    assert run("--junit", out, files(tmp_path, WRONG)).exit_code == command.FAILURES
    suite = ElementTree.parse(out).getroot()[0]  # noqa: S314 - written by ourselves
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert run("--junit", tmp_path / "no" / "out.xml", files(tmp_path, GOOD)).exit_code == command.BAD_FILES


def test_nothing_but_the_result_is_printed_where_there_is_no_terminal(tmp_path: Path) -> None:
    result = run(files(tmp_path, GOOD))
    assert result.stderr == ""
    assert result.output.splitlines()[1:] == ["  pass  it is reset", "1 test: 1 passed, 0 failed"]


def test_the_rules_of_settings_can_be_tested_together(tmp_path: Path) -> None:
    override = RULES + "overrides: [{rule: charger-offline, for: 30m}]\n"
    file = files(tmp_path, GOOD, rules=override)
    settings = tmp_path / "healer.yaml"
    settings.write_text("authorization: accept\nrules: [shipped, hot.yaml]\n", encoding="utf-8")
    assert run(file).exit_code == command.BAD_FILES
    result = run(file, "--config", settings)
    assert (result.exit_code, result.output.splitlines()[-1]) == (command.OK, "1 test: 1 passed, 0 failed")
    assert run(file, "--config", settings, "--rules", tmp_path).exit_code == 2
