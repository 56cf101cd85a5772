"""Who is at the other end of a connection, as the handshake proved it, or why it was not let in."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from healer.model import Instant


class Proof(enum.StrEnum):
    """What a peer proved its identity with."""

    NONE = "none"
    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    """HTTP Basic authentication: security profiles 1 and 2."""
    CERTIFICATE = "certificate"
    """A client certificate that the configured authority signed: security profile 3."""


class Refusal(enum.StrEnum):
    """Why a connection was not let in."""

    NO_CREDENTIALS = "no-credentials"
    WRONG_CREDENTIALS = "wrong-credentials"
    TLS_REQUIRED = "tls-required"
    NO_CLIENT_CERTIFICATE = "no-client-certificate"
    WRONG_CERTIFICATE = "wrong-certificate"
    """The certificate is valid, but names another charger."""
    UNKNOWN_CHARGER = "unknown-charger"
    TOO_MANY_ATTEMPTS = "too-many-attempts"
    """Too many answers are held back there: a password is not looked at, a random key is."""
    ADDRESS_LIMIT = "address-limit"
    """Too many connections from one address."""
    BUSY = "busy"
    """We have no room, or no time to check a password; nothing is said about the charger."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection."""

    address: str | None = None
    """Its network address; behind a trusted proxy, the one that the proxy names."""
    encrypted: bool = False
    """It came by TLS."""
    proof: Proof = Proof.NONE
    certificate_name: str | None = None
    """Its certificate's common name: the serial number (OCPP 2.0.1 A00, whitepaper of 1.6), or the identity."""
    certificate_expires_at: Instant | None = None
