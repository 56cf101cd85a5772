"""The places of a charger: evses, connectors, and the transactions on them.

Plain mutable state with the little arithmetic that belongs to it; `charger` decides what a message does to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from healer.fleet import codes
from healer.fleet.plugs import PlugWatch
from healer.fleet.sensed import Sensed
from healer.fleet.streaks import Streak
from healer.model import Instant, Seconds, Status
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


QUIET_S: Seconds = 30.0
"""A place that told something of the past may go on with it for so long."""

VAIN_BOOTS = 2
"""After so many boots in a row without an answer a place is taken not to exist (any more)."""

IN_USE = frozenset({Status.CHARGING, Status.SUSPENDED_EV, Status.SUSPENDED_EVSE})
FREE = frozenset({Status.AVAILABLE, Status.UNAVAILABLE})


NO_ID_YET = ""
"""The id of a transaction that runs although none is known: none could be given, or none was told."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A transaction that is over, as it is counted."""

    evse: int | None
    energy_wh: float
    metered: bool = True
    """Whether the energy is known; it is 0 otherwise."""
    begun_at: Instant = 0.0
    charger_time: Instant | None = None
    """When it began by the charger's clock; None also where its start was not heard."""
    token_hash: str | None = None


@dataclass(slots=True)
class Transaction:
    """One charging transaction we know to be open."""

    id: str
    evse: int | None
    """None: nobody said where, so it may run at any place of the charger."""
    connector: int | None
    """None: nobody said which plug of the evse, so only all of them together show that it is over."""
    started_at: Instant
    meter_start_wh: float | None = None
    charger_time: Instant | None = None
    charging_state: ChargingState | None = None
    energy_wh: float | None = None
    power_w: float | None = None
    progress_at: Instant | None = None
    """When energy or power was last seen to move."""
    metered_at: Instant | None = None
    """The last reading since it began; without one, that nothing moves is not known."""
    token_hash: str | None = None
    """Tells whose it is from that of others; see `tokens`."""
    told_at: Instant | None = None
    """The charger's time in the last event of 2.x that was heard of it."""
    number: int | None = None
    """The number of that event."""
    flat_since: Instant | None = None
    """Since when its readings show that nothing moves; None while something does, or there was only one."""
    doubted_since: Instant | None = None
    """Since when it may have ended unseen: the charger booted, or told of an old start at a free plug, and then nothing
    more of it."""

    def doubt(self, now: Instant) -> None:
        """It may have ended unseen."""
        if self.doubted_since is None:
            self.doubted_since = now

    def confirm(self) -> None:
        """The charger spoke of it as of one that runs."""
        self.doubted_since = None

    def is_late(self, number: int | None, charger_time: Instant | None) -> bool:
        """Whether an event of it is older than one that was heard before."""
        if number is None or self.number is None or charger_time is None or self.told_at is None:
            return False
        return number < self.number and charger_time <= self.told_at

    def finished(self, meter_stop_wh: float | None = None) -> Finished:
        """What is to be counted of it now that it is over."""
        last = meter_stop_wh if meter_stop_wh is not None else self.energy_wh
        known = last is not None and self.meter_start_wh is not None
        energy_wh = max(0.0, (last or 0.0) - (self.meter_start_wh or 0.0)) if known else 0.0
        return Finished(self.evse, energy_wh, known, self.started_at, self.charger_time, self.token_hash)

    def meter(self, energy_wh: float | None, power_w: float | None, now: Instant) -> None:
        """Take in one reading. The first stands for the beginning where that was not told."""
        if energy_wh is not None or power_w is not None:
            self.metered_at = now
        compared = energy_wh is not None and self.energy_wh is not None
        risen = energy_wh is not None and self.energy_wh is not None and energy_wh > self.energy_wh
        if risen or (power_w is not None and power_w > POWER_MOVES_W):
            self.progress_at, self.flat_since = now, None
        elif self.flat_since is None and (compared or power_w is not None):
            self.flat_since = now
        if energy_wh is not None:
            self.energy_wh = energy_wh
            self.meter_start_wh = energy_wh if self.meter_start_wh is None else self.meter_start_wh
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
    claimed_epoch: int = -1
    """The epoch in which its last report was dated long before: stale until it is believed, as nothing better comes.
    Even then it does not show that nobody is plugged in."""
    reported_at: Instant | None = None
    unavailable_at: Instant | None = None
    """When it last reported Unavailable."""
    status: Status | None = None
    """`reported`, refined by the transaction where 2.x says only Occupied."""
    status_since: Instant | None = None
    error_since: Instant | None = None
    plugged_epoch: int = -1
    """The epoch in which it was seen to go from Available to Occupied: nothing can have run there before."""
    vain_boots: int = 0
    """After so many boots in a row it was asked for its status and did not answer."""
    vain_boot: Instant | None = None
    """The last of those boots."""
    watch: PlugWatch = field(default_factory=PlugWatch)

    @property
    def in_use(self) -> bool:
        """Whether a car has its session here, by the connector's own word."""
        return self.status in IN_USE

    @property
    def vacant(self) -> bool:
        """Whether its last word was that nobody is plugged in."""
        return self.reported in FREE

    def is_claim(self, epoch: int) -> bool:
        """Whether its last word of this epoch was dated long before, and is not believed yet."""
        return self.claimed_epoch == epoch != self.epoch

    def may_be_believed(self, epoch: int, now: Instant, *, runs: bool) -> bool:
        """Whether such a word may be taken as said now, if nothing better comes.

        Not while more of the past may follow it, and not that the plug is free where a transaction runs.
        """
        quiet = self.reported_at is not None and now >= self.reported_at + QUIET_S
        return self.is_claim(epoch) and quiet and not (runs and self.vacant)

    def asked_in_vain(self, booted_at: Instant | None) -> bool:
        """It was asked after this boot and did not tell; True if it seems not to exist (any more)."""
        if booted_at != self.vain_boot:
            self.vain_boot = booted_at
            self.vain_boots += 1
        return self.vain_boots >= VAIN_BOOTS

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
    """The last one that ended unseen, since its plug became free or another one began: its end may still be told."""
    ended_epoch: int | None = None
    """The epoch in which a transaction ended while the plug stayed occupied: 2.x Occupied then reads as Finishing."""
    authorized_at: Instant | None = None
    """When somebody was last authorised at the charger without a transaction having begun."""
    power_w: float | None = None
    """The last power reading outside of a transaction's own."""
    energy_wh: float | None = None
    energy_at: Instant | None = None
    """The last energy reading outside of a transaction's own, in this epoch."""
    moved_at: Instant | None = None
    """When energy or power was last seen to move outside of a transaction."""
    streak: Streak = field(default_factory=Streak)
    sensed: Sensed = field(default_factory=Sensed)

    def refine(self, now: Instant) -> bool:
        ended = self.ended_epoch is not None
        changed = [connector.refine(self.transaction, ended, now) for connector in self.connectors.values()]
        return any(changed)

    def begin(self, transaction: Transaction) -> Transaction | None:
        """A transaction runs here, so whatever else ran here has ended unseen; the one whose end is awaited no more."""
        former = self.transaction
        given_up = self._close(former) if former is not None and former.id not in {NO_ID_YET, transaction.id} else None
        if self.closing is not None and self.closing.id == transaction.id:
            self.closing = None
        self.transaction = transaction
        self.authorized_at = None
        self._forget_meter()
        return given_up

    def end(self, epoch: int) -> None:
        """The transaction was said to have ended; the car may still be there."""
        self.transaction = None
        self.ended_epoch = epoch
        self._forget_meter()

    def vacate(self) -> Transaction | None:
        """Nobody is plugged in, so whatever ran here has ended unseen; the one whose end is awaited no more."""
        given_up = self._close(self.transaction) if self.transaction is not None else None
        self.transaction = None
        self.ended_epoch = None
        self._forget_meter()
        return given_up

    def _close(self, ended: Transaction) -> Transaction | None:
        given_up, self.closing = self.closing, ended
        return given_up if given_up is not None and given_up.id != ended.id else None

    def _forget_meter(self) -> None:
        """What was read before a transaction began or ended says nothing of the time after."""
        self.power_w = self.energy_wh = self.moved_at = None

    def meter(self, energy_wh: float | None, power_w: float | None, now: Instant) -> bool:
        """Take in a reading outside of a transaction; True if energy has flowed since the one before."""
        if power_w is not None:
            self.power_w = power_w
            self.moved_at = now if power_w > POWER_MOVES_W else None
        if energy_wh is None:
            return False
        before_wh, before_at = self.energy_wh, self.energy_at
        self.energy_wh, self.energy_at = energy_wh, now
        if before_wh is None or before_at is None:
            return False
        mean_w = (energy_wh - before_wh) * 3600 / max(now - before_at, 1.0)
        if mean_w <= POWER_MOVES_W:
            return False
        self.moved_at = now
        return True

    def forget_energy(self) -> None:
        """A charger that comes back may have charged meanwhile: what its meter showed before is no beginning."""
        self.energy_wh = None
