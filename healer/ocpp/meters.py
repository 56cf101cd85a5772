"""From the sampled values of one moment to the reading we use (1.6 section 7.33, 2.0.1 part 2 section 2.49).

Chargers report the same quantity several times: per phase and in total, at the inlet and at the outlet, measured and as
a limit under a context of their own invention. The total wins over the phases, the outlet over other places (of
voltages the inlet, which is the grid's side), the standard's contexts over others. Of temperatures the highest counts.
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
_VOLTAGE: Final = "Voltage"
_TEMPERATURE: Final = "Temperature"
_CHARGE: Final = "SoC"

_UNITS: Final = {
    "wh": (_ENERGY, 1.0, 0.0),
    "kwh": (_ENERGY, 1000.0, 0.0),
    "w": (_POWER, 1.0, 0.0),
    "kw": (_POWER, 1000.0, 0.0),
    "a": (_CURRENT, 1.0, 0.0),
    "v": (_VOLTAGE, 1.0, 0.0),
    "celsius": (_TEMPERATURE, 1.0, 0.0),
    "celcius": (_TEMPERATURE, 1.0, 0.0),  # so it is written in 1.6
    "fahrenheit": (_TEMPERATURE, 5 / 9, -160 / 9),
    "k": (_TEMPERATURE, 1.0, -273.15),
    "percent": (_CHARGE, 1.0, 0.0),
}
"""What each unit measures, how much of Wh, W, A, V, degrees Celsius or percent one of it is, and what is added."""

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

_Fit: TypeAlias = tuple[bool, int]

_NO_UNIT: Final = (None, 0.0, 0.0)


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
        return _ENERGY if self.unit is None else _UNITS.get(self.unit.casefold(), _NO_UNIT)[0]

    @property
    def amount(self) -> float | None:
        """The value in the units above; without one it is in these already. None if it cannot be an amount of that."""
        unit = (self.quantity, 1.0, 0.0) if self.unit is None else _UNITS.get(self.unit.casefold(), _NO_UNIT)
        measured, size, added = unit
        if measured != self.quantity or abs(self.multiplier) > _MOST_DIGITS:
            return None
        amount = self.value * size * 10.0**self.multiplier + added
        return amount if abs(amount) < 10.0**_MOST_DIGITS else None

    @property
    def fit(self) -> _Fit:
        """How well this sample stands for its quantity; the larger, the better."""
        on_the_grid = self.measurand == _VOLTAGE and self.location == "Inlet"
        there = 2 if on_the_grid else int(self.location in {None, "Outlet"})
        return (self.context is None or self.context in _CONTEXTS, there)


def reading(samples: Iterable[Sample], charger_time: Instant | None) -> Meter | None:
    """The reading of one moment; None if it says nothing of what we use. Of equal samples the last one counts."""
    told: dict[str, dict[_Fit, _Phases]] = {_ENERGY: {}, _POWER: {}, _CURRENT: {}, _VOLTAGE: {}, _CHARGE: {}}
    hottest: float | None = None
    for sample in samples:
        quantity = sample.quantity
        if (quantity not in told and quantity != _TEMPERATURE) or (amount := sample.amount) is None:
            continue
        if quantity in told:
            phase = None if sample.phase is None else sample.phase.removesuffix("-N")
            told[quantity].setdefault(sample.fit, {})[phase] = amount
        elif sample.location != "EV":
            hottest = amount if hottest is None else max(hottest, amount)
    energy, power, current, voltage, charge = (by_fit[max(by_fit)] if by_fit else {} for by_fit in told.values())
    meter = Meter(
        energy_wh=_total(energy),
        power_w=_total(power),
        current_a=_highest(current),
        temperature_c=hottest,
        lowest_voltage_v=min(_single(voltage), default=None),
        highest_voltage_v=_highest(voltage),
        charge_percent=_highest(charge),
        charger_time=charger_time,
    )
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
