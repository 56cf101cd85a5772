"""How a charger stands with us: what it proved at the door, the new key it was offered, the certificate it asked for.

Keys are kept here only as verifiers; the clear text of a new one lives in memory until the charger has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from healer.fleet.peer import Peer
from healer.model import Instant, Seconds
from healer.ocpp.messages import CertificateRequested, SignedUse

SIGNING_PAUSE_S: Seconds = 60.0
"""A charger may ask for a certificate once in so long; the standard has it wait at least as long to repeat itself."""

DELIVER_WITHIN_S: Seconds = 600.0
"""A certificate that could not be delivered for so long is dropped: the charger asks again."""

LONGEST_REQUEST: int = 10_000
"""Characters of a certificate signing request; the standard allows 5500."""


@dataclass(frozen=True, slots=True)
class Credential:
    """The verifiers of a charger's key, as a rotation left them. Durable."""

    current: str | None = field(default=None, repr=False)
    """None: the one of the inventory."""
    pending: str | None = field(default=None, repr=False)
    """Of a new key that was offered; both open the door until it was used."""
    offered_at: Instant | None = None
    accepted_at: Instant | None = None
    """When the charger said that it took the new key."""

    @property
    def unproved(self) -> bool:
        """Whether the charger took a new key and has not come back with it."""
        return self.pending is not None and self.accepted_at is not None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was signed for the charger and is still to be delivered."""

    chain: str
    """PEM, the charger's own first."""
    use: SignedUse | None
    request_id: int | None
    signed_at: Instant


@dataclass(slots=True)
class Standing:
    """Of one charger."""

    peer: Peer = field(default_factory=Peer)
    """The other end of the last connection."""
    credential: Credential = field(default_factory=Credential)
    new_key: str | None = field(default=None, repr=False)
    """To be sent to the charger."""
    request: CertificateRequested | None = None
    """The last request that we took, until it is signed or refused."""
    requested_at: Instant | None = None
    certificate: Certificate | None = None

    # --- keys -----------------------------------------------------------------------------------------------------

    def offer(self, key: str, verifier: str, now: Instant) -> None:
        """A new key is to be sent; one offered before is forgotten, for it was never used."""
        self.new_key = key
        self.credential = Credential(self.credential.current, verifier, now)

    def accepted(self, now: Instant) -> None:
        """The charger took the new key."""
        self.new_key = None
        self.credential = replace(self.credential, accepted_at=now)

    def withdraw(self) -> None:
        """The charger refused the new key: the former stays."""
        self.new_key = None
        self.credential = Credential(self.credential.current)

    def prove(self, verifier: str) -> bool:
        """The charger came with the key of this verifier; True if that ends a rotation."""
        if verifier != self.credential.pending:
            return False
        self.new_key = None
        self.credential = Credential(verifier)
        return True

    # --- certificates ---------------------------------------------------------------------------------------------

    def take_request(self, request: CertificateRequested, now: Instant) -> bool:
        """Whether a request for the charging station's certificate will be looked at; others are not ours to sign."""
        too_soon = self.requested_at is not None and now < self.requested_at + SIGNING_PAUSE_S
        ours = request.use in {None, SignedUse.CHARGING_STATION}
        if too_soon or not ours or not 0 < len(request.csr) <= LONGEST_REQUEST:
            return False
        self.request, self.requested_at, self.certificate = request, now, None
        return True

    def signed(self, chain: str, now: Instant) -> None:
        """The request was granted."""
        if self.request is not None:
            self.certificate = Certificate(chain, self.request.use, self.request.request_id, now)
            self.request = None

    def refused(self) -> None:
        """The request was not granted."""
        self.request = None

    def undelivered(self, now: Instant) -> Certificate | None:
        """The certificate that is still to be delivered."""
        certificate = self.certificate
        fresh = certificate is not None and now < certificate.signed_at + DELIVER_WITHIN_S
        return certificate if fresh else None
