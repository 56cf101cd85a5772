"""Single values: text -> value, or a mistake with its code and hint."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from healer.config import values


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (values.Text, " a b", " a b"),
        (values.Flag, "No", False),
        (values.Count, "0", 0),
        (values.Port, "65535", 65535),
        (values.Duration, "0", 0.0),
        (values.Interval, "1m30s", 90.0),
        (values.Share, "2.5%", 0.025),
        (values.Factor, "1.5", 1.5),
        (values.Action, "reset soft", "reset soft"),
    ],
)
def test_text_becomes_a_value(kind: Any, text: str, value: object) -> None:
    assert TypeAdapter(kind).validate_python(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "code", "hint"),
    [
        (values.Text, " ", "E-EMPTY", None),
        (values.Flag, "maybe", "E-BOOLEAN", "write 'yes' or 'no'"),
        (values.Positive, "0", "E-RANGE", "at least 1"),
        (values.Port, "65536", "E-RANGE", "at most 65535"),
        (values.Interval, "0s", "E-RANGE", "write for example '30s'"),
        (values.Interval, "soon", "E-DURATION", "write for example '90s', '5m', '1h30m' or '2d'"),
        (values.Share, "0.05", "E-PERCENTAGE", "write '5%'"),
        (values.Share, "5", "E-PERCENTAGE", "write '5%'"),
        (values.Share, "101%", "E-RANGE", "at most 100"),
        (values.Factor, "0.5", "E-RANGE", "at least 1"),
        (values.Action, "unlok", "E-VALUE", "did you mean 'unlock'?"),
    ],
)
def test_what_is_none_is_a_mistake_with_a_hint(kind: Any, text: str, code: str, hint: str | None) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(text)
    (error,) = refused.value.errors()
    assert (error["ctx"]["code"], error["ctx"]["hint"]) == (code, hint)


def test_braces_in_a_value_do_no_harm_to_its_message() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(values.Duration).validate_python("{code} {0}")
    assert refused.value.errors()[0]["ctx"]["message"] == "'{code} {0}' is not a duration"
