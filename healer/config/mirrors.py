"""Sections made from dataclasses of the core, so that a field of healing or of a profile is declared once, there.

`mirror` makes the section: the field `disruptive_within_s: Seconds` of `BudgetLimits` becomes the key
`disruptive_within` with a duration, and its default is the dataclass's. `build` makes the dataclass from the section.
"""

from __future__ import annotations

import dataclasses
import enum
import typing
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field, create_model

from healer.config import values

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Instance = TypeVar("Instance", bound=DataclassInstance)
else:
    Instance = TypeVar("Instance")


def mirror(default: DataclassInstance, name: str, /, **more: Any) -> type[values.Section]:
    """A section with the fields of a dataclass; `more` says otherwise for some, as `create_model` takes them."""
    hints = typing.get_type_hints(type(default))
    found: dict[str, Any] = {}
    for field in dataclasses.fields(default):
        value = getattr(default, field.name)
        if field.name in more:
            continue
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            section = mirror(value, f"{name}_{field.name}")
            found[field.name] = (section, Field(default_factory=section))
        else:
            found[field.name] = (_type_of(field.name, hints[field.name]), value)
    return create_model(name, __base__=values.Section, **found, **more)


def build(default: Instance, section: values.Section) -> Instance:
    """The dataclass that a section of `mirror(default)` stands for."""
    given: dict[str, Any] = {}
    for field in dataclasses.fields(default):
        value = getattr(section, field.name)
        inner = getattr(default, field.name)
        given[field.name] = build(inner, value) if isinstance(value, values.Section) else value
    return dataclasses.replace(default, **given)


def _type_of(name: str, hint: Any) -> Any:
    """The type of a key, from the dataclass's field: its name says the unit, its hint the rest."""
    optional = type(None) in typing.get_args(hint)
    kind = next(arg for arg in typing.get_args(hint) if arg is not type(None)) if optional else hint
    if name.endswith("_s"):
        found: Any = values.Duration
    elif kind is float:
        found = values.Share if name.endswith("share") else values.Factor
    elif isinstance(kind, type) and issubclass(kind, enum.StrEnum):
        found = Annotated[kind, values.word(kind, name.replace("_", " "))]
    else:
        found = {bool: values.Flag, int: values.Count, str: values.Text}[kind]
    return found | None if optional else found
