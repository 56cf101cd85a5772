"""What happens at the door: who was not let in, new keys, and certificates that chargers asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from healer.effects import ChangeKeys, Effect, Notice
from healer.events import (
    CertificateRefused,
    CertificateSigned,
    ConnectionRefused,
    KeyOffered,
    KeyProved,
    KeysForgotten,
)
from healer.fleet.charger import Charger, Facet
from healer.model import ChargerId, Instant
from healer.tally import Tally

DoorEvent: TypeAlias = (
    ConnectionRefused | KeyOffered | KeyProved | KeysForgotten | CertificateSigned | CertificateRefused
)


class Door:
    """Takes in what the port's guardians tell."""

    def __init__(self, chargers: Mapping[ChargerId, Charger], tally: Tally, effects: list[Effect]) -> None:
        self._chargers = chargers
        self._tally = tally
        self._effects = effects

    def take(self, event: DoorEvent, now: Instant) -> Charger | None:  # noqa: C901 - one case an event
        """Apply one event; the charger whose standing changed by it."""
        if isinstance(event, ConnectionRefused):
            # Anybody may dial under any name: nothing is kept of it but a number.
            self._tally.count("connections_refused_total", reason=event.reason)
            return None
        charger = self._chargers.get(event.charger)
        if charger is None:
            return None
        standing = charger.standing
        match event:
            case KeyOffered():
                standing.offer(event.key, event.verifier, event.replaces, now)
                self._notice("key.offered", charger, author=event.author, reason=event.reason)
            case KeyProved():
                if not standing.prove(event.verifier):
                    return None
                self._notice("key.proved", charger)
            case KeysForgotten():
                standing.forget_keys()
                self._notice("key.forgotten", charger, reason=event.reason)
            case CertificateSigned():
                if not standing.signed(event.csr, event.chain, now):
                    return None
                self._notice("certificate.signed", charger)
            case CertificateRefused():
                if not standing.refused(event.csr):
                    return None
                self._notice("certificate.refused", charger, reason=event.reason)
        return charger

    def tell(self, charger: Charger) -> set[Facet]:
        """Have the door know the charger's keys if they changed; what is to be written down then."""
        if not charger.standing.untold:
            return set()
        charger.standing.untold = False
        self._effects.append(ChangeKeys(charger.id, charger.standing.credential))
        return {Facet.STANDING}

    def _notice(self, event: str, charger: Charger, **fields: str) -> None:
        self._effects.append(Notice(event, charger.id, tuple(fields.items())))
