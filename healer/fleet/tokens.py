"""Tokens of drivers: which of them may charge, and how one is told from another without being known.

A token is kept as its keyed hash only, so that neither the store nor the memory of the daemon tells what is on whose
card. The key is the daemon's own; without it a hash cannot be guessed from a list of likely tokens.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "hmac-sha256$"
"""What a hash is written with, to be told from a token."""

LONGEST: Final = 255
"""Characters of a token in OCPP 2.1; it has 36 in 2.0.1 and 20 in 1.6."""

NO_AUTHORIZATION: Final = ""
"""What stands for a token where a station asks for none (2.x idToken of type NoAuthorization, use case C02)."""

_WRITTEN: Final = re.compile(re.escape(PREFIX) + r"([0-9a-f]{64})", re.IGNORECASE)
_SHORT: Final = 16


def digest(key: bytes, token: str) -> bytes:
    """The keyed hash of a token, whose case does not matter (1.6 IdToken, 2.x IdTokenType)."""
    return hmac.digest(key, token.strip().casefold().encode("utf-8", "surrogatepass"), "sha256")


def written(key: bytes, token: str) -> str:
    """The hash as text that a list of tokens may hold instead of the token."""
    return PREFIX + digest(key, token).hex()


def hash_in(entry: str) -> bytes | None:
    """The hash that an entry of a list is; None if it is a token."""
    matched = _WRITTEN.fullmatch(entry.strip())
    return None if matched is None else bytes.fromhex(matched[1])


@dataclass(frozen=True, slots=True, repr=False)
class TokenPolicy:
    """Who may charge. Nothing is billed."""

    key: bytes
    """The daemon's own, 32 bytes."""
    known: frozenset[bytes] | None = None
    """Hashes of those who may charge; None: everybody may."""

    @classmethod
    def everybody(cls, key: bytes) -> TokenPolicy:
        return cls(key)

    @classmethod
    def nobody(cls, key: bytes) -> TokenPolicy:
        return cls(key, frozenset())

    @classmethod
    def of(cls, key: bytes, entries: Iterable[str]) -> TokenPolicy:
        """Those in a list of tokens and of hashes as `written`."""
        return cls(key, frozenset(hash_in(entry) or digest(key, entry) for entry in entries))

    def accepts(self, token: str | None) -> bool:
        """Whether who shows this may charge; None: a message that should name a token named none.

        NO_AUTHORIZATION is accepted unless nobody may charge: the station was set up to ask nobody, and a list of
        cards says nothing of who needs none. How long the look-up takes says nothing of a token, since what is looked
        up is its hash under a key that nobody outside knows.
        """
        if self.known is None:
            return True
        if token == NO_AUTHORIZATION:
            return bool(self.known)
        return token is not None and digest(self.key, token) in self.known

    def hash(self, token: str | None) -> str | None:
        """What tells one token from another in the records; None where there is none."""
        return digest(self.key, token).hex()[:_SHORT] if token else None

    def __repr__(self) -> str:
        who = "everybody" if self.known is None else f"{len(self.known)} known"
        return f"TokenPolicy({who})"
