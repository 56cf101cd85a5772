"""Sections made from dataclasses of the core."""

from __future__ import annotations

import dataclasses

import pytest
from pydantic import ValidationError

from healer.config.mirrors import build, mirror
from healer.config.values import Count
from healer.healing.settings import HealingSettings
from healer.model import Mode, Seconds


@dataclasses.dataclass(frozen=True, slots=True)
class Inner:
    count: int = 1
    share: float = 0.5


@dataclasses.dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner = Inner(7)
    wait_s: Seconds = 60.0
    limit_s: Seconds | None = None
    name: str | None = None
    mode: Mode = Mode.OFF
    on: bool = False


def test_keys_are_fields_without_their_units() -> None:
    section = mirror(Outer(), "Section")
    assert [field.alias for field in section.model_fields.values()] == ["inner", "wait", "limit", "name", "mode", "on"]


def test_what_is_left_out_is_as_in_the_dataclass_even_deep_inside() -> None:
    section = mirror(Outer(), "Section")
    assert build(Outer(), section.model_validate({})) == Outer()
    assert build(Outer(), section.model_validate({"inner": {"share": "10%"}})) == Outer(Inner(7, 0.1))


def test_values_are_read_by_type_and_unit() -> None:
    given = {"wait": "5m", "limit": "1h", "name": "x", "mode": "ask", "on": "yes"}
    built = build(Outer(), mirror(Outer(), "Section").model_validate(given))
    assert built == Outer(wait_s=300.0, limit_s=3600.0, name="x", mode=Mode.ASK, on=True)


def test_a_field_may_be_read_otherwise() -> None:
    section = mirror(Outer(), "Section", name=(Count, 3))
    assert build(Outer(), section.model_validate({"name": "4"})) == Outer(name=4)  # type: ignore[arg-type]


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError):
        mirror(Outer(), "Section").model_validate({"wait_seconds": "5m"})


def test_every_field_of_healing_can_be_mirrored() -> None:
    section = mirror(HealingSettings(), "Healing")
    assert build(HealingSettings(), section.model_validate({})) == HealingSettings()
