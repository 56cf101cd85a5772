"""How many chargers there are in each scope: the denominators of storms, kept without counting the fleet."""

from __future__ import annotations

from collections import Counter

from healer.healing.storms import StormScope
from healer.model import ChargerId


class Population:
    """Chargers by scope; a charger that changes its firmware moves to another scope."""

    def __init__(self) -> None:
        self._scopes: dict[ChargerId, tuple[StormScope, ...]] = {}
        self._sizes: Counter[StormScope] = Counter()

    def count(self, charger: ChargerId, scopes: tuple[StormScope, ...]) -> None:
        """The charger belongs to these scopes from now on."""
        for scope in self._scopes.get(charger, ()):
            self._sizes[scope] -= 1
            if self._sizes[scope] == 0:
                del self._sizes[scope]
        self._scopes[charger] = scopes
        self._sizes.update(scopes)

    def size(self, scope: StormScope) -> int:
        return self._sizes[scope]
