"""Which rules a change touches, and what they then say about which target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from healer.fleet.charger import Charger, Facet
from healer.model import UNKNOWN, Instant, Scope, Target, Truth
from healer.rules import matchers
from healer.rules.rule import Rule, RuleSet


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its clauses ready to run."""

    position: int
    """In file order."""
    rule: Rule
    when: matchers.Compiled
    where: matchers.Compiled

    @property
    def facets(self) -> frozenset[Facet]:
        return self.when.facets | self.where.facets

    def targets(self, charger: Charger) -> Iterable[Target]:
        """The places of the charger about which the rule speaks."""
        if self.rule.scope is Scope.CHARGER:
            return (charger.target,)
        if self.rule.scope is Scope.EVSE:
            return tuple(Target(charger.id, number) for number in sorted(charger.evses))
        return tuple(charger.connector_places())

    def judge(self, charger: Charger, now: Instant) -> Iterator[tuple[Target, Truth]]:
        """What the rule says about each of its targets on the charger."""
        applies = self.where.test(charger, charger.target, now)
        for target in self.targets(charger):
            yield target, self._verdict(applies, charger, target, now)

    def _verdict(self, applies: Truth, charger: Charger, target: Target, now: Instant) -> Truth:
        if applies is False:
            return False
        truth = self.when.test(charger, target, now)
        return UNKNOWN if applies is UNKNOWN and truth is not False else truth

    def next_change(self, charger: Charger, now: Instant) -> Instant | None:
        """When time alone may change what the rule says."""
        if not self.when.timed:
            return None
        moments = [self.when.next_change(charger, target, now) for target in self.targets(charger)]
        return min((moment for moment in moments if moment is not None), default=None)


class RuleIndex:
    """All rules, by the facets of a charger that they read."""

    def __init__(self, rules: RuleSet) -> None:
        self.compiled: dict[str, CompiledRule] = {
            name: CompiledRule(at, rule, matchers.compile_clause(rule.when), matchers.compile_clause(rule.where))
            for at, (name, rule) in enumerate(rules.rules.items())
        }
        self.heirs: dict[str, str] = {
            former: name for name, rule in rules.rules.items() for former in rule.formerly if former not in rules.rules
        }
        """The rules that go on with the incidents of names no rule has any more."""
        self._by_facet: dict[Facet, list[CompiledRule]] = {facet: [] for facet in Facet}
        for compiled in self.compiled.values():
            for facet in compiled.facets:
                self._by_facet[facet].append(compiled)
        self.timed_facets = frozenset(
            facet for compiled in self.compiled.values() if compiled.when.timed for facet in compiled.when.facets
        )
        """What the rules read whose truth time alone can change."""
        self.timed: tuple[CompiledRule, ...] = tuple(rule for rule in self.compiled.values() if rule.when.timed)

    def touched(self, changed: Iterable[Facet]) -> list[CompiledRule]:
        """The rules that read any of the changed facets, each once, in file order."""
        found = {compiled.position: compiled for facet in changed for compiled in self._by_facet[facet]}
        return [found[position] for position in sorted(found)]
