"""Clauses compiled to closures: three-valued, without parsing at run time, each able to explain itself.

Unknown is carried through (Kleene): a clause over a signal nobody knows is neither true nor false. The closures that
decide and the readings that explain come from the same place, so that an explanation cannot disagree with a decision.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from healer.fleet.charger import Charger, Facet
from healer.fleet.occupancy import judge
from healer.fleet.signals import DEAD_AFTER_S, SIGNALS, Reading, Signal, Value, ValueType
from healer.fleet.windows import EventWindow
from healer.model import UNKNOWN, Instant, Scope, Target, Truth, all_of, any_of, format_duration, negation
from healer.rules.rule import All, Any, Clause, Compared, Counted, Like, Not, OneOf, Versioned
from healer.rules.versions import VersionKey, version_key

Test: TypeAlias = Callable[[Charger, Target, Instant], Truth]


@dataclass(frozen=True, slots=True)
class ClauseReading:
    """One line of an explanation."""

    truth: Truth
    sentence: str
    """What the clause asks: `status is Faulted`."""
    now: str = ""
    """What is seen: `Faulted`, `unknown`; empty for a block."""
    since: Instant | None = None
    """Since when that is seen, where the signal knows."""
    depth: int = 0
    """How deep it stands within `any of`, `not` blocks."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A clause ready to be asked."""

    test: Test
    facets: frozenset[Facet]
    """What it reads: another change cannot change its truth."""
    next_change: Callable[[Charger, Target, Instant], Instant | None]
    """When its truth may next change by time alone; None when only an event can change it."""
    explain: Callable[[Charger, Target, Instant], tuple[ClauseReading, ...]]

    @property
    def timed(self) -> bool:
        """Whether time alone can change its truth."""
        return self.next_change is not _never


def compile_clause(clause: Clause) -> Compiled:
    """The clause as closures. At a target wider than a signal's scope the signal is read over the whole target."""
    match clause:
        case OneOf() | Compared() | Versioned() | Like():
            return _compile_signal(clause)
        case Counted():
            return _compile_counted(clause)
        case Not():
            return _compile_not(compile_clause(clause.clause))
        case All():
            return _compile_all(tuple(compile_clause(part) for part in clause.clauses))
        case Any():
            return _compile_any(tuple(compile_clause(part) for part in clause.clauses))


# --- blocks -----------------------------------------------------------------------------------------------------------


def _compile_all(parts: tuple[Compiled, ...]) -> Compiled:
    if len(parts) == 1:
        return parts[0]
    tests = tuple(part.test for part in parts)

    def test(charger: Charger, target: Target, now: Instant) -> Truth:
        result: Truth = True
        for one in tests:
            truth = one(charger, target, now)
            if truth is False:
                return False
            if truth is UNKNOWN:
                result = UNKNOWN
        return result

    def explain(charger: Charger, target: Target, now: Instant) -> tuple[ClauseReading, ...]:
        return tuple(reading for part in parts for reading in part.explain(charger, target, now))

    return Compiled(test, _facets(parts), _earliest(parts), explain)


def _compile_any(parts: tuple[Compiled, ...]) -> Compiled:
    if len(parts) == 1:
        return parts[0]
    tests = tuple(part.test for part in parts)

    def test(charger: Charger, target: Target, now: Instant) -> Truth:
        result: Truth = False
        for one in tests:
            truth = one(charger, target, now)
            if truth is True:
                return True
            if truth is UNKNOWN:
                result = UNKNOWN
        return result

    def explain(charger: Charger, target: Target, now: Instant) -> tuple[ClauseReading, ...]:
        inner = tuple(_grouped(part.explain(charger, target, now)) for part in parts)
        head = ClauseReading(any_of(readings[0].truth for readings in inner), "any of")
        return (head, *_deeper(reading for readings in inner for reading in readings))

    return Compiled(test, _facets(parts), _earliest(parts), explain)


def _compile_not(part: Compiled) -> Compiled:
    inner = part.test

    def test(charger: Charger, target: Target, now: Instant) -> Truth:
        truth = inner(charger, target, now)
        return UNKNOWN if truth is UNKNOWN else not truth

    def explain(charger: Charger, target: Target, now: Instant) -> tuple[ClauseReading, ...]:
        readings = _grouped(part.explain(charger, target, now))
        return (ClauseReading(negation(readings[0].truth), "not"), *_deeper(readings))

    return Compiled(test, part.facets, part.next_change, explain)


