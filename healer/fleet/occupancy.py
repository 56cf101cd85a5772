"""Is somebody charging here, or about to? Judged per place, and never from a missing fact."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from healer.fleet.charger import Charger
from healer.fleet.place import POWER_MOVES_W, Evse, Transaction
from healer.model import Instant, Seconds, Status, Target

AUTHORIZED_S = 120.0
"""How long after an Authorize a plugged-in car may still begin to charge (ConnectionTimeOut and a margin)."""

METER_FRESH_S = 600.0
"""How long a power reading outside of a transaction counts."""

_IN_USE = frozenset({Status.CHARGING, Status.SUSPENDED_EV, Status.SUSPENDED_EVSE})


class Occupancy(enum.StrEnum):
    """What may be lost by ending whatever happens at a place, from least to most."""

    IDLE = "idle"
    DEAD = "dead"
    """A transaction is open, but the charger is faulted and nothing moves: it protects nobody."""
    UNKNOWN = "unknown"
    MAY_DELIVER = "may deliver"
    DELIVERING = "delivering"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict over a place and the fact that decided it."""

    occupancy: Occupancy
    reason: str
    lifts_at: Instant | None = None
    """When time alone can change the verdict."""

    @property
    def harmless(self) -> bool:
        """Whether an action that ends sessions would harm nobody."""
        return self.occupancy in {Occupancy.IDLE, Occupancy.DEAD}


def judge(charger: Charger, target: Target, dead_after_s: Seconds, now: Instant) -> Judgement:
    """The worst verdict over every evse that an action at `target` touches.

    `dead_after_s`: how long a transaction on a faulted charger must have stood still to count as dead.
    """
    evses = charger.evses_within(target)
    if not evses:
        return Judgement(Occupancy.UNKNOWN, "no connector has ever reported")
    order = list(Occupancy)
    return max(
        (_judge_evse(charger, evse, dead_after_s, now) for evse in evses),
        key=lambda judgement: order.index(judgement.occupancy),
    )


def _judge_evse(charger: Charger, evse: Evse, dead_after_s: Seconds, now: Instant) -> Judgement:
    name = f"evse {evse.number}"
    stale = [connector for connector in evse.connectors.values() if not charger.is_fresh(connector)]
    if stale or not evse.connectors:
        return Judgement(Occupancy.UNKNOWN, f"{name} has not reported since the charger came back")
    statuses = {connector.status for connector in evse.connectors.values()}
    if evse.transaction is not None:
        return _judge_transaction(charger, evse, evse.transaction, dead_after_s, now)
    in_use = sorted(status.value for status in statuses & _IN_USE if status is not None)
    if in_use:
        return Judgement(Occupancy.DELIVERING, f"{name} is {in_use[0]}")
    if evse.power_w is not None and evse.power_w > POWER_MOVES_W and evse.power_at is not None:
        until = evse.power_at + METER_FRESH_S
        if now < until:
            return Judgement(Occupancy.MAY_DELIVER, f"power flows at {name}", until)
    if Status.PREPARING in statuses and evse.authorized_at is not None:
        until = evse.authorized_at + AUTHORIZED_S
        if now < until:
            return Judgement(Occupancy.MAY_DELIVER, f"somebody was just authorised at {name}", until)
    return Judgement(Occupancy.IDLE, f"{name} is idle")


def _judge_transaction(
    charger: Charger, evse: Evse, transaction: Transaction, dead_after_s: Seconds, now: Instant
) -> Judgement:
    faulted = charger.itself.status is Status.FAULTED or all(
        connector.status is Status.FAULTED for connector in evse.connectors.values()
    )
    if not faulted:
        return Judgement(Occupancy.DELIVERING, f"a transaction is open at evse {evse.number}")
    moved_at = transaction.progress_at or transaction.started_at
    since = max([moved_at, *(connector.status_since or moved_at for connector in evse.connectors.values())])
    if now >= since + dead_after_s:
        return Judgement(Occupancy.DEAD, f"the transaction at evse {evse.number} is dead: faulted, no energy")
    return Judgement(
        Occupancy.DELIVERING, f"the transaction at evse {evse.number} may still be alive", since + dead_after_s
    )
