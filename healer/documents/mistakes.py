"""Mistakes in documents: where, what, what was probably meant, and how they are shown.

A mistake is a value. Reading goes on behind it, so that one pass finds them all.
"""

from __future__ import annotations

import difflib
import enum
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_EXCERPT_WIDTH = 150
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column count from 1, length in characters."""

    file: str
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Level(enum.StrEnum):
    """How bad a mistake is, from worst to mildest."""

    ERROR = "error"
    """The text cannot be used."""
    FATAL = "fatal"
    """A lint: it can be used, but never as it was meant, or it is unsafe."""
    WARNING = "warning"
    """A lint: probably not what was meant."""
    NOTE = "note"
    """Good to know."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. `code` is stable (`E-VALUE`), `message` a sentence without its full stop, `hint` what to do."""

    mark: Mark
    code: str
    message: str
    hint: str | None = None
    severity: Level = Level.ERROR

    def plain(self) -> dict[str, str | int | None]:
        """For JSON."""
        return {
            "file": self.mark.file,
            "line": self.mark.line,
            "column": self.mark.column,
            "length": self.mark.length,
            "severity": self.severity.value,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
        }


class Mistakes:
    """Collects mistakes over any number of files; iterates in order of place. The same one twice counts once."""

    def __init__(self) -> None:
        self._mistakes: dict[Mistake, None] = {}
        self._sources: dict[str, str] = {}

    def source(self, file: str, text: str) -> None:
        """Remember a file's text for the excerpts; `parse` does it by itself."""
        self._sources[file] = text

    def add(self, mistake: Mistake) -> None:
        self._mistakes[mistake] = None

    def error(self, mark: Mark, code: str, message: str, hint: str | None = None) -> None:
        self.add(Mistake(mark, code, message, hint, Level.ERROR))

    def fatal(self, mark: Mark, code: str, message: str, hint: str | None = None) -> None:
        self.add(Mistake(mark, code, message, hint, Level.FATAL))

    def warn(self, mark: Mark, code: str, message: str, hint: str | None = None) -> None:
        self.add(Mistake(mark, code, message, hint, Level.WARNING))

    def note(self, mark: Mark, code: str, message: str, hint: str | None = None) -> None:
        self.add(Mistake(mark, code, message, hint, Level.NOTE))

    def __iter__(self) -> Iterator[Mistake]:
        return iter(sorted(self._mistakes, key=_place))

    def __len__(self) -> int:
        return len(self._mistakes)

    def count(self, *levels: Level) -> int:
        return sum(1 for mistake in self._mistakes if mistake.severity in levels)

    @property
    def errors(self) -> int:
        """How many of them make a text unusable."""
        return self.count(Level.ERROR)

    @property
    def fatal_lints(self) -> int:
        return self.count(Level.FATAL)

    def render(self) -> str:
        """All of them, each with its excerpt."""
        return "\n".join(render(mistake, self._sources.get(mistake.mark.file, "")) for mistake in self)

    def summary(self) -> str:
        """The count in words: `2 errors, 1 warning`."""
        words = {Level.FATAL: "fatal lint"}
        counts = [(self.count(level), words.get(level, level.value)) for level in Level]
        return ", ".join(f"{n} {word}{'s' if n > 1 else ''}" for n, word in counts if n) or "no mistakes"


def _place(mistake: Mistake) -> tuple[str, int, int, str, str]:
    mark = mistake.mark
    return (mark.file, mark.line, mark.column, mistake.code, mistake.message)


def shown(text: str) -> str:
    """A piece of input as a message quotes it: in single quotes, clipped, without control characters."""
    clipped = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f"'{_printable(clipped)}'"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "�" for letter in text)


def render(mistake: Mistake, source: str) -> str:
    """A mistake as people read it: `file:line:column`, the line with carets under the place, the hint."""
    mark = mistake.mark
    head = f"{mark}: {mistake.severity}: {mistake.message}  [{mistake.code}]"
    lines = [head, *_excerpt(mark, source)]
    if mistake.hint is not None:
        lines.append(f"       = {mistake.hint}")
    return "\n".join(lines)


@functools.lru_cache(maxsize=16)
def _lines(source: str) -> tuple[str, ...]:
    return tuple(_LINE_BREAK.split(source))


def _excerpt(mark: Mark, source: str) -> list[str]:
    lines = _lines(source)
    if not 0 < mark.line <= len(lines) or not lines[mark.line - 1].strip():
        return []
    line, start = _printable(lines[mark.line - 1]), mark.column - 1
    offset = 0 if start < _EXCERPT_WIDTH - 20 else start - 40
    line, start = line[offset : offset + _EXCERPT_WIDTH].rstrip(), start - offset
    carets = max(1, min(mark.length, len(line) - start))
    return [f"{mark.line:6} | {line}", f"       | {' ' * start}{'^' * carets}"]


def suggest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that was probably meant, or None: the same letters first, then the closest."""
    if not 0 < len(word) <= _SHOWN:
        return None
    folded: dict[str, str] = {}
    for choice in choices:
        folded.setdefault(_folded(choice), choice)
    same = folded.get(_folded(word))
    if same is not None:
        return same
    close = difflib.get_close_matches(_folded(word), folded, n=1, cutoff=0.65)
    return folded[close[0]] if close else None


def _folded(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum()) or word
