"""Times as OCPP writes them, RFC 3339 (1.6 sections 3.14 and 3.15), and as we keep them."""

from __future__ import annotations

from datetime import UTC, datetime

from healer.model import Instant


def written(instant: Instant) -> str:
    """The instant in UTC with `Z` and whole seconds, the one form that every charger can read."""
    return datetime.fromtimestamp(instant, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written_or_none(instant: Instant | None) -> str | None:
    return None if instant is None else written(instant)


def read(text: str | None) -> Instant | None:
    """A charger's time; without a zone it is taken as UTC, and what is no time at all is None.

    The year 0001 or 1970 of a clock that was never set is returned as it stands: it is what the charger said.
    """
    if text is None or len(text) < len("2024-01-01T00:00"):
        return None
    try:
        moment = datetime.fromisoformat(text.strip().upper())
        zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return zoned.timestamp()
    except (ValueError, OverflowError):
        return None
