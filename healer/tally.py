"""What the daemon counts: families of series with their labels, and the numbers of this run.

The table below is the only place that names a family; a misspelt family or label is an error of ours. Labels stay
bounded whatever a charger sends: an action that OCPP does not know, an error code beyond the standard and the 201st
model all read as `other`, and texts are cut. Never a label: tokens, transaction ids, free text. Values of a charger are
kept apart from the rest, so that they disappear with it.

Not for threads: everything here is called in the event loop's.
"""

from __future__ import annotations

import enum
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from healer.errors import LocalError
from healer.fleet import codes
from healer.model import ChargerId, OcppVersion
from healer.ocpp import schemas

OTHER: Final = "other"
UNKNOWN_WORD: Final = "unknown"

LONGEST_LABEL: Final = 100
"""Characters of a label's value that came from a charger."""

MOST_MODELS: Final = 200
"""Pairs of vendor and model that are told apart in families without a charger."""

BOOT_REASONS: Final = frozenset(
    {
        "ApplicationReset",
        "FirmwareUpdate",
        "LocalReset",
        "PowerUp",
        "RemoteReset",
        "ScheduledReset",
        "Triggered",
        "Unknown",
        "Watchdog",
    }
)
"""2.0.1 BootReasonEnumType; 1.6 has none, which counts as `unknown`."""

_ERROR_CODES: Final = frozenset({*codes.STANDARD_CODES, *codes.MREC_NAMES.values()})

FAST: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""Bounds for what happens inside of the process."""

ANSWERS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Bounds for what a charger answers."""

REPAIRS: Final = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
"""Bounds for what a step takes until it is verified."""

OUTAGES: Final = (60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0, 604800.0)
"""Bounds for what an incident lasts."""


MOST_SERIES: Final = 500
"""Counted series of one charger; what a charger with endless connector numbers adds beyond is not counted."""


class Kind(enum.StrEnum):
    """Prometheus' type of a family."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Family:
    """One family of series. A label named `charger` makes its series go when the charger goes."""

    name: str
    """Without the prefix that the exporter puts before it."""
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def of_charger(self) -> bool:
        return "charger" in self.labels


def _counter(name: str, meaning: str, *labels: str) -> Family:
    return Family(name, Kind.COUNTER, meaning, labels)


def _gauge(name: str, meaning: str, *labels: str) -> Family:
    return Family(name, Kind.GAUGE, meaning, labels)


def _histogram(name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Family:
    return Family(name, Kind.HISTOGRAM, meaning, labels, buckets)


def _table(*families: Family) -> Mapping[str, Family]:
    return MappingProxyType({family.name: family for family in families})


FAMILIES: Final = _table(
    _counter("charger_connections_total", "Websocket connections that the charger opened.", "charger"),
    _counter("charger_disconnects_total", "Websocket connections that ended, by reason.", "charger", "reason"),
    _counter("charger_boots_total", "BootNotifications, by the charger's reason.", "charger", "reason"),
    _counter(
        "connector_errors_total", "Errors that a connector reported.", "charger", "evse", "connector", "error_code"
    ),
    _counter("sessions_total", "Charging sessions that ended, by result.", "charger", "evse", "result"),
    _counter("energy_joules_total", "Energy delivered, as metered within transactions.", "charger", "evse"),
    _counter("incidents_total", "Incidents that ended, by how they ended.", "rule", "resolution"),
    _histogram("incident_duration_seconds", "From firing to the end of an incident.", OUTAGES, "rule", "resolution"),
    _counter("actions_total", "Healing actions sent, by what became of them.", "action", "rule", "outcome"),
    _histogram("action_duration_seconds", "From sending an action to its verdict.", REPAIRS, "action", "outcome"),
    _counter("actions_suppressed_total", "Times a guard blocked an action that was due.", "action", "guard"),
    _counter("ocpp_messages_total", "OCPP messages.", "direction", "action", "result"),
    _histogram("ocpp_call_duration_seconds", "From a command to its answer.", ANSWERS, "action", "outcome"),
    _counter("ocpp_schema_violations_total", "Ways in which messages broke the standard.", "vendor", "model", "action"),
    _counter("connections_refused_total", "Connections that were not let in, by reason.", "reason"),
    _counter("chargers_quarantined_total", "Events of a charger that met a bug of ours."),
    _gauge("tls_certificate_expiry_timestamp_seconds", "When the first certificate of the OCPP port ends."),
    _gauge("rules_loaded", "Rules in force."),
    _gauge("rules_reload_successful", "Whether the last reload of the rules succeeded."),
    _gauge("rules_reload_timestamp_seconds", "When the rules in force were loaded."),
    _counter("notifications_total", "Alerts handed to a receiver.", "target", "result"),
    _histogram("event_loop_lag_seconds", "How late the event loop runs what is due.", FAST),
    _histogram("store_write_duration_seconds", "One commit of the store.", FAST),
    _histogram("engine_handle_seconds", "One event in the engine.", FAST),
)
"""Every family that is counted as things happen; what is read off the fleet's state belongs to the exporter."""


@dataclass(slots=True)
class Histogram:
    """Counts by bucket, the last one without a bound, and their sum."""

    bounds: tuple[float, ...]
    counts: list[int]
    sum: float = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


@dataclass(frozen=True, slots=True)
class GuardLoad:
    """How far a guard that rations is used up: the engine's word at the moment it is asked."""

    guard: str
    scope: str
    """Whom the ration is for: `fleet`, or the name of a site."""
    limit: float
    in_use: float


LabelValue: TypeAlias = str | int | None
Labels: TypeAlias = tuple[str, ...]


