"""Clauses that can never hold together: `status` cannot be Faulted and Available in one breath."""

from __future__ import annotations

from collections.abc import Iterator

from healer.documents import Mark
from healer.fleet.signals import SIGNALS, Value, ValueType
from healer.rules.rule import All, Any, Clause, Compared, Not, OneOf


def contradictions(clause: Clause) -> Iterator[tuple[str, Mark | None]]:
    """Each signal of which two clauses want what it cannot be at once, with the place of the later one."""
    match clause:
        case All():
            together = tuple(_together(clause))
            yield from _values(part for part in together if isinstance(part, OneOf))
            yield from _bounds(part for part in together if isinstance(part, Compared))
            for part in together:
                yield from contradictions(part)
        case Any():
            for part in clause.clauses:
                yield from contradictions(part)
        case Not():
            return  # the opposite of what can never hold always holds: odd, but no contradiction
        case _:
            return


def _together(clause: Clause) -> Iterator[Clause]:
    """Everything that must hold at once, blocks of `all` taken apart."""
    if isinstance(clause, All):
        for part in clause.clauses:
            yield from _together(part)
    else:
        yield clause


def _values(clauses: Iterator[OneOf]) -> Iterator[tuple[str, Mark | None]]:
    wanted: dict[str, set[Value]] = {}
    refused: dict[str, set[Value]] = {}
    for clause in clauses:
        name = clause.signal
        if SIGNALS[name].type in {ValueType.TEXTS, ValueType.VERSION}:
            continue  # has several values at once, or one in several spellings
        if clause.negated:
            refused.setdefault(name, set()).update(clause.values)
        else:
            wanted[name] = wanted.get(name, set(clause.values)) & set(clause.values)
        if name in wanted and not wanted[name] - refused.get(name, set()):
            yield name, clause.mark


def _bounds(clauses: Iterator[Compared]) -> Iterator[tuple[str, Mark | None]]:
    # With each bound goes what makes the tighter of two equal ones win.
    lows: dict[str, tuple[float, bool]] = {}
    highs: dict[str, tuple[float, bool]] = {}
    for clause in clauses:
        name = clause.signal
        for bound, strict in ((clause.above, True), (clause.at_least, False)):
            if bound is not None:
                lows[name] = max(lows.get(name, (bound, strict)), (bound, strict))
        for bound, strict in ((clause.below, True), (clause.at_most, False)):
            if bound is not None:
                highs[name] = min(highs.get(name, (bound, not strict)), (bound, not strict))
        if name in lows and name in highs:
            (low, above), (high, reached) = lows[name], highs[name]
            if low > high or (low == high and (above or not reached)):
                yield name, clause.mark
