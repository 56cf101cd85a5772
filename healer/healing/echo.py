"""Asking for a sign of life once a command was not answered: does the charger still hear us?

A charger may send its heartbeats and even answer pings while no command reaches it. Three commands without an answer
make that known; this sees to it that they are sent soon, and again after a new connection, with a question that changes
nothing.
"""

from __future__ import annotations

from typing import Final

from healer.fleet.charger import Charger, Facet
from healer.fleet.contact import HALF_DEAF_AFTER
from healer.model import ChargerId, Instant, Seconds
from healer.ocpp.messages import Command, Outcome, Trigger, TriggerMessage

SOON_S: Final[Seconds] = 60.0
"""From a command without an answer to the question, while it is not yet known."""

LATER_S: Final[Seconds] = 600.0
"""The same once it is: so the end of it is noticed."""


class Echo:
    """Asks for a Heartbeat for as long as nobody knows whether a charger hears us."""

    def deadline(self, charger: Charger) -> Instant | None:
        contact = charger.contact
        if not charger.heard or not contact.unproven:
            return None
        pause_s = LATER_S if contact.unanswered >= HALF_DEAF_AFTER else SOON_S
        return (contact.call_lost_at or charger.connected_at or 0.0) + pause_s

    def question(self, charger: Charger, now: Instant) -> Command | None:
        due = self.deadline(charger)
        return TriggerMessage(Trigger.HEARTBEAT) if due is not None and now >= due else None

    def asked(self, number: int, charger: Charger, now: Instant) -> None:
        """The answer, or its absence, is noted like that of any command."""

    def answered(self, number: int, outcome: Outcome, charger: Charger, now: Instant) -> set[Facet]:
        return set()

    def conclude(self, charger: Charger, now: Instant) -> set[Facet]:
        return set()

    def forget(self, charger: ChargerId) -> None:
        """Nothing is kept here."""
