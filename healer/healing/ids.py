"""Ids out of durably reserved blocks: unique for ever, without chance and without a write per id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BLOCK: Mapping[str, int] = {"incident": 1000, "intent": 1000, "transaction": 1000}
"""How many ids of each kind are reserved at a time. What a crash leaves unused is never used."""


@dataclass(slots=True)
class _Block:
    next: int
    left: int


class Ids:
    """Hands out ids by kind; says which kinds run low."""

    def __init__(self) -> None:
        self._blocks: dict[str, list[_Block]] = {kind: [] for kind in BLOCK}
        self._asked: set[str] = set()

    def add(self, kind: str, first: int, count: int) -> None:
        """A block became ours."""
        self._blocks[kind].append(_Block(first, count))
        self._asked.discard(kind)

    def take(self, kind: str) -> int | None:
        """The next id; None when no durable one is left."""
        blocks = self._blocks[kind]
        while blocks and blocks[0].left == 0:
            blocks.pop(0)
        if not blocks:
            return None
        block = blocks[0]
        block.next, block.left = block.next + 1, block.left - 1
        return block.next - 1

    def wanted(self) -> list[tuple[str, int]]:
        """(kind, count) to reserve now: kinds of which a quarter of a block is left. Each is asked for once."""
        low = [
            kind
            for kind, blocks in self._blocks.items()
            if kind not in self._asked and sum(block.left for block in blocks) <= BLOCK[kind] // 4
        ]
        self._asked.update(low)
        return [(kind, BLOCK[kind]) for kind in low]

    def ask_again(self) -> None:
        """The store is back: what was asked for in vain may be asked again."""
        self._asked.clear()
