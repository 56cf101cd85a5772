"""What a simulated charger has yet to say, in order, with the patience that OCPP asks of it.

A status that could not be said is outdated and forgotten; a transaction message is kept over a lost link and repeated
when it got no answer (1.6 section 3.7, 2.0.1 part 4 section 5.3), and nothing of its kind overtakes it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from healer.model import Instant, Seconds
from healer.ocpp import messages

ATTEMPTS = 3
"""How often a transaction message is sent at most while the link stands (1.6 TransactionMessageAttempts)."""

Wording: TypeAlias = Callable[[bool], messages.Report]
"""Makes the report at the moment it is said; told whether it tells of the past."""

Hearing: TypeAlias = Callable[[messages.Reply, Instant], None]
"""What to do with the answer."""


@dataclass(eq=False, slots=True)
class Word:
    """One thing to say."""

    at: Instant
    wording: Wording
    durable: bool = False
    """It survives a lost link, and its answer matters: nothing else is said before that is there."""
    hearing: Hearing | None = None
    past: bool = False
    attempts: int = 0


class Voice:
    """The queue of a charger's own messages."""

    def __init__(self, retry_s: Seconds) -> None:
        self._retry_s = retry_s
        self._words: deque[Word] = deque()
        self._open: Word | None = None
        """The durable word said last, while its answer is awaited."""
        self._retry_at: Instant | None = None

    def add(self, word: Word) -> None:
        self._words.append(word)

    def next_at(self) -> Instant | None:
        """When there is something to say; in the past where it waits only to be fetched."""
        times = [self._ready_at(word) for word in self._words]
        return min(times, default=None)

    def pop(self, now: Instant) -> tuple[messages.Report, bool] | None:
        """The next report and whether its answer must be awaited before the next one."""
        for word in self._words:
            if self._ready_at(word) > now:
                continue
            self._words.remove(word)
            if word.durable:
                self._open, self._retry_at = word, None
                word.attempts += 1
            return word.wording(word.past), word.durable
        return None

    def answered(self, reply: messages.Reply | None, now: Instant) -> None:
        """The answer to the durable word said last; None: an error or none at all."""
        word, self._open = self._open, None
        if word is None:
            return
        if reply is not None:
            if word.hearing is not None:
                word.hearing(reply, now)
        elif word.attempts < ATTEMPTS:
            self._words.appendleft(word)
            self._retry_at = now + self._retry_s

    def lose_link(self) -> None:
        """What was not said is forgotten or, if durable, of the past; what got no answer is said again."""
        if self._open is not None:
            self._words.appendleft(self._open)
        self._open = self._retry_at = None
        self._words = deque(word for word in self._words if word.durable)
        for word in self._words:
            word.past, word.attempts = True, 0

    def _ready_at(self, word: Word) -> Instant:
        if word.durable and self._retry_at is not None:
            return max(word.at, self._retry_at)
        return word.at