def _grouped(readings: tuple[ClauseReading, ...]) -> tuple[ClauseReading, ...]:
    """Readings of which all must hold, under one head when there are several at the top."""
    top = [reading.truth for reading in readings if reading.depth == 0]
    if len(top) == 1:
        return readings
    return (ClauseReading(all_of(top), "all of"), *_deeper(readings))


def _deeper(readings: Iterable[ClauseReading]) -> tuple[ClauseReading, ...]:
    return tuple(replace(reading, depth=reading.depth + 1) for reading in readings)


def _facets(parts: tuple[Compiled, ...]) -> frozenset[Facet]:
    return frozenset[Facet]().union(*(part.facets for part in parts))


def _earliest(parts: tuple[Compiled, ...]) -> Callable[[Charger, Target, Instant], Instant | None]:
    timed = [part for part in parts if part.timed]
    if len(timed) < 2:
        return timed[0].next_change if timed else _never

    def next_change(charger: Charger, target: Target, now: Instant) -> Instant | None:
        moments = [part.next_change(charger, target, now) for part in timed]
        return min((moment for moment in moments if moment is not None), default=None)

    return next_change


# --- signals ----------------------------------------------------------------------------------------------------------

_SignalClause: TypeAlias = OneOf | Compared | Versioned | Like
_Fits: TypeAlias = Callable[[Reading], Truth]


def _compile_signal(clause: _SignalClause) -> Compiled:
    signal = SIGNALS[clause.signal]
    fits = _fits(clause, signal)
    sentence = f"{signal.name} {_wants(clause, signal)}"
    read, scope = signal.read, signal.scope

    def test(charger: Charger, target: Target, now: Instant) -> Truth:
        return fits(read(charger, target, now))

    def test_wider(charger: Charger, target: Target, now: Instant) -> Truth:
        return fits(read(charger, target.widened(scope), now))

    def explain(charger: Charger, target: Target, now: Instant) -> tuple[ClauseReading, ...]:
        place = target.widened(scope)
        value = read(charger, place, now)
        known = value is not UNKNOWN and signal.since is not None
        since = signal.since(charger, place) if known and signal.since is not None else None
        why = signal.why(charger, now) if signal.why is not None else None
        said = _say(value, signal) if why is None else f"{_say(value, signal)} ({why})"
        return (ClauseReading(fits(value), sentence, said, since),)

    chosen = test if scope is Scope.CONNECTOR else test_wider
    return Compiled(chosen, signal.facets, _by_time(signal), explain)


def _by_time(signal: Signal) -> Callable[[Charger, Target, Instant], Instant | None]:
    changes_at = signal.changes_at
    if changes_at is None:
        return _BY_TIME.get(signal.name, _never)
    return lambda charger, target, now: changes_at(charger, now)


def _fits(clause: _SignalClause, signal: Signal) -> _Fits:
    """Whether a known value is the wanted one."""
    match clause:
        case OneOf():
            return _fits_one(clause, signal)
        case Compared():
            return functools.partial(_fits_bounds, clause)
        case Versioned():
            newer, older = (version_key(text) if text else None for text in (clause.newer_than, clause.older_than))
            return functools.partial(_fits_versions, newer, older)
        case Like():
            return functools.partial(_fits_pattern, _pattern(clause.pattern))


def _fits_one(clause: OneOf, signal: Signal) -> _Fits:
    wanted, negated = frozenset(clause.values), clause.negated
    if signal.type is ValueType.VERSION:
        wanted = frozenset(_comparable(value) for value in clause.values)

    def fits(value: Reading) -> Truth:
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(value, frozenset):
            return wanted.isdisjoint(value) is negated
        return (value in wanted) is not negated

    def fits_version(value: Reading) -> Truth:
        if not isinstance(value, str):
            return UNKNOWN
        return (_comparable(value) in wanted) is not negated

    return fits_version if signal.type is ValueType.VERSION else fits


def _comparable(value: Value) -> Value:
    """Versions that are the same in other writing (`1.10`, `v1.10.0`) get the same text."""
    key = version_key(value) if isinstance(value, str) else None
    return value if key is None else repr(key)


