"""What sensors of the charger show, as far as it sends their readings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.sensed import Sense
from healer.fleet.signal import Reading, Signal, Source, ValueType
from healer.model import UNKNOWN, Instant, Scope, Target

_METER = frozenset({Facet.METER, Facet.TRANSACTION, Facet.LINK})


def _sensor(sense: Sense) -> Callable[[Charger, Target, Instant], Reading]:
    """The reading of the evse, else that of the charger as a whole; only what came in this epoch."""

    def read(charger: Charger, target: Target, now: Instant) -> Reading:
        since, evse = charger.epoch_since, charger.evses.get(target.evse or 0)
        if not charger.heard or since is None or evse is None:
            return UNKNOWN
        value = evse.sensed.at(sense, since, now)
        if value is None:
            value = charger.sightings.sensed.at(sense, since, now)
        return UNKNOWN if value is None else value

    return read


def _state_of_charge(charger: Charger, target: Target, now: Instant) -> Reading:
    evse = charger.evses.get(target.evse or 0)
    if evse is None or evse.transaction is None or not charger.heard or charger.epoch_since is None:
        return UNKNOWN
    since = max(charger.epoch_since, evse.transaction.started_at)
    value = evse.sensed.at(Sense.CHARGE_PERCENT, since, now)
    return UNKNOWN if value is None else value


def _readings_age_at(charger: Charger, now: Instant) -> Instant | None:
    sensed = (charger.sightings.sensed, *(evse.sensed for evse in charger.evses.values()))
    return min((at for one in sensed if (at := one.ages_at(now)) is not None), default=None)


def _signal(name: str, unit: str, sense: Sense, meaning: str, example: str) -> Signal:
    return Signal(
        name,
        ValueType.NUMBER,
        Scope.EVSE,
        Source.REPORTED,
        _METER,
        f"{meaning}; unknown without a reading of the last half hour",
        example,
        _state_of_charge if sense is Sense.CHARGE_PERCENT else _sensor(sense),
        changes_at=_readings_age_at,
        unit=unit,
    )


SIGNALS: Final = (
    _signal(
        "temperature",
        "°C",
        Sense.TEMPERATURE_C,
        "the highest temperature in its last meter reading, the car's own left out, or in 2.x its TemperatureSensor's",
        "{temperature: {above: 80}}",
    ),
    _signal(
        "lowest_voltage",
        "V",
        Sense.LOWEST_VOLTAGE_V,
        "the lowest voltage of a phase against neutral in its last meter reading, at the inlet where it tells that, "
        "else at the outlet: on DC that is the car's",
        "{lowest_voltage: {below: 200}}",
    ),
    _signal(
        "highest_voltage",
        "V",
        Sense.HIGHEST_VOLTAGE_V,
        "the highest voltage, taken in the same way",
        "{highest_voltage: {above: 260}}",
    ),
    _signal(
        "state_of_charge",
        "%",
        Sense.CHARGE_PERCENT,
        "how full the car is by its own word, while its transaction is open",
        "{no_progress: yes, state_of_charge: {below: 40}}",
    ),
)
