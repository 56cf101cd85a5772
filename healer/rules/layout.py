"""The canonical layout of rule files: order of keys, indentation, what stands in one line.

Two blanks a level; rules, ladders and overrides one entry a line; conditions and other small mappings in braces when
they fit; one blank line between rules. Quotes, comments, blank lines elsewhere and lists that were written one item a
line stay as they are. A file is laid out only if it then has the same comments and says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from healer import documents
from healer.documents import Mistakes
from healer.rules import packs, reader, steps
from healer.rules.outline import Box, Entry, Leaf, Outline, Value, comments, outline

WIDTH: Final = 120
"""Columns of a line; what does not fit in braces gets one line an entry."""

_BEFORE: Final = {"forbid": "heal", "window": "if_not_healed", "rollout": "if_not_healed", "limits": "if_not_healed"}
"""Keys that read better before another one than where the table of keys has them."""


def _rule_order() -> tuple[str, ...]:
    order = [key for key in reader.KEYS if key not in _BEFORE]
    for key, other in _BEFORE.items():
        if key in reader.KEYS:
            order.insert(order.index(other), key)
    return tuple(order)


RULE_ORDER: Final = _rule_order()
"""The keys of a rule in the order in which they are laid out."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a value is laid out, by where it stands."""

    block: bool = False
    """One entry a line, always."""
    order: tuple[str, ...] = ()
    others_first: bool = False
    """Keys that are not in `order` come before those that are."""
    spaced: bool = False
    """One blank line between the entries."""
    items: _Shape | None = None
    keys: Mapping[str, _Shape] = field(default_factory=dict)


_FREE: Final = _Shape()
_STEP: Final = _Shape(block=True, order=steps.OPTIONS, others_first=True)
_LADDER: Final = _Shape(block=True, items=_STEP)
_RULE: Final = _Shape(block=True, order=RULE_ORDER, keys={"heal": _LADDER})
_OVERRIDE: Final = _Shape(block=True, order=("rule", "written_for", *RULE_ORDER[1:]), keys={"heal": _LADDER})
_FILE: Final = _Shape(
    block=True,
    order=packs.TOP_KEYS,
    keys={
        "lists": _Shape(block=True),
        "rules": _Shape(block=True, spaced=True, items=_RULE),
        "overrides": _Shape(block=True, items=_OVERRIDE),
    },
)


@dataclass(frozen=True, slots=True)
class LaidOut:
    """What became of a file."""

    text: str | None
    """None where it was left as it is."""
    problem: str = ""
    """Why it was left, where its text is good YAML."""


