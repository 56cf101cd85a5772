"""Reading a payload into a struct whatever state it is in.

A struct names the fields that we use, each with a default for when it is missing. A payload of the right types is
converted by msgspec in about a microsecond. Any other is mended first, field by field along the struct's own types:
numbers written as text, text written as numbers, single items instead of lists, texts too long are made to fit; what
cannot be made to fit is left out, and takes nothing else with it.
"""

from __future__ import annotations

import enum
import math
from functools import cache
from typing import Annotated, Final, TypeAlias, TypeVar

import msgspec
from msgspec import inspect

TEXT_LIMIT: Final = 500
"""Characters kept of any text of a charger; the longest the standard allows in what we use is 500 (techInfo)."""

Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=TEXT_LIMIT)]
LongText: TypeAlias = Annotated[str, msgspec.Meta(max_length=16_384)]
"""What is passed on whole and would be useless cut: values of variables, certificate requests."""
Whole: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""An integer that any store can keep."""
Place: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""The number of an evse or a connector; 0 is the charger itself."""

_NUMBER_LIMIT: Final = 40
"""Characters of a number written as text."""


class Wire(msgspec.Struct, rename="camel"):
    """Base of structs that mirror payloads: `evse_id` here is `evseId` on the wire. Every field has a default."""


W = TypeVar("W", bound=Wire)
E = TypeVar("E", bound=enum.StrEnum)


def read(payload: object, kind: type[W]) -> W:
    """The payload as a struct; never raises."""
    try:
        return msgspec.convert(payload, kind)
    except msgspec.ValidationError:
        return msgspec.convert(_mended(payload, _shape(kind)) or {}, kind)


def word(text: str | None) -> str | None:
    """What a charger said, or None where it said nothing: many write an empty text or "null" for that."""
    stripped = "" if text is None else text.strip()
    return stripped if stripped and stripped.casefold() != "null" else None


def place(number: int | None) -> int | None:
    """The number of an evse or a connector; None for 0, which stands for the charger itself."""
    return number or None


def member(kind: type[E], text: str | None) -> E | None:
    """The enum's member that is meant, whatever its case; None if there is none."""
    wanted = "" if text is None else text.strip().casefold()
    return next((one for one in kind if one.value.casefold() == wanted), None)


def number(said: object) -> float | None:
    """A finite number, also one written as text."""
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    if isinstance(said, str) and len(said) > _NUMBER_LIMIT:
        return None
    try:
        value = float(said)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def whole(said: object) -> int | None:
    """An integer, also one written as text or with a fraction of zero."""
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    if isinstance(said, str) and len(said) <= _NUMBER_LIMIT:
        try:
            return int(said)  # not by way of a float, which would round large ones
        except ValueError:
            pass
    value = number(said)
    return int(value) if value is not None and value.is_integer() else None


@cache
def _shape(kind: type[Wire]) -> inspect.Type:
    return inspect.type_info(kind)


def _mended(said: object, shape: inspect.Type) -> object:
    """What of the value fits the shape, ready to be converted; None if nothing does."""
    match shape:
        case inspect.UnionType(types=types):
            return _mended(said, next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.StructType(fields=fields):
            told = said if isinstance(said, dict) else {}
            mended = {field.encode_name: _mended(told.get(field.encode_name), field.type) for field in fields}
            return {name: value for name, value in mended.items() if value is not None} or None
        case inspect.VarTupleType(item_type=item):
            items = said if isinstance(said, list) else [said]
            return [value for value in (_mended(one, item) for one in items) if value is not None]
        case inspect.StrType(max_length=longest):
            text = _as_text(said)
            return text if text is None else text[:longest]
        case inspect.IntType(ge=int(least), le=int(most)):  # `Whole` and `Place` have both
            value = whole(said)
            return value if value is not None and least <= value <= most else None
        case inspect.FloatType():
            return number(said)
        case inspect.BoolType():
            return _as_bool(said)
    raise TypeError(f"no struct of ours has fields of {shape}")


def _as_text(said: object) -> str | None:
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    return str(said)


def _as_bool(said: object) -> bool | None:
    if isinstance(said, str):
        return {"true": True, "false": False}.get(said.strip().casefold())
    return bool(said) if isinstance(said, int | float) else None
