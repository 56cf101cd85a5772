"""What a person may do: say that a charger is safe again.

Clearing closes the incidents that wait for a person, releases the interlock and puts back what was taken out of
service. It is refused while the charger itself still reports what latched it.
"""

from __future__ import annotations

from healer.fleet import codes, restarts
from healer.fleet.charger import Charger
from healer.fleet.place import Connector
from healer.healing import treatment
from healer.healing.availability import PATIENCE_S
from healer.healing.casebook import Casebook
from healer.model import UNKNOWN, Instant, Status


def why_not_clear(charger: Charger) -> str | None:
    """Why the charger cannot be cleared now; None when it can."""
    for place in charger.latches:
        danger = charger.problems.fresh_danger_about(place) if charger.heard else None
        if danger is not None:
            return f"{place} still reports {danger}"
        itself = [charger.itself] if place == charger.target else []
        for connector in (*itself, *charger.connectors_within(place)):
            reason = _trouble(charger, connector)
            if reason is not None:
                return f"{charger.place(connector)} still reports {reason}"
    return None


def _trouble(charger: Charger, connector: Connector) -> str | None:
    """What speaks against clearing at one connector; what it does not tell now does not."""
    if not charger.is_fresh(connector):
        return None
    code, vendor_code = charger.error_code(connector), connector.vendor_error_code
    known = None if code is UNKNOWN else str(code)
    if connector.status is Status.FAULTED or codes.is_safety(known, vendor_code):
        return f"{connector.status} with {vendor_code or known or 'an error nobody told'}"
    return None


def clear(casebook: Casebook, charger: Charger, author: str, reason: str, now: Instant) -> None:
    """A person has looked at it. The caller has asked `why_not_clear`."""
    for incident in list(casebook.incidents(charger.id)):
        treatment.clear(casebook, incident, f"{author}: {reason}", now)
    charger.latches.clear()
    charger.problems.forget_dangers()
    charger.contact.trust()
    restarts.trust_again(charger, now)
    # It has been out for long: nothing needs to be waited for.
    charger.put_back.update(dict.fromkeys(charger.out_of_service, now - PATIENCE_S))
    charger.out_of_service.clear()
    charger.held_out_at.clear()
