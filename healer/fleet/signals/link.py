"""The link: whether the charger is there, whether it hears us, whether its clock is right."""

from __future__ import annotations

from typing import Final

from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.signal import EventSignal, Reading, Signal, Source, ValueType, text_of
from healer.model import UNKNOWN, Instant, OcppVersion, Scope, Target

_LINK = frozenset({Facet.LINK})
_CONTACT = frozenset({Facet.CONTACT, Facet.LINK})


def _offline(charger: Charger, target: Target, now: Instant) -> Reading:
    if charger.settling or _may_redial(charger, now):
        return UNKNOWN
    return not charger.heard


def _online(charger: Charger, target: Target, now: Instant) -> Reading:
    if charger.settling or _may_redial(charger, now):
        return UNKNOWN
    return charger.heard


def _may_redial(charger: Charger, now: Instant) -> bool:
    """Some models take their time to dial again: until it is over, nobody knows whether they are gone."""
    until = _redials_until(charger, now)
    return until is not None and now < until


def _redials_until(charger: Charger, now: Instant) -> Instant | None:
    if charger.connected or charger.link_lost_at is None or charger.profile.reconnect_s is None:
        return None
    return charger.link_lost_at + charger.profile.reconnect_s


def _link_since(charger: Charger, target: Target) -> Instant | None:
    # An outage begins at the last frame received, not at its detection.
    return charger.connected_at if charger.heard else charger.last_seen_at


def _half_deaf(charger: Charger, target: Target, now: Instant) -> Reading:
    return charger.contact.half_deaf if charger.heard else UNKNOWN


def _clock_skew(charger: Charger, target: Target, now: Instant) -> Reading:
    skew_s = charger.contact.clock.skew_s
    return UNKNOWN if skew_s is None or not charger.heard else abs(skew_s)


def _ocpp(charger: Charger) -> str | None:
    return None if charger.ocpp_version is None else charger.ocpp_version.value


SIGNALS: Final = (
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
        changes_at=_redials_until,
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
        changes_at=_redials_until,
    ),
    Signal(
        "half_deaf",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.DERIVED,
        _CONTACT,
        "it is heard, but answered none of our last 3 commands; unknown from the first such command until one is "
        "answered, also over a new connection",
        "half_deaf",
        _half_deaf,
        lambda charger, target: charger.contact.half_deaf_since,
    ),
    Signal(
        "clock_skew",
        ValueType.DURATION,
        Scope.CHARGER,
        Source.DERIVED,
        frozenset({Facet.CLOCK, Facet.LINK}),
        "how far the charger's clock is off, ahead or behind, by the times in its messages; unknown until 3 of them "
        "came and while the clock stands still",
        "{clock_skew: {above: 5m}}",
        _clock_skew,
    ),
    Signal(
        "ocpp",
        ValueType.CHOICE,
        Scope.CHARGER,
        Source.LINK,
        _LINK,
        "the OCPP version the charger speaks",
        "{ocpp: 1.6}",
        text_of(_ocpp),
        choices=tuple(version.value for version in OcppVersion),
        filter_only=True,
    ),
)

EVENTS: Final = (
    EventSignal(
        "reboot",
        "the charger restarted without being asked to: the 2.x boot reason, or other evidence in 1.6",
        "{event: reboot, count: 4, within: 1h}",
    ),
    EventSignal(
        "watchdog_reboot",
        "2.x: a boot by its watchdog; it counts as a reboot as well",
        "{event: watchdog_reboot, count: 2, within: 1d}",
    ),
    EventSignal(
        "power_loss",
        "a 2.x boot by PowerUp, a transaction that ended by PowerLoss, or CX015; within 10 minutes they count as one",
        "{event: power_loss, count: 2, within: 1d}",
    ),
    EventSignal(
        "disconnect",
        "the link was lost or closed by the charger; not by us, by its restart for a reset of ours, or because a "
        "newer connection replaced it, and not until we have settled after our own start",
        "{event: disconnect, count: 6, within: 1h}",
    ),
    EventSignal(
        "schema_violation",
        "a message that breaks the standard, or is no OCPP at all; at most one a minute is counted",
        "{event: schema_violation, count: 30, within: 1h}",
    ),
)
