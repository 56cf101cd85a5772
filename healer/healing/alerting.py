"""Which alerts an incident or a storm raises and resolves, and what they say."""

from __future__ import annotations

from collections.abc import Sequence

from healer.healing.incident import Incident, State
from healer.healing.records import Alert, AlertKind
from healer.healing.storms import ScopeKind, Storm
from healer.model import Instant, Severity
from healer.rules.rule import Rule


def _headline(incident: Incident, rule: Rule | None) -> str:
    what = rule.description.split(";")[0].split(". ")[0].rstrip(".") if rule is not None and rule.description else ""
    return f"{incident.rule} on {incident.target}" + (f": {what}" if what else "")


def raised(incident: Incident, rule: Rule, kind: AlertKind, severity: Severity, now: Instant) -> Alert:
    """The alert of this kind goes up (once; the incident remembers)."""
    incident.alerts[kind.value] = severity
    return Alert(
        key=f"{kind.value}/{incident.id}",
        kind=kind,
        active=True,
        severity=severity,
        rule=incident.rule,
        site=incident.site,
        target=incident.target,
        incident=incident.id,
        summary=_headline(incident, rule) + (" was not healed" if kind is AlertKind.NOT_HEALED else ""),
        reason=_story(incident),
        at=now,
    )


def resolved(incident: Incident, now: Instant) -> list[Alert]:
    """All alerts of the incident come down."""
    alerts = [
        Alert(
            key=f"{kind}/{incident.id}",
            kind=AlertKind(kind),
            active=False,
            severity=severity,
            rule=incident.rule,
            site=incident.site,
            target=incident.target,
            incident=incident.id,
            summary=f"{incident.rule} on {incident.target}: {incident.state}",
            reason=incident.reason,
            at=now,
        )
        for kind, severity in incident.alerts.items()
    ]
    incident.alerts.clear()
    return alerts


def _story(incident: Incident) -> str:
    """What was done so far, in one line."""
    steps = [f"{taken.action}: {taken.result}" for taken in incident.taken]
    done = "; ".join(steps) if steps else "nothing was sent"
    blocks = "; ".join(f"{verdict.guard}: {verdict.reason}" for verdict in incident.blocking())
    return f"{done}; held back by {blocks}" if blocks and incident.state is State.SUPPRESSED else done


def storm_alert(storm: Storm, rule: Rule | None, members: Sequence[str], *, active: bool, now: Instant) -> Alert:
    """One alert for the whole scope, with its members."""
    severity = max(
        rule.severity if rule is not None else Severity.WARNING, Severity.WARNING, key=lambda word: word.rank
    )
    shown = ", ".join(members[:20]) + (f" and {len(members) - 20} more" if len(members) > 20 else "")
    return Alert(
        key=f"storm/{storm.rule}/{storm.scope}",
        kind=AlertKind.STORM,
        active=active,
        severity=severity,
        rule=storm.rule,
        site=storm.scope.name if storm.scope.kind is ScopeKind.SITE else None,
        target=None,
        incident=None,
        summary=f"{storm.rule}: {storm.sentence}"
        if active
        else f"{storm.rule}: the storm over the {storm.scope} is over",
        reason=f"healing of this fault is held back there; chargers: {shown}" if active else "below the limit",
        at=now,
    )
