"""What a command of ours changes in what we believe and want of a charger, once it was sent or answered."""

from __future__ import annotations

from healer.fleet.charger import Charger
from healer.fleet.hearing import restart_expected
from healer.healing.records import Fate
from healer.model import Instant, Seconds, Target
from healer.rules.actions import Action, Evidence


def delivered(action: Action, charger: Charger, verify_s: Seconds, now: Instant) -> None:
    """The frame was handed to the transport."""
    if action.trait.evidence is Evidence.REBOOTED:
        restart_expected(charger, verify_s, now)


def answered(action: Action, place: Target, charger: Charger, fate: Fate, now: Instant) -> bool:
    """An answer came, or never will; True when the charger's durable part changed.

    An availability that may have been changed counts as changed: what we took out must be put back.
    """
    if fate in {Fate.REJECTED, Fate.NOT_SUPPORTED, Fate.UNSENT}:
        if action.trait.evidence is Evidence.REBOOTED:
            charger.boot_expected_until = charger.reset_sent_at = None  # it will not boot because of us
        return False
    match action.name:
        case "cycle-availability":
            if not any(held.covers(place) for held in charger.out_of_service):
                charger.put_back[place] = now
        case "take-out-of-service":
            charger.out_of_service.add(place)
            charger.held_out_at[place] = now
            for owed in [owed for owed in charger.put_back if place.covers(owed)]:
                del charger.put_back[owed]
        case "put-in-service":
            charger.out_of_service.discard(place)
            charger.put_back.pop(place, None)
        case _:
            return False
    return True
