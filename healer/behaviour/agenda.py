"""What a simulated charger will do by itself, and when."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeAlias

from healer.model import Instant

Deed: TypeAlias = Callable[[Instant], None]
"""Called with the instant for which it was planned, however late that is noticed."""


@dataclass(order=True, slots=True)
class Entry:
    """One planned deed; those of one instant keep their order."""

    at: Instant
    order: int
    label: str = field(compare=False)
    deed: Deed = field(compare=False)


class Agenda:
    """Planned deeds, earliest first; labels say which of them belong together."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._count = 0

    def plan(self, at: Instant, label: str, deed: Deed) -> None:
        self._count += 1
        heapq.heappush(self._entries, Entry(at, self._count, label, deed))

    def next_at(self) -> Instant | None:
        return self._entries[0].at if self._entries else None

    def pop(self, now: Instant) -> Entry | None:
        """The earliest deed that is due, or None."""
        return heapq.heappop(self._entries) if self._entries and self._entries[0].at <= now else None

    def has(self, label: str) -> bool:
        return any(entry.label == label for entry in self._entries)

    def cancel(self, *labels: str) -> None:
        self._filter(lambda entry: entry.label not in labels)

    def cancel_but(self, labels: Collection[str]) -> None:
        self._filter(lambda entry: entry.label in labels)

    def _filter(self, kept: Callable[[Entry], bool]) -> None:
        self._entries = [entry for entry in self._entries if kept(entry)]
        heapq.heapify(self._entries)
