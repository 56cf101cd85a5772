"""THE catalogue of signals: every fact a rule may ask for, with its type, source, scope, meaning and reader.

A new signal is one entry here; rules, explanations, metrics and docs follow from it. Readers return `UNKNOWN` rather
than guess: what a charger reported is unknown while its link is down and until it repeats it after coming back.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from healer.fleet import codes
from healer.fleet.charger import Charger, Facet
from healer.fleet.occupancy import Occupancy, judge
from healer.fleet.place import Connector
from healer.model import UNKNOWN, Instant, OcppVersion, Scope, Status, Target, Unknown

Value: TypeAlias = bool | str | float
"""What a signal may hold. Durations are seconds; versions and choices are text."""

Reading: TypeAlias = Value | frozenset[str] | Unknown
"""A value read from a charger: a set for signals that hold several words (tags)."""

DEAD_AFTER_S: Final = 600.0
"""For `session_active`: a transaction on a faulted charger without energy for this long is no session."""


class ValueType(enum.StrEnum):
    """How a rule file writes the signal's values, and which matchers fit it."""

    BOOLEAN = "yes/no"
    CHOICE = "one of the listed words"
    TEXT = "text"
    NUMBER = "number"
    DURATION = "duration"
    VERSION = "version"
    TEXTS = "a set of texts"


class Source(enum.StrEnum):
    """Where a signal comes from, and so when it is unknown."""

    REPORTED = "reported"
    """By the charger: unknown while its link is down and until re-reported."""
    LINK = "link"
    """Known to us always, but unknown while we settle after a start."""
    DERIVED = "derived"
    """Worked out by us from what we saw."""
    INVENTORY = "inventory"
    """Told by a person or in the boot; stands until told otherwise."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One typed, named fact about one scope of target."""

    name: str
    type: ValueType
    scope: Scope
    source: Source
    facets: frozenset[Facet]
    help: str
    example: str
    read: Callable[[Charger, Target, Instant], Reading]
    since: Callable[[Charger, Target], Instant | None] | None = None
    """Since when the value stands; None when the signal does not change by itself."""
    choices: tuple[str, ...] = ()
    open_choices: bool = False
    """Vendors add words of their own: an unknown word is a warning, not an error."""
    filter_only: bool = False
    """May stand in `where` only: it says which chargers, not what is wrong."""
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class EventSignal:
    """Something that happens at a moment and can be counted over a window."""

    name: str
    help: str
    example: str


# --- readers ------------------------------------------------------------------------------------------------------


def _fresh_connector(charger: Charger, target: Target) -> Connector | None:
    connector = charger.connector_at(target)
    return connector if connector is not None and charger.is_fresh(connector) else None


def _offline(charger: Charger, target: Target, now: Instant) -> Reading:
    if charger.settling:
        return UNKNOWN
    return not charger.heard


def _online(charger: Charger, target: Target, now: Instant) -> Reading:
    if charger.settling:
        return UNKNOWN
    return charger.heard


def _link_since(charger: Charger, target: Target) -> Instant | None:
    # An outage begins at the last frame received, not at its detection.
    return charger.connected_at if charger.heard else charger.last_seen_at


def _status(charger: Charger, target: Target, now: Instant) -> Reading:
    connector = _fresh_connector(charger, target)
    return UNKNOWN if connector is None or connector.status is None else connector.status.value


def _status_since(charger: Charger, target: Target) -> Instant | None:
    connector = charger.connector_at(target)
    return None if connector is None else connector.status_since


def _error_code(charger: Charger, target: Target, now: Instant) -> Reading:
    connector = _fresh_connector(charger, target)
    return UNKNOWN if connector is None else charger.error_code(connector)


def _error_since(charger: Charger, target: Target) -> Instant | None:
    connector = charger.connector_at(target)
    return None if connector is None else connector.error_since


def _vendor_error_code(charger: Charger, target: Target, now: Instant) -> Reading:
    connector = _fresh_connector(charger, target)
    return UNKNOWN if connector is None else connector.vendor_error_code or ""


def _mrec(charger: Charger, target: Target, now: Instant) -> Reading:
    connector = _fresh_connector(charger, target)
    if connector is None:
        return UNKNOWN
    by_name = {name: code for code, name in codes.MREC_NAMES.items()}
    told, code = codes.mrec_of(connector.vendor_error_code), charger.error_code(connector)
    if told is None and code is UNKNOWN:
        return UNKNOWN
    return told or by_name.get(str(code), "")


def _session_active(charger: Charger, target: Target, now: Instant) -> Reading:
    occupancy = judge(charger, target, DEAD_AFTER_S, now).occupancy
    if occupancy is Occupancy.UNKNOWN:
        return UNKNOWN
    return occupancy in {Occupancy.DELIVERING, Occupancy.MAY_DELIVER}


def _session_since(charger: Charger, target: Target) -> Instant | None:
    started = [evse.transaction.started_at for evse in charger.evses_within(target) if evse.transaction is not None]
    return min(started, default=None)


def _text(pick: Callable[[Charger], str | None]) -> Callable[[Charger, Target, Instant], Reading]:
    def read(charger: Charger, target: Target, now: Instant) -> Reading:
        value = pick(charger)
        return UNKNOWN if value is None else value

    return read


def _ocpp(charger: Charger) -> str | None:
    return None if charger.ocpp_version is None else charger.ocpp_version.value


def _catalogue(*signals: Signal) -> Mapping[str, Signal]:
    return MappingProxyType({signal.name: signal for signal in signals})


