"""Who it proves to be: its name, its key, its certificate."""

from __future__ import annotations

from typing import Final

from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.signal import Reading, Signal, Source, ValueType
from healer.model import UNKNOWN, Instant, Scope, Target

DAY_S = 86_400.0
_STANDING = frozenset({Facet.STANDING, Facet.LINK})
_CONTACT = frozenset({Facet.CONTACT, Facet.LINK})


def _duplicate(charger: Charger, target: Target, now: Instant) -> Reading:
    return UNKNOWN if charger.settling else charger.contact.why_duplicate(now) is not None


def _duplicate_since(charger: Charger, target: Target) -> Instant | None:
    return min((rival.since for rival in charger.contact.rivals.values()), default=None)


def _key_unproved(charger: Charger, target: Target, now: Instant) -> Reading:
    return charger.standing.credential.unproved


def _certificate_days_left(charger: Charger, target: Target, now: Instant) -> Reading:
    expires_at = charger.standing.peer.certificate_expires_at
    return UNKNOWN if expires_at is None else float((expires_at - now) // DAY_S)


def _next_day(charger: Charger, now: Instant) -> Instant | None:
    expires_at = charger.standing.peer.certificate_expires_at
    return None if expires_at is None else expires_at - (expires_at - now) // DAY_S * DAY_S + 1.0


SIGNALS: Final = (
    Signal(
        "duplicate_identity",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.LINK,
        _CONTACT,
        "another charger seems to use the same identity: connections that are alive replace each other, or the serial "
        "number changed; ends an hour after the last replacement, a day after the change, when the inventory names "
        "the serial number, or when a person clears the charger",
        "duplicate_identity",
        _duplicate,
        _duplicate_since,
        why=lambda charger, now: charger.contact.why_duplicate(now),
        changes_at=lambda charger, now: charger.contact.rivals_change_at(now),
    ),
    Signal(
        "key_unproved",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.DERIVED,
        _STANDING,
        "it took a new key and has not come back with it: both keys open the door",
        "key_unproved",
        _key_unproved,
        lambda charger, target: charger.standing.credential.accepted_at,
    ),
    Signal(
        "certificate_days_left",
        ValueType.NUMBER,
        Scope.CHARGER,
        Source.DERIVED,
        _STANDING,
        "whole days until the client certificate ends that it showed last; unknown where it showed none",
        "{certificate_days_left: {below: 14}}",
        _certificate_days_left,
        changes_at=_next_day,
        unit="days",
    ),
)
