"""Tokens of drivers: known by their hash alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.fleet import tokens
from healer.fleet.tokens import NO_AUTHORIZATION, TokenPolicy

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


def test_everybody_and_nobody_are_told_apart() -> None:
    everybody, nobody = TokenPolicy.everybody(KEY), TokenPolicy.nobody(KEY)
    for token in ("04A1B2", NO_AUTHORIZATION, None):
        assert everybody.accepts(token)
        assert not nobody.accepts(token)


def test_of_a_list_only_those_on_it_may_charge_whatever_the_case() -> None:
    policy = TokenPolicy.of(KEY, ["04A1b2", tokens.written(KEY, "Card-2")])
    assert [policy.accepts(token) for token in ("04a1B2", " CARD-2 ", "04A1B", None)] == [True, True, False, False]


def test_a_list_says_nothing_of_who_needs_no_token() -> None:
    assert TokenPolicy.of(KEY, ["A"]).accepts(NO_AUTHORIZATION)


def test_a_hash_is_good_only_under_its_own_key() -> None:
    entry = tokens.written(OTHER_KEY, "A")
    assert TokenPolicy.of(OTHER_KEY, [entry]).accepts("A")
    assert not TokenPolicy.of(KEY, [entry]).accepts("A")


@pytest.mark.parametrize("entry", ["04A1B2", "hmac-sha256$", "hmac-sha256$" + "0" * 63, "hmac-sha256$" + "g" * 64])
def test_what_is_not_written_as_a_hash_is_none(entry: str) -> None:
    assert tokens.hash_in(entry) is None


def test_nothing_of_tokens_or_keys_is_shown() -> None:
    policy = TokenPolicy.of(KEY, ["SECRETCARD", "B"])
    assert repr(policy) == "TokenPolicy(2 known)"
    assert repr(TokenPolicy.everybody(KEY)) == "TokenPolicy(everybody)"


def test_records_tell_tokens_apart_by_sixteen_characters() -> None:
    policy = TokenPolicy.everybody(KEY)
    assert policy.hash("A") == policy.hash("a") != policy.hash("B")
    assert len(policy.hash("A") or "") == 16
    assert (policy.hash(None), policy.hash(NO_AUTHORIZATION)) == (None, None)


@given(st.text())
def test_any_text_has_a_hash_that_reads_back(text: str) -> None:
    assert tokens.hash_in(tokens.written(KEY, text)) == tokens.digest(KEY, text)


def test_a_text_that_no_file_can_hold_has_a_hash() -> None:
    assert not TokenPolicy.of(KEY, ["A"]).accepts("\ud800")
