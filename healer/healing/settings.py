"""The numbers healing follows. Defaults are safe for a fleet in service; the settings may change any of them."""

from __future__ import annotations

from dataclasses import dataclass

from healer.model import Mode, Seconds
from healer.rules.rule import RuleLimits


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """Per charger: how many disruptive actions in which time."""

    disruptive: int = 3
    disruptive_within_s: Seconds = 24 * 3600.0
    hard_resets: int = 1
    hard_resets_within_s: Seconds = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class BackoffLimits:
    """Per charger: the pause after a disruptive action, growing while it does not help."""

    first_s: Seconds = 300.0
    factor: float = 3.0
    longest_s: Seconds = 6 * 3600.0
    forgotten_after_s: Seconds = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class ParallelLimits:
    """How many disruptive steps may be under way at once."""

    per_site: int = 1
    fleet_share: float = 0.05
    """Of the known chargers; at least 1."""


@dataclass(frozen=True, slots=True)
class StormLimit:
    """One scope's limit: at least `count` chargers and at least `share` of the scope within `within_s`."""

    count: int
    share: float
    within_s: Seconds


@dataclass(frozen=True, slots=True)
class StormLimits:
    """When the same rule on many chargers is one cause and no longer many faults."""

    site: StormLimit = StormLimit(3, 0.5, 1800.0)
    model: StormLimit = StormLimit(5, 0.1, 1800.0)
    fleet: StormLimit = StormLimit(10, 0.15, 600.0)
    imminent_s: Seconds = 60.0
    """A charger whose condition will have held long enough within this time counts already."""
    calm_s: Seconds = 600.0
    """A storm ends after so long below the limit."""


@dataclass(frozen=True, slots=True)
class StartupLimits:
    """After a start nothing disruptive is sent until the fleet is back."""

    settle_s: Seconds = 300.0
    back_share: float = 0.85
    """Of the chargers that were connected before."""
    longest_s: Seconds = 900.0


@dataclass(frozen=True, slots=True)
class HealingSettings:
    """Everything the guards and the ladder ask for."""

    mode: Mode = Mode.DRY_RUN
    budget: BudgetLimits = BudgetLimits()
    backoff: BackoffLimits = BackoffLimits()
    parallel: ParallelLimits = ParallelLimits()
    storm: StormLimits = StormLimits()
    startup: StartupLimits = StartupLimits()
    dead_session_after_s: Seconds = 600.0
    """A transaction on a faulted charger without energy for this long protects nobody."""
    give_up_after_s: Seconds = 4 * 3600.0
    """A step that was blocked this long raises `if_not_healed` once."""
    interlock_clear_after_s: Seconds = 600.0
    """Available with NoError for this long releases the interlock."""
    reopen_within_s: Seconds = 24 * 3600.0
    verify_floor_s: Seconds = 60.0
    diagnostics_url: str | None = None
    """Where chargers upload their logs; `collect-diagnostics` fails without it."""

    def as_limits(self) -> RuleLimits:
        """What a rule's own `limits` are measured by."""
        budget, parallel = self.budget, self.parallel
        return RuleLimits(
            budget.disruptive,
            budget.disruptive_within_s,
            budget.hard_resets,
            budget.hard_resets_within_s,
            self.backoff.first_s,
            parallel.per_site,
            parallel.fleet_share,
        )
