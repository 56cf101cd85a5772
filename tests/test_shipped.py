"""Shipped files and the reading of rule files."""

from __future__ import annotations

from pathlib import Path

from healer import shipped
from healer.documents import Mistakes


def test_the_shipped_rules_are_found() -> None:
    assert (shipped.rules() / "core.yaml").is_file()
    assert shipped.example_config().is_file()


def test_directories_are_searched_and_tests_of_rules_left_out(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "a.test.yaml", "sub/c.yaml", ".hidden/d.yaml", ".e.yaml", "notes.txt"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("rules: []\n", encoding="utf-8")
    found = shipped.rule_files([tmp_path])
    assert [file.relative_to(tmp_path).as_posix() for file in found] == ["a.yml", "b.yaml", "sub/c.yaml"]
    named = [tmp_path / "notes.txt", tmp_path / "a.test.yaml", tmp_path / "notes.txt"]
    assert shipped.rule_files(named) == [tmp_path / "notes.txt"]


def test_what_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    latin, good = tmp_path / "latin.yaml", tmp_path / "good.yaml"
    latin.write_bytes(b"rules:\n  - rule: se\xf1or\n")
    good.write_bytes(b"\xef\xbb\xbfrules: []\n")
    mistakes = Mistakes()
    assert shipped.read_rules([latin, tmp_path / "missing.yaml", good], mistakes) == [(str(good), "rules: []\n")]
    assert [(Path(m.mark.file).name, m.mark.line, m.code) for m in mistakes] == [
        ("latin.yaml", 2, "E-FILE"),
        ("missing.yaml", 1, "E-FILE"),
    ]
