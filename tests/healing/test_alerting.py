"""What people are told."""

from __future__ import annotations

import dataclasses

from healer.healing import alerting
from healer.healing.incident import Incident, State, Taken
from healer.healing.records import AlertKind
from healer.healing.storms import ScopeKind, Storm, StormScope
from healer.healing.verdict import Verdict
from healer.model import Severity
from tests.bench import place, rules

RULE = dataclasses.replace(rules().rules["internal-error"], description="Faulted with InternalError; usually a hang.")


def _incident(**changes: object) -> Incident:
    given: dict[str, object] = {"id": 7, "rule": RULE.name, "rule_hash": "h", "target": place("A"), "site": "Depot"}
    return Incident(**{**given, "opened_at": 0.0, **changes})  # type: ignore[arg-type]


def test_an_alert_says_what_where_and_what_was_tried() -> None:
    incident = _incident(taken=[Taken(0, "reset soft", 1.0, 1, "no-effect")])
    alert = alerting.raised(incident, RULE, AlertKind.NOT_HEALED, Severity.TICKET, 5.0)
    assert (alert.key, alert.active, alert.site, alert.incident) == ("not-healed/7", True, "Depot", 7)
    assert alert.summary == "internal-error on A evse 1 connector 1: Faulted with InternalError was not healed"
    assert alert.reason == "reset soft: no-effect"
    assert incident.alerts == {"not-healed": Severity.TICKET}


def test_an_alert_of_a_blocked_incident_names_the_guards() -> None:
    incident = _incident(state=State.SUPPRESSED, verdicts=(Verdict("store", blocks=True, reason="disk full"),))
    alert = alerting.raised(incident, RULE, AlertKind.NOT_HEALED, Severity.TICKET, 5.0)
    assert alert.reason == "nothing was sent; held back by store: disk full"


def test_all_alerts_of_an_incident_come_down_under_their_keys_once() -> None:
    incident = _incident(state=State.RESOLVED)
    up = [
        alerting.raised(incident, RULE, kind, Severity.PAGE, 1.0) for kind in (AlertKind.FIRING, AlertKind.NOT_HEALED)
    ]
    down = alerting.resolved(incident, 9.0)
    assert [alert.key for alert in down] == [alert.key for alert in up]
    assert not any(alert.active for alert in down)
    assert alerting.resolved(incident, 10.0) == []


def test_a_storm_is_told_once_for_its_scope_and_at_least_as_a_warning() -> None:
    storm = Storm(RULE.name, StormScope(ScopeKind.SITE, "Depot"), 0.0, 25, 30)
    members = [f"C{number:02}" for number in range(25)]
    alert = alerting.storm_alert(storm, RULE, members, active=True, now=1.0)
    assert (alert.key, alert.severity, alert.site) == ("storm/internal-error/site Depot", Severity.WARNING, "Depot")
    assert "C19 and 5 more" in alert.reason
    over = alerting.storm_alert(storm, None, [], active=False, now=2.0)
    assert (over.key, over.active) == (alert.key, False)
