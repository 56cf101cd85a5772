"""What is counted of healing."""

from __future__ import annotations

from healer.healing.settings import BackoffLimits
from healer.model import Mode
from tests.bench import Bench, healing


def _treated(*, heals: bool = True) -> Bench:
    bench = Bench.make(settings=healing(backoff=BackoffLimits(first_s=0.0)))
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    bench.serve("A", 3000, faulted=None if heals else "InternalError")
    return bench


def test_a_heal_is_one_action_and_one_incident() -> None:
    tally = _treated().engine.tally
    assert dict(tally.numbers("incidents_total")) == {("internal-error", "healed"): 1.0}
    assert dict(tally.numbers("actions_total")) == {("reset soft", "internal-error", "healed"): 1.0}


def test_an_exhausted_ladder_counts_each_step_that_did_nothing() -> None:
    bench = _treated(heals=False)
    tally = bench.engine.tally
    assert dict(tally.numbers("incidents_total")) == {}, "it is still open"
    bench.status("A", 1, "Available")
    bench.wait(601)
    assert dict(tally.numbers("incidents_total")) == {("internal-error", "exhausted"): 1.0}
    assert set(tally.numbers("actions_total")) == {
        ("reset soft", "internal-error", "no-effect"),
        ("reset hard", "internal-error", "no-effect"),
    }


def test_a_guard_that_holds_back_is_counted_once_and_not_at_every_look() -> None:
    bench = Bench.make(settings=healing(mode=Mode.DRY_RUN))
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(3600)
    assert dict(bench.engine.tally.numbers("actions_suppressed_total")) == {("reset soft", "mode"): 1.0}


def test_what_ends_by_itself_is_no_heal_of_ours() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.break_store()
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(400)
    bench.status("A", 1, "Available")
    bench.wait(700)
    assert dict(bench.engine.tally.numbers("incidents_total")) == {("internal-error", "by-itself"): 1.0}
