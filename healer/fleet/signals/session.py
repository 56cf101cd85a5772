"""Whether somebody charges."""

from __future__ import annotations

from typing import Final

from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.occupancy import Occupancy, judge
from healer.fleet.signal import DEAD_AFTER_S, Reading, Signal, Source, ValueType
from healer.model import UNKNOWN, Instant, Scope, Target

_SESSION = frozenset({Facet.TRANSACTION, Facet.METER, Facet.STATUS, Facet.LINK})


def _session_active(charger: Charger, target: Target, now: Instant) -> Reading:
    occupancy = judge(charger, target, DEAD_AFTER_S, now).occupancy
    if occupancy is Occupancy.UNKNOWN:
        return UNKNOWN
    return occupancy in {Occupancy.DELIVERING, Occupancy.MAY_DELIVER}


def _session_since(charger: Charger, target: Target) -> Instant | None:
    started = [evse.transaction.started_at for evse in charger.evses_within(target) if evse.transaction is not None]
    return min(started, default=None)


SIGNALS: Final = (
    Signal(
        "session_active",
        ValueType.BOOLEAN,
        Scope.EVSE,
        Source.DERIVED,
        _SESSION,
        "somebody charges here or is about to",
        "{session_active: no}",
        _session_active,
        _session_since,
    ),
)
