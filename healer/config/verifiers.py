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

_HMAC: Final = re.compile(r"hmac-sha256\$[0-9a-fA-F]{64}")
_SCRYPT: Final = re.compile(
    r"scrypt\$([1-9][0-9]{0,6})\$([1-9][0-9]{0,6})\$([1-9][0-9]{0,6})\$(?:[0-9a-fA-F]{2})+\$[0-9a-fA-F]{64}"
)


def is_verifier(text: str) -> bool:
    """Whether a text wants to be a verifier, rather than the password itself."""
    return text.startswith(PREFIXES)


def why_unusable(text: str) -> str | None:
    """What is wrong with a verifier; it does not repeat the text."""
    text = text.strip()
    if _HMAC.fullmatch(text):
        return None
    matched = _SCRYPT.fullmatch(text)
    if matched is None:
        return "the password begins as a hash does and is none"
    n, r, p = map(int, matched.groups())
    if n < 2 or n & (n - 1) or p > 4 or 128 * n * r > MOST_MEMORY:
        return f"scrypt's N is a power of 2, P at most 4, and 128 x N x R at most {MOST_MEMORY >> 20} MiB"
    return None
