"""Who is looked at again."""

from __future__ import annotations

from healer.engine.revisits import ALL_FACETS, FLEET_SLICE, Revisits
from healer.healing.verdict import Wake
from healer.model import ChargerId
from tests.bench import Bench

A, B = ChargerId("A"), ChargerId("B")


def revisits(bench: Bench) -> Revisits:
    return Revisits(bench.engine.casebook, bench.engine.rulings)


def test_each_is_looked_at_once_in_the_order_in_which_they_came() -> None:
    queue = revisits(Bench.make())
    assert not queue.waiting
    queue.add(A)
    queue.add_all([B, A])
    assert queue.waiting
    assert [queue.take(), queue.take(), queue.take()] == [(A, ALL_FACETS), (B, ALL_FACETS), None]


def test_who_is_forgotten_is_not_looked_at() -> None:
    queue = revisits(Bench.make())
    queue.add(A)
    queue.forget(A)
    assert queue.take() is None


def test_what_became_free_wakes_who_waits_for_it() -> None:
    bench = Bench.make()
    queue = revisits(bench)
    bench.engine.casebook.wait(A, Wake("site", "Depot"))
    bench.engine.casebook.freed.append(Wake("site", "Depot"))
    assert queue.take() == (A, ALL_FACETS)
    assert bench.engine.casebook.freed == []


def test_a_place_in_the_fleet_wakes_a_few_and_the_others_keep_waiting() -> None:
    bench = Bench.make()
    queue = revisits(bench)
    many = [ChargerId(f"C{number}") for number in range(FLEET_SLICE + 3)]
    for charger in many:
        bench.engine.casebook.wait(charger, Wake("fleet"))
    for expected in (many[:FLEET_SLICE], many[FLEET_SLICE:]):
        queue.wake(Wake("fleet"))
        woken = []
        while (taken := queue.take()) is not None:
            woken.append(taken[0])
        assert woken == expected


def test_chargers_that_changed_rules_ask_about_come_last_and_are_asked_only_that() -> None:
    bench = Bench.make("rules: []")
    queue = revisits(bench)
    bench.engine.rulings.replace(Bench.make().engine.index, [B], bench.now)
    queue.add(A)
    assert queue.take() == (A, ALL_FACETS)
    assert queue.take() == (B, frozenset())
    bench.engine.rulings.owed(B)
    assert queue.take() is None
