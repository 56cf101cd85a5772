"""From the sampled values of one moment to the reading we use (1.6 section 7.33, 2.0.1 part 2 section 2.49).

Chargers report the same quantity several times: per phase and in total, at the inlet and at the outlet, measured and as
a limit under a context of their own invention. The total wins over the phases, the outlet over other places, the
standard's contexts over others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from healer.model import Instant
from healer.ocpp.messages import Meter

_ENERGY: Final = "Energy.Active.Import.Register"
_POWER: Final = "Power.Active.Import"
_CURRENT: Final = "Current.Import"

_UNITS: Final = {
    "wh": (_ENERGY, 1.0),
    "kwh": (_ENERGY, 1000.0),
    "w": (_POWER, 1.0),
    "kw": (_POWER, 1000.0),
    "a": (_CURRENT, 1.0),
}
"""What each unit measures, and how much of Wh, W or A one of it is."""

_MOST_DIGITS: Final = 12
"""No meter counts terawatt-hours; infinity and not-a-number are no amounts either."""

_CONTEXTS: Final = {
    "Interruption.Begin",
    "Interruption.End",
    "Other",
    "Sample.Clock",
    "Sample.Periodic",
    "Transaction.Begin",
    "Transaction.End",
    "Trigger",
}
_PHASES: Final = {"L1", "L2", "L3"}
"""The phases that add up to the whole (`L1-N` is L1); N and what is measured between phases do not."""

_Phases: TypeAlias = dict[str | None, float]
"""The last amount of each phase, and of all together under None."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sampled value, its number already read; None in what the charger left out."""

    value: float
    multiplier: int = 0
    """The exponent of ten by which the value is to be multiplied (2.0.1)."""
    measurand: str | None = None
    unit: str | None = None
    phase: str | None = None
    location: str | None = None
    context: str | None = None

    @property
    def quantity(self) -> str | None:
        """What is measured. Left out it is the energy register, unless the unit belongs to something else."""
        if self.measurand is not None:
            return self.measurand
        return _ENERGY if self.unit is None else _UNITS.get(self.unit.casefold(), (None, 0.0))[0]

    @property
    def amount(self) -> float | None:
        """The value in Wh, W or A; without a unit it is in these already. None if it cannot be an amount of that."""
        measured, size = (self.quantity, 1.0) if self.unit is None else _UNITS.get(self.unit.casefold(), (None, 0.0))
        if measured != self.quantity or abs(self.multiplier) > _MOST_DIGITS:
            return None
        amount = self.value * size * 10.0**self.multiplier
        return amount if abs(amount) < 10.0**_MOST_DIGITS else None

    @property
    def fit(self) -> tuple[bool, bool]:
        """How well this sample stands for its quantity; the larger, the better."""
        return (self.context is None or self.context in _CONTEXTS, self.location in {None, "Outlet"})


def reading(samples: Iterable[Sample], charger_time: Instant | None) -> Meter | None:
    """The reading of one moment; None if it says nothing of what we use. Of equal samples the last one counts."""
    told: dict[str, dict[tuple[bool, bool], _Phases]] = {_ENERGY: {}, _POWER: {}, _CURRENT: {}}
    for sample in samples:
        if sample.quantity in told and (amount := sample.amount) is not None:
            phase = None if sample.phase is None else sample.phase.removesuffix("-N")
            told[sample.quantity].setdefault(sample.fit, {})[phase] = amount
    energy, power, current = (by_fit[max(by_fit)] if by_fit else {} for by_fit in told.values())
    meter = Meter(_total(energy), _total(power), _highest(current), charger_time)
    return None if meter == Meter(charger_time=charger_time) else meter


def _total(amounts: _Phases) -> float | None:
    """The amount over all phases, else the sum of the phases."""
    phases = _single(amounts)
    return sum(phases) if phases else None


def _highest(amounts: _Phases) -> float | None:
    """The amount over all phases, else the highest phase: currents of phases do not add up."""
    return max(_single(amounts), default=None)


def _single(amounts: _Phases) -> list[float]:
    if None in amounts:
        return [amounts[None]]
    return [amount for phase, amount in amounts.items() if phase in _PHASES]
