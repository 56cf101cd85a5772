"""Questions to chargers, one at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

from healer.fleet.charger import Charger, Facet
from healer.fleet.inventory import Placement
from healer.healing.asking import Asking
from healer.healing.outputs import Ask
from healer.model import ChargerId, Instant
from healer.ocpp.messages import ClearCache, Command, Outcome, Result, Trigger, TriggerMessage

A = ChargerId("A")
BOOT = TriggerMessage(Trigger.BOOT)


@dataclass
class Curious:
    """Wants to know one thing from a moment on, once."""

    command: Command
    due: Instant | None
    numbers: list[int] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    forgotten: list[ChargerId] = field(default_factory=list)

    def deadline(self, charger: Charger) -> Instant | None:
        return None if self.numbers else self.due

    def question(self, charger: Charger, now: Instant) -> Command | None:
        due = self.deadline(charger)
        return self.command if due is not None and now >= due else None

    def asked(self, number: int, charger: Charger, now: Instant) -> None:
        self.numbers.append(number)

    def answered(self, number: int, outcome: Outcome, charger: Charger, now: Instant) -> set[Facet]:
        self.outcomes.append(outcome)
        return {Facet.IDENTITY}

    def conclude(self, charger: Charger, now: Instant) -> set[Facet]:
        return {Facet.STATUS} if self.outcomes else set()

    def forget(self, charger: ChargerId) -> None:
        self.forgotten.append(charger)


def _charger() -> Charger:
    return Charger(A, Placement(A, "Depot"), watched_since=0.0)


def test_the_first_asker_has_the_right_of_way_and_the_other_comes_next() -> None:
    first, second, charger = Curious(BOOT, 5.0), Curious(ClearCache(), 1.0), _charger()
    asking = Asking([first, second])
    assert asking.deadline(charger) == 1.0
    assert asking.next(charger, lambda: 7, 0.0) is None
    assert asking.next(charger, lambda: 7, 5.0) == Ask(A, "healer-7", BOOT)
    assert asking.next(charger, lambda: 8, 5.0) == Ask(A, "healer-8", ClearCache())
    assert asking.next(charger, lambda: 9, 5.0) is None
    assert asking.deadline(charger) is None


def test_without_a_number_nothing_is_asked_and_nothing_is_forgotten() -> None:
    asker, charger = Curious(BOOT, 0.0), _charger()
    asking = Asking([asker])
    assert asking.next(charger, lambda: None, 0.0) is None
    assert asker.numbers == []
    assert asking.next(charger, lambda: 7, 0.0) is not None


def test_an_answer_finds_its_asker() -> None:
    first, second, charger = Curious(BOOT, 0.0), Curious(ClearCache(), 0.0), _charger()
    asking = Asking([first, second])
    asking.next(charger, lambda: 7, 0.0)
    asking.next(charger, lambda: 8, 0.0)
    rejected = Outcome(Result.REJECTED)
    assert asking.answered(8, rejected, charger, 1.0) == {Facet.IDENTITY}
    assert (first.outcomes, second.outcomes) == ([], [rejected])
    assert list(asking.open) == [7]
    assert asking.conclude(charger, 2.0) == {Facet.STATUS}


def test_every_asker_forgets_a_charger_that_is_known_no_more() -> None:
    first, second = Curious(BOOT, 0.0), Curious(ClearCache(), 0.0)
    Asking([first, second]).forget(A)
    assert first.forgotten == second.forgotten == [A]
