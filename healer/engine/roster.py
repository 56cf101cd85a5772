"""Every charger that is known, and where it stands: made when it is first heard of or listed.

Who is not a member, because nobody listed it and the policy or a person is against it, counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from healer.engine.population import Population
from healer.engine.settings import EngineSettings
from healer.fleet.charger import Charger
from healer.fleet.configuration import Configuration
from healer.fleet.enrolment import MEMBERSHIPS, Decision, Enrolment, Membership
from healer.fleet.inventory import Inventory, Placement, Site
from healer.fleet.learned import Learning
from healer.fleet.neighbours import Neighbours
from healer.fleet.profiles import Profiles
from healer.healing.casebook import scopes_of
from healer.healing.storms import ScopeKind, StormScope
from healer.model import ChargerId, Instant

FLEET = StormScope(ScopeKind.FLEET)


class Roster:
    """The chargers, with the inventory that places them and the population that counts them."""

    def __init__(self, inventory: Inventory, profiles: Profiles, settings: EngineSettings, now: Instant) -> None:
        self.chargers: dict[ChargerId, Charger] = {}
        self.enrolments: dict[ChargerId, Enrolment] = {}
        """What people decided. The inventory wins over it."""
        self.population = Population()
        self.learning = Learning()
        self.neighbours = Neighbours()
        self.inventory = inventory
        self.profiles = profiles
        self._settings = settings
        self._started_at = now
        for listed in inventory.chargers:
            self.charger(listed).settling = True

    def charger(self, charger_id: ChargerId) -> Charger:
        """The charger of that identity, known from now on."""
        charger = self.chargers.get(charger_id)
        if charger is None:
            charger = Charger(
                charger_id, self.placement(charger_id), self._started_at, self._settings.link, self.profiles
            )
            # Before its first boot nobody knows the model, but an entry for all of them holds already.
            charger.profile = self.profiles.find(None, None, None)
            charger.configuration, charger.learning = Configuration(self._settings.baseline), self.learning
            charger.sightings.neighbours = self.neighbours
            self.chargers[charger_id] = charger
            self.recount(charger)
        return charger

    def recount(self, charger: Charger) -> None:
        """Its site, model or firmware may have changed, and with them the scopes it belongs to."""
        if not self.is_member(charger.id):
            self.population.count(charger.id, ())
        elif not self.is_stranger(charger):
            self.population.count(charger.id, scopes_of(charger))

    def is_stranger(self, charger: Charger) -> bool:
        """An identity that only dialled: nobody listed it, and it has neither booted nor reported anything.

        It counts for nothing and is not remembered, or whoever dials under a thousand names would loosen the limits
        that are shares of the fleet.
        """
        told = charger.vendor is not None or charger.evses or charger.itself.reported_at is not None
        kept = charger.latches or charger.somewhere or charger.out_of_service or charger.problems.dangers()
        return not (told or kept or self.is_known(charger.id))

    # --- who is one of us -----------------------------------------------------------------------------------------

    def membership(self, charger_id: ChargerId) -> Membership:
        """What an identity is to us: the inventory's word, else a person's, else that of the policy."""
        if charger_id in self.inventory.chargers:
            return Membership.MEMBER
        enrolment = self.enrolments.get(charger_id)
        return MEMBERSHIPS[self._settings.admission.unknown_chargers if enrolment is None else enrolment.decision]

    def is_member(self, charger_id: ChargerId) -> bool:
        """Whether it is believed, watched and healed."""
        return self.membership(charger_id) is Membership.MEMBER

    def is_welcome(self, charger_id: ChargerId) -> bool:
        """Whether it may connect, be it only to wait for approval."""
        return self.membership(charger_id) is not Membership.REFUSED

    def is_known(self, charger_id: ChargerId) -> bool:
        """Whether a person listed or approved it."""
        enrolment = self.enrolments.get(charger_id)
        approved = enrolment is not None and enrolment.decision is Decision.APPROVED
        return approved or charger_id in self.inventory.chargers

    def placement(self, charger_id: ChargerId) -> Placement:
        """Where it stands: as it is listed, else as it was approved, else on a site of its own."""
        enrolment = self.enrolments.get(charger_id)
        if enrolment is None or charger_id in self.inventory.chargers:
            return self.inventory.placement(charger_id)
        return Placement(charger_id, enrolment.site or charger_id, frozenset(enrolment.tags))

    # --- changes --------------------------------------------------------------------------------------------------

    def forget(self, charger: Charger) -> None:
        """A stranger is gone."""
        self.chargers.pop(charger.id, None)

    @property
    def size(self) -> int:
        """How many chargers the fleet has."""
        return self.population.size(FLEET)

    def site(self, name: str) -> Site:
        """What is known of a site; of one that nobody listed only its name."""
        return self.inventory.sites.get(name) or Site(name)

    def replace(self, inventory: Inventory) -> Iterator[Charger]:
        """Chargers move to where they are listed now; one listed for the first time is watched from now on."""
        self.inventory = inventory
        known: Mapping[ChargerId, None] = dict.fromkeys((*self.chargers, *inventory.chargers))
        for charger_id in known:
            charger = self.charger(charger_id)
            self.place(charger)
            yield charger

    def enrol(self, enrolment: Enrolment) -> None:
        """A person decided; one that is approved is watched from now on."""
        self.enrolments[enrolment.charger] = enrolment
        if enrolment.decision is Decision.APPROVED or enrolment.charger in self.chargers:
            self.place(self.charger(enrolment.charger))

    def place(self, charger: Charger) -> None:
        """It is where it is listed or approved now, and a member or not."""
        placement = self.placement(charger.id)
        if placement != charger.placement:
            before, used_at = charger.site, charger.sightings.used_at
            charger.replace_placement(placement)
            self.neighbours.moved(charger.id, before, charger.site, used_at)
        self.recount(charger)
