"""A mapping of a document laid over a dataclass of the core: its fields are the keys, its defaults stand.

As in the daemon's settings, the field `disruptive_within_s: Seconds` is written `disruptive_within: 24h`.
"""

from __future__ import annotations

import dataclasses
import enum
import re
import typing
from typing import TYPE_CHECKING, Any, TypeVar

from healer.documents import Mapping, Mistakes, Node, Scalar, fields, shown
from healer.rules.actions import ACTIONS

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    T = TypeVar("T", bound=DataclassInstance)
else:
    T = TypeVar("T")


def overlay(default: T, node: Mapping, mistakes: Mistakes, what: str) -> T:
    """The dataclass with what the mapping says otherwise; each mistake is reported and changes nothing."""
    return dataclasses.replace(default, **changes(default, node, mistakes, what))


def changes(default: DataclassInstance, node: Mapping, mistakes: Mistakes, what: str) -> dict[str, Any]:
    """What the mapping says, by field."""
    hints = typing.get_type_hints(type(default))
    names = {field.name.removesuffix("_s"): field.name for field in dataclasses.fields(default)}
    found: dict[str, Any] = {}
    for key, value in fields.entries(node, names, mistakes, what).items():
        name = names[key]
        inner = getattr(default, name)
        if dataclasses.is_dataclass(inner) and not isinstance(inner, type):
            section = fields.mapping(value, mistakes)
            read = None if section is None else overlay(inner, section, mistakes, f"'{key}'")
        else:
            read = _value(name, hints[name], value, mistakes)
        if read is not None:
            found[name] = read
    return found


def _value(name: str, hint: Any, node: Node, mistakes: Mistakes) -> Any:
    """One value, by the field's name and type."""
    kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    kind = kinds[0] if type(None) in typing.get_args(hint) else hint
    if name.endswith("_s"):
        return fields.duration(node, mistakes)
    if name.endswith("share"):
        return _share(node, mistakes)
    if typing.get_origin(kind) is frozenset:
        return _actions(node, mistakes)
    if issubclass(kind, enum.StrEnum):
        word = fields.choice(node, mistakes, [member.value for member in kind], name.replace("_", " "))
        return None if word is None else kind(word)
    if kind is bool:
        return fields.boolean(node, mistakes)
    if kind is int:
        return fields.integer(node, mistakes, 0)
    return fields.number(node, mistakes, 0) if kind is float else fields.text(node, mistakes)


def _share(node: Node, mistakes: Mistakes) -> float | None:
    """A percentage; `0.5` can hardly mean half a percent."""
    text = node.text if isinstance(node, Scalar) else ""
    if re.fullmatch(r"0?\.\d+", text):
        hint = f"write '{float(text) * 100:g}%'"
        mistakes.error(node.mark, "E-PERCENTAGE", f"{shown(text)} is not a percentage", hint)
        return None
    return fields.percentage(node, mistakes)


def _actions(node: Node, mistakes: Mistakes) -> frozenset[str]:
    """Actions, alone or with an argument: `[unlock, reset soft]`."""
    found = set()
    for item in fields.scalars(node, mistakes, "an action"):
        name = Scalar(item.text.partition(" ")[0], item.quoted, item.mark)
        if fields.choice(name, mistakes, ACTIONS, "action"):
            found.add(item.text)
    return frozenset(found)
