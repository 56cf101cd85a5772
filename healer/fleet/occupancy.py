"""Is somebody charging here, or about to? Judged per place, and never from a missing fact."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from healer.fleet.charger import Charger
from healer.fleet.place import IN_USE, Connector, Evse, Transaction
from healer.model import Instant, Seconds, Status, Target

AUTHORIZED_S = 120.0
"""How long after an Authorize a plugged-in car may still begin to charge (ConnectionTimeOut and a margin)."""

METER_FRESH_S = 600.0
"""How long energy that moves outside of a transaction counts."""


class Occupancy(enum.StrEnum):
    """What may be lost by ending whatever happens at a place, from least to most."""

    IDLE = "idle"
    DEAD = "dead"
    """A transaction is open, but nothing moves, and the charger is faulted or may not have told its end: it
    protects nobody."""
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
    judgements = [_judge_evse(charger, evse, dead_after_s, now) for evse in evses]
    if charger.somewhere:
        judgements.append(Judgement(Occupancy.UNKNOWN, "a transaction is open, and nobody said at which evse"))
    order = list(Occupancy)
    return max(judgements, key=lambda judgement: order.index(judgement.occupancy))


def _judge_evse(charger: Charger, evse: Evse, dead_after_s: Seconds, now: Instant) -> Judgement:
    name = f"evse {evse.number}"
    stale = [connector for connector in evse.connectors.values() if not charger.is_fresh(connector)]
    if stale or not evse.connectors:
        return Judgement(Occupancy.UNKNOWN, f"{name} has not reported since the charger came back")
    statuses = {connector.status for connector in evse.connectors.values()}
    if evse.transaction is not None:
        return _judge_transaction(charger, evse, evse.transaction, dead_after_s, now)
    in_use = sorted(status.value for status in statuses & IN_USE if status is not None)
    if in_use:
        return Judgement(Occupancy.DELIVERING, f"{name} is {in_use[0]}")
    if evse.moved_at is not None:
        until = evse.moved_at + METER_FRESH_S
        if now < until:
            return Judgement(Occupancy.MAY_DELIVER, f"power flows at {name}", until)
    if Status.PREPARING in statuses and evse.authorized_at is not None:
        until = evse.authorized_at + AUTHORIZED_S
        if now < until:
            return Judgement(Occupancy.MAY_DELIVER, f"somebody was just authorised at {name}", until)
    if any(may_hide_a_transaction(charger, evse, connector) for connector in evse.connectors.values()):
        return Judgement(Occupancy.UNKNOWN, f"{name} is occupied, and nobody said whether by a transaction")
    return Judgement(Occupancy.IDLE, f"{name} is idle")


def may_hide_a_transaction(charger: Charger, evse: Evse, connector: Connector) -> bool:
    """2.x Occupied says nothing by itself: the car may have come, and its transaction begun, before we watched."""
    seen = charger.epoch in {connector.plugged_epoch, evse.ended_epoch}
    return connector.occupied and not seen


def _judge_transaction(
    charger: Charger, evse: Evse, transaction: Transaction, dead_after_s: Seconds, now: Instant
) -> Judgement:
    statuses = {connector.status for connector in evse.connectors.values()}
    all_faulted = charger.is_fresh(charger.itself) and charger.itself.status is Status.FAULTED
    faulted = all_faulted or statuses == {Status.FAULTED}
    doubted_since = transaction.doubted_since
    if statuses & IN_USE or not (faulted or doubted_since is not None):
        return Judgement(Occupancy.DELIVERING, f"a transaction is open at evse {evse.number}")
    moved_at = transaction.progress_at or transaction.started_at
    since = max(
        [
            moved_at,
            doubted_since or moved_at,
            *(connector.status_since or moved_at for connector in evse.connectors.values()),
        ]
    )
    if now >= since + dead_after_s and doubted_since is not None:
        return Judgement(Occupancy.DEAD, f"the transaction at evse {evse.number} may have ended unseen")
    if now >= since + dead_after_s and transaction.metered_at is None:
        return Judgement(Occupancy.UNKNOWN, f"the transaction at evse {evse.number} was never metered")
    if now >= since + dead_after_s:
        return Judgement(Occupancy.DEAD, f"the transaction at evse {evse.number} is dead: faulted, no energy")
    return Judgement(
        Occupancy.DELIVERING, f"the transaction at evse {evse.number} may still be alive", since + dead_after_s
    )
