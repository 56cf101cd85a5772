"""Payloads made from the standard's own JSON schemas: valid ones, and ones that are broken in one place."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from hypothesis import strategies as st

from healer.model import OcppVersion
from healer.ocpp import schemas

TEXTS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=12)
TIMES = st.sampled_from(["2024-05-17T12:00:00Z", "1970-01-01T00:00:00.000Z", "2026-02-03T04:05:06+02:00"])
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 1.5, 2**63, 1e300, "", "x" * 3000, "null", [], [[]], {}, {"x": {}}]
)


def valid(version: OcppVersion, action: str, *, answer: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Payloads that keep to the schema."""
    return _strategy(version, schemas._name(version, action, answer=answer))


@st.composite
def broken(draw: st.DrawFn, version: OcppVersion, action: str, *, answer: bool = False) -> dict[str, Any]:
    """A valid payload in which something is missing, added, or replaced by something else, at any depth."""
    payload = draw(valid(version, action, answer=answer))
    places = [place for place in _places(payload) if place]
    if not places:
        return {"unheardOf": draw(JUNK)}
    *way, last = draw(st.sampled_from(places))
    inner: Any = payload
    for step in way:
        inner = inner[step]
    if draw(st.booleans()):
        del inner[last]
    else:
        inner[last] = draw(JUNK)
    return payload


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    steps: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    return [path, *(place for step, inner in steps for place in _places(inner, (*path, step)))]


@cache
def _strategy(version: OcppVersion, name: str) -> st.SearchStrategy[dict[str, Any]]:
    root = json.loads(schemas._files(version)[name].read_text(encoding="utf-8-sig"))
    return _of(root, root)


def _of(schema: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _of(root["definitions"][schema["$ref"].rpartition("/")[2]], root)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            return _object(schema, root)
        case "array":
            least = schema.get("minItems", 0)
            return st.lists(_of(schema["items"], root), min_size=least, max_size=max(least, 2))
        case "string":
            return _text(schema)
        case "integer":
            return st.integers(int(schema.get("minimum", -100)), int(schema.get("maximum", 2**31 - 1)))
        case "number" if "multipleOf" in schema:
            return st.integers(0, 1000).map(float)
        case "number":
            return st.floats(schema.get("minimum", -1e6), schema.get("maximum", 1e6))
        case "boolean":
            return st.booleans()
    return st.none() | TEXTS | st.dictionaries(TEXTS, TEXTS, max_size=2)


def _text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    match schema.get("format"):
        case "date-time":
            return TIMES
        case "uri":
            return st.just("https://example.org/file")
    longest = schema.get("maxLength", 100)
    return TEXTS.map(lambda text: text[:longest]) | st.just("x" * longest)


def _object(schema: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Custom data is left to the vendors."""
    needed = set(schema.get("required", ()))
    fields = {name: inner for name, inner in schema.get("properties", {}).items() if name != "customData"}
    return st.fixed_dictionaries(
        {name: _of(inner, root) for name, inner in fields.items() if name in needed},
        optional={name: _of(inner, root) for name, inner in fields.items() if name not in needed},
    )
