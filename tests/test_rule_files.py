"""What docs/rule-files.md shows must be so."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner

from healer.cli import main
from healer.documents import Mistakes, parse
from tests.editor import as_editors_see

PAGE = (Path(__file__).parent.parent / "docs" / "rule-files.md").read_text(encoding="utf-8")


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the files of the page."""
    depot, local, tests = snippets("yaml")
    for name, text in [
        ("depot.yaml", depot),
        ("local.yaml", local),
        ("depot.test.yaml", tests),
        ("inventory.yaml", "sites: {Depot-7: {}}\nchargers: {CP-1: {site: Depot-7, vendor: Acme}}\n"),
        ("healer.yaml", "authorization: accept\nrules: [shipped, depot.yaml, local.yaml]\n"),
    ]:
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line: str) -> str:
    done = CliRunner().invoke(main, shlex.split(line)[1:])
    assert done.exit_code == 0, f"{line}: {done.output}"
    return done.output


def test_every_command_does_what_it_says(house: Path) -> None:
    for line in "".join(snippets("sh")).splitlines():
        run(line)
    assert (house / "results.xml").is_file()


def test_every_command_prints_what_is_shown(house: Path) -> None:
    output: list[str] = []
    for line in "".join(snippets("console")).splitlines():
        if line.startswith("$ "):
            output = run(line.removeprefix("$ ")).splitlines()
            continue
        assert any(" ".join(line.split()) in " ".join(one.split()) for one in output), line


def test_the_tests_hold_together_with_the_shipped_rules(house: Path) -> None:
    assert "2 passed, 0 failed" in run("healer test depot.yaml --config healer.yaml")


def test_the_files_fit_their_schemas(house: Path) -> None:
    for option, files in [("", ["depot.yaml", "local.yaml"]), (" --tests", ["depot.test.yaml"])]:
        validator = jsonschema_rs.Draft202012Validator(json.loads(run(f"healer schema{option}")))
        for file in files:
            root = parse((house / file).read_text(encoding="utf-8"), file, Mistakes())
            assert root is not None
            assert [error.message for error in validator.iter_errors(as_editors_see(root))] == []


def test_every_exit_status_is_the_one_of_the_help(house: Path) -> None:
    for line in re.findall(r"^\| `healer (\w+)` \|(.*)\|$", PAGE, re.MULTILINE):
        name, cells = line[0], [cell.strip() for cell in line[1].split("|")]
        told = {match[1] for match in re.finditer(r"^ +(\d)  ", run(f"healer {name} --help"), re.MULTILINE)}
        assert told == {str(status) for status, cell in enumerate(cells) if cell}, name
