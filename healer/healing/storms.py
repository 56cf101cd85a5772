"""Storms: the same rule on many chargers of a site, a model or the fleet is one cause, and no reset will heal it.

Counts the chargers on which a rule fires, or will within moments: chargers that fail together would otherwise fire one
after the other, and the first of them would be reset before the storm is seen.
"""

from __future__ import annotations

import enum
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from healer.healing.settings import StormLimit, StormLimits
from healer.healing.verdict import Wake
from healer.model import ChargerId, Instant


class ScopeKind(enum.StrEnum):
    SITE = "site"
    MODEL = "model"
    FLEET = "fleet"


@dataclass(frozen=True, slots=True)
class StormScope:
    """What a storm is over: a site, a vendor/model/firmware, or the fleet (name empty)."""

    kind: ScopeKind
    name: str = ""

    def __str__(self) -> str:
        return self.kind.value if self.kind is ScopeKind.FLEET else f"{self.kind.value} {self.name}"

    @classmethod
    def named(cls, text: str) -> StormScope:
        """The scope that prints as `text`."""
        kind, _, name = text.partition(" ")
        return cls(ScopeKind(kind), name)


@dataclass(slots=True)
class _Group:
    """The chargers of one scope on which one rule is true, by the moment at which it is or will be firing."""

    due: dict[ChargerId, Instant] = field(default_factory=dict)
    ordered: list[tuple[Instant, ChargerId]] = field(default_factory=list)

    def put(self, charger: ChargerId, due: Instant) -> None:
        self.drop(charger)
        self.due[charger] = due
        insort(self.ordered, (due, charger))

    def drop(self, charger: ChargerId) -> None:
        due = self.due.pop(charger, None)
        if due is not None:
            del self.ordered[bisect_left(self.ordered, (due, charger))]

    def between(self, start: Instant, end: Instant) -> int:
        return bisect_right(self.ordered, (end, ChargerId("\U0010ffff"))) - bisect_left(
            self.ordered, (start, ChargerId(""))
        )


@dataclass(slots=True)
class Storm:
    """One storm that stands."""

    rule: str
    scope: StormScope
    since: Instant
    count: int
    size: int
    below_since: Instant | None = None

    @property
    def key(self) -> tuple[str, StormScope]:
        return (self.rule, self.scope)

    @property
    def wake(self) -> Wake:
        """What those wait for whom the storm holds back."""
        return Wake("storm", f"{self.rule}/{self.scope}")

    @property
    def sentence(self) -> str:
        return f"{self.count} of {self.size} chargers of the {self.scope} show the same fault"


SizeOf = Callable[[StormScope], int]


class Storms:
    """Who shows which fault, and which storms stand."""

    def __init__(self, limits: StormLimits, size_of: SizeOf) -> None:
        self._limits = limits
        self._size_of = size_of
        self._groups: dict[tuple[str, StormScope], _Group] = {}
        self._scopes: dict[tuple[str, ChargerId], tuple[StormScope, ...]] = {}
        self.standing: dict[tuple[str, StormScope], Storm] = {}
        self.next_review: Instant | None = None
        """When `review` is due; None while no storm stands."""

    def _limit(self, scope: StormScope) -> StormLimit:
        return {
            ScopeKind.SITE: self._limits.site,
            ScopeKind.MODEL: self._limits.model,
            ScopeKind.FLEET: self._limits.fleet,
        }[scope.kind]

    def enter(self, rule: str, charger: ChargerId, scopes: tuple[StormScope, ...], due: Instant) -> None:
        """The rule's condition holds on the charger, and it fires (or will) at `due`."""
        self._scopes[rule, charger] = scopes
        for scope in scopes:
            self._groups.setdefault((rule, scope), _Group()).put(charger, due)

    def leave(self, rule: str, charger: ChargerId) -> None:
        """The condition holds no more."""
        for scope in self._scopes.pop((rule, charger), ()):
            if (rule, scope) in self.standing:
                self.next_review = 0.0
            group = self._groups.get((rule, scope))
            if group is not None:
                group.drop(charger)
                if not group.due:
                    del self._groups[rule, scope]

    def resume(self, rule: str, scope: StormScope, now: Instant) -> None:
        """A storm stood before a restart: it ends as any other, unless its chargers come back as ill as they were."""
        self.standing[rule, scope] = Storm(rule, scope, now, 0, self._size_of(scope), below_since=now)
        self.next_review = self._next_review(now)

    def _count(self, rule: str, scope: StormScope, now: Instant) -> int:
        group = self._groups.get((rule, scope))
        if group is None:
            return 0
        return group.between(now - self._limit(scope).within_s, now + self._limits.imminent_s)

    def _over(self, rule: str, scope: StormScope, now: Instant) -> tuple[bool, int, int]:
        limit = self._limit(scope)
        count = self._count(rule, scope, now)
        if count < limit.count:
            return False, count, 0
        size = self._size_of(scope)
        return count >= limit.share * size, count, size

    def look(self, rule: str, charger: ChargerId, now: Instant) -> tuple[Storm | None, Storm | None]:
        """(the widest storm the charger stands in, a storm that this look found to have begun)."""
        begun: Storm | None = None
        for scope in self._scopes.get((rule, charger), ()):
            over, count, size = self._over(rule, scope, now)
            storm = self.standing.get((rule, scope))
            if storm is None and over:
                storm = self.standing[rule, scope] = Storm(rule, scope, now, count, size)
                begun = begun or storm
                self.next_review = self._next_review(now)
            elif storm is not None and over:
                storm.count, storm.size, storm.below_since = max(storm.count, count), size, None
        return self.over(rule, charger), begun

    def over(self, rule: str, charger: ChargerId) -> Storm | None:
        """The widest storm that stands and the charger is part of; changes nothing."""
        scopes = self._scopes.get((rule, charger), ())
        standing = [self.standing[rule, scope] for scope in scopes if (rule, scope) in self.standing]
        return standing[-1] if standing else None

    def review(self, now: Instant) -> list[Storm]:
        """Storms that have ended by now."""
        ended = []
        for key, storm in list(self.standing.items()):
            over, _, _ = self._over(*key, now)
            if over:
                storm.below_since = None
            elif storm.below_since is None:
                storm.below_since = now
            if storm.below_since is not None and now >= storm.below_since + self._limits.calm_s:
                del self.standing[key]
                ended.append(storm)
        self.next_review = self._next_review(now)
        return ended

    def _next_review(self, now: Instant) -> Instant | None:
        """When time alone may change a standing storm."""
        moments = []
        for key, storm in self.standing.items():
            if storm.below_since is not None:
                moments.append(storm.below_since + self._limits.calm_s)
                continue
            group = self._groups.get(key)
            within = self._limit(storm.scope).within_s
            start = 0 if group is None else bisect_right(group.ordered, (now - within, ChargerId("\U0010ffff")))
            if group is not None and start < len(group.ordered):
                # Just past it, since the window's edge still counts.
                moments.append(max(now, group.ordered[start][0] + within) + 1.0)
            else:
                moments.append(now + 1.0)
        return min(moments, default=None)

    def members(self, storm: Storm) -> Iterator[ChargerId]:
        """The chargers in a storm, by name."""
        group = self._groups.get(storm.key)
        yield from sorted(group.due) if group is not None else ()
