"""The duty to have places in service, or out of it, as they are meant to be.

- After a boot, take out again what is meant to be out: many chargers forget it.
- Put back what a cycle of ours took out of service, whatever became of the incident, also after a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from healer.fleet.charger import Charger
from healer.healing import aftermath, ladder
from healer.healing.duties import Errand, Plan
from healer.healing.records import Fate
from healer.model import Instant, Seconds, Severity, Target
from healer.ocpp.messages import ChangeAvailability, Outcome
from healer.rules.actions import Action

REST_S: Seconds = 2.0
"""How long a connector stays out of service in a cycle once it has shown Unavailable."""

PATIENCE_S: Seconds = 30.0
"""How long to wait for Unavailable before a connector is put back anyway."""

PUT_BACK: Final = "put-in-service"
HOLD_OUT: Final = "take-out-of-service"

_COMPLAINTS: Final[Mapping[str, tuple[Severity, str]]] = {
    PUT_BACK: (Severity.WARNING, "is left out of service: the charger does not put it back"),
    HOLD_OUT: (Severity.CRITICAL, "may be in service: the charger does not take it out again"),
}


def in_use(charger: Charger, place: Target) -> bool:
    """Whether a transaction is open there: a cycle that was Scheduled takes place when it ends."""
    return any(place.evse in {None, transaction.evse} for transaction in charger.transactions())


def put_back_at(charger: Charger, place: Target, made_at: Instant, give_up_after_s: Seconds) -> Instant:
    """When a place may be put back: a little after it showed Unavailable, or when that took too long."""
    seen = [
        connector.unavailable_at
        for connector in charger.connectors()
        if place.covers(charger.place(connector)) and (connector.unavailable_at or 0.0) >= made_at
    ]
    shown = [moment for moment in seen if moment is not None]
    if shown:
        return max(shown) + REST_S
    return made_at + (give_up_after_s if in_use(charger, place) else PATIENCE_S)


class Availability:
    """The availability that places are meant to have."""

    def __init__(self, give_up_after_s: Seconds) -> None:
        self._give_up_after_s = give_up_after_s
        self._in_use: set[Target] = set()
        """Places to be put back in which a transaction was open when we last looked."""

    def debts(self, charger: Charger, now: Instant) -> Mapping[Errand, Instant | None]:
        """After a restart of ours the charger is told again what is meant to be out."""
        self._watch_use(charger, now)
        booted_at, held_out_at = charger.booted_at or 0.0, charger.held_out_at
        debts: dict[Errand, Instant | None] = {
            Errand(HOLD_OUT, place): booted_at
            for place in sorted(charger.out_of_service, key=lambda place: place.sort_key)
            if place not in held_out_at or held_out_at[place] < booted_at
        }
        for place, made_at in charger.put_back.items():
            # Nothing is energised while a safety code stands.
            due = None if charger.latches else put_back_at(charger, place, made_at, self._give_up_after_s)
            debts[Errand(PUT_BACK, place)] = due
        return debts

    def _watch_use(self, charger: Charger, now: Instant) -> None:
        """What was taken out while in use goes out when the transaction ends: from then on it is waited for."""
        for place in charger.put_back:
            if in_use(charger, place):
                self._in_use.add(place)
            elif place in self._in_use:
                self._in_use.discard(place)
                charger.put_back[place] = now

    def plan(self, errand: Errand, charger: Charger, now: Instant) -> Plan:
        evse, connector = ladder.address(charger, errand.place)
        return Plan(ChangeAvailability(errand.action == PUT_BACK, evse, connector), ("the wanted availability",))

    def why_not(self, errand: Errand, plan: Plan, charger: Charger, now: Instant) -> str | None:
        if errand not in self.debts(charger, now):
            return "it is no longer owed"
        if errand.action == PUT_BACK and charger.latches:
            return "a safety code was seen"
        return None

    def done(self, errand: Errand, plan: Plan, fate: Fate, outcome: Outcome, charger: Charger, now: Instant) -> None:
        # A person may have cleared the charger meanwhile: then the place is no longer meant to be out.
        if fate in {Fate.ACCEPTED, Fate.SCHEDULED} and errand in self.debts(charger, now):
            aftermath.answered(Action(errand.action), errand.place, charger, fate, now)

    def complaint(self, errand: Errand) -> tuple[Severity, str]:
        return _COMPLAINTS[errand.action]
