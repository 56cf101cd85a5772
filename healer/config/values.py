"""How single values of a settings file are read: the parsers of `healer.documents`, as types for pydantic.

Every scalar arrives as text. A value that is no text was given by a program or is a default, and passes.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Annotated, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from healer.documents import Mark, Mistakes, Node, Scalar, fields, shown
from healer.rules.actions import ACTIONS

Value = TypeVar("Value")

_NOWHERE = Mark("", 1, 1)


class Section(BaseModel):
    """A frozen mapping of settings. Python names carry units (`ping_interval_s`), files do not (`ping_interval`)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        alias_generator=lambda name: name.removesuffix("_s"),
        hide_input_in_errors=True,
        validate_default=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: object) -> object:
        """A section whose entries are all left out, or commented out, is the section of defaults."""
        return {} if value is None else value


def parsed(parse: Callable[[Node, Mistakes], Value | None]) -> BeforeValidator:
    """A validator that turns text into a value, and a mistake into pydantic's error with its code and hint."""

    def validate(value: object) -> object:
        if not isinstance(value, str) or isinstance(value, enum.Enum):
            return value
        mistakes = Mistakes()
        result = parse(Scalar(value, True, _NOWHERE), mistakes)
        for mistake in mistakes:
            # The parts travel in the context: a template would stumble over braces in what the user wrote.
            raise PydanticCustomError(
                "healer", "{message}", {"code": mistake.code, "message": mistake.message, "hint": mistake.hint}
            )
        return result

    return BeforeValidator(validate)


def word(kind: type[enum.StrEnum], what: str) -> BeforeValidator:
    """One of an enumeration's words."""
    choices = [member.value for member in kind]

    def parse(node: Node, mistakes: Mistakes) -> str | None:
        return fields.choice(node, mistakes, choices, what)

    return parsed(parse)


def _text(node: Node, mistakes: Mistakes) -> str | None:
    found = fields.text(node, mistakes)
    if found is not None and not found.strip():
        mistakes.error(node.mark, "E-EMPTY", "a text belongs here, not nothing")
        return None
    return found


def at_least(minimum: int, maximum: int | None = None) -> BeforeValidator:
    """A whole number within bounds."""
    return parsed(lambda node, mistakes: fields.integer(node, mistakes, minimum, maximum))


def _positive_duration(node: Node, mistakes: Mistakes) -> float | None:
    found = fields.duration(node, mistakes)
    if found == 0:
        mistakes.error(node.mark, "E-RANGE", "this cannot be 0", "write for example '30s'")
        return None
    return found


def _share(node: Node, mistakes: Mistakes) -> float | None:
    """A percentage; `0.5` is understood in the hint, for it can hardly mean half a percent."""
    try:
        value = float(node.text) if isinstance(node, Scalar) else 0.0
    except ValueError:
        return fields.percentage(node, mistakes)
    hint = f"write '{value * 100 if value <= 1 else value:g}%'"
    mistakes.error(node.mark, "E-PERCENTAGE", f"{shown(f'{value:g}')} is not a percentage", hint)
    return None


def _action(node: Node, mistakes: Mistakes) -> str | None:
    """An action of ours, alone or with its argument: `unlock`, `reset soft`."""
    found = _text(node, mistakes)
    if found is None:
        return None
    name = found.partition(" ")[0]
    if name not in ACTIONS:
        hint = fields.did_you_mean(name, ACTIONS) or f"known are {fields.listed(ACTIONS)}"
        mistakes.error(node.mark, "E-VALUE", f"{shown(found)} is not a known action", hint)
        return None
    return found


Text: TypeAlias = Annotated[str, parsed(_text)]
Flag: TypeAlias = Annotated[bool, parsed(fields.boolean)]
Count: TypeAlias = Annotated[int, at_least(0)]
Positive: TypeAlias = Annotated[int, at_least(1)]
Port: TypeAlias = Annotated[int, at_least(0, 65535)]
Duration: TypeAlias = Annotated[float, parsed(fields.duration)]
Interval: TypeAlias = Annotated[float, parsed(_positive_duration)]
Share: TypeAlias = Annotated[float, parsed(_share)]
Factor: TypeAlias = Annotated[float, parsed(lambda node, mistakes: fields.number(node, mistakes, 1))]
Action: TypeAlias = Annotated[str, parsed(_action)]
