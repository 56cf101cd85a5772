"""A rule file as it was written: entries with their comments, blank lines, anchors and quotes, for laying it out anew.

`documents.tree` says what a file means and forgets how it looks; this keeps the looks. It expects text that the tree
could read without a mistake.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

import yaml

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Leaf:
    """A scalar or an alias, in its own writing: with quotes, anchor and line breaks."""

    raw: str
    block: bool = False
    """Written as `|` or `>`."""
    column: int = 0
    """Where the mapping or list that holds it is indented to; what a block's own indentation counts from."""


@dataclass(slots=True)
class Box:
    """A mapping or a list."""

    mapping: bool
    flow: bool
    """Written in brackets."""
    anchor: str = ""
    braces: bool = True
    """False: a single pair within a list in brackets, `[reset: soft]`."""
    entries: list[Entry] = field(default_factory=list)
    foot: list[str] = field(default_factory=list)
    """Comments behind the last entry; an empty text is a blank line."""
    owner: Entry | None = None
    end: int = 0

    @property
    def column(self) -> int:
        return self.entries[0].column if self.entries else 0

    def holds(self, entry: Entry) -> bool:
        """Whether the entry stands in it, however deep."""
        box: Box | None = entry.parent
        while box is not None and box is not self:
            box = box.owner.parent if box.owner is not None else None
        return box is self


Value: TypeAlias = Leaf | Box


@dataclass(slots=True)
class Entry:
    """A key with its value, or an item of a list."""

    parent: Box
    start: int
    column: int
    key: Leaf | None = None
    value: Value = field(default_factory=lambda: Leaf(""))
    lead: list[str] = field(default_factory=list)
    """Comments above it; an empty text is a blank line."""
    tail: list[str] = field(default_factory=list)
    """Comments at the end of its line."""

    @property
    def name(self) -> str:
        return "" if self.key is None else self.key.raw.strip("'\"")


@dataclass(slots=True)
class Outline:
    """A file."""

    header: list[str]
    """Comments before everything else."""
    root: Box


@dataclass(frozen=True, slots=True)
class _Comment:
    text: str
    start: int
    line: int
    column: int
    own_line: bool


def outline(text: str) -> Outline | None:
    """How the text was written; None where that cannot be told for certain."""
    lines = text.split("\n")
    tokens = [token for token in yaml.scan(text, Loader=_LOADER) if token.start_mark.index < token.end_mark.index]
    found = _comments(text, tokens)
    if found is None or any(isinstance(token, yaml.DirectiveToken) for token in tokens):
        return None
    dashes = iter([token.start_mark for token in tokens if isinstance(token, yaml.BlockEntryToken)])
    root = _Reader(text, dashes).read()
    if not isinstance(root, Box):
        return None
    outlined = Outline([], root)
    _attach(found, outlined, lines)
    return outlined


def comments(text: str) -> list[str]:
    """All comments of a text, in an order that says nothing."""
    tokens = [token for token in yaml.scan(text, Loader=_LOADER) if token.start_mark.index < token.end_mark.index]
    return sorted(comment.text for comment in _comments(text, tokens) or ())


# --- structure --------------------------------------------------------------------------------------------------------


class _Mark(Protocol):
    """A place in the text, of either of PyYAML's parsers."""

    index: int
    column: int


class _Reader:
    def __init__(self, text: str, dashes: Iterator[_Mark]) -> None:
        self._text = text
        self._dashes = dashes
        self._events = iter(list(yaml.parse(text, Loader=_LOADER)))

    def read(self) -> Value | None:
        for event in self._events:
            if isinstance(event, yaml.NodeEvent):
                return self._value(event, None)
        return None

    def _value(self, event: yaml.NodeEvent, owner: Entry | None) -> Value:
        start, end = _mark(event.start_mark).index, _mark(event.end_mark).index
        if isinstance(event, (yaml.AliasEvent, yaml.ScalarEvent)):
            block = isinstance(event, yaml.ScalarEvent) and event.style in {"|", ">"}
            return Leaf(self._text[start:end], block, owner.column if owner is not None else 0)
        assert isinstance(event, yaml.CollectionStartEvent)  # noqa: S101 - there is nothing else
        anchor = f"&{event.anchor} " if event.anchor else ""
        flow = bool(event.flow_style)
        braces = not flow or bool(anchor) or self._text[start : start + 1] in {"{", "["}
        box = Box(isinstance(event, yaml.MappingStartEvent), flow, anchor, braces, owner=owner)
        for inner in self._events:
            if isinstance(inner, yaml.CollectionEndEvent):
                box.end = _mark(inner.end_mark).index
                break
            assert isinstance(inner, yaml.NodeEvent)  # noqa: S101
            box.entries.append(self._entry(inner, box))
        return box

    def _entry(self, event: yaml.NodeEvent, box: Box) -> Entry:
        mark = _mark(event.start_mark) if box.mapping or box.flow else next(self._dashes)
        entry = Entry(box, mark.index, mark.column)
        if not box.mapping:
            entry.value = self._value(event, entry)
            return entry
        key = self._value(event, entry)
        entry.key = key if isinstance(key, Leaf) else Leaf("")
        value = next(self._events)
        assert isinstance(value, yaml.NodeEvent)  # noqa: S101 - a key has a value
        entry.value = self._value(value, entry)
        return entry


