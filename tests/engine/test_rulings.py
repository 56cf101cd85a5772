"""Other rules come into force: at once for what they forbid, a slice at a time for the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healer.effects import Notice
from healer.engine.routing import SLICE
from healer.events import RulesReplaced
from healer.healing.incident import State
from healer.healing.settings import BackoffLimits, ParallelLimits, StormLimit, StormLimits
from healer.model import ChargerId
from tests.bench import INTERNAL_ERROR, Bench, healing, rules

FORBIDDING = """
  - rule: hands-off
    when: {error_code: InternalError}
    forbid: [reset]
    alert: info
"""
FLEET = [f"C{number:03}" for number in range(SLICE + 50)]


def proposed() -> Bench:
    """More chargers than a slice, each with a soft reset on its way into the ledger."""
    never = StormLimit(100_000, 1.0, 60.0)
    bench = Bench.make(
        settings=healing(
            backoff=BackoffLimits(first_s=0.0),
            parallel=ParallelLimits(fleet_share=1.0),
            storm=replace(StormLimits(), site=never, model=never, fleet=never),
        )
    )
    for charger in FLEET:
        bench.connect(charger)
        bench.boot(charger)
        bench.statuses(charger)
    bench.wait(60)
    bench.store_answers = False
    for charger in FLEET:
        bench.status(charger, 1, "Faulted", "InternalError")
    bench.wait(301)
    assert len(bench.intents) == len(FLEET)
    return bench


def unasked(bench: Bench) -> list[str]:
    return [charger for charger in FLEET if bench.engine.rulings.waits(ChargerId(charger))]


def test_what_new_rules_forbid_holds_from_the_first_moment_for_chargers_not_yet_asked() -> None:
    bench = proposed()
    bench.give(RulesReplaced(rules(INTERNAL_ERROR + FORBIDDING)))
    waiting = unasked(bench)
    assert waiting == FLEET[SLICE:]
    decided = {intent.charger: intent for intent in bench.intents}
    for charger in reversed(FLEET):
        bench.store(decided[ChargerId(charger)])
        assert bench.resets(charger) == []
        assert bench.state("hands-off", charger) is State.FIRING


def test_without_them_the_same_intents_are_sent() -> None:
    bench = proposed()
    bench.give(RulesReplaced(rules(INTERNAL_ERROR.replace("for: 5m", "for: 4m"))))
    for intent in list(bench.intents):
        bench.store(intent)
    assert all(bench.resets(charger) == ["Reset Soft"] for charger in FLEET)


def test_everybody_is_asked_in_the_end() -> None:
    bench = proposed()
    bench.give(RulesReplaced(rules(INTERNAL_ERROR + FORBIDDING)))
    assert bench.engine.next_deadline() <= bench.now  # type: ignore[operator]
    bench.wait(1)
    assert unasked(bench) == []
    assert all(bench.state("hands-off", charger) is State.FIRING for charger in FLEET)


def test_a_second_reload_within_the_first_forgets_none_of_its_rules() -> None:
    bench = proposed()
    bench.give(RulesReplaced(rules(INTERNAL_ERROR + FORBIDDING)))
    bench.give(RulesReplaced(rules(INTERNAL_ERROR + FORBIDDING + FORBIDDING.replace("hands-off", "again"))))
    bench.wait(1)
    for rule in ("hands-off", "again"):
        assert all(bench.state(rule, charger) is State.FIRING for charger in FLEET)


def test_rules_that_do_the_same_as_before_ask_nobody() -> None:
    bench = proposed()
    journal = len(bench.journal)
    bench.give(RulesReplaced(rules(INTERNAL_ERROR.replace("    for: 5m", "    for: 5m\n    description: new words"))))
    assert unasked(bench) == []
    assert len(bench.journal) == journal


def test_a_charger_that_is_forgotten_meanwhile_is_not_asked() -> None:
    bench = Bench.make("rules: []")
    bench.engine.rulings.replace(bench.engine.index, [ChargerId("gone")], bench.now)
    assert not bench.engine.rulings.waits(ChargerId("gone"))
    changed = Bench.make().engine.index
    bench.engine.rulings.replace(changed, [ChargerId("gone")], bench.now)
    assert bench.engine.rulings.next == "gone"
    bench.wait(1)
    assert bench.engine.rulings.next is None


def test_rules_that_forbid_are_asked_first() -> None:
    bench = Bench.make("rules: []")
    bench.arrive("A")
    other = INTERNAL_ERROR.replace("internal-error", "a-first-by-name")
    compiled = Bench.make(other + FORBIDDING).engine.index
    bench.engine.rulings.replace(compiled, [ChargerId("A")], bench.now)
    owed = bench.engine.rulings.owed(ChargerId("A"))
    assert [one.rule.name for one in owed] == ["hands-off", "a-first-by-name"]
    assert bench.engine.rulings.owed(ChargerId("A")) == []


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        (INTERNAL_ERROR, None),
        ("rules: []", "internal-error on A evse 1 connector 1: cancelled: the rule was removed"),
    ],
)
def test_one_notice_tells_what_becomes_of_whom(text: str, plan: str | None) -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    effects = bench.engine.handle(RulesReplaced(rules(text)), bench.now)
    (notice,) = [effect for effect in effects if isinstance(effect, Notice)]
    assert notice.event == "rules.replaced"
    assert dict(notice.fields)["plan"] == plan
    assert dict(notice.fields)["rules"] == len(rules(text).rules)
