"""What people are told of the rules themselves."""

from __future__ import annotations

from healer.events import RulesJudged, RulesReplaced
from healer.healing.records import Alert, AlertKind
from healer.healing.rules_alerts import LONGEST_REASON, REFUSED, SUPERSEDED, RulesAlerts
from healer.model import Severity
from tests.bench import INTERNAL_ERROR, Bench, rules

ONLY_HARD = INTERNAL_ERROR.replace("      - reset: soft\n", "")


def told(bench: Bench) -> list[tuple[str, bool]]:
    return [(alert.key, alert.active) for alert in bench.alerts if alert.kind is AlertKind.RULES]


def superseded() -> Bench:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    bench.give(RulesReplaced(rules(ONLY_HARD)))
    return bench


def test_mistakes_on_disk_are_told_once_and_their_end_too() -> None:
    bench = Bench.make()
    bench.give(RulesJudged())
    bench.give(RulesJudged("rules.yaml:1:1: error: no"))
    bench.give(RulesJudged("rules.yaml:1:1: error: no"))
    assert told(bench) == [(REFUSED, True)]
    assert bench.alerts[-1].severity is Severity.WARNING
    assert bench.alerts[-1].reason == "rules.yaml:1:1: error: no"
    bench.give(RulesJudged())
    assert told(bench) == [(REFUSED, True), (REFUSED, False)]


def test_other_mistakes_are_told_anew_and_never_at_endless_length() -> None:
    alerts = RulesAlerts()
    alerts.judged("one", 1.0)
    (record,) = alerts.judged("x" * 10_000, 2.0)
    assert isinstance(record.record, Alert)
    assert len(record.record.reason) == LONGEST_REASON + 3


def test_what_was_told_stands_over_a_restart_until_the_files_are_judged_again() -> None:
    bench = Bench.make()
    bench.give(RulesJudged("no"))
    again = bench.restarted()
    assert told(again) == []
    again.give(RulesJudged("no"))
    assert told(again) == []
    again.give(RulesJudged())
    assert told(again) == [(REFUSED, False)]


def test_work_that_lost_its_place_is_told_until_the_next_reload() -> None:
    bench = superseded()
    assert told(bench) == [(SUPERSEDED, True)]
    assert bench.alerts[-1].reason == (
        "internal-error on A evse 1 connector 1: superseded: the step that was taken is no longer in the rule"
    )
    bench.give(RulesReplaced(rules("rules: []")))
    assert told(bench) == [(SUPERSEDED, True), (SUPERSEDED, False)]


def test_it_is_told_for_a_day_at_most() -> None:
    bench = superseded()
    bench.wait(23 * 3600, silent=["A"])
    assert told(bench) == [(SUPERSEDED, True)]
    bench.wait(3700, silent=["A"])
    assert told(bench) == [(SUPERSEDED, True), (SUPERSEDED, False)]


def test_a_removed_rule_is_nobodys_loss() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    bench.give(RulesReplaced(rules("rules: []")))
    assert told(bench) == []
