"""Alerts as log lines."""

from __future__ import annotations

from dataclasses import replace

from structlog.testing import capture_logs

from healer.adapters.alerts import LogNotifier
from healer.healing.records import Alert, AlertKind
from healer.model import ChargerId, Severity, Target

ALERT = Alert(
    key="internal-error/CP-1/2/1/not-healed",
    kind=AlertKind.NOT_HEALED,
    active=True,
    severity=Severity.PAGE,
    rule="internal-error",
    site="Depot",
    target=Target(ChargerId("CP-1"), 2, 1),
    incident=7,
    summary="internal-error on CP-1 evse 2 connector 1",
    reason="no step is left",
    at=1_700_000_000.0,
)


def notified(alert: Alert) -> tuple[dict, list[tuple[str, str]]]:
    counted: list[tuple[str, str]] = []
    with capture_logs() as logs:
        LogNotifier(lambda target, result: counted.append((target, result))).notify(alert)
    assert len(logs) == 1
    return dict(logs[0]), counted


def test_a_raised_alert_tells_everything_it_knows() -> None:
    log, counted = notified(ALERT)
    assert log == {
        "event": "alert.raised",
        "log_level": "critical",
        "alert": "internal-error/CP-1/2/1/not-healed",
        "kind": "not-healed",
        "severity": "page",
        "rule": "internal-error",
        "site": "Depot",
        "charger": "CP-1",
        "evse": 2,
        "connector": 1,
        "incident": 7,
        "summary": "internal-error on CP-1 evse 2 connector 1",
        "reason": "no step is left",
        "at": 1_700_000_000.0,
    }
    assert counted == [("log", "sent")]


def test_a_resolved_alert_is_good_news() -> None:
    log, counted = notified(replace(ALERT, active=False))
    assert (log["event"], log["log_level"]) == ("alert.resolved", "info")
    assert counted == [("log", "sent")]


def test_an_alert_about_a_whole_site_names_no_charger() -> None:
    log, _ = notified(replace(ALERT, kind=AlertKind.STORM, target=None, incident=None, severity=Severity.TICKET))
    assert log["log_level"] == "warning"
    assert log["site"] == "Depot"
    assert not {"charger", "evse", "connector", "incident"} & log.keys()
