"""How the hash of a password is written where the password itself need not stand.

`hmac-sha256$HEX` of a random key, `scrypt$N$R$P$SALT$HASH` of a password that a person chose; salt and hashes in hex.
"""

from __future__ import annotations

import re
from typing import Final

PREFIXES: Final = ("hmac-sha256$", "scrypt$")
MOST_MEMORY: Final = 64 * 2**20
"""Bytes that scrypt may take."""
SHORTEST: Final = 8
"""Characters of a password that is not warned of."""

WRITTEN: Final = "write the password, 'hmac-sha256$' and 64 hex digits, or 'scrypt$N$R$P$SALT$HASH'"

_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,6}")
_HASH_DIGITS: Final = 64


def is_verifier(text: str) -> bool:
    """Whether a text wants to be a verifier, rather than the password itself."""
    return text.startswith(PREFIXES)


def why_unusable(text: str) -> str | None:
    """What is wrong with a verifier; it does not repeat the text."""
    match text.strip().split("$"):
        case ["hmac-sha256", digest]:
            return None if _is_hash(digest) else f"hmac-sha256$ is followed by {_HASH_DIGITS} hex digits"
        case ["scrypt", n, r, p, salt, hashed]:
            return _why_no_scrypt((n, r, p), salt, hashed)
        case _:
            return "a verifier is written 'hmac-sha256$HEX' or 'scrypt$N$R$P$SALT$HASH'"


def _why_no_scrypt(numbers: tuple[str, ...], salt: str, hashed: str) -> str | None:
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        return "scrypt's N, R and P are whole numbers"
    n, r, p = map(int, numbers)
    if n < 2 or n & (n - 1) or p > 4 or 128 * n * r > MOST_MEMORY:
        return f"scrypt's N is a power of 2, P at most 4, and 128 x N x R at most {MOST_MEMORY >> 20} MiB"
    if not _HEX.fullmatch(salt) or not _is_hash(hashed):
        return f"scrypt's salt is hex, its hash {_HASH_DIGITS} hex digits"
    return None


def _is_hash(text: str) -> bool:
    return _HEX.fullmatch(text) is not None and len(text) == _HASH_DIGITS