def _fits_bounds(clause: Compared, value: Reading) -> Truth:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return UNKNOWN
    return (
        (clause.above is None or value > clause.above)
        and (clause.below is None or value < clause.below)
        and (clause.at_least is None or value >= clause.at_least)
        and (clause.at_most is None or value <= clause.at_most)
    )


def _fits_versions(newer: VersionKey | None, older: VersionKey | None, value: Reading) -> Truth:
    key = version_key(value) if isinstance(value, str) else None
    if key is None:
        return UNKNOWN
    return (newer is None or key > newer) and (older is None or key < older)


def _fits_pattern(pattern: re.Pattern[str], value: Reading) -> Truth:
    if value is UNKNOWN:
        return UNKNOWN
    if isinstance(value, frozenset):
        return any(pattern.fullmatch(word) for word in value)
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _pattern(text: str) -> re.Pattern[str]:
    special = {"*": ".*", "?": "."}
    return re.compile("".join(special.get(letter) or re.escape(letter) for letter in text), re.DOTALL)


# --- words ------------------------------------------------------------------------------------------------------------

_BOUNDS: Final = ("above", "at_least", "below", "at_most")


def _wants(clause: _SignalClause, signal: Signal) -> str:
    match clause:
        case OneOf():
            words = [_say(value, signal) for value in clause.values]
            if len(words) == 1:
                return f"is {'not ' if clause.negated else ''}{words[0]}"
            joined = f"{', '.join(words[:-1])} {'nor' if clause.negated else 'or'} {words[-1]}"
            return f"is neither {joined}" if clause.negated else f"is {joined}"
        case Compared():
            bounds = [(name, _bound(clause, name)) for name in _BOUNDS]
            said = [f"{name.replace('_', ' ')} {_say(bound, signal)}" for name, bound in bounds if bound is not None]
            return "is " + " and ".join(said)
        case Versioned():
            newer = [f"newer than {clause.newer_than}"] if clause.newer_than else []
            older = [f"older than {clause.older_than}"] if clause.older_than else []
            return "is " + " and ".join(newer + older)
        case Like():
            return f"is like {clause.pattern}"


def _bound(clause: Compared, name: str) -> float | None:
    return {"above": clause.above, "at_least": clause.at_least, "below": clause.below, "at_most": clause.at_most}[name]


def _say(value: Reading, signal: Signal) -> str:
    """A value as people read it."""
    if value is UNKNOWN:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    if isinstance(value, str):
        return value or "empty"
    if signal.type is ValueType.DURATION:
        return format_duration(value)
    return f"{value:g}" + (f" {signal.unit}" if signal.unit else "")


# --- time -------------------------------------------------------------------------------------------------------------


def _never(charger: Charger, target: Target, now: Instant) -> Instant | None:
    return None


def _session_may_change(charger: Charger, target: Target, now: Instant) -> Instant | None:
    place = target.widened(SIGNALS["session_active"].scope)
    lifts_at = judge(charger, place, DEAD_AFTER_S, now).lifts_at
    return lifts_at if lifts_at is not None and lifts_at > now else None


_BY_TIME: Final = {"session_active": _session_may_change}
"""Signals whose value changes by time alone, and only the place tells when."""


def _compile_counted(clause: Counted) -> Compiled:
    event, count, within_s = clause.event, clause.count, clause.within_s
    times = "once" if count == 1 else f"{count} times"
    sentence = f"{event} happened {times} or more within {format_duration(within_s)}"

    def window(charger: Charger) -> EventWindow:
        return charger.events.get(event) or EventWindow(charger.watched_since)

    def test(charger: Charger, target: Target, now: Instant) -> Truth:
        return window(charger).reached(count, within_s, now)

    def next_change(charger: Charger, target: Target, now: Instant) -> Instant | None:
        return window(charger).next_change(within_s, now)

    def explain(charger: Charger, target: Target, now: Instant) -> tuple[ClauseReading, ...]:
        seen, watched_s = window(charger), now - window(charger).watched_since
        said = f"{seen.count(within_s, now)} within {format_duration(within_s)}"
        if watched_s < within_s:
            said += f", watched for {format_duration(watched_s)} only"
        return (ClauseReading(seen.reached(count, within_s, now), sentence, said),)

    return Compiled(test, frozenset({Facet.EVENTS}), next_change, explain)
