"""Asking chargers for the status of places that they did not report by themselves.

What counts is the report, not the answer: as long as none comes, the place is asked for again, with a growing pause and
anew in each epoch. Nothing of it is written down.
"""

from __future__ import annotations

from dataclasses import dataclass

from healer.errors import LocalError
from healer.fleet.charger import Charger, Facet
from healer.healing import ladder
from healer.model import ChargerId, Instant, Seconds, Target
from healer.ocpp.messages import Command, Outcome, Result, Trigger, TriggerMessage

PAUSE_S: Seconds = 60.0
"""How long a report may take before it is asked for again; doubled each time."""

LONGEST_PAUSE_S: Seconds = 3600.0


@dataclass(slots=True)
class _Inquiry:
    """What became of asking for one place."""

    epoch: int
    asked_at: Instant
    due: Instant | None
    """When to ask again if no report comes; None: the charger cannot be asked in this epoch."""
    pause_s: Seconds = PAUSE_S
    answered: bool = False
    """The charger took the question in, so that without a report it was in vain."""
    ended_at: Instant = 0.0
    """When it was answered, or known that it never will be."""


class Inquiries:
    """Which places were asked for, and when to ask again."""

    def __init__(self) -> None:
        self._open: dict[int, Target] = {}
        """Questions without an answer, by the number of their message."""
        self._asked: dict[ChargerId, dict[Target, _Inquiry]] = {}

    def forget(self, charger: ChargerId) -> None:
        """The charger is known no more."""
        self._asked.pop(charger, None)

    def deadline(self, charger: Charger) -> Instant | None:
        """When a place is to be asked for next."""
        return min((moment for moment, _ in self._due(charger)), default=None)

    def conclude(self, charger: Charger, now: Instant) -> set[Facet]:
        """Tell the charger which places were asked for in vain; what changed, if it forgot one of them."""
        changed: set[Facet] = set()
        awaited = any(inquiry.answered for inquiry in self._asked.get(charger.id, {}).values())
        for moment, place in self._due(charger) if awaited else ():
            inquiry = self._inquiry(charger, place)
            if inquiry is not None and inquiry.answered and now >= moment:
                inquiry.answered = False
                changed |= charger.asked_in_vain(place, now)
        return changed

    def question(self, charger: Charger, now: Instant) -> Command | None:
        """Ask for the next place."""
        place = self._next_place(charger, now)
        if place is None:
            return None
        evse, connector = ladder.address(charger, place)
        return TriggerMessage(Trigger.STATUS, evse, connector)

    def _next_place(self, charger: Charger, now: Instant) -> Target | None:
        return next((place for moment, place in self._due(charger) if now >= moment), None)

    def asked(self, number: int, charger: Charger, now: Instant) -> None:
        """The question for the next place goes out under this number."""
        place = self._next_place(charger, now)
        if place is None:
            raise LocalError("a question went out that nobody asked")
        former = self._inquiry(charger, place)
        pause_s = PAUSE_S if former is None else min(2 * former.pause_s, LONGEST_PAUSE_S)
        self._asked.setdefault(charger.id, {})[place] = _Inquiry(charger.epoch, now, now + pause_s, pause_s)
        self._open[number] = place

    def answered(self, number: int, outcome: Outcome, charger: Charger, now: Instant) -> set[Facet]:
        """From now on the report is awaited."""
        inquiry = self._inquiry(charger, self._open.pop(number))
        if inquiry is not None:  # else the place has reported meanwhile, or it was asked in a former epoch
            inquiry.ended_at = now
            inquiry.answered = outcome.result in {Result.ACCEPTED, Result.REJECTED}
            inquiry.due = None if outcome.result is Result.NOT_SUPPORTED else now + inquiry.pause_s
        return set()

    def asked_until(self, charger: Charger) -> Instant:
        """When the last question to it in this epoch had its answer, or never would; 0.0 where there was none."""
        asked = self._asked.get(charger.id, {}).values()
        return max((inquiry.ended_at for inquiry in asked if inquiry.epoch == charger.epoch), default=0.0)

    def _inquiry(self, charger: Charger, place: Target) -> _Inquiry | None:
        """What became of asking for the place in this epoch."""
        inquiry = self._asked.get(charger.id, {}).get(place)
        return inquiry if inquiry is not None and inquiry.epoch == charger.epoch else None

    def _due(self, charger: Charger) -> list[tuple[Instant, Target]]:
        """The places to ask for, each with the moment from which it may be asked for."""
        places = charger.places_to_ask()
        if not places:
            self._asked.pop(charger.id, None)
        due = []
        for place in places:
            inquiry = self._inquiry(charger, place)
            if inquiry is None:
                due.append((0.0, place))
            elif inquiry.due is not None and not _has_reported(charger, place, inquiry.asked_at):
                due.append((inquiry.due, place))
        return due


def _has_reported(charger: Charger, place: Target, since: Instant) -> bool:
    """Whether a plug, or any of the charger, has reported since; of a charger nobody knows whether those were all."""
    plugs = (charger.itself, *charger.connectors()) if place == charger.target else (charger.connector_at(place),)
    return any(plug is not None and charger.is_fresh(plug) and (plug.reported_at or 0.0) >= since for plug in plugs)
