"""What a charger may be owed: the kinds of errands, as a contract between those who owe and `errands`, who pays.

Who owes reads the debt from the charger alone, so a debt ends when nothing is owed any more, whatever became of the
last attempt to pay it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from healer.fleet.charger import Charger
from healer.healing.records import Fate
from healer.model import Instant, Severity, Target
from healer.ocpp.messages import Command, Outcome


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing we owe: what, in the words of the catalogue of actions, and where."""

    action: str
    place: Target


@dataclass(frozen=True, slots=True)
class Plan:
    """How an errand is to be done."""

    command: Command
    facts: tuple[str, ...]
    """Why, for the ledger; never a secret."""


class Duty(Protocol):
    """Somebody who owes chargers something."""

    def debts(self, charger: Charger, now: Instant) -> Mapping[Errand, Instant | None]:
        """All that is owed, each with the moment from which it may be done; None: something else has to happen."""

    def plan(self, errand: Errand, charger: Charger, now: Instant) -> Plan:
        """How to do one of `debts`."""

    def why_not(self, errand: Errand, plan: Plan, charger: Charger, now: Instant) -> str | None:
        """What came up while the intent was being stored; None when the plan may be carried out."""

    def done(self, errand: Errand, plan: Plan, fate: Fate, outcome: Outcome, charger: Charger, now: Instant) -> None:
        """The charger answered, or never will."""

    def complaint(self, errand: Errand) -> tuple[Severity, str]:
        """What people are told when it fails again and again: `PLACE complaint`."""
