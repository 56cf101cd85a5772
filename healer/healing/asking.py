"""Questions to chargers: what we ask without changing anything, one at a time and without a ledger entry.

Who wants to know what is an `Asker`; whose turn it is, and whose question an answer belongs to, is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from healer.fleet.charger import Charger, Facet
from healer.healing.outputs import Ask
from healer.healing.steps import message_id
from healer.model import ChargerId, Instant
from healer.ocpp.messages import Command, Outcome


class Asker(Protocol):
    """Somebody who wants to know something of chargers."""

    def deadline(self, charger: Charger) -> Instant | None:
        """When there may be something to ask."""

    def question(self, charger: Charger, now: Instant) -> Command | None:
        """What to ask now. Nothing has been asked yet: `asked` follows, or not."""

    def asked(self, number: int, charger: Charger, now: Instant) -> None:
        """The question of just now goes out under this number."""

    def answered(self, number: int, outcome: Outcome, charger: Charger, now: Instant) -> set[Facet]:
        """It was answered, or never will be; what that changed. One that could not be sent is lost with its link."""

    def conclude(self, charger: Charger, now: Instant) -> set[Facet]:
        """Judge questions whose report should have come by now; what that changed."""

    def forget(self, charger: ChargerId) -> None:
        """The charger is known no more."""


class Asking:
    """All askers, the first of them with the right of way."""

    def __init__(self, askers: Sequence[Asker]) -> None:
        self._askers = askers
        self.open: dict[int, Asker] = {}
        """Who waits for an answer, by the number of the question."""

    def deadline(self, charger: Charger) -> Instant | None:
        """When somebody may have something to ask."""
        moments = (asker.deadline(charger) for asker in self._askers)
        return min((moment for moment in moments if moment is not None), default=None)

    def next(self, charger: Charger, take_number: Callable[[], int | None], now: Instant) -> Ask | None:
        """The next question; None when nobody asks or there is no number for it."""
        for asker in self._askers:
            command = asker.question(charger, now)
            if command is None:
                continue
            number = take_number()
            if number is None:
                return None
            asker.asked(number, charger, now)
            self.open[number] = asker
            return Ask(charger.id, message_id(number), command)
        return None

    def answered(self, number: int, outcome: Outcome, charger: Charger, now: Instant) -> set[Facet]:
        """What became of one of `open`."""
        return self.open.pop(number).answered(number, outcome, charger, now)

    def conclude(self, charger: Charger, now: Instant) -> set[Facet]:
        """Judge all questions whose report should have come by now."""
        changed: set[Facet] = set()
        for asker in self._askers:
            changed |= asker.conclude(charger, now)
        return changed

    def forget(self, charger: ChargerId) -> None:
        for asker in self._askers:
            asker.forget(charger)
