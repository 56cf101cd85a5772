"""Overrides of a pack's rule from another file."""

from __future__ import annotations

from healer.model import Severity
from healer.rules import packs

PACK = """
pack: core
version: 1.2
rules:
  - rule: internal-error
    description: from the pack
    when: {status: Faulted, error_code: InternalError}
    for: 5m
    heal: [{reset: soft}]
    if_not_healed: ticket
"""


def load(*texts: str) -> packs.Loaded:
    return packs.load([(f"{number}.yaml", text) for number, text in enumerate(texts, 1)])


def test_an_override_changes_whole_fields_and_leaves_the_others() -> None:
    loaded = load(PACK, "overrides: [{rule: internal-error, for: 30m, if_not_healed: page}]")
    rule = loaded.rules.rules["internal-error"]
    assert not loaded.mistakes.errors
    assert rule.for_s == 1800
    assert rule.if_not_healed is Severity.PAGE
    assert [str(step.action) for step in rule.heal] == ["reset soft"]
    assert rule.description == "from the pack"


def test_the_order_of_files_does_not_matter() -> None:
    override = "overrides: [{rule: internal-error, for: 30m}]"
    assert load(override, PACK).rules.rules == load(PACK, override).rules.rules


def test_an_override_changes_the_hash_of_the_rule() -> None:
    plain, changed = load(PACK), load(PACK, "overrides: [{rule: internal-error, for: 30m}]")
    assert plain.rules.rules["internal-error"].hash != changed.rules.rules["internal-error"].hash


def test_a_mistake_in_an_override_points_into_its_own_file() -> None:
    loaded = load(PACK, "overrides: [{rule: internal-error, for: 5}]")
    assert [mistake.mark.file for mistake in loaded.mistakes] == ["2.yaml"]


def test_it_warns_when_the_pack_has_changed_since_the_override_was_written() -> None:
    fits = load(PACK, "overrides: [{rule: internal-error, written_for: core 1.2, for: 30m}]")
    outdated = load(PACK, "overrides: [{rule: internal-error, written_for: core 1.1, for: 30m}]")
    assert not list(fits.mistakes)
    assert [mistake.code for mistake in outdated.mistakes] == ["W-OUTDATED"]
    assert outdated.rules.rules["internal-error"].for_s == 1800
