"""Moving what is known of 1.6 connectors when a person says that they share evses in another way than before."""

from __future__ import annotations

from collections.abc import Mapping

from healer.fleet.inventory import Placement
from healer.fleet.place import Evse, Transaction
from healer.model import Instant, Target


def remap(evses: dict[int, Evse], placement: Placement) -> tuple[dict[int, Evse], list[Transaction]]:
    """The same connectors on the evses of another placement, and the transactions that have no evse of their own then.

    A transaction goes with its connector. Where that is not known, or where two meet on one evse, it has none.
    """
    new: dict[int, Evse] = {}
    homeless: list[Transaction] = []
    for evse in evses.values():
        for plug in evse.connectors.values():
            plug.evse = placement.evse_of(plug.connector)
            home = new.setdefault(plug.evse, Evse(plug.evse))
            home.connectors[plug.connector] = plug
            # Of what was known of the evse, all is kept that speaks for somebody being there.
            home.authorized_at = max(filter(None, (home.authorized_at, evse.authorized_at)), default=None)
            home.moved_at = max(filter(None, (home.moved_at, evse.moved_at)), default=None)
            home.closing = evse.closing or home.closing
    for transaction in (evse.transaction for evse in evses.values()):
        if transaction is None:
            continue
        number = None if transaction.connector is None else placement.evse_of(transaction.connector)
        if number is None or number not in new or new[number].transaction is not None:
            homeless.append(transaction)
        else:
            transaction.evse = number
            new[number].transaction = transaction
    return new, homeless


class Move:
    """Where the places of the former evses lie now."""

    def __init__(self, before: Mapping[int, Evse], placement: Placement) -> None:
        self._plugs = {number: tuple(evse.connectors) for number, evse in before.items()}
        self._placement = placement

    def places(self, old: Target) -> list[Target]:
        """The place, or the places, that a former one has become."""
        if old.evse is None:
            return [old]
        evse_of = self._placement.evse_of
        if old.connector is not None:
            return [Target(old.charger, evse_of(old.connector), old.connector)]
        plugs = self._plugs.get(old.evse, (old.evse,))
        return [Target(old.charger, number) for number in sorted({evse_of(plug) for plug in plugs})]

    def keys(self, by_place: Mapping[Target, Instant]) -> dict[Target, Instant]:
        return {new: at for old, at in by_place.items() for new in self.places(old)}
