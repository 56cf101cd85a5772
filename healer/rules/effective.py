"""A rule as it is in force: its pack's text with the overrides of all files, and where each field is written."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from healer.documents import Mapping, Mark, Mistakes, Node, Scalar, Sequence, parse
from healer.model import format_duration
from healer.rules import layout
from healer.rules.overrides import Overrides, read_overrides
from healer.rules.rule import Rule

_LONG: Final = 100
"""Longer texts are shown in several lines, their breaks and blanks not kept."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_$./%+-][^,\[\]{}#:&*!|>'\"%@`\n]*")


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a rule with its value."""

    key: str
    value: Node
    mark: Mark
    overridden: bool = False
    """It stands in another place than the rule."""


@dataclass(frozen=True, slots=True)
class Effective:
    """A rule with everything that was written of it."""

    name: str
    mark: Mark
    pack: str
    """Name and version of the pack; empty when the file does not say."""
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class _File:
    pack: str
    rules: tuple[Mapping, ...]
    overrides: Node | None


def effective(sources: Iterable[tuple[str, str]], name: str) -> Effective | None:
    """The rule of that name in these (file name, text) pairs; None where there is none that can be read."""
    files = [_read(file, text) for file, text in sources]
    unheard = Mistakes()  # `packs.load` tells them
    written = [read_overrides(file.overrides, unheard) for file in files if file.overrides is not None]
    overrides = Overrides((override for one in written for override in one), unheard)
    for file in files:
        for rule in file.rules:
            if _name(rule) == name:
                return _effective(rule, overrides.apply(rule, file.pack), name, file.pack)
    return None


def names(sources: Iterable[tuple[str, str]]) -> list[str]:
    """The names of all rules in these (file name, text) pairs, usable or not."""
    return [name for file, text in sources for rule in _read(file, text).rules if (name := _name(rule))]


def _read(file: str, text: str) -> _File:
    root = parse(text, file, Mistakes())
    if not isinstance(root, Mapping):
        return _File("", (), None)
    parts = [part.text for key in ("pack", "version") if isinstance(part := root.get(key), Scalar) and part.text]
    rules = root.get("rules")
    items = rules.items if isinstance(rules, Sequence) else ()
    return _File(" ".join(parts), tuple(item for item in items if isinstance(item, Mapping)), root.get("overrides"))


def _name(rule: Mapping) -> str:
    name = rule.get("rule")
    return name.text if isinstance(name, Scalar) else ""


def _effective(rule: Mapping, applied: Mapping, name: str, pack: str) -> Effective:
    own = {key.mark for key, _ in rule.entries}
    fields = {key.text: Field(key.text, value, key.mark, key.mark not in own) for key, value in applied.entries}
    ordered = tuple(fields[key] for key in layout.order_of(fields))
    return Effective(name, rule.mark, pack, ordered)


def defaults(rule: Rule, written: Iterable[str]) -> dict[str, str]:
    """What the keys that are not written amount to, where that is something."""
    known = set(written)
    amounts = {
        "for": format_duration(rule.for_s),
        "alert": "none" if rule.alert is None else rule.alert.value,
        "stable_for": format_duration(rule.stable_for_s),
        "clear": rule.clear.value,
        "mode": rule.mode.value,
        "status": rule.status.value,
    }
    return {key: amount for key, amount in amounts.items() if key not in known}


# --- as text ----------------------------------------------------------------------------------------------------------


def lines(field: Field, indent: int = 0) -> list[str]:
    """A field as one would write it."""
    head = f"{' ' * indent}{field.key}:"
    if isinstance(field.value, Sequence) and field.key == "heal":
        return [head, *(line for item in field.value.items for line in _step(item, indent + 2))]
    if isinstance(field.value, Scalar) and len(field.value.text) > _LONG:
        folded = textwrap.wrap(field.value.text, _LONG, break_long_words=False, break_on_hyphens=False)
        return [f"{head} >-", *(f"{' ' * (indent + 2)}{line}" for line in folded)]
    return [f"{head} {text_of(field.value)}"]


def _step(item: Node, indent: int) -> Iterator[str]:
    if not isinstance(item, Mapping):
        yield f"{' ' * indent}- {text_of(item)}"
        return
    dash = "- "
    for key, value in item.entries:
        yield f"{' ' * indent}{dash}{key.text}: {text_of(value)}".rstrip()
        dash = "  "


def text_of(node: Node) -> str:
    """A value in one line."""
    if isinstance(node, Mapping):
        return "{" + ", ".join(f"{text_of(key)}: {text_of(value)}" for key, value in node.entries) + "}"
    if isinstance(node, Sequence):
        return "[" + ", ".join(text_of(item) for item in node.items) + "]"
    if node.empty:
        return ""
    plain = _PLAIN.fullmatch(node.text) and node.text == node.text.strip()
    # A quoted text that begins with '$' is no named list, so it keeps its quotes.
    return (
        node.text
        if plain and not (node.quoted and node.text.startswith("$"))
        else json.dumps(node.text, ensure_ascii=False)
    )


def plain(node: Node) -> object:
    """A value for JSON; every scalar is text, as in the file."""
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.text
