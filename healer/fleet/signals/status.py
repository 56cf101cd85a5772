"""What places report of themselves: status and errors, and where they do not."""

from __future__ import annotations

from typing import Final

from healer.fleet import codes
from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.place import Connector
from healer.fleet.signal import EventSignal, Reading, Signal, Source, ValueType
from healer.model import UNKNOWN, Instant, OcppVersion, Scope, Seconds, Status, Target

SILENT_S: Final[Seconds] = 60.0
"""A charger has told how its connectors are so soon after its boot was accepted."""

_STATUS = frozenset({Facet.STATUS, Facet.LINK})
_PLACES = frozenset({Facet.STATUS, Facet.LINK, Facet.PLACES})


def _fresh_connector(charger: Charger, target: Target) -> Connector | None:
    connector = charger.connector_at(target)
    return connector if connector is not None and charger.is_fresh(connector) else None


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


def _problem(charger: Charger, target: Target, now: Instant) -> Reading:
    if not charger.heard or charger.ocpp_version is OcppVersion.V16:
        return UNKNOWN
    return frozenset(trouble.component for trouble in charger.sightings.troubles_at(target))


def _out_of_service(charger: Charger, target: Target, now: Instant) -> Reading:
    return any(held.covers(target) for held in (*charger.out_of_service, *charger.put_back))


def _silent_from(charger: Charger) -> Instant | None:
    """When all connectors must have reported; None where it has not booted on this connection."""
    booted_at, connected_at = charger.booted_at, charger.connected_at
    if not charger.heard or booted_at is None or connected_at is None or booted_at < connected_at:
        return None
    return booted_at + SILENT_S


def _unreported(charger: Charger) -> list[str]:
    return [
        str(charger.place(plug))
        for plug in charger.connectors()
        if charger.epoch not in {plug.epoch, plug.claimed_epoch}
    ]


def _silent_after_boot(charger: Charger, target: Target, now: Instant) -> Reading:
    silent_from = _silent_from(charger)
    if any(charger.connectors()) and charger.heard and not _unreported(charger):
        return False
    return UNKNOWN if silent_from is None or now < silent_from else True


def _why_silent(charger: Charger, now: Instant) -> str | None:
    if not any(charger.connectors()):
        return "no connector has ever reported"
    unreported = _unreported(charger)
    return f"nothing of {', '.join(unreported[:8])}" if unreported else None


def _silence_begins(charger: Charger, now: Instant) -> Instant | None:
    silent_from = _silent_from(charger)
    return silent_from if silent_from is not None and now < silent_from else None


SIGNALS: Final = (
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
        "problem",
        ValueType.TEXTS,
        Scope.CONNECTOR,
        Source.DERIVED,
        _STATUS,
        "2.x: the components, of the connector or of what it is part of, whose Problem the station told and has not "
        "ended since its last boot; any of them may match; unknown in 1.6, which tells of no components",
        "{problem: [TokenReader, PaymentCtrlr]}",
        _problem,
    ),
    Signal(
        "out_of_service",
        ValueType.BOOLEAN,
        Scope.CONNECTOR,
        Source.DERIVED,
        _PLACES,
        "we took it out of service, or a cycle of ours owes it back; who else may have is not known",
        "{status: Unavailable, out_of_service: no}",
        _out_of_service,
    ),
    Signal(
        "silent_after_boot",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.DERIVED,
        _PLACES,
        "its boot was accepted more than 60 s ago, and a known connector (or any at all) has not reported since; "
        "unknown after a mere reconnect",
        "silent_after_boot",
        _silent_after_boot,
        lambda charger, target: _silent_from(charger),
        why=_why_silent,
        changes_at=_silence_begins,
    ),
)

EVENTS: Final = (
    EventSignal(
        "connector_error",
        "an error other than NoError was told that was not told before: 1.6 of a place, 2.x of a component; a "
        "reconnect that repeats it is none",
        "{event: connector_error, count: 3, within: 1d}",
    ),
    EventSignal(
        "phantom_plug",
        "a plug was taken, and free again within 60 s, without a token, charging or a transaction",
        "{event: phantom_plug, count: 2, within: 1h}",
    ),
    EventSignal(
        "emergency_stop",
        "a transaction ended by EmergencyStop, or CX008 was told; it locks the interlock as well",
        "{event: emergency_stop, count: 1, within: 1d}",
    ),
)
