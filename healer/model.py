"""The words every other module speaks: ids, targets, statuses, severities, truth.

Values only: no behaviour beyond comparing, printing and combining. Nothing here knows OCPP's wire,
rules or healing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NewType, TypeAlias

ChargerId = NewType("ChargerId", str)
"""The identity under which a charger connects: the last segment of its OCPP path, percent-decoded."""

ConnectionId = NewType("ConnectionId", str)
"""One websocket connection. A charger that reconnects gets a new one, so late frames cannot be confused."""

Instant: TypeAlias = float
"""Seconds on the engine's timeline: Unix time at the daemon's start plus monotonic time since."""

Seconds: TypeAlias = float
"""A length of time."""


class Unknown(enum.Enum):
    """The one value of a fact we do not know. It never fires, heals or resolves anything."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("unknown is neither true nor false; compare with `is UNKNOWN`, `is True` or `is False`")


UNKNOWN: Final = Unknown.UNKNOWN

Truth: TypeAlias = bool | Unknown
"""Three-valued truth (Kleene)."""


def all_of(truths: Iterable[Truth]) -> Truth:
    """False if any is false, else unknown if any is unknown, else true."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is UNKNOWN:
            result = UNKNOWN
    return result


def any_of(truths: Iterable[Truth]) -> Truth:
    """True if any is true, else unknown if any is unknown, else false."""
    result: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is UNKNOWN:
            result = UNKNOWN
    return result


def negation(truth: Truth) -> Truth:
    """The opposite; unknown stays unknown."""
    return UNKNOWN if truth is UNKNOWN else not truth


class OcppVersion(enum.StrEnum):
    """The OCPP version a connection speaks."""

    V16 = "1.6"
    V201 = "2.0.1"
    V21 = "2.1"

    @property
    def subprotocol(self) -> str:
        """The websocket subprotocol that stands for the version."""
        return f"ocpp{self.value}"


class Scope(enum.IntEnum):
    """How narrow a target is; the larger, the narrower."""

    CHARGER = 0
    EVSE = 1
    CONNECTOR = 2


@dataclass(frozen=True, slots=True)
class Target:
    """What a signal, an incident or an action is about.

    `evse` and `connector` carry the numbers that the charger itself uses. In OCPP 1.6 a connector's number is
    unique on the charger (connector 0, the charger itself, is `Target(charger)`); in 2.x it counts within its evse.
    """

    charger: ChargerId
    evse: int | None = None
    connector: int | None = None

    @property
    def scope(self) -> Scope:
        if self.evse is None:
            return Scope.CHARGER
        return Scope.EVSE if self.connector is None else Scope.CONNECTOR

    @property
    def sort_key(self) -> tuple[str, int, int]:
        return (self.charger, -1 if self.evse is None else self.evse, -1 if self.connector is None else self.connector)

    def covers(self, other: Target) -> bool:
        """Whether `other` is this target or a part of it."""
        return (
            self.charger == other.charger
            and (self.evse is None or self.evse == other.evse)
            and (self.connector is None or self.connector == other.connector)
        )

    def widened(self, scope: Scope) -> Target:
        """The same place seen at a wider (or the same) scope."""
        if scope is Scope.CHARGER:
            return Target(self.charger)
        if scope is Scope.EVSE:
            return Target(self.charger, self.evse)
        return self

    def __str__(self) -> str:
        if self.evse is None:
            return self.charger
        if self.connector is None:
            return f"{self.charger} evse {self.evse}"
        return f"{self.charger} evse {self.evse} connector {self.connector}"


class Status(enum.StrEnum):
    """What a connector (or, in 1.6, the charger as connector 0) says of itself: OCPP 1.6 section 4.9.

    OCPP 2.x knows only Available, Occupied, Reserved, Unavailable and Faulted; `healer.fleet` refines Occupied by
    the transaction's charging state into this vocabulary.
    """

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class Severity(enum.StrEnum):
    """How loudly somebody is told. Ordered from quiet to loud; a ticket is work for office hours."""

    INFO = "info"
    TICKET = "ticket"
    WARNING = "warning"
    CRITICAL = "critical"
    PAGE = "page"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Mode(enum.StrEnum):
    """How far healing may go, from strictest to freest; where several apply, the strictest wins."""

    OFF = "off"
    DRY_RUN = "dry-run"
    ASK = "ask"
    AUTO = "auto"

    @property
    def rank(self) -> int:
        return list(Mode).index(self)

    @staticmethod
    def strictest(*modes: Mode) -> Mode:
        return min(modes, key=lambda mode: mode.rank)


def format_duration(seconds: Seconds) -> str:
    """A length of time as rule files write it: `90` -> `1m30s`, `0.4` -> `0s`, `None`-free and never negative."""
    rest = max(0, round(seconds))
    if rest == 0:
        return "0s"
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2])
