"""The one thread that writes: group commit in the order of arrival, and the truth about what became durable.

Each round takes what is queued, up to a bound, into one transaction, and reports after its commit. When that fails:

- the batch's intents are refused, its facts are kept and tried again with a growing pause;
- the store is unhealthy until a commit succeeds: new intents are refused at once, facts queue up to the bound, and
  those beyond it are dropped and counted;
- a record that is itself at fault is left out, and the others are written without it.

**State takes no more room than it has subjects.** A charger's record replaces the one of the same charger that is still
queued, *at that one's place*. Sooner is harmless: what stands between the two is not durable yet, so no intent among it
was sent, and the newer record cannot know of its answer. Later would not be: a charger's record goes before the outcome
of the command that changed it, or a crash between the two would lose what we owe the charger.

**A COMMIT that raised may have happened.** Then nothing is said of its intents until the database was read back over a
fresh connection: a *doubt* remembers up to where the ledger would reach. After an I/O error not even that is enough,
since frames that were written and never synced may come back at the next recovery. The verdict is therefore reported
only after a later commit, which overwrites them; it always has something to write, the line `store.recovered`.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import sqlalchemy as sa
import structlog

from healer.adapters.store import batches, database, entries, ledger
from healer.adapters.store.batches import Batch
from healer.adapters.store.entries import Entry
from healer.events import Event, IntentRefused, StoreChanged
from healer.model import Instant, Seconds

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept waiting, how much is committed at once, how soon a failure is tried again."""

    queue: int = 20_000
    """Records waiting or being written; facts beyond are dropped, intents refused."""
    batch: int = 500
    """Records in one transaction."""
    retry_first_s: Seconds = 0.1
    retry_most_s: Seconds = 5.0

    @property
    def calm(self) -> int:
        """The store has recovered when no more than this waits: there is room for what was lost to be told anew."""
        return self.queue // 10


