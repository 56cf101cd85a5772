"""The configuration beside the wanted one."""

from __future__ import annotations

from typing import Final

from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.signal import Reading, Signal, Source, ValueType
from healer.model import UNKNOWN, Instant, Scope, Target

_CONFIGURATION = frozenset({Facet.CONFIGURATION, Facet.LINK, Facet.IDENTITY, Facet.PLACEMENT})


def _config_drift(charger: Charger, target: Target, now: Instant) -> Reading:
    outlook = charger.outlook()
    return UNKNOWN if outlook.untold or not charger.heard else float(len(outlook.drift))


def _why_drift(charger: Charger, now: Instant) -> str | None:
    return ", ".join(str(variable) for variable in charger.outlook().drift[:10]) or None


def _reboot_required(charger: Charger, target: Target, now: Instant) -> Reading:
    return charger.configuration.reboot_required_since is not None


def _config_held(charger: Charger, target: Target, now: Instant) -> Reading:
    caution = charger.configuration.caution
    return caution.writes_held or caution.questions_held


SIGNALS: Final = (
    Signal(
        "config_drift",
        ValueType.NUMBER,
        Scope.CHARGER,
        Source.DERIVED,
        _CONFIGURATION,
        "how many variables are not as the baseline wants them, and could be written; 0 where nothing is wanted, "
        "unknown while the charger is away and until all of them were told since its last boot",
        "{config_drift: {above: 0}}",
        _config_drift,
        why=_why_drift,
    ),
    Signal(
        "config_reboot_required",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.DERIVED,
        _CONFIGURATION,
        "it took a value of the baseline that is in force only after a restart, and has not restarted since",
        "config_reboot_required",
        _reboot_required,
        lambda charger, target: charger.configuration.reboot_required_since,
    ),
    Signal(
        "config_held",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.DERIVED,
        _CONFIGURATION,
        "its configuration is left alone, because it restarted again and again after we wrote to it or asked for it; "
        "ends with another firmware, or when a person clears the charger",
        "config_held",
        _config_held,
    ),
)
