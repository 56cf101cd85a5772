"""What a person may do: say that a charger is safe again.

Clearing closes the incidents that wait for a person, releases the interlock and puts back what was taken out of
service. It is refused while the charger itself still reports what latched it.
"""

from __future__ import annotations

from healer.fleet import codes
from healer.fleet.charger import Charger
from healer.healing import treatment
from healer.healing.casebook import Casebook
from healer.healing.errands import PATIENCE_S
from healer.model import Instant, Status


def why_not_clear(charger: Charger) -> str | None:
    """Why the charger cannot be cleared now; None when it can."""
    for place in charger.latches:
        connector = charger.connector_at(place)
        if connector is None or not charger.is_fresh(connector):
            continue
        code = charger.error_code(connector)
        if connector.status is Status.FAULTED or codes.is_safety(code, connector.vendor_error_code):
            return f"{place} still reports {connector.status} with {connector.vendor_error_code or code}"
    return None


def clear(casebook: Casebook, charger: Charger, author: str, reason: str, now: Instant) -> None:
    """A person has looked at it. The caller has asked `why_not_clear`."""
    for incident in list(casebook.incidents(charger.id)):
        treatment.clear(casebook, incident, f"{author}: {reason}", now)
    charger.latches.clear()
    # It has been out for long: nothing needs to be waited for.
    charger.put_back.update(dict.fromkeys(charger.out_of_service, now - PATIENCE_S))
    charger.out_of_service.clear()
    charger.held_out_at.clear()
