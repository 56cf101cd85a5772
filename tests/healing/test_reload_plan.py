"""What other rules would make of every incident: said before, and then followed to the letter."""

from __future__ import annotations

import pytest

from healer.events import RulesReplaced
from healer.healing.incident import State
from healer.healing.reload_plan import Outlook, Prospect
from healer.healing.settings import BackoffLimits
from tests.bench import INTERNAL_ERROR, Bench, healing, rules

RULE = "internal-error"
LONGER = INTERNAL_ERROR.replace("      - reset: soft\n", "      - probe\n      - reset: soft\n")
ONLY_SOFT = INTERNAL_ERROR.replace("      - reset: hard\n", "")
ONLY_HARD = INTERNAL_ERROR.replace("      - reset: soft\n", "")
RENAMED = INTERNAL_ERROR.replace("rule: internal-error\n", "rule: hung\n    formerly: [internal-error]\n")
WIDER = "rules: [{rule: internal-error, when: {session_active: yes}, for: 5m, alert: ticket}]"
TELLS = "rules: [{rule: internal-error, when: {status: Faulted, error_code: InternalError}, for: 5m, alert: page}]"


def ill(for_s: float = 300) -> Bench:
    bench = Bench.make(settings=healing(backoff=BackoffLimits(first_s=0.0)))
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(for_s)
    return bench


def pending() -> Bench:
    return ill(100)


def acting() -> Bench:
    return ill()


def verifying() -> Bench:
    bench = ill()
    bench.answer("A")
    return bench


def suppressed() -> Bench:
    """Soft had no effect, and hard is held back."""
    bench = ill()
    bench.break_store()
    bench.answer("A", "Rejected")
    return bench


def exhausted() -> Bench:
    bench = ill()
    bench.answer("A", "Rejected")
    bench.answer("A", "Rejected")
    return bench


def foreseen(bench: Bench, text: str) -> Prospect:
    (prospect,) = bench.engine.rulings.foresee(rules(text))
    return prospect


@pytest.mark.parametrize(
    ("text", "make", "outlook", "sentence"),
    [
        (INTERNAL_ERROR, acting, Outlook.UNCHANGED, "unchanged"),
        (LONGER, pending, Outlook.FOLLOWS, "follows the new text: fires once true for 5m"),
        (LONGER, acting, Outlook.FINISHES, "keeps its running step (reset soft), then step 3 of 3: reset hard"),
        (LONGER, verifying, Outlook.FINISHES, "keeps its running step (reset soft), then step 3 of 3: reset hard"),
        (LONGER, suppressed, Outlook.FOLLOWS, "follows the new text: step 3 of 3: reset hard"),
        (LONGER, exhausted, Outlook.FOLLOWS, "follows the new text: nothing more is sent until it is over"),
        (ONLY_SOFT, acting, Outlook.FINISHES, "keeps its running step (reset soft), then no step is left"),
        (ONLY_SOFT, suppressed, Outlook.FOLLOWS, "follows the new text: no step is left"),
        (
            ONLY_HARD,
            acting,
            Outlook.ENDS,
            "keeps its running step (reset soft), then cancelled: superseded: "
            "the step that was taken is no longer in the rule",
        ),
        (
            ONLY_HARD,
            suppressed,
            Outlook.CANCELLED,
            "cancelled: superseded: the step that was taken is no longer in the rule",
        ),
        (TELLS, pending, Outlook.FOLLOWS, "follows the new text: fires once true for 5m"),
        ("rules: []", pending, Outlook.CANCELLED, "cancelled: the rule was removed"),
        (
            "rules: []",
            verifying,
            Outlook.ENDS,
            "keeps its running step (reset soft), then cancelled: the rule was removed",
        ),
        (WIDER, pending, Outlook.CANCELLED, "cancelled: superseded: the rule is about every evse now"),
        (RENAMED, pending, Outlook.FOLLOWS, "renamed to hung; follows the new text: fires once true for 5m"),
    ],
)
def test_each_incident_has_its_outlook(text: str, make: object, outlook: Outlook, sentence: str) -> None:
    assert callable(make)
    bench = make()
    found = foreseen(bench, text)
    assert (found.outlook, found.sentence) == (outlook, sentence)
    assert found.state is bench.incident(RULE, "A").state


def test_looking_changes_nothing() -> None:
    bench = suppressed()
    before, journal = bench.incident(RULE, "A").step, len(bench.journal)
    foreseen(bench, LONGER)
    assert (bench.incident(RULE, "A").step, len(bench.journal)) == (before, journal)


@pytest.mark.parametrize("make", [pending, acting, verifying, suppressed, exhausted])
@pytest.mark.parametrize("text", [INTERNAL_ERROR, LONGER, ONLY_SOFT, ONLY_HARD, TELLS, "rules: []", RENAMED, WIDER])
def test_what_was_foreseen_is_what_happens(make: object, text: str) -> None:
    assert callable(make)
    bench = make()
    found = foreseen(bench, text)
    seen = len(bench.transitions)
    bench.give(RulesReplaced(rules(text)))
    cancelled = [move.reason for move in bench.transitions[seen:] if move.after == State.CANCELLED]
    assert cancelled == ([found.reason] if found.outlook is Outlook.CANCELLED else [])
    if found.place is not None:
        incident = bench.incident(found.name, "A")
        assert incident.rule_hash == found.place.rule.hash
        assert incident.step == found.place.step or incident.state is State.EXHAUSTED
    if found.outlook is Outlook.ENDS:
        assert bench.engine.casebook.leaving[found.incident.id].reason == found.reason


def test_of_two_former_names_one_is_followed_and_the_other_superseded() -> None:
    two = "{rule: a, when: {status: Faulted}, for: 9m, alert: ticket}, {rule: b, when: {status: Faulted}, for: 9m}"
    bench = Bench.make(f"rules: [{two}]")
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    found = bench.engine.rulings.foresee(rules("rules: [{rule: c, formerly: [a, b], when: {status: Faulted}}]"))
    assert [(one.former, one.name, one.outlook) for one in found] == [
        ("a", "c", Outlook.FOLLOWS),
        ("b", "b", Outlook.CANCELLED),
    ]
    assert found[1].usurped


def test_what_is_over_concerns_nobody() -> None:
    bench = ill()
    bench.serve("A", 3000)
    assert bench.state(RULE, "A") is State.RESOLVED
    assert bench.engine.rulings.foresee(rules("rules: []")) == []


def test_only_begun_work_of_a_rule_that_goes_on_counts_as_superseded() -> None:
    assert foreseen(suppressed(), ONLY_HARD).superseded
    assert foreseen(acting(), ONLY_HARD).superseded
    assert not foreseen(suppressed(), "rules: []").superseded
    assert not foreseen(pending(), WIDER).superseded
