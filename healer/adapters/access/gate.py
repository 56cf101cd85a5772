"""The decision who may connect as a charger, from what it shows at the handshake.

In order: is the identity welcome, is the line encrypted as demanded, does the certificate or the password prove it. The
right key is let in at once, whatever failed before; only answers that say no are held back. Where so many are held back
that guessing would go faster than they do, only a key is looked at that nobody could guess.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias
from urllib.parse import unquote

from healer.adapters.access import addresses
from healer.adapters.access.credentials import Credentials, Effort, Verdict
from healer.adapters.access.passwords import is_random
from healer.adapters.access.throttle import FORGOTTEN_AFTER_S, Throttle
from healer.adapters.access.tls import Certificate
from healer.adapters.access.turns import Turns
from healer.config.security import ClientIdentity, SecuritySettings
from healer.fleet.peer import Peer, Proof, Refusal
from healer.model import ChargerId
from healer.ports import Admitted, Knock, Refused

_RETRY_S: Final = 5.0
_BUSY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of a charger that is welcome."""

    listed: bool = False
    """An operator listed or approved it."""
    waiting: bool = False
    """It would only be held until somebody approves it: nothing of it is believed, so nothing has to be proved."""
    serial: str | None = None
    security_profile: int = 0
    """What is demanded of this one; the settings may demand more of all."""


Expect: TypeAlias = Callable[[ChargerId], Expectation | None]
"""What is expected of an identity; None: it is not welcome."""


