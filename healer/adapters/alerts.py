"""Alerts as log lines: `alert.raised` and `alert.resolved`."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from healer.healing.records import Alert
from healer.model import Severity

TARGET = "log"
"""The name of this receiver in metrics."""

_LEVELS = {
    Severity.INFO: "info",
    Severity.TICKET: "warning",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "error",
    Severity.PAGE: "critical",
}

_log = structlog.get_logger("healer.alerts")


class LogNotifier:
    """Tells people by the log. `count(target, result)` is called once for each alert."""

    def __init__(self, count: Callable[[str, str], None]) -> None:
        self._count = count

    def notify(self, alert: Alert) -> None:
        event, level = ("alert.raised", _LEVELS[alert.severity]) if alert.active else ("alert.resolved", "info")
        getattr(_log, level)(event, **_fields(alert))
        self._count(TARGET, "sent")


def _fields(alert: Alert) -> dict[str, str | int | float | None]:
    """Everything the alert says; places only as far as it has them."""
    target = alert.target
    fields: dict[str, str | int | float | None] = {
        "alert": alert.key,
        "kind": alert.kind.value,
        "severity": alert.severity.value,
        "rule": alert.rule,
        "site": alert.site,
        "charger": None if target is None else target.charger,
        "evse": None if target is None else target.evse,
        "connector": None if target is None else target.connector,
        "incident": alert.incident,
        "summary": alert.summary,
        "reason": alert.reason,
        "at": alert.at,
    }
    return {name: value for name, value in fields.items() if value is not None}
