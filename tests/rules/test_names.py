"""Former names and successors."""

from __future__ import annotations

from healer.rules import packs


def load(*rules: str) -> packs.Loaded:
    return packs.load((f"{number}.yaml", f"rules: [{{{body}}}]\n") for number, body in enumerate(rules))


def told(loaded: packs.Loaded) -> list[tuple[str, str]]:
    return [(mistake.mark.file, mistake.code) for mistake in loaded.mistakes]


def test_a_rule_may_have_had_one_name_or_several() -> None:
    loaded = load("rule: a, when: offline, formerly: x", "rule: b, when: offline, formerly: [y, z, y]")
    assert told(loaded) == []
    assert [rule.formerly for rule in loaded.rules.rules.values()] == [("x",), ("y", "z")]


def test_the_name_of_another_rule_is_no_former_name_even_if_that_rule_cannot_be_used() -> None:
    loaded = load("rule: a, when: offlin", "rule: b, when: offline, formerly: a")
    assert told(loaded) == [("0.yaml", "E-SIGNAL"), ("1.yaml", "E-DUPLICATE")]
    assert not loaded.rules.rules


def test_a_former_name_has_one_heir_whatever_the_order_of_files() -> None:
    loaded = load("rule: a, when: offline, formerly: x", "rule: b, when: offline, formerly: x")
    assert told(loaded) == [("1.yaml", "E-DUPLICATE")]
    assert list(loaded.rules.rules) == ["a"]


def test_a_successor_may_stand_in_another_file() -> None:
    old = "rule: a, when: offline, status: deprecated, replaced_by: {}"
    assert told(load(old.format("b"), "rule: b, when: offline")) == [("0.yaml", "N-DEPRECATED")]
    loaded = load(old.format("c"), "rule: b, when: offline")
    assert told(loaded) == [("0.yaml", "N-DEPRECATED"), ("0.yaml", "W-UNKNOWN")]
    assert list(loaded.rules.rules) == ["a", "b"]
