"""The places of a charger: evses, connectors, and the transactions on them.

Plain mutable state with the little arithmetic that belongs to it; `charger` decides what a message does to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from healer.fleet import codes
from healer.model import Instant, Status
from healer.ocpp.messages import ChargingState

POWER_MOVES_W = 50.0
"""Above this power a car is taken to be charging; below it meters show noise and standby."""

_REFINED: dict[ChargingState, Status] = {
    ChargingState.EV_CONNECTED: Status.PREPARING,
    ChargingState.CHARGING: Status.CHARGING,
    ChargingState.SUSPENDED_EV: Status.SUSPENDED_EV,
    ChargingState.SUSPENDED_EVSE: Status.SUSPENDED_EVSE,
    ChargingState.IDLE: Status.FINISHING,
}


@dataclass(slots=True)
class Transaction:
    """One charging transaction we know to be open."""

    id: str
    evse: int
    connector: int
    started_at: Instant
    meter_start_wh: float | None = None
    charger_time: Instant | None = None
    charging_state: ChargingState | None = None
    energy_wh: float | None = None
    power_w: float | None = None
    progress_at: Instant | None = None
    """When energy or power was last seen to move."""

    def meter(self, energy_wh: float | None, power_w: float | None, now: Instant) -> None:
        """Take in one reading."""
        risen = energy_wh is not None and self.energy_wh is not None and energy_wh > self.energy_wh
        if risen or (power_w is not None and power_w > POWER_MOVES_W):
            self.progress_at = now
        if energy_wh is not None:
            self.energy_wh = energy_wh
        self.power_w = power_w if power_w is not None else self.power_w


@dataclass(slots=True)
class Connector:
    """One plug, or (for `evse` 0) the charger itself as 1.6 reports it for connector 0."""

    evse: int
    connector: int
    reported: Status | None = None
    """The charger's word; None before its first report."""
    occupied: bool = False
    """2.x Occupied, which the evse's transaction refines."""
    error_code: str = codes.NO_ERROR
    vendor_error_code: str | None = None
    info: str | None = None
    epoch: int = -1
    """The charger's epoch in which the status was last reported; an older one is stale."""
    reported_at: Instant | None = None
    unavailable_at: Instant | None = None
    """When it last reported Unavailable."""
    status: Status | None = None
    """`reported`, refined by the transaction where 2.x says only Occupied."""
    status_since: Instant | None = None
    error_since: Instant | None = None

    def refine(self, transaction: Transaction | None, ended: bool, now: Instant) -> bool:
        """Work out `status` from what was reported and what runs on the evse; True if it changed."""
        status = self.reported
        if self.occupied and status is Status.PREPARING:
            if transaction is not None and transaction.charging_state is not None:
                status = _REFINED[transaction.charging_state]
            elif transaction is not None:
                status = Status.CHARGING
            elif ended:
                status = Status.FINISHING
        if status is self.status:
            return False
        self.status, self.status_since = status, now
        return True


@dataclass(slots=True)
class Evse:
    """One place at which one vehicle can charge at a time."""

    number: int
    connectors: dict[int, Connector] = field(default_factory=dict)
    transaction: Transaction | None = None
    closing: Transaction | None = None
    """The last one that ended unseen because its plug became free: some chargers tell that before the end itself."""
    ended_since_occupied: bool = False
    """A transaction ended while the plug stayed occupied: 2.x Occupied then reads as Finishing."""
    authorized_at: Instant | None = None
    """When somebody was last authorised at the charger without a transaction having begun."""
    power_w: float | None = None
    power_at: Instant | None = None
    """The last power reading outside of a transaction's own."""

    def refine(self, now: Instant) -> bool:
        changed = [
            connector.refine(self.transaction, self.ended_since_occupied, now) for connector in self.connectors.values()
        ]
        return any(changed)
