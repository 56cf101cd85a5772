"""Hashes in place of passwords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.access import passwords
from healer.config import verifiers

HEX = "aB" * 32


@pytest.mark.parametrize("text", [f"hmac-sha256${HEX}", f"scrypt$16384$8$1$aabb${HEX}", f" scrypt$2$1$4$aa${HEX}\n"])
def test_what_the_door_can_use_is_usable(text: str) -> None:
    assert verifiers.why_unusable(text) is None
    assert not isinstance(passwords.parse(text), passwords.Unusable)


@pytest.mark.parametrize(
    "text",
    [
        "scrypt$99$x$1$aa$Geheim",
        f"scrypt$99$8$1$aa${HEX}",
        f"scrypt$16384$8$5$aa${HEX}",
        f"scrypt$1048576$8$1$aa${HEX}",
        f"scrypt$16384$8$1${HEX}",
        "hmac-sha256$Geheim",
    ],
)
def test_what_it_cannot_use_is_told_without_repeating_it(text: str) -> None:
    why = verifiers.why_unusable(text)
    assert why is not None
    assert "Geheim" not in why
    assert isinstance(passwords.parse(text), passwords.Unusable)


NUMBERS = st.sampled_from(["0", "1", "2", "4", "5", "8", "3", "x", "", "16384", "65536", "10000000", "٢"])
HASHES = st.sampled_from(["", "a", "aa", "aabb", "xx", HEX, HEX + "aa", HEX[1:]])


@given(
    st.one_of(
        st.builds("scrypt${}${}${}${}${}".format, NUMBERS, NUMBERS, NUMBERS, HASHES, HASHES),
        st.builds("hmac-sha256${}".format, HASHES),
        st.text().map("scrypt$".__add__),
    )
)
def test_it_agrees_with_the_door_on_every_text(text: str) -> None:
    assert verifiers.is_verifier(text)
    assert (verifiers.why_unusable(text) is None) == (not isinstance(passwords.parse(text), passwords.Unusable))
