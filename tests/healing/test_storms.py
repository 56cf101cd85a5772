"""Storms: thresholds of each scope, imminent members, and their end."""

from __future__ import annotations

import pytest

from healer.healing.settings import StormLimits
from healer.healing.storms import ScopeKind, Storms, StormScope
from healer.model import ChargerId

FLEET = StormScope(ScopeKind.FLEET)
MODEL = StormScope(ScopeKind.MODEL, "Acme/DC50/1.0")


def _site(name: str) -> StormScope:
    return StormScope(ScopeKind.SITE, name)


def _storms(**sizes: int) -> Storms:
    """Storms over a fleet with sites, models and a fleet of these sizes."""
    return Storms(StormLimits(), lambda scope: sizes[scope.kind.value])


def _enter(storms: Storms, count: int, *scopes: StormScope, due: float = 0.0, first: int = 0) -> None:
    for number in range(first, first + count):
        storms.enter("rule", ChargerId(f"C{number:03}"), scopes, due)


@pytest.mark.parametrize(
    ("scope", "size", "calm", "storm"),
    [
        (_site("Depot"), 6, 2, 3),
        (_site("Depot"), 4, 2, 3),  # never under three, however small the site
        (_site("Depot"), 20, 9, 10),  # half of it
        (MODEL, 10, 4, 5),
        (MODEL, 80, 7, 8),  # a tenth
        (FLEET, 20, 9, 10),
        (FLEET, 200, 29, 30),  # fifteen percent
    ],
)
def test_a_storm_begins_at_its_count_and_its_share(scope: StormScope, size: int, calm: int, storm: int) -> None:
    storms = _storms(**{scope.kind.value: size})
    _enter(storms, calm, scope)
    assert storms.look("rule", ChargerId("C000"), 0.0) == (None, None)
    _enter(storms, storm, scope)
    standing, begun = storms.look("rule", ChargerId("C000"), 0.0)
    assert standing is begun
    assert standing is not None
    assert (standing.count, standing.size, standing.scope) == (storm, size, scope)
    assert str(storm) in standing.sentence


@pytest.mark.parametrize("size", [1, 2])
def test_a_tiny_fleet_never_has_a_storm(size: int) -> None:
    storms = _storms(site=size, model=size, fleet=size)
    _enter(storms, size, _site("Depot"), MODEL, FLEET)
    assert storms.look("rule", ChargerId("C000"), 0.0) == (None, None)


def test_a_storm_is_announced_once() -> None:
    storms = _storms(site=3)
    _enter(storms, 3, _site("Depot"))
    assert storms.look("rule", ChargerId("C000"), 0.0)[1] is not None
    standing, begun = storms.look("rule", ChargerId("C001"), 0.0)
    assert standing is not None
    assert begun is None


def test_a_charger_about_to_fire_counts_already() -> None:
    storms = _storms(site=3)
    _enter(storms, 1, _site("Depot"), due=0.0)
    _enter(storms, 2, _site("Depot"), due=61.0, first=1)
    assert storms.look("rule", ChargerId("C000"), 0.0)[0] is None
    assert storms.look("rule", ChargerId("C000"), 1.0)[0] is not None


def test_a_charger_that_fired_too_long_ago_counts_no_more() -> None:
    storms = _storms(site=3)
    _enter(storms, 1, _site("Depot"), due=0.0)
    _enter(storms, 2, _site("Depot"), due=1801.0, first=1)
    assert storms.look("rule", ChargerId("C000"), 1801.0)[0] is None


def test_another_rule_or_another_site_is_another_cause() -> None:
    storms = _storms(site=3)
    _enter(storms, 2, _site("Depot"))
    _enter(storms, 2, _site("Mall"), first=2)
    storms.enter("other", ChargerId("C009"), (_site("Depot"),), 0.0)
    for charger in ("C000", "C002", "C009"):
        assert storms.look("rule", ChargerId(charger), 0.0)[0] is None


def test_a_charger_counts_once_however_often_it_enters() -> None:
    storms = _storms(site=3)
    for _ in range(5):
        _enter(storms, 2, _site("Depot"))
    assert storms.look("rule", ChargerId("C000"), 0.0)[0] is None


def test_a_storm_ends_after_ten_calm_minutes_below_the_limit() -> None:
    storms = _storms(site=3)
    _enter(storms, 3, _site("Depot"))
    storms.look("rule", ChargerId("C000"), 0.0)
    storms.leave("rule", ChargerId("C001"))
    assert storms.next_review == 0.0
    assert storms.review(100.0) == []
    assert storms.next_review == 700.0
    assert storms.review(699.0) == []
    assert [storm.scope for storm in storms.review(700.0)] == [_site("Depot")]
    assert storms.next_review is None
    assert storms.look("rule", ChargerId("C000"), 700.0) == (None, None)


def test_a_storm_that_swells_again_stands_on() -> None:
    storms = _storms(site=3)
    _enter(storms, 3, _site("Depot"))
    storms.look("rule", ChargerId("C000"), 0.0)
    storms.leave("rule", ChargerId("C001"))
    storms.review(100.0)
    _enter(storms, 1, _site("Depot"), due=500.0, first=1)
    assert storms.review(700.0) == []
    assert storms.standing


def test_time_alone_ends_a_storm_whose_chargers_stay_ill() -> None:
    storms = _storms(site=3)
    _enter(storms, 3, _site("Depot"))
    storms.look("rule", ChargerId("C000"), 0.0)
    for _ in range(10):
        due = storms.next_review
        if due is None:
            break
        storms.review(due)
    assert not storms.standing
    assert (due or 0.0) >= 1800 + 600 or due is None


def test_the_widest_storm_speaks_and_its_members_are_named_in_order() -> None:
    storms = _storms(site=5, model=10, fleet=30)
    _enter(storms, 10, _site("Depot"), MODEL, FLEET)
    storm, _ = storms.look("rule", ChargerId("C003"), 0.0)
    assert storm is not None
    assert storm.scope == FLEET
    assert list(storms.members(storm))[:2] == ["C000", "C001"]
    assert storm.wake.name == "rule/fleet"
    assert str(_site("Depot")) == "site Depot"


def test_one_who_never_entered_can_leave_and_stands_in_no_storm() -> None:
    storms = _storms(site=3)
    storms.leave("rule", ChargerId("C000"))
    assert storms.look("rule", ChargerId("C000"), 0.0) == (None, None)
