"""Who is looked at again: chargers that waited for something that has come, and those that changed rules ask about."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from healer.engine.rulings import Rulings
from healer.fleet.charger import Facet
from healer.healing.casebook import Casebook
from healer.healing.verdict import Wake
from healer.model import ChargerId

FLEET_SLICE: Final = 16
"""Chargers that look again when a place in the fleet becomes free."""

ALL_FACETS: Final = frozenset(Facet)


class Revisits:
    """A queue without doubles; whoever takes from it decides how many it serves at once."""

    def __init__(self, casebook: Casebook, rulings: Rulings) -> None:
        self._casebook = casebook
        self._rulings = rulings
        self._again: OrderedDict[ChargerId, None] = OrderedDict()

    @property
    def waiting(self) -> bool:
        """Whether anybody is left for the next call."""
        return bool(self._again) or self._rulings.next is not None

    def add(self, charger: ChargerId) -> None:
        """Look at it before this call ends, or in the next."""
        self._again[charger] = None

    def add_all(self, chargers: Iterable[ChargerId]) -> None:
        """The same for many."""
        self._again.update(dict.fromkeys(chargers))

    def forget(self, charger: ChargerId) -> None:
        """It is known no more."""
        self._again.pop(charger, None)

    def wake(self, wake: Wake) -> None:
        """Something has come that some waited for."""
        woken = self._casebook.woken(wake)
        if wake.kind == "fleet":
            for later in woken[FLEET_SLICE:]:
                self._casebook.wait(later, wake)
            woken = woken[:FLEET_SLICE]
        self.add_all(woken)

    def take(self) -> tuple[ChargerId, frozenset[Facet]] | None:
        """The next, and the facets whose rules are to be asked again besides those that changed."""
        freed, self._casebook.freed = self._casebook.freed, []
        for wake in freed:
            self.wake(wake)
        if self._again:
            # All facets: a condition may have been true while there was no id for its incident.
            return self._again.popitem(last=False)[0], ALL_FACETS
        unasked = self._rulings.next
        return None if unasked is None else (unasked, frozenset())