_LINK = frozenset({Facet.LINK})
_STATUS = frozenset({Facet.STATUS, Facet.LINK})
_SESSION = frozenset({Facet.TRANSACTION, Facet.METER, Facet.STATUS, Facet.LINK})
_IDENTITY = frozenset({Facet.IDENTITY})

SIGNALS: Final = _catalogue(
    Signal(
        "offline",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.LINK,
        _LINK,
        "no connection, or nothing heard for longer than the charger's limit of silence",
        "offline",
        _offline,
        _link_since,
    ),
    Signal(
        "online",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.LINK,
        _LINK,
        "the opposite of offline",
        "online",
        _online,
        _link_since,
    ),
    Signal(
        "status",
        ValueType.CHOICE,
        Scope.CONNECTOR,
        Source.REPORTED,
        _STATUS,
        "what a connector says of itself; 2.x Occupied is refined by its transaction",
        "{status: Faulted}",
        _status,
        _status_since,
        choices=tuple(status.value for status in Status),
    ),
    Signal(
        "error_code",
        ValueType.CHOICE,
        Scope.CONNECTOR,
        Source.REPORTED,
        _STATUS,
        "the error a connector reports, in the words of OCPP 1.6; 2.x components and MREC codes are "
        "mapped, and 2.x Faulted is unknown until its event is told",
        "{error_code: [GroundFailure, OverCurrentFailure]}",
        _error_code,
        _error_since,
        choices=codes.STANDARD_CODES,
        open_choices=True,
    ),
    Signal(
        "vendor_error_code",
        ValueType.TEXT,
        Scope.CONNECTOR,
        Source.REPORTED,
        _STATUS,
        "the vendor's own code beside the standard one; empty when there is none",
        '{vendor_error_code: {like: "E-4*"}}',
        _vendor_error_code,
        _error_since,
    ),
    Signal(
        "mrec",
        ValueType.CHOICE,
        Scope.CONNECTOR,
        Source.REPORTED,
        _STATUS,
        "the ChargeX code (MREC) of the error, where one is told or follows from the error code",
        "{mrec: CX002}",
        _mrec,
        _error_since,
        choices=tuple(codes.MREC_NAMES),
    ),
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
    Signal(
        "firmware",
        ValueType.VERSION,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "the firmware version of the last boot",
        "{firmware: {older_than: 1.10}}",
        _text(lambda charger: charger.firmware),
    ),
    Signal(
        "vendor",
        ValueType.TEXT,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "the vendor of the last boot",
        "{vendor: Acme}",
        _text(lambda charger: charger.vendor),
        filter_only=True,
    ),
    Signal(
        "model",
        ValueType.TEXT,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "the model of the last boot",
        "{model: DC50}",
        _text(lambda charger: charger.model),
        filter_only=True,
    ),
    Signal(
        "ocpp",
        ValueType.CHOICE,
        Scope.CHARGER,
        Source.LINK,
        _LINK,
        "the OCPP version the charger speaks",
        "{ocpp: 1.6}",
        _text(_ocpp),
        choices=tuple(version.value for version in OcppVersion),
        filter_only=True,
    ),
    Signal(
        "charger",
        ValueType.TEXT,
        Scope.CHARGER,
        Source.INVENTORY,
        frozenset({Facet.PLACEMENT}),
        "the charger's identity",
        '{charger: {like: "DEPOT-*"}}',
        _text(lambda charger: charger.id),
        filter_only=True,
    ),
    Signal(
        "site",
        ValueType.TEXT,
        Scope.CHARGER,
        Source.INVENTORY,
        frozenset({Facet.PLACEMENT}),
        "the site the inventory gives the charger; its own name when it gives none",
        "{site: Depot}",
        _text(lambda charger: charger.site),
        filter_only=True,
    ),
    Signal(
        "tag",
        ValueType.TEXTS,
        Scope.CHARGER,
        Source.INVENTORY,
        frozenset({Facet.PLACEMENT}),
        "the tags the inventory gives the charger; any of them may match",
        "{tag: public}",
        lambda charger, target, now: charger.placement.tags,
        filter_only=True,
    ),
    Signal(
        "profile.hangs_in_finishing",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "the model's profile says that it stays in Finishing after the car has gone",
        "{profile: {hangs_in_finishing: yes}}",
        lambda charger, target, now: charger.profile.hangs_in_finishing,
        filter_only=True,
    ),
    Signal(
        "profile.boot_means",
        ValueType.CHOICE,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "what a boot without a reason means on this model",
        "{profile: {boot_means: reboot}}",
        lambda charger, target, now: charger.profile.boot_means.value,
        choices=("evidence", "reboot", "reconnect"),
        filter_only=True,
    ),
    Signal(
        "profile.trigger_boot_reboots",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "asking this model for a BootNotification really restarts it",
        "{profile: {trigger_boot_reboots: yes}}",
        lambda charger, target, now: charger.profile.trigger_boot_reboots,
        filter_only=True,
    ),
)
"""Every signal by the name rules use; `profile.x` is written `profile: {x: ...}`."""

EVENTS: Final[Mapping[str, EventSignal]] = MappingProxyType(
    {
        "reboot": EventSignal(
            "reboot",
            "the charger restarted without being asked to: the 2.x boot reason, or other evidence in 1.6",
            "{event: reboot, count: 4, within: 1h}",
        ),
    }
)
"""Every event that `{event: ..., count: ..., within: ...}` can count; all are of charger scope."""
