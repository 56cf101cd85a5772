"""Rules held against a fleet: a `where` that matches no charger, and names of sites, tags and chargers nobody has.

What is not known of a charger (an inventory may not say the model) may be anything, and is never told as a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from healer.documents import Mark, Mistakes, shown, suggest
from healer.fleet.charger import Charger
from healer.fleet.signals import SIGNALS
from healer.model import UNKNOWN, Truth, all_of, any_of, negation
from healer.rules.matchers import compile_clause
from healer.rules.rule import All, Any, Clause, Compared, Counted, Like, Not, OneOf, Rule, RuleSet, Versioned

NAMED: Final = ("site", "tag", "charger", "vendor", "model")
"""Signals whose values are names that a fleet has or does not have."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The chargers that rules are held against."""

    name: str
    """Where they come from, for messages."""
    chargers: tuple[Charger, ...]
    sites: frozenset[str] = frozenset()
    """Known sites, with those where no charger stands."""

    def names(self, signal: str) -> frozenset[str] | None:
        """All values that the signal has here; None where they are not known of every charger."""
        values: set[str] = set(self.sites) if signal == "site" else set()
        for charger in self.chargers:
            reading = SIGNALS[signal].read(charger, charger.target, 0.0)
            if isinstance(reading, frozenset):
                values |= reading
            elif isinstance(reading, str):
                values.add(reading)
            else:
                return None
        return frozenset(values)


def truth(clause: Clause, charger: Charger) -> Truth:
    """Whether the charger is meant; unknown where something is not known of it."""
    match clause:
        case All():
            return all_of(truth(part, charger) for part in clause.clauses)
        case Any():
            return any_of(truth(part, charger) for part in clause.clauses)
        case Not():
            return negation(truth(clause.clause, charger))
        case Counted():
            return UNKNOWN
        case _ if clause.signal.startswith("profile.") and (charger.vendor is None or charger.model is None):
            return UNKNOWN  # a profile is chosen by the model
        case _:
            return compile_clause(clause).test(charger, charger.target, 0.0)


def asked(rules: RuleSet) -> frozenset[str]:
    """The signals by which rules choose their chargers."""
    return frozenset(leaf.signal for rule in rules.rules.values() for leaf in _leaves(rule.where))


def hold_against(rules: RuleSet, fleet: Fleet, mistakes: Mistakes) -> None:
    """Warn of every rule that no charger of the fleet can be meant by, and of names that nobody there has."""
    known = {signal: fleet.names(signal) for signal in NAMED}
    for rule in rules.rules.values():
        before = len(mistakes)
        for leaf in _leaves(rule.where):
            if isinstance(leaf, OneOf) and known.get(leaf.signal) is not None:
                _names(leaf, known[leaf.signal] or frozenset(), fleet, mistakes)
        meant = any(truth(rule.where, charger) is not False for charger in fleet.chargers)
        if fleet.chargers and not meant and len(mistakes) == before:
            message = f"'where' of '{rule.name}' matches no charger of {fleet.name}"
            mistakes.warn(_mark(rule), "W-NOBODY", message, "the rule never fires there")


def _names(leaf: OneOf, known: frozenset[str], fleet: Fleet, mistakes: Mistakes) -> None:
    for value in leaf.values:
        if str(value) in known:
            continue
        guess = suggest(str(value), sorted(known))
        hint = f"did you mean '{guess}'?" if guess is not None else f"{len(known)} are known"
        message = f"{shown(str(value))} is no {leaf.signal} of {fleet.name}"
        mistakes.warn(leaf.mark or Mark("", 1, 1), "W-NAME", message, hint)


def _mark(rule: Rule) -> Mark:
    marks = (leaf.mark for leaf in _leaves(rule.where) if leaf.mark is not None)
    return next(marks, None) or rule.mark or Mark("", 1, 1)


def _leaves(clause: Clause) -> Iterator[OneOf | Compared | Versioned | Like]:
    match clause:
        case All() | Any():
            yield from _all_leaves(clause.clauses)
        case Not():
            yield from _leaves(clause.clause)
        case Counted():
            return
        case _:
            yield clause


def _all_leaves(clauses: Iterable[Clause]) -> Iterator[OneOf | Compared | Versioned | Like]:
    for clause in clauses:
        yield from _leaves(clause)
