"""How many chargers each scope has."""

from __future__ import annotations

from healer.engine.population import Population
from healer.healing.storms import ScopeKind, StormScope
from healer.model import ChargerId

FLEET = StormScope(ScopeKind.FLEET)
OLD, NEW = StormScope(ScopeKind.MODEL, "1.0"), StormScope(ScopeKind.MODEL, "2.0")


def test_a_charger_counts_once_in_each_of_its_scopes() -> None:
    population = Population()
    for _ in range(3):
        population.count(ChargerId("A"), (OLD, FLEET))
    population.count(ChargerId("B"), (NEW, FLEET))
    assert [population.size(scope) for scope in (OLD, NEW, FLEET)] == [1, 1, 2]


def test_a_charger_with_new_firmware_moves_to_another_scope() -> None:
    population = Population()
    population.count(ChargerId("A"), (OLD, FLEET))
    population.count(ChargerId("A"), (NEW, FLEET))
    assert [population.size(scope) for scope in (OLD, NEW, FLEET)] == [0, 1, 1]