def lay_out(text: str, file: str, mistakes: Mistakes) -> LaidOut:
    """The canonical text of a rule file; what is wrong with its YAML is among the mistakes."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    found = Mistakes()
    tree = documents.parse(plain, file, found)
    if found.errors:
        documents.parse(plain, file, mistakes)
        return LaidOut(None)
    if tree is None:
        return LaidOut(text if not text.strip() else _ended(plain))
    outlined = outline(plain)
    if outlined is None or not isinstance(tree, documents.Mapping):
        return LaidOut(None, "it is not written as a mapping of YAML alone")
    new = _file(outlined)
    after = Mistakes()
    if _meaning(documents.parse(new, file, after)) != _meaning(tree) or after.errors or not _same_rules(plain, new):
        return LaidOut(None, "it would not say the same afterwards")
    if comments(new) != comments(plain):
        return LaidOut(None, "a comment would be lost")
    return LaidOut(new)


def _ended(text: str) -> str:
    """A file of comments only."""
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")) + "\n"


def _meaning(node: documents.Node | None) -> object:
    """What a tree says, whatever the order of keys and the places in the file."""
    if isinstance(node, documents.Mapping):
        return {key.text: _meaning(value) for key, value in node.entries}
    if isinstance(node, documents.Sequence):
        return [_meaning(item) for item in node.items]
    return None if node is None else (node.text, node.quoted)


def _same_rules(old: str, new: str) -> bool:
    before, after = (packs.load([("", text)]) for text in (old, new))
    return before.rules == after.rules and len(before.mistakes) == len(after.mistakes)


# --- the file ---------------------------------------------------------------------------------------------------------


def _file(outlined: Outline) -> str:
    body = _block(outlined.root, _FILE, 0)
    blank = bool(outlined.header) and _opens_with_blank(outlined.root)
    lines = [*_spread(outlined.header, 0), *([""] if blank else []), *body]
    return "\n".join(line if line.strip() else "" for line in lines).strip("\n") + "\n"


def _opens_with_blank(root: Box) -> bool:
    first = min(root.entries, key=lambda entry: entry.start, default=None)
    return first is not None and first.lead[:1] == [""]


def _sorted(box: Box, shape: _Shape) -> list[Entry]:
    if not box.mapping or not shape.order:
        return box.entries
    known = {key: at for at, key in enumerate(shape.order)}
    return sorted(box.entries, key=lambda entry: known.get(entry.name, -1 if shape.others_first else len(known)))


def _block(box: Box, shape: _Shape, indent: int) -> list[str]:
    """The lines of a box with one entry a line."""
    lines: list[str] = []
    for number, entry in enumerate(_sorted(box, shape)):
        inner = (shape.keys.get(entry.name) or _FREE) if box.mapping else shape.items or _FREE
        lead, own = _entry(entry, inner, indent)
        lead = _collapsed(lead)
        if number == 0:
            lead = lead[1:] if lead[:1] == [""] else lead
        elif shape.spaced and lead[:1] != [""]:
            lead = ["", *lead]
        lines += _spread(lead, indent) + own
    return lines + _spread(_collapsed(box.foot), indent)


def _collapsed(lines: Iterable[str]) -> list[str]:
    """Never two blank lines in a row."""
    kept: list[str] = []
    for line in lines:
        if line or kept[-1:] != [""]:
            kept.append(line)
    return kept


def _spread(lines: Iterable[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]


# --- one entry --------------------------------------------------------------------------------------------------------


def _entry(entry: Entry, shape: _Shape, indent: int) -> tuple[list[str], list[str]]:
    """What stands above an entry, and its own lines."""
    head = f"{entry.key.raw}:" if entry.key is not None else "-"
    lead, tails = list(entry.lead), list(entry.tail)
    value = entry.value
    if isinstance(value, Leaf):
        own = _leaf(head, value, indent)
    elif _is_inline(value, shape, indent + len(head) + 1):
        own = [f"{' ' * indent}{head} {_inline(value)}"]
    elif entry.key is None and not value.anchor:
        own = _item(value, shape, indent, lead)
        lead, tails = lead + tails, []
    else:
        own = [f"{' ' * indent}{head} {value.anchor}".rstrip(), *_block(value, shape, indent + 2)]
    if tails:
        # At the end of the key's line, or of the value's where that is in one line.
        lead += tails[:-1]
        own[0] = f"{own[0]}  {tails[-1]}"
    return lead, own


def _item(box: Box, shape: _Shape, indent: int, lead: list[str]) -> list[str]:
    """An item that is a block: its first entry stands behind the dash, and what stood above that, above the dash."""
    first = _sorted(box, shape)[0]
    hoisted, first.lead = first.lead, []
    if any(hoisted):
        lead += hoisted
    if isinstance(first.value, Box) and first.key is None:
        inner: list[str] = []
        _hoist(first.value, inner)
        lead += inner
    lines = _block(box, shape, indent + 2)
    return [f"{' ' * indent}- {lines[0].lstrip()}", *lines[1:]]


def _hoist(box: Box, lead: list[str]) -> None:
    """Of lists in lists: what stands above the first entry of each."""
    if not box.entries:
        return
    first = box.entries[0]
    if any(first.lead):
        lead += first.lead
        first.lead = []
    if isinstance(first.value, Box) and first.key is None:
        _hoist(first.value, lead)


def _leaf(head: str, leaf: Leaf, indent: int) -> list[str]:
    first, *rest = leaf.raw.split("\n")
    own = f"{' ' * indent}{head} {first}".rstrip()
    if leaf.block:
        return [own, *_reindented(first, rest, leaf.column, indent)]
    return [own, *(f"{' ' * (indent + 2)}{line.strip()}" if line.strip() else "" for line in rest)]


def _reindented(header: str, lines: list[str], column: int, indent: int) -> list[str]:
    """The lines of a text block under its entry's new place."""
    digits = [int(letter) for letter in header.split("#")[0] if letter.isdecimal()]
    old = column + digits[0] if digits else _indentation(lines)
    new = indent + (digits[0] if digits else 2)
    moved = [" " * new + line[old:] if line.strip() else line[old:] for line in lines]
    if "+" not in header.split("#")[0]:
        while moved and not moved[-1].strip():
            moved.pop()
    return moved


def _indentation(lines: list[str]) -> int:
    return next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)


# --- in one line ------------------------------------------------------------------------------------------------------


def _is_inline(box: Box, shape: _Shape, column: int) -> bool:
    if shape.block and box.entries:
        return False
    return not box.entries or (_wants_inline(box) and column + len(_inline(box)) <= WIDTH)


def _wants_inline(box: Box) -> bool:
    """Whether a box may stand in brackets: it does already, or is a mapping of what may."""
    if box.foot or not (box.flow or box.mapping):
        return False
    return all(_entry_wants_inline(entry) for entry in box.entries)


def _entry_wants_inline(entry: Entry) -> bool:
    if entry.tail or any(entry.lead):
        return False
    if entry.key is not None and not _fits_brackets(entry.key, entry.parent.flow):
        return False
    if isinstance(entry.value, Box):
        return _wants_inline(entry.value)
    return _fits_brackets(entry.value, entry.parent.flow)


def _fits_brackets(leaf: Leaf, flow: bool) -> bool:
    if leaf.block or "\n" in leaf.raw:
        return False
    return flow or leaf.raw[:1] in {"'", '"'} or not set(leaf.raw) & set(",[]{}")


def _inline(value: Value) -> str:
    if isinstance(value, Leaf):
        return value.raw
    inside = ", ".join(_inline_entry(entry) for entry in value.entries)
    if not value.mapping:
        return f"{value.anchor}[{inside}]"
    single = len(value.entries) == 1 and not value.braces and value.flow
    return inside if single else f"{value.anchor}{{{inside}}}"


def _inline_entry(entry: Entry) -> str:
    text = _inline(entry.value)
    if entry.key is None:
        return text
    return f"{entry.key.raw}: {text}" if text or not entry.parent.braces else entry.key.raw


def order_of(keys: Iterable[str]) -> list[str]:
    """The keys of a rule as they are laid out, those that are not known at the end."""
    known = {key: at for at, key in enumerate(RULE_ORDER)}
    return sorted(keys, key=lambda key: known.get(key, len(known)))
