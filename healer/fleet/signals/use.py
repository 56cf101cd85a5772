"""Whether anybody uses it, beside the other chargers of its site."""

from __future__ import annotations

from typing import Final

from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.signal import Reading, Signal, Source, ValueType
from healer.model import UNKNOWN, Instant, Scope, Seconds, Target

DAY_S: Final[Seconds] = 86_400.0
_USE = frozenset({Facet.TRANSACTION, Facet.LINK, Facet.PLACEMENT})


def _unused_since(charger: Charger) -> Instant:
    sightings = charger.sightings
    known_since = charger.watched_since if sightings.known_since is None else sightings.known_since
    return known_since if sightings.used_at is None else sightings.used_at


def _days(since: Instant, now: Instant) -> float:
    return max(0.0, (now - since) // DAY_S)


def _days_without_session(charger: Charger, target: Target, now: Instant) -> Reading:
    if not charger.heard:
        return UNKNOWN
    return 0.0 if any(charger.transactions()) else _days(_unused_since(charger), now)


def _others_used_at(charger: Charger) -> Instant | None:
    return charger.sightings.neighbours.others_used_at(charger.site, charger.id)


def _site_days_without_session(charger: Charger, target: Target, now: Instant) -> Reading:
    used_at = _others_used_at(charger)
    return UNKNOWN if used_at is None else _days(used_at, now)


def _next_day(since: Instant, now: Instant) -> Instant:
    # A second late, so that no rounding keeps it within the day before.
    return since + (_days(since, now) + 1) * DAY_S + 1.0


SIGNALS: Final = (
    Signal(
        "days_without_session",
        ValueType.NUMBER,
        Scope.CHARGER,
        Source.DERIVED,
        _USE,
        "whole days since a session began or ended on the charger, or since it was first heard of; unknown while it is "
        "away, for it may charge without us",
        "{days_without_session: {at_least: 14}, site_days_without_session: {below: 2}}",
        _days_without_session,
        changes_at=lambda charger, now: _next_day(_unused_since(charger), now),
        unit="days",
    ),
    Signal(
        "site_days_without_session",
        ValueType.NUMBER,
        Scope.CHARGER,
        Source.DERIVED,
        _USE,
        "the same of the *other* chargers of its site, of the one used last; unknown where none of them was ever used. "
        "Looked at when something happens on this charger, and each day",
        "{days_without_session: {at_least: 14}, site_days_without_session: {below: 2}}",
        _site_days_without_session,
        changes_at=lambda charger, now: (
            None if (used_at := _others_used_at(charger)) is None else _next_day(used_at, now)
        ),
        unit="days",
    ),
)