def _mark(mark: _Mark | None) -> _Mark:
    assert mark is not None  # noqa: S101 - what is read from text has its places
    return mark


# --- comments ---------------------------------------------------------------------------------------------------------


def _comments(text: str, tokens: list[yaml.Token]) -> list[_Comment] | None:
    """What stands between the tokens; None when that is not only comments and blanks."""
    found: list[_Comment] = []
    ends = [0, *(token.end_mark.index for token in tokens)]
    starts = [*(token.start_mark.index for token in tokens), len(text)]
    for begin, end in zip(ends, starts, strict=True):
        at = begin
        while at < end:
            if text[at] == "#":
                stop = text.find("\n", at, end)
                stop = end if stop < 0 else stop
                found.append(_comment(text, at, stop))
                at = stop
            elif text[at] in " \t\n":
                at += 1
            else:
                return None
    return found


def _comment(text: str, start: int, stop: int) -> _Comment:
    begin = text.rfind("\n", 0, start) + 1
    own_line = not text[begin:start].strip()
    return _Comment(text[start:stop].rstrip(), start, text.count("\n", 0, start), start - begin, own_line)


def _entries(box: Box) -> Iterator[Entry]:
    for entry in box.entries:
        yield entry
        if isinstance(entry.value, Box):
            yield from _entries(entry.value)


def _attach(found: list[_Comment], outlined: Outline, lines: list[str]) -> None:
    """Give each comment, and each blank line, to the entry or the end of the box it belongs to."""
    entries = list(_entries(outlined.root))
    starts = [entry.start for entry in entries]
    for comment in found:
        at = bisect.bisect_right(starts, comment.start)
        before = entries[at - 1] if at else None
        behind = entries[at] if at < len(entries) else None
        if before is None:
            place = outlined.header
        elif not comment.own_line:
            place = _line_of(before, comment).tail
        else:
            place = _above(before, behind, comment)
        if comment.own_line and _blank_above(lines, comment.line):
            place.append("")
        place.append(comment.text)
    for entry, line in zip(entries, _lines_of(entries, lines), strict=True):
        own_line = not lines[line][: entry.column].strip()
        if own_line and _blank_above(lines, line):
            entry.lead.append("")


def _blank_above(lines: list[str], line: int) -> bool:
    return line > 0 and not lines[line - 1].strip()


def _lines_of(entries: list[Entry], lines: list[str]) -> Iterator[int]:
    """The line of each entry; they come in their order."""
    line, begin = 0, 0
    for entry in entries:
        while begin + len(lines[line]) < entry.start:
            begin += len(lines[line]) + 1
            line += 1
        yield line


def _line_of(entry: Entry, comment: _Comment) -> Entry:
    """The entry at the end of whose line the comment stands: not one in brackets that are closed by then."""
    while entry.parent.flow and entry.parent.end <= comment.start and entry.parent.owner is not None:
        entry = entry.parent.owner
    return entry


def _above(before: Entry, behind: Entry | None, comment: _Comment) -> list[str]:
    """Where a comment on a line of its own belongs: to what follows, or to the end of what it is indented like."""
    box = _line_of(before, comment).parent
    while not box.flow and box.column > comment.column and box.owner is not None:
        box = box.owner.parent
    if behind is not None and (behind.column >= comment.column or box.holds(behind)) and not _closes(box, behind):
        return behind.lead
    return box.foot


def _closes(box: Box, behind: Entry) -> bool:
    """Whether the brackets around the comment are closed before the entry that follows."""
    return box.flow and not box.holds(behind)