class Gate:
    """`ports.Gate` by the security profiles of OCPP."""

    def __init__(
        self, settings: SecuritySettings, *, expect: Expect, credentials: Credentials, throttle: Throttle
    ) -> None:
        self._settings = settings
        self._expect = expect
        self._credentials = credentials
        self._throttle = throttle
        self._turns = Turns()
        self._proxies = tuple(ipaddress.ip_network(network) for network in settings.trusted_proxies)

    async def admit(self, charger: ChargerId, knock: Knock) -> Admitted | Refused:
        """Who is there; a refusal comes late, on purpose."""
        certificate = Certificate.of(knock.certificate)
        peer = Peer(
            addresses.client_address(knock.address, (knock.forwarded, knock.forwarded_for), self._proxies),
            knock.encrypted,
            certificate_name=None if certificate is None else certificate.name,
            certificate_expires_at=None if certificate is None else certificate.expires_at,
        )
        found = await self._decide(charger, knock, peer, certificate)
        if isinstance(found, Refused):
            return await self._refuse(charger, found)
        if found.peer.proof is not Proof.NONE:
            self._throttle.forgive(charger, addresses.place_of(peer.address))
        return found

    async def _decide(
        self, charger: ChargerId, knock: Knock, peer: Peer, certificate: Certificate | None
    ) -> Admitted | Refused:
        expected = self._expect(charger)
        if expected is None:
            return Refused(Refusal.UNKNOWN_CHARGER, peer)
        profile = max(self._settings.profile, expected.security_profile)
        if profile >= 2 and not knock.encrypted:
            return Refused(Refusal.TLS_REQUIRED, peer)
        if expected.waiting:
            return Admitted(peer, expected.listed)
        if certificate is not None and certificate.name == self._name(charger, expected):
            return Admitted(replace(peer, proof=Proof.CERTIFICATE), expected.listed)
        if profile == 3:
            missing = certificate is None
            return Refused(Refusal.NO_CLIENT_CERTIFICATE if missing else Refusal.WRONG_CERTIFICATE, peer)
        return await self._by_password(charger, knock, peer, expected, required=profile > 0)

    def _name(self, charger: ChargerId, expected: Expectation) -> str:
        """What the charger's certificate must name. Any other proves that it is one of ours, but not which one."""
        if self._settings.client_identity is ClientIdentity.IDENTITY or expected.serial is None:
            return charger
        return expected.serial

    # --- HTTP Basic ---------------------------------------------------------------------------------------------------

    async def _by_password(
        self, charger: ChargerId, knock: Knock, peer: Peer, expected: Expectation, *, required: bool
    ) -> Admitted | Refused:
        required = required or self._credentials.known(charger)
        shown = basic_password(charger, knock.authorization or "")
        reason = shown if isinstance(shown, Refusal) else await self._check(charger, peer, shown)
        if reason is None:
            return Admitted(replace(peer, proof=Proof.PASSWORD), expected.listed)
        if not required:
            return Admitted(peer, expected.listed)
        if reason is Refusal.NO_CREDENTIALS and peer.certificate_name is not None:
            return Refused(Refusal.WRONG_CERTIFICATE, peer)
        return Refused(reason, peer)

    async def _check(self, charger: ChargerId, peer: Peer, shown: bytes) -> Refusal | None:
        """What is wrong with a password, None if it is right."""
        place = addresses.place_of(peer.address)
        full = self._throttle.is_full(charger, place)
        if full and not _is_unguessable(shown):
            return Refusal.TOO_MANY_ATTEMPTS
        verdict = await self._credentials.check(charger, shown, Effort.NONE)
        if full and verdict is not Verdict.RIGHT:
            return Refusal.TOO_MANY_ATTEMPTS
        if verdict is Verdict.BUSY and not self._exhausted(peer):
            verdict = await self._check_in_turn(charger, place, shown)
        match verdict:
            case Verdict.RIGHT:
                return None
            case Verdict.BUSY:
                return Refusal.BUSY
            case Verdict.WRONG | Verdict.NOTHING_TO_CHECK:
                return Refusal.WRONG_CREDENTIALS

    async def _check_in_turn(self, charger: ChargerId, place: str | None, shown: bytes) -> Verdict:
        async with self._turns.take(charger, place, preferred=self._throttle.is_proven(place)) as taken:
            return await self._credentials.check(charger, shown) if taken else Verdict.BUSY

    # --- saying no ----------------------------------------------------------------------------------------------------

    def _exhausted(self, peer: Peer) -> bool:
        """Whether an address has used up its failed attempts; never without proxies, for then it may be a NAT's."""
        most = self._settings.max_failures_per_address
        place = addresses.place_of(peer.address)
        return most is not None and place is not None and self._throttle.failures_from(place) >= most

    async def _refuse(self, charger: ChargerId, refused: Refused) -> Refused:
        """The refusal, held back the longer the more of them there were."""
        peer, busy = refused.peer, refused.reason is Refusal.BUSY
        if refused.reason is Refusal.TOO_MANY_ATTEMPTS:  # it was not looked at
            return replace(refused, retry_after_s=_RETRY_S)
        exhausted, place = self._exhausted(peer), addresses.place_of(peer.address)
        # Also when we are busy: the right password might have been remembered, so this says that it was not that one.
        delay_s = _BUSY_S if busy else self._throttle.note(charger, place)
        if not await self._throttle.hold_back(charger, place, delay_s):
            return Refused(Refusal.TOO_MANY_ATTEMPTS, peer, _RETRY_S)
        if exhausted:
            return Refused(Refusal.TOO_MANY_ATTEMPTS, peer, FORGOTTEN_AFTER_S)
        return replace(refused, retry_after_s=_RETRY_S) if busy else refused


def _is_unguessable(shown: bytes) -> bool:
    """Whether it looks like a random key, as digits or as the bytes that they stand for."""
    text = shown.decode("ascii", errors="replace")
    return is_random(text) if text.isascii() and text.isprintable() else is_random(shown.hex())


def basic_password(charger: ChargerId, authorization: str) -> bytes | Refusal:
    """The password that a charger shows by HTTP Basic, as the bytes it sent, or why there is none.

    The user name is the identity (OCPP 1.6 whitepaper and 2.0.1 A00), percent-encoded as in the path or not.
    """
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return Refusal.NO_CREDENTIALS
    try:
        raw = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return Refusal.WRONG_CREDENTIALS
    name = charger.encode() + b":"
    if raw.startswith(name):  # an identity may hold a colon
        return raw[len(name) :]
    user, colon, password = raw.partition(b":")
    try:
        fits = colon != b"" and unquote(user.decode(), errors="strict") == charger
    except UnicodeDecodeError:
        fits = False
    return password if fits else Refusal.WRONG_CREDENTIALS
