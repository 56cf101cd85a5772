"""Asking a charger who it is, when it connected without a BootNotification and we do not know.

Many chargers boot only when they get power, so that a daemon that is new to them would never learn vendor and model,
and with them the profile. On some models the question restarts the charger: it is not put where a profile says so of
what the inventory lists, where it was seen to, and where it is not known that nobody charges.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from healer.fleet.charger import Charger, Facet
from healer.fleet.occupancy import judge
from healer.fleet.profiles import ProfileEntry
from healer.fleet.signals import DEAD_AFTER_S
from healer.healing.inquiries import Inquiries
from healer.model import ChargerId, Instant, Seconds
from healer.ocpp.messages import Command, Outcome, Result, Trigger, TriggerMessage

PATIENCE_S: Final[Seconds] = 10.0
"""How long after its connection a charger may still boot by itself; also how long after the last of its reports, and
after a question for them, there may come one more that tells of a car."""

MOST_ASKS: Final = 3
"""Questions without a boot, one a connection, after which a charger is left alone."""


class BootTrigger:
    """Asks for the boot that never comes; once a connection, and not for ever."""

    def __init__(self, inquiries: Inquiries) -> None:
        self._inquiries = inquiries
        """They come first: until they are through nobody knows whether somebody charges."""

    def deadline(self, charger: Charger) -> Instant | None:
        if charger.connected_at is None or not _wanted(charger):
            return None
        reports = (plug.reported_at or 0.0 for plug in (charger.itself, *charger.connectors()))
        return max(charger.connected_at, self._inquiries.asked_until(charger), *reports) + PATIENCE_S

    def question(self, charger: Charger, now: Instant) -> Command | None:
        due = self.deadline(charger)
        if due is None or now < due or not judge(charger, charger.target, DEAD_AFTER_S, now).harmless:
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
    again = contact.boot_asked_at is not None or contact.boot_asks >= MOST_ASKS
    in_use = next(charger.transactions(), None) is not None
    return not (again or in_use or charger.latches or _may_restart(charger))


def _may_restart(charger: Charger) -> bool:
    """Whether the question may restart it: by its profile, by that of what the inventory lists, or as it once did."""
    if charger.profile.trigger_boot_reboots or charger.contact.boot_trigger_restarts:
        return True
    vendor, model = charger.vendor or charger.placement.vendor, charger.model or charger.placement.model
    if vendor is None:
        return False
    for entry in reversed(charger.profiles.entries):
        if _may_be_for(entry, vendor, model, charger.firmware) and entry.profile.trigger_boot_reboots:
            return True
        if entry.matches(vendor, model or "", charger.firmware or ""):
            return False  # the last entry that matches decides
    return False


def _may_be_for(entry: ProfileEntry, vendor: str, model: str | None, firmware: str | None) -> bool:
    """Whether the entry is for this charger, as far as it is known."""
    anything = replace(
        entry,
        model=entry.model if model is not None else "*",
        firmware=entry.firmware if firmware is not None else "*",
    )
    return anything.matches(vendor, model or "", firmware or "")
