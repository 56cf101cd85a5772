"""The guard against boot loops of our own making: who restarts after we wrote to it, or asked it, is left alone.

A charger may restart once because of a new value. One that does so again is not written to any more, until a person
clears it or its firmware changes; the same for questions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from healer.fleet.record import CautionRecord
from healer.model import Instant, Seconds

LINGER_S: Final[Seconds] = 300.0
"""A boot so soon after a write or a question may be its doing."""

BOOTS_AFTER_WRITES: Final = 2
BOOTS_AFTER_QUESTIONS: Final = 3
"""One more than after writes: every boot is followed by a question, but not by a write."""

FORGET_S: Final[Seconds] = 24 * 3600.0
"""Boots that lie further apart have nothing to do with each other."""

MOST_WRITES: Final = 60
"""To one charger within `WRITES_WITHIN_S`."""

WRITES_WITHIN_S: Final[Seconds] = 3600.0


class Caution:
    """What we did to one charger's configuration lately, and the boots that followed."""

    def __init__(self) -> None:
        self._writes: deque[tuple[Instant, frozenset[str]]] = deque(maxlen=MOST_WRITES)
        self._asked_at: Instant | None = None
        self._boots_after_writes: list[Instant] = []
        self._boots_after_questions: list[Instant] = []
        self.writes_held = False
        self.questions_held = False

    def next_write_at(self, now: Instant) -> Instant:
        """From when on one more write is allowed, as far as their number goes."""
        return self._writes[0][0] + WRITES_WITHIN_S if len(self._writes) == MOST_WRITES else now

    def wrote(self, variables: Iterable[str], now: Instant) -> None:
        """These were written, or may have been."""
        self._writes.append((now, frozenset(variables)))

    def asked(self, now: Instant) -> None:
        self._asked_at = now

    def booted(self, now: Instant) -> frozenset[str]:
        """It booted and nobody asked for it. The variables that are suspected of it, when writing is stopped now."""
        suspects = frozenset[str]().union(*(names for at, names in self._writes if now - at <= LINGER_S))
        if suspects:
            self._boots_after_writes = _recent(self._boots_after_writes, now)
            if not self.writes_held and len(self._boots_after_writes) >= BOOTS_AFTER_WRITES:
                self.writes_held = True
                return suspects
        elif self._asked_at is not None and now - self._asked_at <= LINGER_S:
            self._boots_after_questions = _recent(self._boots_after_questions, now)
            self.questions_held |= len(self._boots_after_questions) >= BOOTS_AFTER_QUESTIONS
        return frozenset()

    def release(self) -> None:
        """A person cleared it, or it has another firmware."""
        self._boots_after_writes, self._boots_after_questions = [], []
        self.writes_held = self.questions_held = False

    # --- what outlives the daemon ---------------------------------------------------------------------------------

    def record(self) -> CautionRecord:
        """The writes themselves are in the ledger."""
        return CautionRecord(
            self._boots_after_writes, self._boots_after_questions, self.writes_held, self.questions_held
        )

    def recall(self, record: CautionRecord) -> None:
        self._boots_after_writes = list(record.boots_after_writes)
        self._boots_after_questions = list(record.boots_after_questions)
        self.writes_held, self.questions_held = record.writes_held, record.questions_held


def _recent(boots: Iterable[Instant], now: Instant) -> list[Instant]:
    """With the boot of now, those that count."""
    return [*(at for at in boots if now - at < FORGET_S), now][-BOOTS_AFTER_QUESTIONS:]
