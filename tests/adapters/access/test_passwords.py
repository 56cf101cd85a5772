"""Verifiers: which kind a key gets, what fits it, how they are read."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.access import passwords
from healer.adapters.access.passwords import KeyVerifier, PasswordVerifier, Unusable
from healer.adapters.access.secret import Secret
from healer.config import verifiers

OURS = Secret(b"s" * 32)
HEX = "4f43415F4f4354545f61646d696e5F7465737400"
CHEAP = PasswordVerifier(2, 1, 1, b"salt", bytes(32))


def cheap(password: bytes, _: PasswordVerifier) -> bytes:
    return OURS.digest("test", password)


@pytest.mark.parametrize("key", [HEX, HEX.upper(), "b8f2k9Xq4LmZ7pRw2VtY", secrets.token_hex(16)])
def test_a_random_key_is_kept_as_an_hmac(key: str) -> None:
    assert isinstance(passwords.make(key, OURS), KeyVerifier)


@pytest.mark.parametrize(
    "password",
    ["secret", "correct horse battery staple", "MyChargerPassword2024", "Summer2024Summer2024!", "deadbeef", "0" * 40],
)
def test_a_password_of_a_human_is_kept_as_scrypt(password: str) -> None:
    assert not passwords.is_random(password)


def test_scrypt_it_is() -> None:
    verifier = passwords.make("secret", OURS, salt=b"salt")
    assert isinstance(verifier, PasswordVerifier)
    assert passwords.fits_password(verifier, b"secret")
    assert not passwords.fits_password(verifier, b"Secret")


@given(st.binary(min_size=1, max_size=40))
def test_a_hex_key_is_right_as_bytes_and_as_hex_in_any_case(key: bytes) -> None:
    verifier = passwords.key_verifier(key.hex(), OURS)
    assert passwords.fits_key(verifier, key, OURS)
    assert passwords.fits_key(verifier, key.hex().encode(), OURS)
    assert passwords.fits_key(verifier, key.hex().upper().encode(), OURS)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_no_other_key_is_right(key: bytes, shown: bytes) -> None:
    verifier = passwords.key_verifier(key.hex(), OURS)
    assert passwords.fits_key(verifier, shown, OURS) == (key in passwords.readings(shown))


def test_a_text_key_is_right_as_it_is_written() -> None:
    verifier = passwords.key_verifier("Grüße-an-2.x", OURS)
    assert passwords.fits_key(verifier, "Grüße-an-2.x".encode(), OURS)
    assert not passwords.fits_key(verifier, "grüße-an-2.x".encode(), OURS)


def test_a_hex_password_is_right_as_bytes_and_as_hex() -> None:
    verifier = PasswordVerifier(2, 1, 1, b"salt", cheap(b"\xde\xad", CHEAP))
    assert passwords.fits_password(verifier, b"DEAD", cheap)
    assert passwords.fits_password(verifier, b"\xde\xad", cheap)
    assert not passwords.fits_password(verifier, b"beef", cheap)


def test_nothing_fits_what_is_unusable() -> None:
    assert not passwords.fits_key(passwords.NOTHING_FITS, b"", OURS)


def test_another_daemon_cannot_use_our_verifiers() -> None:
    assert not passwords.fits_key(passwords.key_verifier(HEX, OURS), HEX.encode(), Secret(b"t" * 32))


@pytest.mark.parametrize(
    "verifier",
    [passwords.key_verifier(HEX, OURS), PasswordVerifier(16384, 8, 1, b"salt", bytes(32))],
)
def test_a_verifier_reads_back_as_it_was_written(verifier: passwords.Verifier) -> None:
    assert passwords.parse(str(verifier)) == verifier
    assert verifiers.is_verifier(str(verifier))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is written"),
        ("bcrypt$x", "is written"),
        ("hmac-sha256$", "64 hex digits"),
        ("hmac-sha256$" + "0" * 63, "64 hex digits"),
        ("hmac-sha256$" + "g" * 64, "64 hex digits"),
        ("scrypt$16384$8$1$00", "is written"),
        ("scrypt$a$8$1$00$" + "0" * 64, "whole numbers"),
        ("scrypt$16383$8$1$00$" + "0" * 64, "power of 2"),
        ("scrypt$1048576$8$1$00$" + "0" * 64, "at most 64 MiB"),
        ("scrypt$16384$8$9$00$" + "0" * 64, "P at most 4"),
        ("scrypt$16384$8$1$salt$" + "0" * 64, "salt is hex"),
        ("scrypt$16384$8$1$00$00", "64 hex digits"),
    ],
)
def test_a_text_that_is_no_verifier_is_refused_with_the_reason(text: str, why: str) -> None:
    found = passwords.parse(text)
    assert isinstance(found, Unusable)
    assert why in found.reason


@given(st.sampled_from(["", "hmac-sha256$", "scrypt$", "scrypt$2$1$1$"]), st.text(max_size=60))
def test_any_text_is_read_or_refused_and_never_repeated(kind: str, text: str) -> None:
    found = passwords.parse(f"{kind}{text}\N{SKULL AND CROSSBONES}")
    assert isinstance(found, Unusable)
    assert "\N{SKULL AND CROSSBONES}" not in found.reason


def test_no_repr_shows_what_is_kept() -> None:
    verifier = passwords.key_verifier(HEX, OURS)
    assert verifier.digest.hex() not in repr(verifier)
    assert repr(PasswordVerifier(2, 1, 1, b"salt", b"hash")) == "PasswordVerifier(n=2, r=1, p=1)"
