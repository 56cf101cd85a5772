"""How a charger stands with us: what it proved at the door, the new key it was offered, the certificate it asked for.

Keys are kept here only as verifiers; the clear text of a new one lives in memory until the charger has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from healer.fleet.peer import Peer, Proof
from healer.model import Instant, Seconds
from healer.ocpp.messages import CertificateRequested, SignedUse

SIGNING_PAUSE_S: Seconds = 60.0
"""A charger may ask for a certificate once in so long; the standard has it wait at least as long to repeat itself."""

DELIVER_WITHIN_S: Seconds = 600.0
"""A certificate that could not be delivered for so long is dropped: the charger asks again."""

LONGEST_REQUEST: int = 10_000
"""Characters of a certificate signing request; the standard allows 5500."""


MOST_PENDING: int = 3
"""New keys of a charger that may wait for their proof: for one more, one of them has to be used first."""


@dataclass(frozen=True, slots=True)
class Credential:
    """The verifiers of a charger's keys, as rotations left them. Durable."""

    current: str | None = field(default=None, repr=False)
    """None: the one of the inventory."""
    pending: tuple[str, ...] = field(default=(), repr=False)
    """Of new keys that the charger may have, the latest last. All of them open the door until one was used."""
    replaces: str | None = field(default=None, repr=False)
    """A digest of the inventory's password at the last rotation: one that is written there later wins."""
    offered_at: Instant | None = None
    """When the latest of `pending` was."""
    accepted_at: Instant | None = None
    """When the charger said that it took the latest."""

    @property
    def unproved(self) -> bool:
        """Whether the charger took a new key and has not come back with it."""
        return bool(self.pending) and self.accepted_at is not None


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
    """To be sent to the charger; the latest of the pending ones."""
    tried: bool = False
    """It was sent without an answer."""
    untold: bool = False
    """The door does not know of the change of `credential` yet."""
    request: CertificateRequested | None = None
    """The last request that we took, until it is signed or refused."""
    requested_at: Instant | None = None
    certificate: Certificate | None = None

    # --- keys -----------------------------------------------------------------------------------------------------

    def why_not_offer(self) -> str | None:
        """Why no further key can be offered now."""
        replaced = self.new_key is not None and not self.tried
        if len(self.credential.pending) - replaced < MOST_PENDING:
            return None
        return f"{MOST_PENDING} new keys were sent and none was used: one of them has to be, or forget them first"

    def offer(self, key: str, verifier: str, replaces: str | None, now: Instant) -> None:
        """A new key is to be sent. One offered before stays pending, unless it was never sent."""
        pending = self.credential.pending
        if self.new_key is not None and not self.tried:
            pending = pending[:-1]
        self.new_key, self.tried = key, False
        self._change(Credential(self.credential.current, (*pending, verifier), replaces, now))

    def attempted(self) -> None:
        """The new key was sent, and nobody knows whether the charger took it."""
        self.tried = True

    def accepted(self, now: Instant) -> None:
        """The charger took the new key."""
        self.new_key = None
        self._change(replace(self.credential, accepted_at=now))

    def refused_key(self) -> None:
        """The charger refused the new key: the former stays. After an attempt without an answer it may have it."""
        self.new_key = None
        if not self.tried:
            self.withdraw()

    def withdraw(self) -> None:
        """The latest of the new keys never reached the charger."""
        self.new_key = None
        self._change(replace(self.credential, pending=self.credential.pending[:-1], offered_at=None, accepted_at=None))

    def prove(self, verifier: str) -> bool:
        """The charger came with the key of this verifier; True if that ends a rotation."""
        pending = self.credential.pending
        if verifier not in pending:
            return False
        later = pending[pending.index(verifier) + 1 :]
        if later:
            self._change(replace(self.credential, current=verifier, pending=later))
        else:
            self.new_key = None
            self._change(Credential(verifier, replaces=self.credential.replaces))
        return True

    def forget_keys(self) -> None:
        """The inventory's password counts again."""
        self.new_key = None
        self._change(Credential())

    def _change(self, credential: Credential) -> None:
        self.credential, self.untold = credential, True

    # --- certificates ---------------------------------------------------------------------------------------------

    def take_request(self, request: CertificateRequested, now: Instant) -> bool:
        """Whether a request for the charging station's certificate will be looked at; others are not ours to sign.

        Nor are those of somebody who has not proved who it is: a certificate would be the proof it lacks.
        """
        too_soon = self.requested_at is not None and now < self.requested_at + SIGNING_PAUSE_S
        ours = request.use in {None, SignedUse.CHARGING_STATION} and 0 < len(request.csr) <= LONGEST_REQUEST
        if too_soon or not ours or self.peer.proof is Proof.NONE:
            return False
        self.request, self.requested_at, self.certificate = request, now, None
        return True

    def signed(self, csr: str, chain: str, now: Instant) -> bool:
        """This request was granted; True if it is still the one that counts."""
        if self.request is None or self.request.csr != csr:
            return False
        self.certificate = Certificate(chain, self.request.use, self.request.request_id, now)
        self.request = None
        return True

    def refused(self, csr: str) -> bool:
        """This request was not granted; True if it is still the one that counts."""
        if self.request is None or self.request.csr != csr:
            return False
        self.request = None
        return True

    def undelivered(self, now: Instant) -> Certificate | None:
        """The certificate that is still to be delivered."""
        certificate = self.certificate
        fresh = certificate is not None and now < certificate.signed_at + DELIVER_WITHIN_S
        return certificate if fresh else None
