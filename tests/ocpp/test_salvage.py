"""Salvage: each part that can be understood is kept, and nothing raises."""

from __future__ import annotations

import enum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import field

from healer.ocpp import salvage
from healer.ocpp.salvage import Place, Text, Whole, Wire


class Part(Wire):
    name: Text | None = None
    size: float | None = None


class Payload(Wire):
    connector_id: Place | None = None
    request_id: Whole | None = None
    info: Text | None = None
    raw: str | None = None
    offline: bool | None = None
    part: Part = field(default_factory=Part)
    parts: tuple[Part, ...] = ()


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
fields = ("connectorId", "requestId", "info", "raw", "offline", "part", "parts", "name", "size")
payloads = st.recursive(
    anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(fields), inner),
    max_leaves=12,
)


@given(payloads)
def test_nothing_raises(payload: object) -> None:
    salvage.read(payload, Payload)


@given(st.fixed_dictionaries({"connectorId": st.just(3), "parts": payloads, "part": payloads, "info": payloads}))
def test_a_broken_part_takes_no_other_with_it(payload: object) -> None:
    assert salvage.read(payload, Payload).connector_id == 3


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"connectorId": "2"}, Payload(connector_id=2)),
        ({"connectorId": 2.0}, Payload(connector_id=2)),
        ({"connectorId": "2.0"}, Payload(connector_id=2)),
        ({"connectorId": -1}, Payload()),
        ({"connectorId": 2**40}, Payload()),
        ({"connectorId": True}, Payload()),
        ({"connectorId": None, "info": "x"}, Payload(info="x")),
        ({"requestId": 2**63 - 1}, Payload(request_id=2**63 - 1)),
        ({"requestId": "9223372036854775807"}, Payload(request_id=2**63 - 1)),
        ({"requestId": 2**63}, Payload()),
        ({"requestId": "+-5"}, Payload()),
        ({"info": 17}, Payload(info="17")),
        ({"info": ["x"]}, Payload()),
        ({"info": "x" * 501}, Payload(info="x" * 500)),
        ({"raw": "x" * 5000, "offline": "TRUE"}, Payload(raw="x" * 5000, offline=True)),
        ({"offline": 0}, Payload(offline=False)),
        ({"offline": "yes"}, Payload()),
        ({"part": None}, Payload()),
        ({"part": {"size": "2e+01"}}, Payload(part=Part(size=20.0))),
        ({"part": {"size": "1e999", "name": "x"}}, Payload(part=Part(name="x"))),
        ({"parts": {"name": "alone"}}, Payload(parts=(Part(name="alone"),))),
        ({"parts": [{"name": "a"}, 7, None, {"name": 8}]}, Payload(parts=(Part(name="a"), Part(name="8")))),
        ({"parts": None}, Payload()),
        ([], Payload()),
        (None, Payload()),
        ({"unheard of": {}}, Payload()),
    ],
)
def test_what_can_be_understood_is_kept(payload: object, expected: Payload) -> None:
    assert salvage.read(payload, Payload) == expected


@pytest.mark.parametrize("nothing", [None, "", "  ", "null", "NULL"])
def test_a_charger_that_says_nothing_says_nothing(nothing: str | None) -> None:
    assert salvage.word(nothing) is None


def test_a_word_is_stripped() -> None:
    assert salvage.word(" ABB\r\n") == "ABB"


def test_place_zero_is_the_charger_itself() -> None:
    assert (salvage.place(0), salvage.place(None), salvage.place(2)) == (None, None, 2)


class Colour(enum.StrEnum):
    RED = "Red"


def test_a_word_of_a_list_is_found_whatever_its_case() -> None:
    assert salvage.member(Colour, " RED ") is Colour.RED
    assert salvage.member(Colour, "blue") is None
    assert salvage.member(Colour, None) is None


@pytest.mark.parametrize("said", ["nan", "inf", "", "x", "1" * 41, None, True, [], 10**400])
def test_what_is_no_number_is_none(said: object) -> None:
    assert salvage.number(said) is None
