"""What the sensors of a place showed last: temperature, voltage, the state of charge of the car."""

from __future__ import annotations

import enum
from typing import Final

from healer.model import Instant, Seconds
from healer.ocpp.messages import Meter

FRESH_S: Final[Seconds] = 1800.0
"""How long a reading stands for now: chargers send them every few seconds up to every quarter of an hour."""


class Sense(enum.StrEnum):
    """What is sensed, with its unit."""

    TEMPERATURE_C = "temperature"
    LOWEST_VOLTAGE_V = "lowest voltage"
    HIGHEST_VOLTAGE_V = "highest voltage"
    CHARGE_PERCENT = "state of charge"


class Sensed:
    """The last reading of each."""

    __slots__ = ("_readings",)

    def __init__(self) -> None:
        self._readings: dict[Sense, tuple[float, Instant]] = {}

    def __repr__(self) -> str:
        return f"Sensed({self._readings!r})"

    def take(self, meter: Meter, now: Instant) -> None:
        """Take in what one reading tells."""
        told = (
            (Sense.TEMPERATURE_C, meter.temperature_c),
            (Sense.LOWEST_VOLTAGE_V, meter.lowest_voltage_v),
            (Sense.HIGHEST_VOLTAGE_V, meter.highest_voltage_v),
            (Sense.CHARGE_PERCENT, meter.charge_percent),
        )
        for sense, value in told:
            if value is not None:
                self.note(sense, value, now)

    def note(self, sense: Sense, value: float, now: Instant) -> None:
        self._readings[sense] = (value, now)

    def at(self, sense: Sense, since: Instant, now: Instant) -> float | None:
        """The last reading, if it came at `since` or later and still stands for now."""
        value, told_at = self._readings.get(sense, (0.0, None))
        return value if told_at is not None and told_at >= since and now < told_at + FRESH_S else None

    def ages_at(self, now: Instant) -> Instant | None:
        """When the next reading ceases to stand for now."""
        ends = [told_at + FRESH_S for _, told_at in self._readings.values() if told_at + FRESH_S > now]
        return min(ends, default=None)
