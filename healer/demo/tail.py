"""The last lines of the log, each short enough for one line of the live view."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

KEPT = 100

_KNOWN = frozenset(
    {"event", "level", "logger", "time", "charger", "site", "target", "incident", "connection", "rule", "action"}
)
"""Fields that are shown in a place of their own, or not at all."""


@dataclass(frozen=True, slots=True)
class Line:
    """One log line."""

    time: str
    level: str
    event: str
    about: str
    """The charger or site."""
    text: str


class Tail(io.StringIO):
    """A stream for JSON log lines that keeps the last of them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[Line] = deque(maxlen=KEPT)

    def write(self, text: str) -> int:
        self.lines.extend(_read(line) for line in text.splitlines() if line.strip())
        return len(text)


def _read(line: str) -> Line:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):  # nobody writes such a line, but it should be seen if somebody does
        return Line("", "info", "", "", line)
    return Line(
        _local(found.get("time")),
        str(found.get("level", "info")),
        str(found.get("event", "")),
        str(found.get("charger") or found.get("site") or ""),
        _text(found),
    )


def _local(time: object) -> str:
    """The time of day on this machine's clock."""
    try:
        return datetime.fromisoformat(str(time)).astimezone().strftime("%H:%M:%S")
    except ValueError:
        return ""


def _text(found: Mapping[str, object]) -> str:
    """What the line says beyond its event: a sentence where it has one, else its fields."""
    match found:
        case {"summary": summary, "severity": severity}:
            return f"{severity}: {summary}"
        case {"rule": rule, "reason": reason}:
            return f"{rule}: {reason}"
        case _:
            told = ((key, value) for key, value in found.items() if key not in _KNOWN and value is not None)
            return " ".join(f"{key}={value}" for key, value in told)
