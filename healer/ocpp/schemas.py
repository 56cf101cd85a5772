"""The standard's own JSON schemas: a strict check of what we send, a list of violations of what we read.

The schemas come out of the PyPI package `ocpp` as data (its code is not imported: that would bring asyncio and a
second, slower validator) and are compiled once, at first use, by jsonschema-rs; a check then takes 0.3 to 4 us.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import islice
from typing import Final

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind as Kind

from healer.errors import PayloadError
from healer.model import OcppVersion
from healer.ocpp.messages import Violation

MOST_VIOLATIONS: Final = 10
"""More of one message would say nothing new."""

_FOLDERS: Final = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}
_SENT: Final = {OcppVersion.V21: frozenset({"NotifyPeriodicEventStream"})}
"""What is sent by SEND, so that there is no answer to it; the file's name has no ending either."""


def knows(version: OcppVersion, action: str) -> bool:
    """Whether the version of the standard has the action, in either direction."""
    # The files of 1.6 tell an answer from its request by the ending alone.
    return not action.endswith("Response") and _name(version, action, answer=False) in _files(version)


def sent(version: OcppVersion, action: str) -> bool:
    """Whether the version wants the action sent by SEND."""
    return action in _SENT.get(version, ())


def actions(version: OcppVersion) -> frozenset[str]:
    """Every action of the version, in either direction."""
    stems = {name.removesuffix(".json").removesuffix("Request") for name in _files(version)}
    return frozenset(stem for stem in stems if not stem.endswith("Response"))


def require_valid(version: OcppVersion, action: str, payload: object, *, answer: bool = False) -> None:
    """Raise PayloadError unless the payload of ours is what the standard asks of the action (or of its answer)."""
    if not knows(version, action):
        raise PayloadError(f"OCPP {version} has no {action}")
    found = _check(version, action, payload, answer=answer)
    if found:
        listed = "; ".join(f"{violation.where or 'payload'} {violation.problem}" for violation in found)
        raise PayloadError(f"OCPP {version} {action}{' answer' if answer else ''}: {listed}")


def is_valid(version: OcppVersion, action: str, payload: object, *, answer: bool = False) -> bool:
    """Whether the payload of ours is valid although a charger wrote parts of it."""
    return not _check(version, action, payload, answer=answer)


def violations(version: OcppVersion, action: str, payload: object) -> tuple[Violation, ...]:
    """How a charger's payload breaks the standard, at most ten; nothing for an action the standard does not have."""
    return _check(version, action, payload, answer=False) if knows(version, action) else ()


def _check(version: OcppVersion, action: str, payload: object, *, answer: bool) -> tuple[Violation, ...]:
    validator = _validator(version, _name(version, action, answer=answer))
    try:
        if validator.is_valid(payload):
            return ()
        errors = islice(validator.iter_errors(payload), MOST_VIOLATIONS)
        return tuple(Violation(action, _path(error.instance_path), _problem(error.kind)) for error in errors)
    except ValueError:  # the validator's recursion limit
        return (Violation(action, "", "is nested too deep"),)


def _path(parts: list[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")


def _problem(kind: Kind) -> str:
    """What is wrong, in the standard's words only: never a value or a key that the charger wrote."""
    match kind:
        case Kind.Required(property=name):
            return f"lacks {name}"
        case Kind.Type(types=types):
            return f"is not of type {' or '.join(types)}"
        case Kind.Enum():
            return "is not one of the standard's words"
        case Kind.MaxLength(limit=limit):
            return f"is longer than {limit} characters"
        case Kind.MinItems(limit=limit):
            return f"has fewer than {limit} items"
        case Kind.Format(format=name):
            return f"is not a valid {name}"
        case Kind.AdditionalProperties():
            return "has fields the standard does not know"
    return f"breaks the schema's {kind.name}"


def _name(version: OcppVersion, action: str, *, answer: bool) -> str:
    if answer:
        return f"{action}Response.json"
    return f"{action}.json" if version is OcppVersion.V16 or sent(version, action) else f"{action}Request.json"


@cache
def _files(version: OcppVersion) -> dict[str, Traversable]:
    folder = resources.files("ocpp") / _FOLDERS[version] / "schemas"
    return {file.name: file for file in folder.iterdir()}


@cache
def _validator(version: OcppVersion, name: str) -> jsonschema_rs.Validator:
    schema = _files(version)[name].read_text(encoding="utf-8-sig")
    return jsonschema_rs.validator_for(schema, validate_formats=True)
