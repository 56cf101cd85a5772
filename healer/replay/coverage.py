"""What tests reached of the rules they are for: rules, steps of ladders, clauses, and healer's guards.

A rule is reached when it has a test of its own and fired, a step when it was taken, a guard when it blocked. A clause
is reached when it was true once and false once in tests of its own rule: one that is never false might as well be left
out, as far as tests know.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from healer.documents import Mark
from healer.engine import Engine
from healer.healing.guards import GUARDS
from healer.healing.incident import State
from healer.healing.records import Transition
from healer.model import UNKNOWN, Instant
from healer.rules.evaluate import CompiledRule
from healer.rules.matchers import Compiled, compile_clause
from healer.rules.rule import All, Any, Clause, Not, Rule, RuleSet


class Kind(enum.StrEnum):
    """What can be reached."""

    RULE = "rule"
    STEP = "step"
    CLAUSE = "clause"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that no test reached."""

    kind: Kind
    message: str
    rule: str = ""
    mark: Mark | None = None
    """None for guards, which are healer's own."""

    def __str__(self) -> str:
        place = "" if self.mark is None else f"{self.mark.file}:{self.mark.line}: "
        return f"{place}{f'{self.rule}: ' if self.rule else ''}{self.message}"


@dataclass(slots=True)
class _Leaf:
    """One clause of a rule, and what it was."""

    compiled: Compiled
    mark: Mark | None
    sentence: str = ""
    seen: set[bool] = field(default_factory=set)

    @property
    def lacks(self) -> str:
        return " or ".join(word for word, truth in (("true", True), ("false", False)) if truth not in self.seen)


@dataclass(slots=True)
class _Covered:
    """A rule, and what tests reached of it."""

    rule: Rule
    compiled: CompiledRule
    leaves: list[_Leaf]
    tested: bool = False
    fired: bool = False
    steps: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Coverage:
    """Gathers over any number of tests."""

    _rules: dict[tuple[str, str], _Covered] = field(default_factory=dict)
    """By name and hash: a test may load another rule of the same name on its way."""
    _guards: set[str] = field(default_factory=set)

    def add(self, rules: RuleSet) -> None:
        """Rules that tests are for."""
        for rule in rules.rules.values():
            if (rule.name, rule.hash) not in self._rules:
                self._rules[rule.name, rule.hash] = _covered(rule)

    def begin(self, rule: str) -> None:
        """A test of this rule begins."""
        for covered in self._named(rule):
            covered.tested = True

    def note(self, transition: Transition) -> None:
        """What became of an incident."""
        incident = transition.incident
        if transition.after == State.SUPPRESSED:
            self._guards.update(verdict.guard for verdict in incident.blocking())
        covered = self._rules.get((incident.rule, incident.rule_hash))
        if covered is None:
            return
        covered.fired |= transition.after == State.FIRING
        if transition.after in {State.ACTING, State.VERIFYING}:
            covered.steps.add(incident.step)

    def look(self, rule: str, engine: Engine, now: Instant) -> None:
        """What the clauses of the rule under test say at this moment."""
        for covered in self._named(rule):
            for leaf in covered.leaves:
                if leaf.lacks:
                    _look(leaf, covered.compiled, engine, now)

    def _named(self, rule: str) -> Iterator[_Covered]:
        yield from (covered for (name, _), covered in self._rules.items() if name == rule)

    # --- what came out --------------------------------------------------------------------------------------------

    def counts(self) -> dict[Kind, tuple[int, int]]:
        """(reached, all) of each kind."""
        rules = list(self._rules.values())
        leaves = [leaf for covered in rules for leaf in covered.leaves]
        return {
            Kind.RULE: (sum(covered.tested and covered.fired for covered in rules), len(rules)),
            Kind.STEP: (sum(len(covered.steps) for covered in rules), sum(len(one.rule.heal) for one in rules)),
            Kind.CLAUSE: (sum(not leaf.lacks for leaf in leaves), len(leaves)),
            Kind.GUARD: (len(self._guards), len(GUARDS)),
        }

    def gaps(self) -> list[Gap]:
        """Everything that was not reached, in the order of the rules."""
        found = [gap for covered in self._rules.values() for gap in _gaps(covered)]
        never = [guard.name for guard in GUARDS if guard.name not in self._guards]
        return [*found, *(Gap(Kind.GUARD, f"the guard {name} never blocks") for name in never)]


def _covered(rule: Rule) -> _Covered:
    compiled = CompiledRule(0, rule, compile_clause(rule.when), compile_clause(rule.where))
    return _Covered(rule, compiled, [*_leaves(rule.when), *_leaves(rule.where)])


def _leaves(clause: Clause) -> Iterator[_Leaf]:
    match clause:
        case All() | Any():
            for part in clause.clauses:
                yield from _leaves(part)
        case Not():
            yield from _leaves(clause.clause)
        case _:
            yield _Leaf(compile_clause(clause), clause.mark)


def _look(leaf: _Leaf, rule: CompiledRule, engine: Engine, now: Instant) -> None:
    for charger in engine.chargers.values():
        for target in rule.targets(charger):
            truth = leaf.compiled.test(charger, target, now)
            if truth is not UNKNOWN:
                leaf.seen.add(truth is True)
            if not leaf.sentence:
                leaf.sentence = leaf.compiled.explain(charger, target, now)[0].sentence


def _gaps(covered: _Covered) -> Iterator[Gap]:
    rule = covered.rule
    if not covered.tested:
        yield Gap(Kind.RULE, "no test is about it", rule.name, rule.mark)
        return
    if not covered.fired:
        yield Gap(Kind.RULE, "it fires in no test", rule.name, rule.mark)
    for number, step in enumerate(rule.heal):
        if covered.fired and number not in covered.steps:
            message = f"step {number + 1} of {len(rule.heal)} ({step.action}) is never taken"
            yield Gap(Kind.STEP, message, rule.name, step.mark)
    for leaf in covered.leaves:
        if leaf.lacks:
            message = f"'{leaf.sentence or 'a clause'}' is never {leaf.lacks}"
            yield Gap(Kind.CLAUSE, message, rule.name, leaf.mark)
