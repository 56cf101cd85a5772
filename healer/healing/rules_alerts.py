"""What people are told of the rules themselves: those on disk have mistakes, or a reload cost begun work its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from healer.healing.outputs import Record
from healer.healing.records import Alert, AlertKind
from healer.healing.reload_plan import Prospect
from healer.model import Instant, Seconds, Severity

REFUSED: Final = "rules/refused"
SUPERSEDED: Final = "rules/superseded"

STANDS_S: Final[Seconds] = 24 * 3600.0
"""How long people are told of superseded incidents if nobody reloads meanwhile."""

LONGEST_REASON: Final = 1000
"""Characters of the mistakes that an alert tells; `healer check` tells all."""


class RulesAlerts:
    """At most one alert of each kind, and when it is over."""

    def __init__(self) -> None:
        self._up: dict[str, Alert] = {}

    def recall(self, alerts: Iterable[Alert]) -> None:
        """After a restart: what people were told stands until the files have been judged again."""
        self._up.update((alert.key, alert) for alert in alerts if alert.kind is AlertKind.RULES)

    def judged(self, trouble: str | None, now: Instant) -> list[Record]:
        """The files on disk were read: what is wrong with them, or None."""
        if trouble is None:
            return self._lower(REFUSED, "the rules on disk are good again", now)
        reason = trouble if len(trouble) <= LONGEST_REASON else f"{trouble[:LONGEST_REASON]}..."
        return self._raise(REFUSED, "the rules on disk have mistakes; the last good ones stay in force", reason, now)

    def replaced(self, prospects: Sequence[Prospect], now: Instant) -> list[Record]:
        """Other rules are in force: who lost the place of work that was begun."""
        lost = [prospect for prospect in prospects if prospect.superseded]
        if not lost:
            return self._lower(SUPERSEDED, "the rules were replaced since", now)
        named = [f"{one.former} on {one.incident.target}: {one.reason}" for one in lost]
        shown = "; ".join(named[:10]) + (f" and {len(named) - 10} more" if len(named) > 10 else "")
        incidents = "an incident" if len(lost) == 1 else f"{len(lost)} incidents"
        return self._raise(SUPERSEDED, f"new rules have no place for {incidents} under treatment", shown, now)

    def review(self, now: Instant) -> list[Record]:
        """Nobody needs to hear of superseded incidents for ever."""
        told = self._up.get(SUPERSEDED)
        if told is None or now < told.at + STANDS_S:
            return []
        return self._lower(SUPERSEDED, "it was told for a day", now)

    def _raise(self, key: str, summary: str, reason: str, now: Instant) -> list[Record]:
        told = self._up.get(key)
        if told is not None and (told.summary, told.reason) == (summary, reason):
            return []
        self._up[key] = _alert(key, summary, reason, now, active=True)
        return [Record(self._up[key])]

    def _lower(self, key: str, reason: str, now: Instant) -> list[Record]:
        told = self._up.pop(key, None)
        return [] if told is None else [Record(_alert(key, told.summary, reason, now, active=False))]


def _alert(key: str, summary: str, reason: str, now: Instant, *, active: bool) -> Alert:
    return Alert(
        key=key,
        kind=AlertKind.RULES,
        active=active,
        severity=Severity.WARNING,
        rule="",
        site=None,
        target=None,
        incident=None,
        summary=summary,
        reason=reason,
        at=now,
    )
