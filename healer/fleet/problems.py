"""What the components of a 2.x station said is wrong: of now, and what was dangerous and never said to be over.

A station tells a problem once, as an event, and its end as another. What it told before its last boot or reconnect
says nothing of now (`Problems.code_at`); but what is dangerous stands until the station itself, or a person, says that
it is over (`Problems.danger_about`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from healer.fleet import codes
from healer.model import Scope, Target

MOST_PROBLEMS = 64
"""Components of one charger that may be in trouble at a time; all further ones count as the charger's own."""

FURTHER = ""
"""The component that stands for all further ones: no event of the charger can end it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One component in trouble."""

    place: Target
    component: str
    code: str
    """In the vocabulary of 1.6, see `codes.standard_name`."""


class Problems:
    """The components in trouble of one charger."""

    __slots__ = ("_dangers", "_told", "_worst")

    def __init__(self, dangers: Iterable[Problem] = ()) -> None:
        self._told: dict[Target, dict[str, str]] = {}
        """Those told in this epoch: place -> component -> code."""
        self._worst: dict[Target, str] = {}
        """The worst code of each place of `_told`."""
        self._dangers = {(danger.place, danger.component): danger for danger in dangers}

    def dangers(self) -> list[Problem]:
        """Those that must not be forgotten, in a stable order."""
        return sorted(self._dangers.values(), key=lambda danger: (danger.place.sort_key, danger.component))

    def code_at(self, place: Target) -> str | None:
        """The worst code of the nearest place, at or above this one, of which trouble was told in this epoch."""
        for scope in sorted(Scope, reverse=True):
            if scope <= place.scope and place.widened(scope) in self._worst:
                return self._worst[place.widened(scope)]
        return None

    def danger_about(self, place: Target) -> str | None:
        """A dangerous code at, above or below a place that nobody said is over."""
        codes_there = (
            danger.code for danger in self.dangers() if danger.place.covers(place) or place.covers(danger.place)
        )
        return next(codes_there, None)

    def fresh_danger_about(self, place: Target) -> str | None:
        """A dangerous code at, above or below a place that was told in this epoch."""
        codes_there = (
            code
            for where, code in self._worst.items()
            if codes.is_safety(code) and (where.covers(place) or place.covers(where))
        )
        return next(codes_there, None)

    def tell(self, problem: Problem) -> Problem:
        """A component is in trouble; the problem as it is kept."""
        key = (problem.place, problem.component)
        dangerous = codes.is_safety(problem.code)
        known = problem.component in self._told.get(problem.place, {})
        full = not known and sum(map(len, self._told.values())) >= MOST_PROBLEMS
        if full or (dangerous and key not in self._dangers and len(self._dangers) >= MOST_PROBLEMS):
            problem = Problem(Target(problem.place.charger), FURTHER, problem.code)
            key = (problem.place, problem.component)
        told = self._told.setdefault(problem.place, {})
        told[problem.component] = problem.code
        self._rank(problem.place)
        if dangerous:
            self._dangers[key] = problem
        return problem

    def end(self, place: Target, component: str) -> bool:
        """The station says that a component is well again; True if it had been dangerous."""
        told = self._told.get(place)
        if told is not None and told.pop(component, None) is not None:
            self._rank(place)
        return self._dangers.pop((place, component), None) is not None

    def begin_epoch(self) -> None:
        """The charger came back or restarted: what it told before says nothing of now."""
        self._told.clear()
        self._worst.clear()

    def forget_dangers(self) -> None:
        """A person has looked at it."""
        self._dangers.clear()

    def _rank(self, place: Target) -> None:
        codes_there = self._told[place].values()
        if codes_there:
            self._worst[place] = max(codes_there, key=codes.is_safety)
        else:
            del self._told[place], self._worst[place]
