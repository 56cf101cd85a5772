"""Mistakes in a file that may hold passwords: what is shown of it has stars in their place.

A password may stand in the line of another mistake, beside a misspelt key, or in a line that is no YAML at all: so
whatever follows a key that sounds like one is hidden, before anybody knows what the line means.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import Final

from healer import documents
from healer.config.variables import DiscreetMistakes
from healer.documents import Mark, Mistake, Node, Scalar, Sequence

_SECRET: Final = re.compile(
    r"""((?:pass\w{0,40}|pwd|secret\w{0,40}|_key|authorizationkey)["']?\s{0,40}:[ \t]*)"""
    r"""(?!["']?\$\{[^{}\n]*\}["']?[ \t]*(?:[,}\]#\n\r]|$))"""  # a reference to a secret is none
    r"""(\S[^\n]*)""",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """The text with stars for what seems to be a secret; as long as before, so that columns stay right."""
    return _SECRET.sub(lambda found: found[1] + "*" * len(found[2]), text)


class InventoryMistakes(DiscreetMistakes):
    """Mistakes of an inventory, or of settings that hold one."""

    def source(self, file: str, text: str) -> None:
        super().source(file, masked(text))

    def add(self, mistake: Mistake) -> None:
        hint = None if mistake.hint is None else masked(mistake.hint)
        super().add(dataclasses.replace(mistake, message=masked(mistake.message), hint=hint))

    def hide_passwords(self, root: Node, text: str) -> None:
        """Those that stand elsewhere than behind their key, in a line of their own."""
        starts = list(itertools.accumulate((len(line) for line in text.splitlines(keepends=True)), initial=0))
        letters = list(text)
        for mark in _passwords(root):
            start = starts[mark.line - 1] + mark.column - 1
            for index in range(start, min(start + mark.length, len(letters))):
                letters[index] = letters[index] if letters[index] in "\r\n" else "*"
        self.source(root.mark.file, "".join(letters))


def _passwords(node: Node) -> list[Mark]:
    """Where the passwords of a tree are written out."""
    if isinstance(node, Sequence):
        return [mark for item in node.items for mark in _passwords(item)]
    if not isinstance(node, documents.Mapping):
        return []
    found = []
    for key, value in node.entries:
        if key.text == "password" and isinstance(value, Scalar) and "${" not in value.text and not value.empty:
            found.append(value.mark)
        elif key.text == "tokens" and isinstance(value, Sequence):  # of drivers
            found += [item.mark for item in value.items]
        else:
            found += _passwords(value)
    return found