@dataclass(frozen=True, slots=True)
class Hooks:
    """Where the composition root looks on, in the writer's thread. They must not block."""

    observe_write: Callable[[Seconds], None] | None = None
    """Told how long each successful transaction took, commit included."""
    on_write: Callable[[str], None] | None = None
    """Told the boundaries of each transaction as it crosses them, to time and trace its phases: `begin`,
    `before-commit`, `after-commit`, `reported`."""


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A COMMIT that raised: if the chain holds `head`, it happened."""

    head: ledger.Head
    events: list[Event]
    """To be reported if it did."""
    batch: list[Entry]
    """To be judged if it did not."""


class Writer:
    """Owns the queue, the thread and its connection. Public methods may be called from any thread."""

    def __init__(
        self,
        engine: sa.Engine,
        *,
        deliver: Callable[[Event], None],
        now: Callable[[], Instant],
        limits: Limits,
        hooks: Hooks,
    ) -> None:
        self._engine: Final = engine
        self._deliver: Final = deliver
        self._now: Final = now
        self._limits: Final = limits
        self._hooks: Final = hooks
        self._turn: Final = threading.Condition()
        """Guards the fields down to `_gap`."""
        self._queue: OrderedDict[str | int, Entry] = OrderedDict()
        """In the order of writing; by what a later entry replaces, else by a number of its own."""
        self._numbers: Final = itertools.count()
        self._writing = 0
        """Records that left the queue and are not durable yet."""
        self._healthy = True
        self._closing = False
        self._dropped = 0
        self._gap: str | None = None
        """Why the store is or was unhealthy, until that is in the ledger."""
        self._rejected = 0
        self._dropped_before_gap = 0
        self._connection: sa.Connection | None = None
        self._head = ledger.Head()
        self._doubts: list[_Doubt] = []
        """Newest last; all about the same facts."""
        self._thread: Final = threading.Thread(target=self._run, name="store-writer", daemon=True)

    # --- for the callers ------------------------------------------------------------------------------------------

    @property
    def depth(self) -> int:
        """Records that are not durable yet."""
        with self._turn:
            return len(self._queue) + self._writing

    @property
    def dropped(self) -> int:
        """Facts lost because the queue was full."""
        return self._dropped

    @property
    def rejected(self) -> int:
        """Records lost because they were themselves at fault."""
        return self._rejected

    def start(self) -> None:
        self._thread.start()

    def put_intent(self, entry: Entry, intent: int) -> None:
        with self._turn:
            if self._is_full() and not self._closing:
                self._turn_unhealthy("the queue is full")
            refusal = self._refusal()
            if refusal is None:
                self._append(entry)
            else:
                self._report([IntentRefused(intent, refusal)])

    def refuse(self, intent: int, reason: str) -> None:
        """Report an intent that never came as far as the queue."""
        with self._turn:
            self._report([IntentRefused(intent, reason)])

    def put_fact(self, entry: Entry) -> None:
        with self._turn:
            if self._closing:
                self._dropped += 1
            elif self._is_full() and entry.replaces not in self._queue:
                self._dropped += 1
                self._turn_unhealthy("the queue is full")
            else:
                self._append(entry)

    def put_reservation(self, entry: Entry) -> None:
        """Few and small, so never dropped."""
        with self._turn:
            if not self._closing:
                self._append(entry)

    def reject(self, name: str, reason: str) -> None:
        """Count and log a record that cannot be kept."""
        with self._turn:
            self._rejected += 1
        _log.error("record.rejected", record=name, reason=reason)

    def close(self, last: Entry, timeout_s: Seconds) -> bool:
        """Write what is queued and then `last`; whether the thread has ended in time."""
        with self._turn:
            if not self._closing:
                self._append(last)
            self._closing = True
            self._turn.notify()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _append(self, entry: Entry) -> None:
        self._queue[next(self._numbers) if entry.replaces is None else entry.replaces] = entry
        self._turn.notify()

    def _is_full(self) -> bool:
        return len(self._queue) + self._writing >= self._limits.queue

    def _refusal(self) -> str | None:
        if self._closing:
            return "the store is closed"
        if not self._healthy:
            return f"the store does not work: {self._gap or 'it is catching up'}"
        return None

    # --- health ---------------------------------------------------------------------------------------------------

    def _turn_unhealthy(self, reason: str) -> None:
        """Reported under the lock, so that no refusal that follows from it overtakes it."""
        self._gap = reason
        if self._healthy:
            self._healthy = False
            _log.error("store.failed", reason=reason)
            self._report([StoreChanged(False, reason)])

    def _fail(self, error: BaseException, batch: Iterable[Entry]) -> None:
        """Turn unhealthy and refuse the intents of `batch`, which is known not to be durable, and of the queue."""
        with self._turn:
            self._turn_unhealthy(database.reason_of(error))
            self._report(batches.refusals([*batch, *self._queue.values()], database.reason_of(error)))
            for key in [key for key, entry in self._queue.items() if entry.intent is not None]:
                del self._queue[key]

    def _recover(self) -> None:
        """A commit succeeded: healthy again as soon as the backlog is nearly gone."""
        with self._turn:
            if self._healthy or self._gap is not None or len(self._queue) > self._limits.calm:
                return
            self._healthy = True
            lost, self._dropped_before_gap = self._dropped - self._dropped_before_gap, self._dropped
            _log.info("store.recovered", dropped=lost)
            self._report([StoreChanged(True, f"{lost} facts were lost" if lost else "")])

    def _report(self, events: Iterable[Event]) -> None:
        for event in events:
            try:
                self._deliver(event)
            except RuntimeError as error:  # the event loop is closed: nobody listens any more
                _log.warning("event.undelivered", happening=type(event).__name__, reason=str(error))

    # --- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (batch := self._take()) is not None:
                if not self._persist(batch):
                    _log.error("store.abandoned", records=self.depth)
                    return
                with self._turn:
                    self._writing = 0
        except BaseException as error:
            # A bug of ours. What was in work is left unsaid: it may be durable.
            self._fail(error, ())
            raise
        finally:
            self._disconnect()

    def _take(self) -> list[Entry] | None:
        """The next batch, empty if only a gap is to be written; None when all is and the store is being closed."""
        with self._turn:
            self._turn.wait_for(lambda: self._queue or self._closing or self._gap is not None)
            if self._closing and not self._queue:
                return None
            count = min(len(self._queue), self._limits.batch)
            batch = [self._queue.popitem(last=False)[1] for _ in range(count)]
            self._writing = len(batch)
            return batch

    def _persist(self, batch: list[Entry]) -> bool:
        """Write until all of it is durable; False when that has not come about by the time of closing."""
        pause_s = self._limits.retry_first_s
        while True:
            with self._turn:
                last_try = self._closing
            left = self._attempt(batch)
            if left is None:
                return True
            if last_try:
                return False
            batch = left
            with self._turn:
                self._writing = len(batch)
                self._turn.wait_for(lambda: self._closing, pause_s)
            pause_s = min(2 * pause_s, self._limits.retry_most_s)

    def _attempt(self, batch: list[Entry]) -> list[Entry] | None:
        """One transaction: None when it is durable, else what is still to be written, if only the gap's own line."""
        began = perf_counter()
        judged: list[Event] = []
        try:
            connection = self._begin()
            if self._doubts:
                judged, batch = self._judge(connection)
            work = self._write(connection, batch)
        except database.BROKEN as error:
            self._disconnect()
            self._fail(error, () if self._doubts else batch)
            return batches.without_intents(batch)
        self._cross("before-commit")
        try:
            connection.commit()
        except database.BROKEN as error:
            self._disconnect()
            return self._doubt(error, work, judged, batch)
        self._cross("after-commit")
        if self._hooks.observe_write is not None:
            self._hooks.observe_write(perf_counter() - began)
        self._committed(work, judged)
        return None

    def _committed(self, work: Batch, judged: list[Event]) -> None:
        self._head = work.head
        self._doubts.clear()
        for name, reason in work.unfit:
            self.reject(name, reason)
        self._report([*judged, *work.events])
        self._recover()
        self._cross("reported")

    # --- one transaction ------------------------------------------------------------------------------------------

    def _begin(self) -> sa.Connection:
        """A transaction on the connection, on a fresh one after a failure."""
        self._cross("begin")
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.begin()
            self._head = ledger.read_head(self._connection)
        else:
            self._connection.begin()
        return self._connection

    def _disconnect(self) -> None:
        """Let go of the connection, which ends its transaction."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except database.BROKEN as error:
                _log.warning("connection.not_closed", reason=database.reason_of(error))

    def _write(self, connection: sa.Connection, batch: list[Entry]) -> Batch:
        """Everything of the batch, and the line about the gap before it."""
        with self._turn:
            gap, self._gap = self._gap, None
        try:
            if gap is not None:
                batch = [entries.of_gap(self._now(), gap, self._dropped - self._dropped_before_gap), *batch]
            return batches.write(connection, self._head, batch)
        except database.BROKEN:
            with self._turn:
                self._gap = self._gap or gap
            raise

    # --- doubt ----------------------------------------------------------------------------------------------------

    def _doubt(self, error: BaseException, work: Batch, judged: list[Event], batch: list[Entry]) -> list[Entry]:
        """The COMMIT raised. Find out what it did; what is still to be written."""
        if work.head == self._head:  # nothing but facts that may be written twice
            self._fail(error, batch)
            return batches.without_intents(batch)
        self._doubts.append(_Doubt(work.head, [*judged, *work.events], batch))
        self._fail(error, ())
        if database.leaves_nothing(error) and len(self._doubts) == 1:
            try:
                events, batch = self._judge(self._begin())
            except database.BROKEN as unreadable:
                _log.warning("commit.undetermined", reason=database.reason_of(unreadable))
            else:
                self._doubts.clear()
                self._report(events)
            self._disconnect()
        return batch

    def _judge(self, connection: sa.Connection) -> tuple[list[Event], list[Entry]]:
        """What the doubtful commits did: the events that follow from it, and what is still to be written."""
        for doubt in reversed(self._doubts):
            if ledger.holds(connection, doubt.head):
                return doubt.events, []
        batch = self._doubts[0].batch
        return batches.refusals(batch, "the commit failed"), batches.without_intents(batch)

    # --- the rest -------------------------------------------------------------------------------------------------

    def _cross(self, boundary: str) -> None:
        if self._hooks.on_write is not None:
            self._hooks.on_write(boundary)
