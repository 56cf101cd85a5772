"""What happens at the door: who was not let in, new keys, and certificates that chargers asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from healer.effects import Effect, Notice
from healer.events import CertificateRefused, CertificateSigned, ConnectionRefused, KeyOffered, KeyProved
from healer.fleet.charger import Charger
from healer.model import ChargerId, Instant
from healer.tally import Tally

DoorEvent: TypeAlias = ConnectionRefused | KeyOffered | KeyProved | CertificateSigned | CertificateRefused


class Door:
    """Takes in what the port's guardians tell."""

    def __init__(self, chargers: Mapping[ChargerId, Charger], tally: Tally, effects: list[Effect]) -> None:
        self._chargers = chargers
        self._tally = tally
        self._effects = effects

    def take(self, event: DoorEvent, now: Instant) -> Charger | None:
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
                standing.offer(event.key, event.verifier, now)
                self._notice("key.offered", charger, author=event.author, reason=event.reason)
            case KeyProved():
                if not standing.prove(event.verifier):
                    return None
                self._notice("key.proved", charger)
            case CertificateSigned():
                standing.signed(event.chain, now)
                self._notice("certificate.signed", charger)
            case CertificateRefused():
                standing.refused()
                self._notice("certificate.refused", charger, reason=event.reason)
        return charger

    def _notice(self, event: str, charger: Charger, **fields: str) -> None:
        self._effects.append(Notice(event, charger.id, tuple(fields.items())))
