"""Other rules come into force: swapped at once, followed by every incident, asked of the chargers a slice at a time.

A charger that the changed rules have not been asked about yet is asked before anything else is decided for it, so what
they forbid holds from the first moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from healer.effects import Effect, Notice
from healer.healing import reload_plan, resumption
from healer.healing.casebook import Casebook
from healer.healing.reload_plan import Outlook, Prospect
from healer.healing.rules_alerts import RulesAlerts
from healer.model import ChargerId, Instant
from healer.rules.evaluate import CompiledRule, RuleIndex
from healer.rules.rule import RuleSet
from healer.snapshot import Snapshot

TOLD: Final = 20
"""Incidents that the notice of a reload names; the ledger names all that change."""


class Rulings:
    """What follows from a swap, until every charger has been asked."""

    def __init__(self, casebook: Casebook, effects: list[Effect]) -> None:
        self._casebook = casebook
        self._effects = effects
        self._alerts = RulesAlerts()
        self._changed: tuple[str, ...] = ()
        """Rules that are to be asked anew, those that forbid something first."""
        self._unasked: dict[ChargerId, None] = {}

    def recall(self, snapshot: Snapshot) -> None:
        """What people were told of the rules before a restart."""
        self._alerts.recall(snapshot.alerts)

    # --- the swap -------------------------------------------------------------------------------------------------

    def foresee(self, rules: RuleSet) -> list[Prospect]:
        """What these rules would make of every incident that is open or pending. Changes nothing."""
        prospects = reload_plan.plan(self._casebook.incidents(), RuleIndex(rules))
        return [prospect for prospect in prospects if prospect.concerns_people]

    def replace(self, index: RuleIndex, chargers: Iterable[ChargerId], now: Instant) -> None:
        """Put these rules in force. Where none of them does anything else than before, nobody is asked."""
        former = self._casebook.index
        prospects = resumption.replace_rules(self._casebook, index, now)
        changed = {name for name, compiled in index.compiled.items() if _is_new(compiled, former)}
        removed = former.compiled.keys() - index.compiled.keys()
        if changed or removed:
            due = changed | set(self._changed if self._unasked else ())
            forbidding = {name for name in due if name in index.compiled and index.compiled[name].rule.forbid}
            self._changed = (*sorted(forbidding), *sorted(due - forbidding))
            self._unasked.update(dict.fromkeys(chargers))
        self._casebook.outputs += self._alerts.replaced(prospects, now)
        self._effects.append(_notice(index, len(changed), len(removed), prospects))

    def judged(self, trouble: str | None, now: Instant) -> None:
        """The rule files were read: what is wrong with them, or None."""
        self._casebook.outputs += self._alerts.judged(trouble, now)

    def review(self, now: Instant) -> None:
        """Let alerts end."""
        self._casebook.outputs += self._alerts.review(now)

    # --- asking ---------------------------------------------------------------------------------------------------

    def waits(self, charger: ChargerId) -> bool:
        """Whether changed rules have not been asked about it yet."""
        return charger in self._unasked

    @property
    def next(self) -> ChargerId | None:
        """A charger they have not been asked about."""
        return next(iter(self._unasked), None)

    def owed(self, charger: ChargerId) -> list[CompiledRule]:
        """The rules to ask about it now; it waits no more."""
        if charger not in self._unasked:
            return []
        del self._unasked[charger]
        compiled = self._casebook.index.compiled
        return [compiled[name] for name in self._changed if name in compiled]


def _is_new(compiled: CompiledRule, former: RuleIndex) -> bool:
    known = former.compiled.get(compiled.rule.name)
    return known is None or known.rule.hash != compiled.rule.hash


def _notice(index: RuleIndex, changed: int, removed: int, prospects: list[Prospect]) -> Notice:
    """One line for the log: how many rules, and what becomes of whom."""
    told = [
        f"{one.former} on {one.incident.target}: {one.sentence}"
        for one in prospects
        if one.concerns_people and (one.outlook is not Outlook.UNCHANGED or one.renamed)
    ]
    more = [f"and {len(told) - TOLD} more"] if len(told) > TOLD else []
    plan = "; ".join([*told[:TOLD], *more])
    counts = (("rules", len(index.compiled)), ("changed", changed), ("removed", removed), ("plan", plan or None))
    return Notice("rules.replaced", None, counts)
