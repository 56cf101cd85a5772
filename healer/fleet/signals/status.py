"""What places report of themselves: status and errors."""

from __future__ import annotations

from typing import Final

from healer.fleet import codes
from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.place import Connector
from healer.fleet.signal import Reading, Signal, Source, ValueType
from healer.model import UNKNOWN, Instant, Scope, Status, Target

_STATUS = frozenset({Facet.STATUS, Facet.LINK})


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
)
