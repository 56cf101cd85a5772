"""`healer fmt`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from healer import shipped
from healer.cli.fmt import fmt

MESSY = "rules:\n- when: offline # why\n  rule: a\n"
NEAT = "rules:\n  - rule: a\n    when: offline  # why\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(fmt, [str(argument) for argument in arguments])


def written(folder: Path, text: str, name: str = "a.yaml") -> Path:
    file = folder / name
    file.write_bytes(text.encode())
    return file


def test_a_file_is_laid_out_in_its_place(tmp_path: Path) -> None:
    file = written(tmp_path, MESSY)
    file.chmod(0o640)
    result = run(tmp_path)
    assert (result.exit_code, result.output) == (0, f"{file}: laid out\n")
    assert file.read_text(encoding="utf-8") == NEAT
    assert file.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]
    assert run(file).output == "1 file: nothing to do\n"


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    file = written(tmp_path, MESSY)
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    run(link)
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8") == NEAT


def test_check_writes_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, MESSY)
    result = run("--check", file)
    assert (result.exit_code, result.output) == (1, f"{file}: is not laid out\n")
    assert file.read_text(encoding="utf-8") == MESSY
    assert run("--check", written(tmp_path, NEAT)).exit_code == 0


def test_a_file_that_cannot_be_laid_out_is_left_and_told_and_the_others_are_laid_out(tmp_path: Path) -> None:
    broken, odd = written(tmp_path, "rules: [\n", "b.yaml"), written(tmp_path, "- a\n", "c.yaml")
    good = written(tmp_path, MESSY)
    result = run(tmp_path)
    assert result.exit_code == 1
    assert f"{broken}:2:1: error: this is not YAML" in result.output
    assert f"{odd}:1:1: error: the file was left as it is" in result.output
    assert good.read_text(encoding="utf-8") == NEAT
    assert odd.read_text(encoding="utf-8") == "- a\n"


def test_tests_of_rules_are_left_alone(tmp_path: Path) -> None:
    file = written(tmp_path, "tests:\n- test: x\n", "a.test.yaml")
    result = run(file)
    assert result.exit_code == 1
    assert "there is no layout for tests of rules" in result.output


def test_json_has_the_same(tmp_path: Path) -> None:
    file, broken = written(tmp_path, MESSY), written(tmp_path, "\trules: []\n", "b.yaml")
    told = json.loads(run("--json", tmp_path).output)
    assert (told["changed"], told["unchanged"], told["errors"]) == ([str(file)], [], 1)
    assert told["mistakes"][0]["file"] == str(broken)


def test_the_shipped_rules_are_laid_out() -> None:
    assert run("--check", shipped.rules()).exit_code == 0


def test_help_tells_the_exit_status() -> None:
    assert "1  a file cannot be laid out" in run("--help").output


def test_a_file_that_cannot_be_written_is_left_and_told(tmp_path: Path) -> None:
    # Its neighbour, which is to take its place, would have too long a name.
    file = written(tmp_path, MESSY, f"{'a' * 245}.yaml")
    result = run(file)
    assert result.exit_code == 1
    assert "the file cannot be written: File name too long" in result.output
    assert file.read_text(encoding="utf-8") == MESSY
    assert list(tmp_path.iterdir()) == [file]
