"""Instants: strict in what we write, patient with what chargers write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.ocpp import instants


def test_we_write_whole_seconds_in_utc() -> None:
    assert instants.written(1_700_000_000.987) == "2023-11-14T22:13:20Z"


@given(st.integers(0, 4_000_000_000))
def test_what_we_write_is_read_back(second: int) -> None:
    assert instants.read(instants.written(second)) == second


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-11-14T22:13:20Z", 1_700_000_000.0),
        ("2023-11-14t22:13:20z", 1_700_000_000.0),
        (" 2023-11-14 22:13:20Z ", 1_700_000_000.0),
        ("2023-11-14T22:13:20.500Z", 1_700_000_000.5),
        ("2023-11-14T22:13:20.123456789Z", 1_700_000_000.123456),
        ("2023-11-14T23:13:20+01:00", 1_700_000_000.0),
        ("2023-11-14T23:13:20+0100", 1_700_000_000.0),
        ("2023-11-14T22:13:20", 1_700_000_000.0),
        ("1970-01-01T00:00:00Z", 0.0),
        ("0001-01-01T00:00:00Z", -62_135_596_800.0),
    ],
)
def test_a_time_is_read_in_every_form_met(text: str, expected: float) -> None:
    assert instants.read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "0",
        "1699530088997",
        "2023-11-14",
        "2023-13-14T22:13:20Z",
        "2023-11-14T25:13:20Z",
        "yesterday, at noon",
    ],
)
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert instants.read(text) is None


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d.\d\d:\d\d:\d\d(\.\d{1,12})?([Zz]|[+-]\d\d:?\d\d)?", fullmatch=True))
def test_no_text_raises(text: str) -> None:
    instants.read(text)
