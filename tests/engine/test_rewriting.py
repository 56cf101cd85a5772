"""Writing down anew what the store lost."""

from __future__ import annotations

from healer.engine.rewriting import EVERY_S, SLICE, Rewriting
from healer.events import StoreChanged
from healer.fleet.charger import ChargerRecord
from healer.model import ChargerId
from tests.bench import Bench

MANY = [ChargerId(f"C{number}") for number in range(2 * SLICE + 1)]


def test_everybody_is_written_down_once_a_slice_at_a_time() -> None:
    rewriting = Rewriting()
    rewriting.begin(MANY, 10.0)
    slices = [rewriting.take(10.0 + EVERY_S * number) for number in range(4)]
    assert [len(taken) for taken in slices] == [SLICE, SLICE, 1, 0]
    assert [charger for taken in slices for charger in taken] == MANY
    assert rewriting.due is None


def test_a_slice_is_not_taken_before_it_is_due() -> None:
    rewriting = Rewriting()
    rewriting.begin(MANY, 10.0)
    rewriting.take(10.0)
    assert rewriting.take(10.0 + EVERY_S / 2) == []


def test_after_the_store_lost_facts_chargers_and_incidents_are_written_down_anew() -> None:
    bench = Bench.make()
    for charger in ("A", "B"):
        bench.arrive(charger)
    bench.status("A", 1, "Faulted", "InternalError")
    bench.facts.clear()
    bench.transitions.clear()
    bench.give(StoreChanged(True, "40 facts were lost"))
    bench.wait(1)
    assert [fact.charger for fact in bench.facts if isinstance(fact, ChargerRecord)] == ["A", "B"]
    assert [(told.before, told.after) for told in bench.transitions] == [("pending", "pending")]
