"""What a guard answers: pass, or block with a reason and what may lift it."""

from __future__ import annotations

from dataclasses import dataclass

from healer.model import Instant


@dataclass(frozen=True, slots=True)
class Wake:
    """What may lift a block besides time: a change of a charger, a freed place at a site or in the fleet, ..."""

    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one guard says of one step: pass, or block with the reason and what may lift it."""

    guard: str
    blocks: bool
    reason: str
    until: Instant | None = None
    """The earliest moment at which time alone can lift the block."""
    wake_on: tuple[Wake, ...] = ()

    def __str__(self) -> str:
        return f"{'BLOCK' if self.blocks else 'pass '} {self.guard:<12} {self.reason}"
