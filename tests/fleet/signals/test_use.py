"""Whether anybody uses it, beside the others of its site."""

from __future__ import annotations

from dataclasses import replace

from healer.events import InventoryReplaced
from healer.fleet.signals import SIGNALS, Reading
from healer.model import UNKNOWN, ChargerId, Target
from tests.bench import Bench, placements

A, B = ChargerId("A"), ChargerId("B")
DAY = 86_400.0

UNUSED = """
rules:
  - rule: never-used
    when: {days_without_session: {at_least: 3}, site_days_without_session: {below: 2}}
    alert: ticket
"""


def _read(bench: Bench, name: str, charger: ChargerId = A) -> Reading:
    return SIGNALS[name].read(bench.engine.chargers[charger], Target(charger), bench.now)


def _depot(rules: str = UNUSED) -> Bench:
    bench = Bench.make(rules, inventory=placements("A", "B"))
    bench.arrive("A")
    bench.arrive("B")
    return bench


def _use(bench: Bench, charger: str) -> None:
    bench.stop_session(charger, bench.start_session(charger))


def test_days_are_counted_from_the_first_sight_and_from_each_session() -> None:
    bench = _depot()
    bench.wait(3 * DAY)
    assert _read(bench, "days_without_session") == 3
    session = bench.start_session("A")
    bench.wait(2 * DAY)
    assert _read(bench, "days_without_session") == 0
    bench.stop_session("A", session)
    bench.wait(DAY)
    assert _read(bench, "days_without_session") == 1


def test_they_are_unknown_while_it_is_away() -> None:
    bench = _depot()
    bench.drop("A")
    assert _read(bench, "days_without_session") is UNKNOWN


def test_those_of_the_site_are_those_of_the_others() -> None:
    bench = _depot()
    _use(bench, "A")
    assert _read(bench, "site_days_without_session") is UNKNOWN
    bench.wait(2 * DAY)
    assert _read(bench, "site_days_without_session", B) == 2
    _use(bench, "B")
    assert _read(bench, "site_days_without_session") == 0


def test_both_outlive_a_restart() -> None:
    bench = _depot()
    _use(bench, "B")
    bench.wait(2 * DAY)
    after = bench.restarted()
    after.come_back("A")
    assert (_read(after, "days_without_session"), _read(after, "site_days_without_session")) == (2, 2)
    later = after.restarted(after_s=DAY)
    later.come_back("A")
    assert _read(later, "days_without_session") == 3


def test_one_that_moves_takes_its_use_along() -> None:
    bench = _depot()
    _use(bench, "B")
    assert _read(bench, "site_days_without_session") == 0
    moved = placements("A", "B")
    chargers = {A: moved.chargers[A], B: replace(moved.chargers[B], site="Yard")}
    bench.give(InventoryReplaced(replace(moved, chargers=chargers)))
    assert _read(bench, "site_days_without_session") is UNKNOWN


def test_a_rule_finds_the_one_that_nobody_uses_by_time_alone() -> None:
    bench = _depot()
    for _ in range(4):
        _use(bench, "B")
        bench.wait(DAY)
    assert [(alert.rule, alert.target.charger) for alert in bench.alerts if alert.target] == [("never-used", A)]


def test_where_the_others_are_not_used_either_nothing_is_wrong() -> None:
    bench = _depot()
    bench.wait(4 * DAY)
    assert bench.alerts == []
