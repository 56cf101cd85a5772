"""YAML text -> values that know their file:line:column, and every mistake in it at once.

Owns the tree (`tree`: `parse` and its nodes), the mistakes and how they are shown (`mistakes`), and the field parsers
that rule files and settings share (`fields`). May not enter: files, what a field means, exceptions for bad input.
YAML's own typing is off: each scalar is text until a field parser gives it a type, so `off`, `22:30` and `1.10` cannot
be misread. Start at `tree.parse`.
"""

from healer.documents.mistakes import Level, Mark, Mistake, Mistakes, render, shown, suggest
from healer.documents.tree import Mapping, Node, Scalar, Sequence, parse

__all__ = [
    "Level",
    "Mapping",
    "Mark",
    "Mistake",
    "Mistakes",
    "Node",
    "Scalar",
    "Sequence",
    "parse",
    "render",
    "shown",
    "suggest",
]
