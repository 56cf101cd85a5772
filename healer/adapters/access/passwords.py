"""How a charger's key or password is kept, and compared with what a charger shows.

A random key cannot be guessed, so an HMAC under the daemon's own secret protects it and costs a microsecond; a password
that a human chose is kept as scrypt, which costs 50 ms on purpose. As text: `hmac-sha256$HEX`, and
`scrypt$N$R$P$SALT$HASH` with salt and hash in hex.

OCPP 1.6 configures AuthorizationKey as hex; some chargers show the bytes it stands for, others the hex as it is. Both
are the same key here, in any case of letters.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from healer.adapters.access.secret import Secret
from healer.config import verifiers

PURPOSE: Final = "charger-key"

_N, _R, _P = 2**14, 8, 1
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")
_RANDOM_BYTES: Final = 16
_RANDOM_CHARACTERS: Final = 20

Scrypt = Callable[[bytes, "PasswordVerifier"], bytes]
"""(password, parameters) -> hash; slow, and to be run in a thread."""


@dataclass(frozen=True, slots=True)
class KeyVerifier:
    """Recognises a random key."""

    digest: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"hmac-sha256${self.digest.hex()}"


@dataclass(frozen=True, slots=True)
class PasswordVerifier:
    """Recognises a password that a human chose."""

    n: int
    r: int
    p: int
    salt: bytes = field(repr=False)
    hash: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"scrypt${self.n}${self.r}${self.p}${self.salt.hex()}${self.hash.hex()}"


Verifier: TypeAlias = KeyVerifier | PasswordVerifier


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a text is no verifier. It does not repeat the text."""

    reason: str


NOTHING_FITS: Final = KeyVerifier(b"")
"""What is in force where a verifier is unusable: a mistake of ours must not open the door."""


def scrypt(password: bytes, parameters: PasswordVerifier) -> bytes:
    """The slow hash; the interpreter is free meanwhile."""
    return hashlib.scrypt(
        password,
        salt=parameters.salt,
        n=parameters.n,
        r=parameters.r,
        p=parameters.p,
        maxmem=2 * verifiers.MOST_MEMORY,
        dklen=_HASH_BYTES,
    )


# --- making -----------------------------------------------------------------------------------------------------------


def make(key: str, secret: Secret, salt: bytes | None = None) -> Verifier:
    """The verifier of a key or password, by how guessable it is. For a password this takes as long as scrypt does."""
    if is_random(key):
        return key_verifier(key, secret)
    return password_verifier(key, salt)


def key_verifier(key: str, secret: Secret) -> KeyVerifier:
    """HMAC whatever it is: for what is kept in memory only."""
    return KeyVerifier(secret.digest(PURPOSE, _meaning(key)))


def password_verifier(password: str, salt: bytes | None = None) -> PasswordVerifier:
    """scrypt with today's parameters."""
    parameters = PasswordVerifier(_N, _R, _P, salt or secrets.token_bytes(_SALT_BYTES), b"")
    return PasswordVerifier(_N, _R, _P, parameters.salt, scrypt(_meaning(password), parameters))


def is_random(key: str) -> bool:
    """Whether a key looks drawn by lot: 16 bytes of hex, or 20 characters that vary as words never do."""
    if _HEX.fullmatch(key):
        meaning = bytes.fromhex(key)
        return len(meaning) >= _RANDOM_BYTES and len(set(meaning)) >= _RANDOM_BYTES // 2
    if len(key) < _RANDOM_CHARACTERS or any(letter.isspace() for letter in key):
        return False
    kinds = [_kind(letter) for letter in key]
    changes = sum(one != other for one, other in itertools.pairwise(kinds))
    return len(set(key)) >= 12 and changes >= len(key) / 3


def _kind(letter: str) -> str:
    if letter.isdigit():
        return "digit"
    return "upper" if letter.isupper() else "lower" if letter.islower() else "other"


def _meaning(key: str) -> bytes:
    """The bytes that a key as written stands for."""
    return bytes.fromhex(key) if _HEX.fullmatch(key) else key.encode()


# --- reading ----------------------------------------------------------------------------------------------------------


def parse(text: str) -> Verifier | Unusable:
    """The verifier that a text stands for; how it is written is `config.verifiers`' to say."""
    why = verifiers.why_unusable(text)
    if why is not None:
        return Unusable(why)
    kind, *parts = text.strip().split("$")
    if kind == "hmac-sha256":
        return KeyVerifier(bytes.fromhex(parts[0]))
    n, r, p = map(int, parts[:3])
    salt, hashed = map(bytes.fromhex, parts[3:])
    return PasswordVerifier(n, r, p, salt, hashed)


# --- comparing --------------------------------------------------------------------------------------------------------


def readings(shown: bytes) -> tuple[bytes, ...]:
    """What a charger may mean by what it shows: the bytes themselves, or those that they spell as hex."""
    text = shown.decode("ascii", errors="replace")
    return (shown, bytes.fromhex(text)) if _HEX.fullmatch(text) else (shown,)


def fits_key(verifier: KeyVerifier, shown: bytes, secret: Secret) -> bool:
    """Whether the key is the right one, in time that does not depend on how wrong it is."""
    fits = False
    for reading in readings(shown):
        fits |= hmac.compare_digest(secret.digest(PURPOSE, reading), verifier.digest)
    return fits


def fits_password(verifier: PasswordVerifier, shown: bytes, scrypt: Scrypt = scrypt) -> bool:
    """The same for a password; takes as long as scrypt does, once or twice."""
    fits = False
    for reading in readings(shown):
        fits |= hmac.compare_digest(scrypt(reading, verifier), verifier.hash)
    return fits
