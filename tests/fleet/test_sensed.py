"""The last readings of sensors."""

from __future__ import annotations

from healer.fleet.sensed import FRESH_S, Sense, Sensed
from healer.ocpp.messages import Meter


def test_a_reading_stands_for_half_an_hour() -> None:
    sensed = Sensed()
    assert sensed.ages_at(0.0) is None
    sensed.take(Meter(temperature_c=40.0, lowest_voltage_v=228.0, highest_voltage_v=231.0), 100.0)
    assert sensed.at(Sense.HIGHEST_VOLTAGE_V, 0.0, 100.0) == 231.0
    assert sensed.at(Sense.LOWEST_VOLTAGE_V, 0.0, 100.0 + FRESH_S - 1) == 228.0
    assert sensed.at(Sense.TEMPERATURE_C, 0.0, 100.0 + FRESH_S) is None
    assert sensed.ages_at(100.0) == 100.0 + FRESH_S
    assert sensed.ages_at(100.0 + FRESH_S) is None


def test_one_of_before_says_nothing_of_now() -> None:
    sensed = Sensed()
    sensed.take(Meter(charge_percent=80.0), 100.0)
    assert sensed.at(Sense.CHARGE_PERCENT, 101.0, 102.0) is None


def test_what_a_reading_leaves_out_stands() -> None:
    sensed = Sensed()
    sensed.take(Meter(temperature_c=40.0), 100.0)
    sensed.take(Meter(energy_wh=5.0), 101.0)
    assert sensed.at(Sense.TEMPERATURE_C, 0.0, 101.0) == 40.0
