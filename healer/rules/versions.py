"""Firmware versions in an order: vendors write them in many ways, numbers in them compare as numbers.

`1.9 < 1.10 = 1.10.0 < 1.10b < 1.11`, `2.0-rc1 < 2.0`, `v1.2 = 1.2`. A text without any digit is in no order,
and whoever compares with it must say unknown.
"""

from __future__ import annotations

import functools
import re
from typing import Final, TypeAlias

VersionKey: TypeAlias = tuple[tuple[int, int, str], ...]
"""Compares by itself; all keys have the same length."""

_PARTS: Final = 12
_LONGEST: Final = 100
_EARLY: Final = frozenset({"a", "alpha", "b", "beta", "dev", "pre", "preview", "rc", "snapshot"})
_MISSING: Final = (2, 0, "")


@functools.lru_cache(maxsize=4096)
def version_key(text: str) -> VersionKey | None:
    """The place of a version in the order; None when it is none."""
    tokens = re.findall(r"\d+|[a-z]+", text.lower()[:_LONGEST])
    first = next((index for index, token in enumerate(tokens) if token.isdecimal()), None)
    if first is None:
        return None
    parts = [_part(token, follower) for token, follower in zip(tokens[first:], [*tokens[first + 1 :], ""], strict=True)]
    return tuple([*parts, *[_MISSING] * _PARTS][:_PARTS])


def _part(token: str, follower: str) -> tuple[int, int, str]:
    if token[0].isdecimal():
        return (2, int(token), "")
    # `1.10b` is a later patch, `1.10b2` and `1.10-beta` come before 1.10.
    early = token in _EARLY and (len(token) > 1 or follower[:1].isdecimal())
    return (1, 0, token) if early else (3, 0, token)
