"""`${NAME}`, `${NAME:-default}` and `${file:/path}` in settings, for secrets and for containers.

What they stand for never comes back in a message: a mistake at such a place shows the file's own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from healer import documents
from healer.documents import Mark, Mistake, Mistakes, Node, Scalar, Sequence, shown

_VARIABLE: Final = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

HARMLESS: Final = ("E-VERIFIER", "W-SHORT")
"""Mistakes of passwords, whose messages tell nothing of them."""

_WANTED: Final = {
    "E-BOOLEAN": "yes or no belongs here",
    "E-DURATION": "a duration such as 5m belongs here",
    "E-NUMBER": "a number belongs here",
    "E-PERCENTAGE": "a percentage such as 5% belongs here",
}


def read_file(path: Path) -> str:
    """What `${file:...}` stands for: a file of UTF-8 text. Raises OSError and UnicodeDecodeError."""
    return path.read_text(encoding="utf-8")


class DiscreetMistakes(Mistakes):
    """Mistakes that never tell what a variable stands for."""

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[Mark, str] = {}
        self._broken: set[Mark] = set()

    def hide(self, mark: Mark, written: str) -> None:
        """At `mark` a message shows `written` from now on; after a mistake in the variable itself, none follows."""
        if any(mistake.mark == mark for mistake in self):
            self._broken.add(mark)
        self._written[mark] = written

    def add(self, mistake: Mistake) -> None:
        if mistake.mark in self._broken:
            return
        written = self._written.get(mistake.mark)
        if written is not None and mistake.code not in HARMLESS:
            hint = mistake.hint if mistake.code == "E-RANGE" else _WANTED.get(mistake.code)
            message = f"what {shown(written)} stands for cannot be used here"
            mistake = Mistake(mistake.mark, mistake.code, message, hint, mistake.severity)
        super().add(mistake)


class Variables:
    """Puts in what variables stand for. Relative paths count from `base`, the directory of the settings file."""

    def __init__(self, environ: Mapping[str, str], read_file: Callable[[Path], str], base: Path) -> None:
        self._environ = environ
        self._read_file = read_file
        self._base = base

    def expand(self, node: Node, mistakes: DiscreetMistakes) -> Node:
        """The same tree with every scalar expanded; keys stay as they are."""
        if isinstance(node, Scalar):
            return self._scalar(node, mistakes) if "${" in node.text else node
        if isinstance(node, Sequence):
            return Sequence(tuple([self.expand(item, mistakes) for item in node.items]), node.mark)
        return documents.Mapping(tuple([(key, self.expand(value, mistakes)) for key, value in node.entries]), node.mark)

    def _scalar(self, node: Scalar, mistakes: DiscreetMistakes) -> Scalar:
        text = _VARIABLE.sub(lambda found: self._value(found, node, mistakes), node.text)
        mistakes.hide(node.mark, node.text)
        return Scalar(text, True, node.mark)

    def _value(self, found: re.Match[str], node: Scalar, mistakes: Mistakes) -> str:
        if found[0] == "$${":
            return "${"
        inside = found[1]
        if inside is None:
            mistakes.error(node.mark, "E-VARIABLE", "'${' is never closed", "write '$${' for the two characters")
            return ""
        if inside.startswith("file:"):
            return self._file(inside.removeprefix("file:"), node, mistakes)
        name, dash, default = inside.partition(":-")
        if not _NAME.fullmatch(name):
            hint = "write '${NAME}', '${NAME:-default}' or '${file:/path}'"
            mistakes.error(node.mark, "E-VARIABLE", f"{shown(name)} is not the name of a variable", hint)
            return ""
        value = self._environ.get(name)
        if dash:
            return value or default
        if value is None:
            hint = f"set it, or write '${{{name}:-default}}'"
            mistakes.error(node.mark, "E-VARIABLE", f"the environment variable {shown(name)} is not set", hint)
            return ""
        return value

    def _file(self, path: str, node: Scalar, mistakes: Mistakes) -> str:
        """A file's text without the line break at its end."""
        try:
            return self._read_file(self._base / path).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            mistakes.error(node.mark, "E-FILE", f"cannot read the file {shown(path)}: {why}")
            return ""