class Tally:
    """The numbers of this run."""

    def __init__(self) -> None:
        self._overall: dict[str, dict[Labels, float]] = {}
        self._histograms: dict[str, dict[Labels, Histogram]] = {}
        self._chargers: dict[ChargerId, dict[tuple[str, Labels], float]] = {}
        self._models: set[tuple[str, str]] = set()
        for family in FAMILIES.values():
            if not family.labels:  # such a series exists from the start, so that its first step is seen as one
                self._begin(family)

    def _begin(self, family: Family) -> None:
        if family.kind is Kind.HISTOGRAM:
            self._histogram(family, ())
        elif family.kind is Kind.COUNTER:
            self._overall[family.name] = {(): 0.0}

    # --- counting -----------------------------------------------------------------------------------------------------

    def count(self, family: str, amount: float = 1.0, **labels: LabelValue) -> None:
        """Add to a counter; never a negative amount."""
        spec, values = self._find(family, Kind.COUNTER, labels)
        if amount < 0:
            raise LocalError(f"{family} is a counter and cannot fall by {-amount}")
        if spec.of_charger:
            series = self._chargers.setdefault(ChargerId(str(labels["charger"])), {})
            if (family, values) in series or len(series) < MOST_SERIES:
                series[(family, values)] = series.get((family, values), 0.0) + amount
        else:
            overall = self._overall.setdefault(family, {})
            overall[values] = overall.get(values, 0.0) + amount

    def observe(self, family: str, value: float, **labels: LabelValue) -> None:
        """Add an observation to a histogram."""
        spec, values = self._find(family, Kind.HISTOGRAM, labels)
        self._histogram(spec, values).observe(value)

    def set(self, family: str, value: float, **labels: LabelValue) -> None:
        """Set a gauge."""
        _, values = self._find(family, Kind.GAUGE, labels)
        self._overall.setdefault(family, {})[values] = value

    def forget(self, charger: ChargerId) -> None:
        """Drop the series of a charger that is no more."""
        self._chargers.pop(charger, None)

    def _histogram(self, family: Family, values: Labels) -> Histogram:
        series = self._histograms.setdefault(family.name, {})
        if values not in series:
            series[values] = Histogram(family.buckets, [0] * (len(family.buckets) + 1))
        return series[values]

    # --- reading ------------------------------------------------------------------------------------------------------

    def numbers(self, family: str) -> Mapping[Labels, float]:
        """The series of a counter or gauge without a charger, by the values of its labels."""
        return self._overall.get(family, {})

    def histograms(self, family: str) -> Mapping[Labels, Histogram]:
        return self._histograms.get(family, {})

    def of_charger(self, charger: ChargerId) -> Iterator[tuple[Family, Labels, float]]:
        """The counters of one charger; the values are those of all labels but `charger`."""
        for (family, values), number in self._chargers.get(charger, {}).items():
            yield FAMILIES[family], values, number

    # --- labels -------------------------------------------------------------------------------------------------------

    def _find(self, name: str, kind: Kind, labels: Mapping[str, LabelValue]) -> tuple[Family, Labels]:
        family = FAMILIES.get(name)
        if family is None or family.kind is not kind:
            raise LocalError(f"there is no {kind} family '{name}'")
        if len(labels) != len(family.labels) or not all(label in labels for label in family.labels):
            raise LocalError(f"{name} has the labels {family.labels}, not {tuple(labels)}")
        if "vendor" in labels:
            labels = {**labels, **self._bounded_model(labels)}
        return family, tuple(
            _word(labels[label], _FOLDS.get((name, label))) for label in family.labels if label != "charger"
        )

    def _bounded_model(self, labels: Mapping[str, LabelValue]) -> dict[str, LabelValue]:
        pair = (_word(labels["vendor"]), _word(labels["model"]))
        if pair not in self._models:
            if len(self._models) >= MOST_MODELS:
                return {"vendor": OTHER, "model": OTHER}
            self._models.add(pair)
        return {"vendor": pair[0], "model": pair[1]}


_known_actions: set[str] = set()
"""Those that were asked for before; the standard bounds them."""


def fold_action(action: str) -> str:
    """An OCPP action that the standard knows, or `other`."""
    if action in _known_actions:
        return action
    if action.endswith("Response") or not any(schemas.knows(version, action) for version in OcppVersion):
        return OTHER
    _known_actions.add(action)
    return action


def fold_error_code(code: str) -> str:
    """A standard or ChargeX error code, or `other`."""
    name = codes.standard_name(code)
    return name if name in _ERROR_CODES else OTHER


def fold_boot_reason(reason: str) -> str:
    """A 2.x BootReason, or `other`."""
    return reason if reason in BOOT_REASONS else UNKNOWN_WORD if reason == UNKNOWN_WORD else OTHER


_FOLDS: Final[Mapping[tuple[str, str], Callable[[str], str]]] = MappingProxyType(
    {
        ("charger_boots_total", "reason"): fold_boot_reason,
        ("connector_errors_total", "error_code"): fold_error_code,
        ("ocpp_messages_total", "action"): fold_action,
        ("ocpp_call_duration_seconds", "action"): fold_action,
        ("ocpp_schema_violations_total", "action"): fold_action,
    }
)
"""By family and label: the words that chargers choose. Our own are few and are not folded."""


def _word(value: LabelValue, fold: Callable[[str], str] | None = None) -> str:
    if value is None or value == "":
        return UNKNOWN_WORD
    text = str(value)[:LONGEST_LABEL]
    return text if fold is None else fold(text)
