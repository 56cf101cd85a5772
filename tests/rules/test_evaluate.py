"""Which rules a change touches, and what they then say."""

from __future__ import annotations

from healer.fleet.charger import Facet
from healer.model import UNKNOWN, ChargerId, Target, Truth
from healer.rules.evaluate import RuleIndex
from tests.bench import Bench, rules

A = ChargerId("A")
TEXT = """
rules:
  - {rule: offline, when: offline, alert: info}
  - {rule: faulted, when: {status: Faulted}, where: {vendor: Acme}, alert: info}
  - {rule: busy, when: {session_active: yes}, alert: info}
  - {rule: loop, when: {event: reboot, count: 2, within: 1h}, alert: info}
"""


def _index() -> RuleIndex:
    return RuleIndex(rules(TEXT))


def _bench() -> Bench:
    bench = Bench.make("rules: []")
    bench.arrive("A", connectors=2)
    return bench


def _verdicts(bench: Bench, rule: str) -> dict[Target, Truth]:
    return dict(_index().compiled[rule].judge(bench.engine.chargers[A], bench.now))


def test_a_change_touches_only_the_rules_that_read_it_in_file_order() -> None:
    index = _index()
    assert [one.rule.name for one in index.touched({Facet.IDENTITY})] == ["faulted"]
    assert [one.rule.name for one in index.touched({Facet.EVENTS})] == ["loop"]
    assert [one.rule.name for one in index.touched({Facet.LINK})] == ["offline", "faulted", "busy"]
    assert index.touched({Facet.UPLOAD}) == []
    assert index.touched(()) == []


def test_a_rule_speaks_about_every_place_of_its_scope() -> None:
    bench = _bench()
    assert list(_verdicts(bench, "offline")) == [Target(A)]
    assert list(_verdicts(bench, "faulted")) == [Target(A), Target(A, 1, 1), Target(A, 2, 2)]
    assert list(_verdicts(bench, "busy")) == [Target(A, 1), Target(A, 2)]


def test_it_says_true_false_or_unknown_for_each() -> None:
    bench = _bench()
    bench.status("A", 2, "Faulted", "InternalError")
    assert list(_verdicts(bench, "faulted").values()) == [False, False, True]
    bench.drop("A")
    assert list(_verdicts(bench, "faulted").values()) == [UNKNOWN, UNKNOWN, UNKNOWN]


def test_where_it_does_not_apply_it_is_false_and_where_that_is_unknown_never_true() -> None:
    bench = _bench()
    bench.status("A", 1, "Faulted", "InternalError")
    bench.engine.chargers[A].vendor = "Other"
    assert set(_verdicts(bench, "faulted").values()) == {False}
    bench.engine.chargers[A].vendor = None
    assert _verdicts(bench, "faulted") == {Target(A): False, Target(A, 1, 1): UNKNOWN, Target(A, 2, 2): False}


def test_only_rules_about_time_change_by_time_alone() -> None:
    index, bench = _index(), _bench()
    assert [one.rule.name for one in index.timed] == ["offline", "busy", "loop"]
    assert Facet.EVENTS in index.timed_facets
    charger = bench.engine.chargers[A]
    assert index.compiled["faulted"].next_change(charger, bench.now) is None
    assert index.compiled["offline"].next_change(charger, bench.now) is None
    charger.window("reboot").add(bench.now)
    assert index.compiled["loop"].next_change(charger, bench.now) is not None


def test_a_former_name_leads_to_its_rule_unless_a_rule_has_that_name() -> None:
    text = "rules: [{rule: a, when: offline, formerly: [x, y]}, {rule: b, when: offline, formerly: z}]"
    assert RuleIndex(rules(text)).heirs == {"x": "a", "y": "a", "z": "b"}
    assert _index().heirs == {}
