"""YAML text -> a tree of scalars, sequences and mappings with their marks.

Built from PyYAML's events (libyaml), not from its composer: nothing recurses, so depth and aliases are bounded here.
Anchors, aliases and merge keys (`<<`) work within a file; what they repeat is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import yaml

from healer.documents.mistakes import Mark, Mistakes, shown

MAX_CHARACTERS: Final = 100_000_000
"""An inventory of 100,000 chargers has 25 to 40 million."""
MAX_DEPTH: Final = 40
MAX_REPEATED: Final = 200_000
"""Nodes that the aliases of one file stand for; what is written out is bounded by the size of the file."""

MAX_SYNTAX_ERRORS: Final = 20

_ITEM = re.compile(r"\s*- ")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; `quoted` when written in quotes or as a block (| or >)."""

    text: str
    quoted: bool
    mark: Mark

    @property
    def empty(self) -> bool:
        """Nothing was written: `key:`."""
        return not self.text and not self.quoted


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys are unique. A value that was left out has its key's mark."""

    entries: tuple[tuple[Scalar, Node], ...]
    mark: Mark

    def get(self, key: str) -> Node | None:
        return next((value for name, value in self.entries if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        return next((name for name, _ in self.entries if name.text == key), None)


Node: TypeAlias = Scalar | Sequence | Mapping


def parse(text: str, file: str, mistakes: Mistakes) -> Node | None:
    """The one document in `text`; None when it is empty or cannot be read, which is then among the mistakes."""
    mistakes.source(file, text)
    if len(text) > MAX_CHARACTERS:
        mistakes.error(Mark(file, 1, 1), "E-SIZE", f"the file is larger than {MAX_CHARACTERS:,} characters")
        return None
    unprintable = _UNPRINTABLE.search(text)
    if unprintable is not None:
        mistakes.error(_mark_at(text, unprintable.start(), file), "E-CHARACTER", _unprintable(unprintable[0]))
        return None
    root = _build(text, file, mistakes)
    return None if isinstance(root, Scalar) and root.empty else root


def _build(text: str, file: str, mistakes: Mistakes) -> Node | None:
    """The tree. YAML gives up at a syntax error, so the item of the outermost list that has it is left out then."""
    for attempt in range(MAX_SYNTAX_ERRORS):
        builder = _Builder(file, mistakes, after_error=attempt > 0)
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                if not builder.take(event):
                    break
            return None if builder.broken else builder.root
        except yaml.YAMLError as error:
            mark = _report(error, text, file, mistakes)
            rest = _without_item(text, mark.line)
            if rest is None:
                return None
            text = rest
    return None


def _without_item(text: str, line: int) -> str | None:
    """The text with the list item around a line blanked, so that all other lines keep their numbers."""
    lines = text.split("\n")
    starts = [(len(item) - len(item.lstrip()), number) for number, item in enumerate(lines) if _ITEM.match(item)]
    outermost = min((indent for indent, _ in starts), default=0)
    starts_here = [number for indent, number in starts if indent == outermost]
    first = max((number for number in starts_here if number < line), default=None)
    if first is None:
        return None
    following = (n for n in range(first + 1, len(lines)) if n in starts_here or lines[n][:1].isalnum())
    last = next(following, len(lines))
    if last < line:
        return None
    return "\n".join([*lines[:first], *[""] * (last - first), *lines[last:]])


def _mark_at(text: str, index: int, file: str) -> Mark:
    before = text[:index]
    line = before.count("\n") + 1
    return Mark(file, line, index - (before.rfind("\n") + 1) + 1)


def _unprintable(letter: str) -> str:
    return f"a file of text cannot contain the character U+{ord(letter):04X}"


# --- events to nodes --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Open:
    """A sequence or mapping whose end has not come yet."""

    mapping: bool
    mark: Mark
    flow: bool
    anchor: str | None
    items: list[Node] = field(default_factory=list)
    key: Scalar | None = None
    """Of a mapping: the key whose value comes next."""
    expects_value: bool = False
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    merged: list[Node] = field(default_factory=list)
    size: int = 1


class _Builder:
    """Takes one event after the other; `take` says False when there is no sense in going on."""

    def __init__(self, file: str, mistakes: Mistakes, after_error: bool) -> None:
        self.file = file
        self._after_error = after_error
        self.mistakes = mistakes
        self.root: Node | None = None
        self.broken = False
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._repeated = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> bool:
        mark = self._mark(event)
        if isinstance(event, yaml.DocumentStartEvent):
            return self._begin_document(mark)
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in {None, "!"}:
            tag = shown(str(getattr(event, "tag", "")))
            self.mistakes.error(mark, "E-TAG", f"YAML tags have no meaning here: {tag}", "remove it")
        if isinstance(event, yaml.ScalarEvent):
            return self._add(Scalar(event.value, bool(event.style), mark), event.anchor, 1)
        if isinstance(event, yaml.AliasEvent):
            return self._add_alias(event.anchor or "", mark)
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            return self._open(event, mark)
        if isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            return self._close(event)
        return True

    def _mark(self, event: yaml.Event) -> Mark:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return Mark(self.file, 1, 1)
        return Mark(self.file, start.line + 1, start.column + 1, max(1, end.index - start.index))

    def _begin_document(self, mark: Mark) -> bool:
        self._documents += 1
        if self._documents == 2:
            self.mistakes.error(mark, "E-DOCUMENTS", "a file holds one document", "remove the '---' or split the file")
        return self._documents == 1

    def _open(self, event: yaml.CollectionStartEvent, mark: Mark) -> bool:
        if len(self._stack) >= MAX_DEPTH:
            self.mistakes.error(mark, "E-DEPTH", f"nested deeper than {MAX_DEPTH} levels")
            self.broken = True
            return False
        mapping = isinstance(event, yaml.MappingStartEvent)
        self._stack.append(_Open(mapping, mark, bool(event.flow_style), event.anchor))
        return True

    def _close(self, event: yaml.Event) -> bool:
        open_ = self._stack.pop()
        mark = open_.mark
        if open_.flow and event.end_mark is not None and event.end_mark.line + 1 == mark.line:
            mark = Mark(mark.file, mark.line, mark.column, max(1, event.end_mark.column + 1 - mark.column))
        node: Node
        if open_.mapping:
            _merge(open_, self.mistakes)
            node = Mapping(tuple(open_.entries.values()), self._first_key(open_, mark))
        else:
            node = Sequence(tuple(open_.items), mark)
        return self._add(node, open_.anchor, open_.size)

    @staticmethod
    def _first_key(open_: _Open, mark: Mark) -> Mark:
        """A block mapping is marked by its first key, which stands where it begins."""
        first = next((key.mark for key, _ in open_.entries.values()), None)
        return first if not open_.flow and first is not None and first.line == mark.line else mark

    def _add_alias(self, name: str, mark: Mark) -> bool:
        known = self._anchors.get(name)
        if known is not None:
            return self._repeat(*known, mark)
        text = f"'*{name}' repeats what is marked '&{name}', but nothing before it is"
        if not self._after_error:  # else it may have been in the part that was left out
            self.mistakes.error(mark, "E-ALIAS", text)
        if self._stack and self._stack[-1].mapping:
            parent = self._stack[-1]
            parent.expects_value, parent.key = not parent.expects_value, None
        return True

    def _repeat(self, node: Node, size: int, mark: Mark) -> bool:
        self._repeated += size
        if self._repeated > MAX_REPEATED:
            hint = "write out what is repeated, or split the file"
            self.mistakes.error(mark, "E-SIZE", f"the aliases repeat more than {MAX_REPEATED:,} values", hint)
            self.broken = True
            return False
        return self._add(node, None, size)

    def _add(self, node: Node, anchor: str | None, size: int) -> bool:
        """Put a complete node where it belongs. `size`: how many nodes it unfolds to."""
        if anchor is not None:
            self._anchors[anchor] = (node, size)
        if not self._stack:
            self.root = node
            return True
        parent = self._stack[-1]
        parent.size += size
        if not parent.mapping:
            parent.items.append(node)
        elif parent.expects_value:
            self._add_value(parent, node)
        else:
            self._add_key(parent, node)
        return True

    def _add_key(self, parent: _Open, node: Node) -> None:
        parent.expects_value, parent.key = True, None
        if not isinstance(node, Scalar):
            self.mistakes.error(node.mark, "E-KEY", "a key must be a text", "a list or mapping cannot be a key")
        elif node.text in parent.entries:
            first = parent.entries[node.text][0].mark.line
            self.mistakes.error(
                node.mark, "E-DUPLICATE", f"{shown(node.text)} is written twice", f"first on line {first}"
            )
        else:
            parent.key = node

    @staticmethod
    def _add_value(parent: _Open, node: Node) -> None:
        parent.expects_value = False
        key = parent.key
        if key is None:
            return
        if key.text == "<<" and not key.quoted:
            parent.merged.append(node)
            return
        if isinstance(node, Scalar) and node.empty:
            node = Scalar("", False, key.mark)
        parent.entries[key.text] = (key, node)


def _merge(open_: _Open, mistakes: Mistakes) -> None:
    """`<<: *x` and `<<: [*x, *y]`: what is not written here comes from there, the first wins."""
    for node in _flattened(open_.merged):
        if not isinstance(node, Mapping):
            mistakes.error(node.mark, "E-MERGE", "'<<' takes a mapping, such as '*name', or a list of them")
            continue
        for key, value in node.entries:
            open_.entries.setdefault(key.text, (key, value))


def _flattened(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, Sequence):
            yield from node.items
        else:
            yield node


# --- syntax -----------------------------------------------------------------------------------------------------------

_SYNTAX_HINTS: Final = (
    ("mapping values are not allowed", "a text that contains ': ' needs quotes; else look at the indentation"),
    ("could not find expected ':'", "a key needs ': ' behind it, a colon and a space; else look at the indentation"),
    ("did not find expected key", "look at the indentation and for an unclosed quote above"),
    ("did not find expected '-' indicator", "look at the indentation: items of one list begin in one column"),
    ("did not find expected ',' or ']'", "the list was not closed, or a comma is missing"),
    ("did not find expected ',' or '}'", "the mapping was not closed, or a comma is missing"),
    ("unexpected end of stream", "a quote was opened and not closed"),
    ("cannot start any token", "a text that begins with this character needs quotes"),
    ("did not find expected alphabetic", "a text that begins with '*' or '&' needs quotes"),
    ("did not find expected node content", "a value is missing"),
    ("sequence entries are not allowed", "a list begins on a line of its own, below its key"),
)

_UNCLOSED: Final = ("unexpected end of stream", "could not find expected ':'", "did not find expected ',' or")
"""Problems that are noticed late: the place to show is where it was opened."""


def _report(error: yaml.YAMLError, text: str, file: str, mistakes: Mistakes) -> Mark:
    """A syntax error in words that say what to do; its place."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        mark = Mark(file, 1, 1)
        mistakes.error(mark, "E-SYNTAX", f"this is not YAML: {_printable_problem(str(error))}")
        return mark
    where, problem = error.problem_mark, _printable_problem(error.problem or "it cannot be read")
    if error.context_mark is not None and any(words in problem for words in _UNCLOSED):
        where = error.context_mark
    mark = Mark(file, where.line + 1, where.column + 1)
    lines = text.split("\n")
    line = lines[where.line] if where.line < len(lines) else ""
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" in indentation or line[where.column : where.column + 1] == "\t":
        mark = Mark(file, mark.line, (line.find("\t") if "\t" in line else where.column) + 1)
        mistakes.error(mark, "E-TAB", "YAML cannot be indented with tabs", "use spaces")
        return mark
    hint = next((hint for words, hint in _SYNTAX_HINTS if words in problem), None)
    if error.context_mark is not None and error.context is not None and error.context_mark.line != where.line:
        problem = f"{problem} ({error.context} that begins on line {error.context_mark.line + 1})"
    mistakes.error(mark, "E-SYNTAX", f"this is not YAML: {problem}", hint)
    return mark


def _printable_problem(problem: str) -> str:
    return " ".join(problem.split())
