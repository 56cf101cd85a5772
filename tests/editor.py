"""How an editor that knows YAML 1.2 sees a document: what a JSON Schema is held against."""

from __future__ import annotations

import re
from typing import Any

from healer.documents import Mapping, Node, Sequence

_WORDS = {"true": True, "false": False, "null": None, "~": None}


def as_editors_see(node: Node) -> Any:
    """The values of a tree, with the types that YAML gives them."""
    if isinstance(node, Mapping):
        return {key.text: as_editors_see(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [as_editors_see(item) for item in node.items]
    if node.quoted:
        return node.text
    if node.empty:
        return None
    if node.text.lower() in _WORDS:
        return _WORDS[node.text.lower()]
    if re.fullmatch(r"[-+]?\d+", node.text):
        return int(node.text)
    return float(node.text) if re.fullmatch(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?", node.text) else node.text
