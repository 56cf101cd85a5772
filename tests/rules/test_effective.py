"""A rule as it is in force."""

from __future__ import annotations

import pytest

from healer.documents import Mistakes, Node, parse
from healer.rules import effective, packs

PACK = """pack: core
version: 1.2
rules:
  - rule: hot
    for: 5m
    when: {status: Faulted}
    heal: &ladder [reset: soft]
    if_not_healed: ticket
  - rule: cold
    when: offline
    where: &here {site: Depot}
"""
LOCAL = "overrides:\n  - rule: hot\n    for: 30m\n    where: {site: Depot}\n"
SOURCES = [("core.yaml", PACK), ("local.yaml", LOCAL)]


def test_each_field_has_its_place_and_overrides_win() -> None:
    for sources in (SOURCES, SOURCES[::-1]):
        found = effective.effective(sources, "hot")
        assert found is not None
        assert (found.pack, str(found.mark)) == ("core 1.2", "core.yaml:4:5")
        told = {field.key: (f"{field.mark.file}:{field.mark.line}", field.overridden) for field in found.fields}
        assert list(told) == ["rule", "when", "where", "for", "heal", "if_not_healed"]
        assert told["when"] == ("core.yaml:6", False)
        assert told["for"] == ("local.yaml:3", True)
        assert told["where"] == ("local.yaml:4", True)


def test_an_unknown_rule_is_none_and_all_names_are_told() -> None:
    assert effective.effective(SOURCES, "warm") is None
    assert effective.names([*SOURCES, ("bad.yaml", "rules: [\n"), ("list.yaml", "- a\n")]) == ["hot", "cold"]


def test_what_is_not_written_has_its_default() -> None:
    rule = packs.load(SOURCES).rules.rules["cold"]
    assert effective.defaults(rule, iter(("rule", "when", "for"))) == {
        "alert": "warning",
        "stable_for": "10m",
        "clear": "auto",
        "mode": "auto",
        "status": "stable",
    }


def node(text: str) -> Node:
    found = parse(text, "a.yaml", Mistakes())
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        "{status: Faulted, error_code: [A, B]}",
        '{like: "E-4*"}',
        '"$5"',
        '"a, b"',
        '""',
        '" x"',
        "1.10",
        "[reset: soft]",
    ],
)
def test_values_are_written_so_that_they_are_read_the_same(text: str) -> None:
    written = effective.text_of(node(f"a: {text}"))
    assert effective.plain(node(written)) == effective.plain(node(f"a: {text}"))


def test_a_ladder_has_one_step_a_line() -> None:
    found = effective.effective([("a.yaml", "rules: [{rule: a, heal: [probe, {reset: hard, attempts: 1}]}]")], "a")
    assert found is not None
    assert effective.lines(found.fields[1]) == ["heal:", "  - probe", "  - reset: hard", "    attempts: 1"]


def test_a_long_text_is_folded() -> None:
    text = "word " * 40
    found = effective.effective([("a.yaml", f"rules: [{{rule: a, description: {text}}}]")], "a")
    assert found is not None
    lines = effective.lines(found.fields[1])
    assert lines[0] == "description: >-"
    assert max(len(line) for line in lines) <= 102
    assert effective.plain(node("\n".join(lines))) == {"description": text.strip()}
