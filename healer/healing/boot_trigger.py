"""Asking a charger who it is, when it connected without a BootNotification and we do not know.

Many chargers boot only when they get power, so that a daemon that is new to them would never learn vendor and model,
and with them the profile. On some models the question restarts the charger: it is not put where a profile says so,
where it was seen to, and while somebody charges.
"""

from __future__ import annotations

from typing import Final

from healer.fleet.charger import Charger, Facet
from healer.fleet.occupancy import Occupancy, judge
from healer.fleet.signals import DEAD_AFTER_S
from healer.model import ChargerId, Instant, Seconds
from healer.ocpp.messages import Command, Outcome, Result, Trigger, TriggerMessage

PATIENCE_S: Final[Seconds] = 10.0
"""How long after its connection a charger may still boot by itself."""

MOST_ASKS: Final = 3
"""Questions without a boot, one a connection, after which a charger is left alone."""

_IN_USE: Final = frozenset({Occupancy.MAY_DELIVER, Occupancy.DELIVERING})


class BootTrigger:
    """Asks for the boot that never comes; once a connection, and not for ever."""

    def deadline(self, charger: Charger) -> Instant | None:
        if charger.connected_at is None or not _wanted(charger):
            return None
        return charger.connected_at + PATIENCE_S

    def question(self, charger: Charger, now: Instant) -> Command | None:
        due = self.deadline(charger)
        if due is None or now < due or judge(charger, charger.target, DEAD_AFTER_S, now).occupancy in _IN_USE:
            return None
        return TriggerMessage(Trigger.BOOT)

    def asked(self, number: int, charger: Charger, now: Instant) -> None:
        charger.contact.boot_asks += 1

    def answered(self, number: int, outcome: Outcome, charger: Charger, now: Instant) -> set[Facet]:
        if outcome.result is Result.NOT_SUPPORTED:
            charger.contact.boot_asks = MOST_ASKS
        return set()

    def conclude(self, charger: Charger, now: Instant) -> set[Facet]:
        return set()

    def forget(self, charger: ChargerId) -> None:
        """Nothing is kept here."""


def _wanted(charger: Charger) -> bool:
    contact = charger.contact
    known = charger.booted_at is not None or None not in {charger.vendor, charger.model}
    if known or charger.boot_accepted or not charger.heard:
        return False
    dangerous = charger.profile.trigger_boot_reboots or contact.boot_trigger_restarts
    again = contact.boot_asked_at is not None or contact.boot_asks >= MOST_ASKS
    return not dangerous and not again and next(charger.transactions(), None) is None
