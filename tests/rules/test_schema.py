"""The JSON Schema of rule files."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer import shipped
from healer.documents import Mistakes, parse
from healer.fleet.signals import SIGNALS
from healer.model import Status
from healer.rules import packs, reader, schema, tightening
from tests.editor import as_editors_see

PACKS = Path(__file__).parents[1] / "packs"
VALIDATOR = jsonschema_rs.Draft202012Validator(schema.rule_files())

STRUCTURAL = {
    "E-ACTION",
    "E-ARGUMENT",
    "E-BOOLEAN",
    "E-DURATION",
    "E-EVENT",
    "E-EXPRESSION",
    "E-KEY",
    "E-MATCHER",
    "E-NAME",
    "E-NUMBER",
    "E-PERCENTAGE",
    "E-PLACE",
    "E-SIGNAL",
    "E-STEP",
    "E-TOP",
    "E-TYPE",
    "E-VERSION",
}
"""Mistakes that a schema knows: of shapes, names and values. What does not fit together is `healer check`'s to tell."""


def problems(text: str) -> list[str]:
    mistakes = Mistakes()
    root = parse(text, "a.yaml", mistakes)
    assert root is not None, mistakes.render()
    assert not mistakes.errors, mistakes.render()
    found = VALIDATOR.iter_errors(as_editors_see(root))
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in found]


@pytest.mark.parametrize("file", shipped.rule_files([shipped.rules()]), ids=lambda file: file.stem)
def test_every_shipped_pack_is_valid(file: Path) -> None:
    assert problems(file.read_text(encoding="utf-8")) == []


def _is_yaml(file: Path) -> bool:
    """A schema is held against what YAML understands; the others are the reader's alone."""
    mistakes = Mistakes()
    return parse(file.read_text(encoding="utf-8"), file.name, mistakes) is not None and not mistakes.errors


READABLE = [file for file in sorted(PACKS.glob("*.bad.yaml")) if _is_yaml(file)]


@pytest.mark.parametrize("file", READABLE, ids=lambda file: file.name.removesuffix(".bad.yaml"))
def test_a_bad_file_is_refused_where_a_schema_can_know(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    mistakes = packs.load([(file.name, text)]).mistakes
    if STRUCTURAL & {mistake.code for mistake in mistakes}:
        assert problems(text)
    if not mistakes.errors:
        assert not problems(text)


def test_every_key_of_the_reader_is_described() -> None:
    found = schema.rule_files()
    assert list(found["properties"]) == list(packs.TOP_KEYS)  # type: ignore[call-overload]
    rule = found["$defs"]["rule"]  # type: ignore[index]
    assert list(rule["properties"]) == list(reader.KEYS)
    lacking = [key for key, value in rule["properties"].items() if "description" not in value]
    assert not lacking, "give them an entry in schema._KEYS"
    assert not [key for key in tightening.KEYS if not rule["properties"]["limits"]["properties"][key]]


def test_names_are_those_of_the_catalogues() -> None:
    when = schema.rule_files()["$defs"]["when"]["anyOf"][1]["properties"]  # type: ignore[index]
    assert {"status", "error_code", "event", "any"} <= set(when)
    assert "vendor" not in when
    assert when["status"]["anyOf"][0]["anyOf"][0]["enum"] == [status.value for status in Status]
    assert "Example: {status: Faulted}" in when["status"]["description"]


VALUES = st.sampled_from(
    [
        *("5m", "0", "1h30m", "90", "-1", "1.10", "1.6", "2.0.1", "yes", "No", "OFF", "true", "offline", "Faulted"),
        *("InternalError", "$a", "soft", "reset", "page", "auto", "off", "5%", "12 %", "3", "a*", "x", '"5"', '""', ""),
        *("{}", "[]", "[reset]", "[reset: soft]", "[probe]", "[{wait: 5m}]", "nights", "2027-01-01", "[1, 5%]"),
        *("{above: 5}", "{at_most: 5m}", "{older_than: 1.2}", '{like: "E*"}', "{not: no}", "{not: {like: x}}"),
        *("[offline, online]", "{status: Faulted}", "{disruptive: 1}", "{fleet_share: 5%}", "{a: b}", "[Faulted, $a]"),
    ]
)


@given(st.dictionaries(st.sampled_from(reader.KEYS), VALUES), VALUES, st.sampled_from(sorted(SIGNALS)), st.booleans())
def test_what_check_lets_pass_the_schema_lets_pass(keys: dict[str, str], value: str, signal: str, where: bool) -> None:
    name = signal if "." not in signal else f"profile: {{{signal.removeprefix('profile.')}"
    clause = f"{{{name}: {value}}}" + ("}" if "." in signal else "")
    keys = {"when": "offline", **keys, "rule": "x"} | ({"where": clause} if where else {"when": clause})
    text = "lists: {a: [Faulted]}\nrules:\n  - " + "\n    ".join(f"{key}: {one}" for key, one in keys.items()) + "\n"
    if not packs.load([("a.yaml", text)]).mistakes.errors:
        assert problems(text) == []
