"""`healer schema`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from healer.cli.schema import schema
from healer.replay import schema as tests_schema
from healer.rules import schema as rules_schema


def test_it_prints_the_schema_of_rules_or_of_tests() -> None:
    assert json.loads(CliRunner().invoke(schema, []).output) == rules_schema.rule_files()
    assert json.loads(CliRunner().invoke(schema, ["--tests"]).output) == tests_schema.test_files()


def test_it_writes_a_file(tmp_path: Path) -> None:
    file = tmp_path / "healer.schema.json"
    result = CliRunner().invoke(schema, ["-o", str(file)])
    assert (result.exit_code, result.output) == (0, "")
    assert json.loads(file.read_text(encoding="utf-8"))["title"] == "Rules of healer"


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(schema, ["-o", str(tmp_path / "no" / "file.json")])
    assert result.exit_code == 1
    assert "cannot be written" in result.output
