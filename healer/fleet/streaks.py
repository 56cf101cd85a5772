"""Sessions in a row that came to nothing: the charger that looks fine and does not charge.

What cannot be known of a session (its energy, how long it took) neither lengthens a row nor breaks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from healer.model import Seconds

WITH_ENERGY_WH: Final = 100.0
"""A session with less brought nobody anywhere (0.1 kWh)."""

SHORT_S: Final[Seconds] = 300.0
"""A session that took less was hardly meant to."""

MOST: Final = 1000
MOST_TOKENS: Final = 8


@dataclass(frozen=True, slots=True)
class Streak:
    """The sessions in a row at one evse, up to the last one."""

    zero_energy: int = 0
    tokens: tuple[str, ...] = ()
    """The hashes of the different tokens of these, the first `MOST_TOKENS` of them."""
    short: int = 0

    def after(self, energy_wh: float | None, lasted_s: Seconds | None, token_hash: str | None) -> Streak:
        """With one more session; None in what is not known of it."""
        zero_energy, tokens, short = self.zero_energy, self.tokens, self.short
        if energy_wh is not None and energy_wh >= WITH_ENERGY_WH:
            zero_energy, tokens = 0, ()
        elif energy_wh is not None:
            zero_energy = min(zero_energy + 1, MOST)
            if token_hash is not None and token_hash not in tokens and len(tokens) < MOST_TOKENS:
                tokens = (*tokens, token_hash)
        if lasted_s is not None:
            short = 0 if lasted_s >= SHORT_S else min(short + 1, MOST)
        return Streak(zero_energy, tokens, short)
