"""Every charger that is known, and where it stands: made when it is first heard of or listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from healer.engine.population import Population
from healer.fleet.charger import Charger, LinkSettings
from healer.fleet.inventory import Inventory
from healer.fleet.profiles import Profiles
from healer.healing.casebook import scopes_of
from healer.healing.storms import ScopeKind, StormScope
from healer.model import ChargerId, Instant

FLEET = StormScope(ScopeKind.FLEET)


class Roster:
    """The chargers, with the inventory that places them and the population that counts them."""

    def __init__(self, inventory: Inventory, profiles: Profiles, link: LinkSettings, now: Instant) -> None:
        self.chargers: dict[ChargerId, Charger] = {}
        self.population = Population()
        self.inventory = inventory
        self.profiles = profiles
        self._link = link
        self._started_at = now
        for listed in inventory.chargers:
            self.charger(listed).settling = True

    def charger(self, charger_id: ChargerId) -> Charger:
        """The charger of that identity, known from now on."""
        charger = self.chargers.get(charger_id)
        if charger is None:
            placement = self.inventory.placement(charger_id)
            charger = Charger(charger_id, placement, self._started_at, self._link, self.profiles)
            # Before its first boot nobody knows the model, but an entry for all of them holds already.
            charger.profile = self.profiles.find(None, None, None)
            self.chargers[charger_id] = charger
            self.recount(charger)
        return charger

    def recount(self, charger: Charger) -> None:
        """Its site, model or firmware may have changed, and with them the scopes it belongs to."""
        if not self.is_stranger(charger):
            self.population.count(charger.id, scopes_of(charger))

    def is_stranger(self, charger: Charger) -> bool:
        """An identity that only dialled: nobody listed it, and it has neither booted nor reported anything.

        It counts for nothing and is not remembered, or whoever dials under a thousand names would loosen the limits
        that are shares of the fleet.
        """
        return charger.id not in self.inventory.chargers and charger.vendor is None and not charger.evses

    def forget(self, charger: Charger) -> None:
        """A stranger is gone."""
        self.chargers.pop(charger.id, None)

    @property
    def size(self) -> int:
        """How many chargers the fleet has."""
        return self.population.size(FLEET)

    def replace(self, inventory: Inventory) -> Iterator[Charger]:
        """Chargers move to where they are listed now; one listed for the first time is watched from now on."""
        self.inventory = inventory
        known: Mapping[ChargerId, None] = dict.fromkeys((*self.chargers, *inventory.chargers))
        for charger_id in known:
            charger = self.charger(charger_id)
            placement = inventory.placement(charger_id)
            if placement != charger.placement:
                charger.replace_placement(placement)
                self.recount(charger)
            yield charger
