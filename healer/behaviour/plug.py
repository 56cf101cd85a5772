"""One plug of a simulated charger (or, as number 0, the charger itself): its state and how that reads in OCPP."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from healer.fleet import codes
from healer.model import Instant, OcppVersion, Seconds, Status
from healer.ocpp import messages

_OCCUPIED: Final = frozenset({Status.PREPARING, Status.CHARGING, Status.SUSPENDED_EV, Status.FINISHING})


class Stage(enum.Enum):
    """How far a visit of a car has come."""

    FREE = Status.AVAILABLE
    PLUGGED = Status.PREPARING
    CHARGING = Status.CHARGING
    FINISHING = Status.FINISHING


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in the words of 1.6."""

    error_code: str
    vendor_error_code: str | None = None

    @property
    def healable(self) -> bool:
        """Whether a command can heal it: what endangers people needs hands."""
        return not codes.is_safety(self.error_code, self.vendor_error_code)


@dataclass(slots=True)
class Session:
    """One transaction, from StartTransaction to StopTransaction."""

    id: str | None
    """1.6: None until the central system gave it."""
    metered_at: Instant
    suspended: bool = False
    """The car draws nothing."""
    start: messages.TransactionStarted | None = None
    """What was told of its beginning."""


@dataclass(slots=True)
class Plug:
    """One place at which a cable ends. 1.6: connector n; 2.0.1: connector 1 of evse n."""

    number: int
    version: OcppVersion
    stage: Stage = Stage.FREE
    operative: bool = True
    leaving: bool = False
    """It becomes inoperative when its session has ended."""
    hides_cable: bool = False
    """It does not tell that a cable is plugged in while nobody charges."""
    ghost: Status | None = None
    """What it takes for a car where there is none."""
    fault: Fault | None = None
    hung: bool = False
    """It stays in Finishing although the car has gone."""
    session: Session | None = None
    meter_wh: float = 0.0
    told_status: tuple[str | None, ...] | None = None
    """What it last reported in this connection."""
    told_problem: Fault | None = None
    """2.x: the problem whose end has yet to be told."""

    @property
    def status(self) -> Status:
        if self.session is not None:
            return Status.SUSPENDED_EV if self.session.suspended else Status.CHARGING
        if not self.operative:
            return Status.UNAVAILABLE
        if self.fault is not None:
            return Status.FAULTED
        if self.ghost is not None:
            return self.ghost
        return Stage.FREE.value if self.hides_cable else self.stage.value

    @property
    def evse(self) -> int | None:
        return None if self.version is OcppVersion.V16 or self.number == 0 else self.number

    @property
    def connector(self) -> int | None:
        if self.number == 0:
            return None
        return self.number if self.version is OcppVersion.V16 else 1

    def heal(self) -> None:
        """A command worked: what can be healed from afar is gone."""
        if self.fault is not None and self.fault.healable:
            self.fault = None
        self.ghost = None
        if self.hung:
            self.hung, self.stage = False, Stage.FREE

    def meter(self, power_w: float, now: Instant) -> messages.Meter:
        """Count the energy delivered until now and read the meter."""
        drawn = power_w if self.session is not None and not self.session.suspended else 0.0
        if self.session is not None:
            passed_s: Seconds = max(0.0, now - self.session.metered_at)
            self.meter_wh += drawn * passed_s / 3600
            self.session.metered_at = now
        return messages.Meter(energy_wh=round(self.meter_wh, 1), power_w=drawn, charger_time=now)

    @property
    def tellable(self) -> tuple[str | None, ...]:
        """The status in the version's words, with 1.6's error code and vendor error code."""
        status = self.status
        if self.version is not OcppVersion.V16:
            return ("Occupied" if status in _OCCUPIED else status.value,)
        if self.fault is None:
            return status.value, codes.NO_ERROR, None
        code, vendor_code = self.fault.error_code, self.fault.vendor_error_code
        if code not in codes.STANDARD_CODES:
            code, vendor_code = "OtherError", vendor_code or code
        return status.value, code, vendor_code

    def status_report(
        self, now: Instant, *, by_event: bool = False
    ) -> messages.StatusReported | messages.ComponentsReported | None:
        """The status as it is told; None for what 2.x cannot say: that of the station itself.

        `by_event`: in 2.x, as an event instead of a StatusNotification.
        """
        told = self.tellable
        if self.version is OcppVersion.V16:
            word, code, vendor_code = told
            return messages.StatusReported(
                None,
                self.connector,
                self.status,
                error_code=code,
                vendor_error_code=vendor_code,
                charger_time=now,
                raw_status=word,
            )
        if self.number == 0:
            return None
        if by_event:
            state = messages.ComponentEvent(
                "Connector", "AvailabilityState", told[0] or "", self.evse, self.connector, charger_time=now
            )
            return messages.ComponentsReported((state,))
        occupied = self.status in _OCCUPIED
        return messages.StatusReported(
            self.evse,
            self.connector,
            Status.PREPARING if occupied else self.status,
            occupied,
            charger_time=now,
            raw_status=told[0],
        )

    def problem_report(self, fault: Fault, now: Instant, *, cleared: bool) -> messages.ComponentsReported:
        """2.x NotifyEvent on the variable Problem: what is wrong, or that it no longer is."""
        event = messages.ComponentEvent(
            component="ChargingStation" if self.number == 0 else "Connector",
            variable="Problem",
            actual_value="false" if cleared else "true",
            evse=self.evse,
            connector=self.connector,
            tech_code=fault.error_code,
            tech_info=fault.vendor_error_code,
            cleared=cleared,
            charger_time=now,
        )
        return messages.ComponentsReported((event,))
