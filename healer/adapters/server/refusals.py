"""What is logged of those who are not let in: the first of a kind at once, the rest summed up once a minute.

Somebody who knocks hundreds of times a second must not fill the log, nor write into it what a terminal obeys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import structlog

from healer.model import Seconds

WINDOW_S: Final = 60.0
_MOST_KINDS: Final = 64
_LONGEST: Final = 300
_CROWD: Final = "handshakes.exceeded"
_REFUSED: Final = "connection.refused"

_Kind: TypeAlias = tuple[str, str, str]
"""Event, reason, path."""

_log = structlog.get_logger("healer.server")


@dataclass(slots=True)
class _Window:
    timer: asyncio.TimerHandle
    count: int = 0
    """Since the last line."""
    fields: dict[str, Any] = field(default_factory=dict)


class Refusals:
    """Of one server. Each window of a kind ends with a line if there was anything, and then goes on."""

    def __init__(self) -> None:
        self._windows: dict[_Kind, _Window] = {}

    def note(self, status: HTTPStatus, reason: str, path: str, peer: str | None) -> None:
        """A connection is refused. `path` is without its query, for secrets may be there."""
        shown = _printable(path)
        fields = {"status": status.value, "reason": reason, "path": shown, "peer": peer}
        # Whoever makes up ever new paths has them summed up under the reason alone.
        fits = (_REFUSED, reason, shown) in self._windows or len(self._windows) < _MOST_KINDS
        self._add((_REFUSED, reason, shown if fits else ""), fields)

    def note_crowd(self) -> None:
        """A socket is closed unheard: too many handshakes are under way."""
        self._add((_CROWD, "", ""), {})

    def close(self) -> None:
        """Say what is left to say."""
        windows = list(self._windows.items())
        self._windows.clear()
        for kind, window in windows:
            window.timer.cancel()
            if window.count:
                _log.warning(kind[0], count=window.count, **window.fields)

    def _add(self, kind: _Kind, fields: dict[str, Any]) -> None:
        window = self._windows.get(kind)
        if window is None:
            _log.warning(kind[0], **fields)
            self._windows[kind] = _Window(self._timer(kind))
        else:
            window.count += 1
            window.fields = fields

    def _timer(self, kind: _Kind) -> asyncio.TimerHandle:
        return _later(WINDOW_S, self._sum_up, kind)

    def _sum_up(self, kind: _Kind) -> None:
        window = self._windows.pop(kind)
        if window.count:
            _log.warning(kind[0], count=window.count, **window.fields)
            self._windows[kind] = _Window(self._timer(kind))


def _later(delay_s: Seconds, call: Callable[[_Kind], None], kind: _Kind) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(delay_s, call, kind)


def _printable(text: str) -> str:
    shown = text[:_LONGEST]
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in shown)
