"""Meters: the one reading meant by many samples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.ocpp import meters
from healer.ocpp.messages import Meter
from healer.ocpp.meters import Sample

ENERGY, POWER, CURRENT = "Energy.Active.Import.Register", "Power.Active.Import", "Current.Import"


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param([Sample(500.0)], Meter(energy_wh=500.0), id="energy is what a bare value means"),
        pytest.param([Sample(1.5, unit="kWh")], Meter(energy_wh=1500.0), id="kWh become Wh"),
        pytest.param([Sample(11.0, measurand=POWER, unit="kW")], Meter(power_w=11_000.0), id="kW become W"),
        pytest.param([Sample(11.0, measurand=POWER)], Meter(power_w=11.0), id="power without a unit is in W"),
        pytest.param([Sample(15.6, unit="A")], Meter(current_a=15.6), id="the unit tells a missing measurand"),
        pytest.param([Sample(1.2, 3, ENERGY, "Wh")], Meter(energy_wh=1200.0), id="the multiplier counts"),
        pytest.param(
            [Sample(1.0, measurand=POWER, phase=phase) for phase in ("L1", "L1-N", "L2-N", "L3", "N", "L1-L2")],
            Meter(power_w=3.0),
            id="powers of the phases add up",
        ),
        pytest.param(
            [Sample(1.0, measurand=POWER, phase="L1"), Sample(7.0, measurand=POWER)],
            Meter(power_w=7.0),
            id="a total wins over the phases",
        ),
        pytest.param(
            [Sample(float(amps), measurand=CURRENT, phase=f"L{amps}") for amps in (1, 2, 3)],
            Meter(current_a=3.0),
            id="currents of the phases do not add up",
        ),
        pytest.param(
            [Sample(9.0, measurand=ENERGY, location="Inlet"), Sample(8.0, measurand=ENERGY, location="Outlet")],
            Meter(energy_wh=8.0),
            id="the outlet wins over the inlet",
        ),
        pytest.param(
            [Sample(9.0, measurand=ENERGY, location="Inlet")],
            Meter(energy_wh=9.0),
            id="the inlet is better than nothing",
        ),
        pytest.param(
            [Sample(15.0, unit="A", context="Sample.Periodic"), Sample(16.0, unit="A", context="CurrentMax")],
            Meter(current_a=15.0),
            id="a context of the vendor's own is another matter",
        ),
        pytest.param(
            [Sample(1.0, measurand=ENERGY), Sample(2.0, measurand=ENERGY)], Meter(energy_wh=2.0), id="the last one wins"
        ),
        pytest.param(
            [Sample(volts, measurand="Voltage", unit="V", phase=f"L{at}-N") for at, volts in ((1, 228.0), (2, 231.0))],
            Meter(lowest_voltage_v=228.0, highest_voltage_v=231.0),
            id="of voltages the lowest and the highest phase count",
        ),
        pytest.param(
            [Sample(400.0, unit="V", measurand="Voltage"), Sample(230.0, measurand="Voltage", location="Inlet")],
            Meter(lowest_voltage_v=230.0, highest_voltage_v=230.0),
            id="of voltages the inlet wins, which is the grid",
        ),
        pytest.param(
            [
                Sample(31.0, measurand="Temperature", unit="Celcius", location="Outlet"),
                Sample(212.0, measurand="Temperature", unit="Fahrenheit", location="Cable"),
                Sample(90.0, measurand="Temperature", unit="Celsius", location="EV"),
            ],
            Meter(temperature_c=100.0),
            id="of temperatures the highest counts, but for the car's",
        ),
        pytest.param([Sample(373.15, measurand="Temperature", unit="K")], Meter(temperature_c=100.0), id="kelvin"),
        pytest.param(
            [Sample(55.0, measurand="SoC", unit="Percent", location="EV")],
            Meter(charge_percent=55.0),
            id="the car's charge",
        ),
    ],
)
def test_the_reading_is_the_one_meant(samples: list[Sample], expected: Meter) -> None:
    assert meters.reading(samples, None) == expected


@pytest.mark.parametrize(
    "sample",
    [
        Sample(50.0, measurand="Frequency"),
        Sample(230.0, measurand="Voltage", unit="A"),
        Sample(400.0, measurand="Voltage", phase="L1-L2"),
        Sample(30.0, measurand="Temperature", unit="Celsius", location="EV"),
        Sample(1.0, measurand=ENERGY, unit="A"),
        Sample(1.0, measurand=POWER, phase="N"),
        Sample(float("nan"), measurand=POWER),
        Sample(float("inf"), measurand=POWER),
        Sample(1e300, measurand=POWER, unit="kW"),
        Sample(1.0, 400, POWER),
    ],
)
def test_what_is_no_amount_of_ours_is_no_reading(sample: Sample) -> None:
    assert meters.reading([sample], 0.0) is None


def test_no_samples_are_no_reading() -> None:
    assert meters.reading([], 0.0) is None


words = (
    st.none()
    | st.sampled_from(
        [ENERGY, POWER, CURRENT, "Voltage", "Temperature", "V", "K", "Wh", "kW", "A", "L1", "L2", "Outlet", "Trigger"]
    )
    | st.text()
)


@given(st.lists(st.builds(Sample, st.floats(), st.integers(), words, words, words, words, words)))
def test_no_samples_raise(samples: list[Sample]) -> None:
    meters.reading(samples, None)
