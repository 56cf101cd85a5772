"""Whether somebody charges, and whether anything comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.occupancy import Occupancy, judge, may_hide_a_transaction
from healer.fleet.place import IN_USE, Transaction
from healer.fleet.sensed import FRESH_S
from healer.fleet.signal import DEAD_AFTER_S, EventSignal, Reading, Signal, Source, ValueType
from healer.fleet.streaks import MOST_TOKENS, Streak
from healer.model import UNKNOWN, Instant, Scope, Target

_SESSION = frozenset({Facet.TRANSACTION, Facet.METER, Facet.STATUS, Facet.LINK})
_ENDED = frozenset({Facet.TRANSACTION, Facet.LINK})


def _session_active(charger: Charger, target: Target, now: Instant) -> Reading:
    occupancy = judge(charger, target, DEAD_AFTER_S, now).occupancy
    if occupancy is Occupancy.UNKNOWN:
        return UNKNOWN
    return occupancy in {Occupancy.DELIVERING, Occupancy.MAY_DELIVER}


def _session_since(charger: Charger, target: Target) -> Instant | None:
    started = [evse.transaction.started_at for evse in charger.evses_within(target) if evse.transaction is not None]
    return min(started, default=None)


def _transaction(charger: Charger, target: Target) -> Transaction | None:
    evse = charger.evses.get(target.evse or 0)
    return None if evse is None else evse.transaction


def _transaction_open(charger: Charger, target: Target, now: Instant) -> Reading:
    evse = charger.evses.get(target.evse or 0)
    if evse is None or not charger.heard:
        return UNKNOWN
    if evse.transaction is not None:
        return UNKNOWN if evse.transaction.doubted_since is not None else True
    for plug in evse.connectors.values():
        if not charger.is_fresh(plug) or plug.status in IN_USE or may_hide_a_transaction(charger, evse, plug):
            return UNKNOWN
    return UNKNOWN if charger.somewhere else False


def _transaction_since(charger: Charger, target: Target) -> Instant | None:
    transaction = _transaction(charger, target)
    return None if transaction is None else transaction.started_at


def _no_progress(charger: Charger, target: Target, now: Instant) -> Reading:
    transaction = _transaction(charger, target)
    if transaction is None:
        return False if _transaction_open(charger, target, now) is False else UNKNOWN
    read_at, since = transaction.metered_at, charger.epoch_since
    if not charger.heard or read_at is None or since is None or transaction.doubted_since is not None:
        return UNKNOWN
    if read_at < since or now >= read_at + FRESH_S:
        return UNKNOWN
    if transaction.flat_since is not None:
        return True
    return UNKNOWN if transaction.progress_at is None else False


def _flat_since(charger: Charger, target: Target) -> Instant | None:
    transaction = _transaction(charger, target)
    return None if transaction is None else transaction.flat_since


def _readings_age_at(charger: Charger, now: Instant) -> Instant | None:
    read_at = (one.metered_at for one in charger.transactions() if one.metered_at is not None)
    return min((at + FRESH_S for at in read_at if at + FRESH_S > now), default=None)


def _in_a_row(pick: Callable[[Streak], int]) -> Callable[[Charger, Target, Instant], Reading]:
    def read(charger: Charger, target: Target, now: Instant) -> Reading:
        evse = charger.evses.get(target.evse or 0)
        return UNKNOWN if evse is None or not charger.heard else float(pick(evse.streak))

    return read


SIGNALS: Final = (
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
        "transaction_open",
        ValueType.BOOLEAN,
        Scope.EVSE,
        Source.DERIVED,
        _SESSION,
        "a transaction was begun here and is not over; unknown where it may have ended, or begun, unseen",
        "{transaction_open: yes}",
        _transaction_open,
        _transaction_since,
    ),
    Signal(
        "no_progress",
        ValueType.BOOLEAN,
        Scope.EVSE,
        Source.DERIVED,
        _SESSION,
        "a transaction is open and its readings stand still: no more energy than before, and no power; a car that is "
        "full or waits does so as well, so ask for the status beside it; unknown without two readings of the last "
        "half hour",
        "{status: Charging, no_progress: yes}",
        _no_progress,
        _flat_since,
        changes_at=_readings_age_at,
    ),
    Signal(
        "zero_energy_sessions",
        ValueType.NUMBER,
        Scope.EVSE,
        Source.DERIVED,
        _ENDED,
        "sessions in a row that ended with less than 0.1 kWh; those of unknown energy, those that were not allowed and "
        "those told after the fact neither count nor break the row",
        "{zero_energy_sessions: {at_least: 3}}",
        _in_a_row(lambda streak: streak.zero_energy),
    ),
    Signal(
        "zero_energy_tokens",
        ValueType.NUMBER,
        Scope.EVSE,
        Source.DERIVED,
        _ENDED,
        f"how many different tokens began these sessions, up to {MOST_TOKENS}: of one driver the car may be at fault",
        "{zero_energy_sessions: {at_least: 3}, zero_energy_tokens: {at_least: 2}}",
        _in_a_row(lambda streak: len(streak.tokens)),
    ),
    Signal(
        "short_sessions",
        ValueType.NUMBER,
        Scope.EVSE,
        Source.DERIVED,
        _ENDED,
        "sessions in a row that took less than 5 minutes, whatever they brought; counted as in zero_energy_sessions",
        "{short_sessions: {at_least: 3}}",
        _in_a_row(lambda streak: streak.short),
    ),
)

EVENTS: Final = (
    EventSignal(
        "authorization_failure",
        "we refused a token, or the charger ended a running transaction as not authorised (DeAuthorized)",
        "{event: authorization_failure, count: 10, within: 1h}",
    ),
    EventSignal(
        "lost_transaction_id",
        "1.6: a meter reading of a running transaction, or the end of one, named an id that is none (-1, 0, null) or "
        "was never given; at most one a minute is counted",
        "{event: lost_transaction_id, count: 4, within: 1d}",
    ),
    EventSignal(
        "meter_jump",
        "the energy of a running transaction went back, or rose by more than 10 kWh faster than 1 MW; at most one a "
        "minute is counted",
        "{event: meter_jump, count: 1, within: 1d}",
    ),
)
