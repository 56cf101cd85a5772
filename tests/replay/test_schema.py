"""The JSON Schema of files of tests."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import pytest

from healer import shipped
from healer.documents import Mistakes, parse
from healer.replay import cast, reader, scenes, schema
from tests.editor import as_editors_see

STORIES = Path(__file__).parent / "stories"
VALIDATOR = jsonschema_rs.Draft202012Validator(schema.test_files())
STRUCTURAL = {"E-KEY", "E-TYPE", "E-DURATION", "E-NUMBER", "E-MISSING", "E-TOP", "E-BOOLEAN"}
READERS = {f"{name}.bad" for name in ("chargers-profile", "entry-which-charger", "error-code-without-status")}
READERS |= {"for-without-end.bad", "settings.bad"}
"""Whose mistakes only the reader knows: in habits and settings, and of keys that belong together."""


def problems(text: str) -> list[str] | None:
    """What the schema says against it; None of what is no YAML."""
    mistakes = Mistakes()
    root = parse(text, "a.test.yaml", mistakes)
    if root is None or mistakes.errors:
        return None
    return [error.message for error in VALIDATOR.iter_errors(as_editors_see(root))]


@pytest.mark.parametrize("file", sorted(shipped.rules().glob("*.test.yaml")), ids=lambda file: file.stem)
def test_every_shipped_test_is_valid(file: Path) -> None:
    assert problems(file.read_text(encoding="utf-8")) == []


STORIES_OF_YAML = [
    file for file in sorted(STORIES.glob("*.bad.yaml")) if problems(file.read_text(encoding="utf-8")) is not None
]


@pytest.mark.parametrize("file", STORIES_OF_YAML, ids=lambda file: file.stem)
def test_a_bad_story_is_refused_where_a_schema_can_know(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    mistakes = Mistakes()
    reader.read(text, file.name, mistakes, {"hot"})
    found = problems(text)
    if file.stem not in READERS and STRUCTURAL & {mistake.code for mistake in mistakes}:
        assert found
    if not mistakes.errors:
        assert not found


def test_every_key_has_its_place() -> None:
    found = schema.test_files()
    definitions = found["$defs"]
    assert isinstance(definitions, dict)
    assert list(definitions["test"]["properties"]) == list(reader.KEYS)
    assert list(definitions["entry"]["properties"]) == list(scenes.KEYS)
    assert all(definitions["test"]["properties"].values())
    assert set(cast.KEYS) >= set(schema._PART)
