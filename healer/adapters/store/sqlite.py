"""The store that the runtime sees: one SQLite file, one writer thread.

`open` does everything that takes time while nobody waits for a charger yet: lock, migrations, ids, snapshot. After it,
each call returns at once and its result comes back as an event.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Final

import sqlalchemy as sa
import structlog

import healer
from healer.adapters.store import codec, database, entries, ledger, restoration, schema, versions
from healer.adapters.store.entries import Entry, Reservation
from healer.adapters.store.writer import Hooks, Limits, Writer
from healer.effects import Fact
from healer.errors import StoreError
from healer.events import Event
from healer.healing.records import Intent
from healer.model import Instant, Seconds
from healer.snapshot import IdBlock, Snapshot

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Options:
    """How the store treats its file; the defaults suit a daemon."""

    busy_timeout_s: Seconds = 2.0
    """How long a transaction waits while another process, a backup perhaps, holds the file."""
    limits: Limits = field(default_factory=Limits)
    hooks: Hooks = field(default_factory=Hooks)


DEFAULTS: Final = Options()


class SqlStore:
    """`ports.Store` over one database. Made by `open`."""

    def __init__(self, writer: Writer, run: int, *, now: Callable[[], Instant], lock: database.Lock) -> None:
        self.writer: Final = writer
        """For its gauges: `depth`, `dropped`, `rejected`."""
        self._run: Final = run
        self._now: Final = now
        self._lock: Final = lock

    def record_intent(self, intent: Intent) -> None:
        try:
            entry = entries.of_intent(intent)
        except codec.UNENCODABLE as error:
            self.writer.refuse(intent.id, f"the intent cannot be written: {error}")
        else:
            self.writer.put_intent(entry, intent.id)

    def record_fact(self, fact: Fact) -> None:
        try:
            entry = entries.of_fact(fact, self._run)
        except codec.UNENCODABLE as error:
            self.writer.reject(type(fact).__name__, str(error))
        else:
            self.writer.put_fact(entry)

    def reserve_ids(self, kind: str, count: int) -> None:
        self.writer.put_reservation(Entry("ids", reservation=Reservation(kind, count)))

    def close(self, timeout_s: Seconds = 10.0) -> None:
        """Write what is queued and the `stopped` mark, let go of the file. May be called again.

        A disk that does not answer within `timeout_s` is left behind, still locked, for the end of the process.
        """
        if self.writer.close(entries.of_stop(self._run, self._now()), timeout_s):
            self._lock.release()
        else:
            _log.error("store.not_closed", records=self.writer.depth)


def open(
    path: Path,
    *,
    deliver: Callable[[Event], None],
    ids: Mapping[str, int],
    now: Callable[[], Instant] = time,
    options: Options = DEFAULTS,
) -> tuple[SqlStore, Snapshot]:
    """Open or make the database at `path`, and begin a run of the daemon.

    `deliver` is called in the writer's thread or the caller's own and must be safe in both and return at once, as
    `loop.call_soon_threadsafe` does; it must not call the store. `ids` is how many ids of each kind to reserve now;
    `now` is the engine's timeline. Raises StoreError: in use by another daemon, newer than this version, not ours, or
    unreadable.
    """
    path = path.resolve()
    with contextlib.ExitStack() as undo, _translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = database.lock(path)
        undo.callback(lock.release)
        engine = database.engine(path, busy_timeout_s=options.busy_timeout_s)
        backup = versions.upgrade(engine, path)
        if backup is not None:
            _log.info("store.upgraded", backup=str(backup))
        run, snapshot = _begin_run(engine, ids, now())
        writer = Writer(engine, deliver=deliver, now=now, limits=options.limits, hooks=options.hooks)
        writer.start()
        undo.pop_all()
    return SqlStore(writer, run, now=now, lock=lock), snapshot


def _begin_run(engine: sa.Engine, ids: Mapping[str, int], now: Instant) -> tuple[int, Snapshot]:
    """Reserve ids, read what the last run left, and leave this run's `started` mark."""
    with engine.connect() as connection, connection.begin():
        former = restoration.last_run(connection)
        blocks = {
            kind: IdBlock(entries.reserve(connection, Reservation(kind, count)), count) for kind, count in ids.items()
        }
        snapshot = restoration.read_snapshot(connection, run=former, now=now, ids=blocks)
        started = entries.of_start(former + 1, now, healer.__version__)
        for statement, columns in started.rows:
            connection.execute(statement, columns)
        if started.line is not None:
            _, row = ledger.read_head(connection).append(started.line)
            connection.execute(sa.insert(schema.LEDGER), row)
    return former + 1, snapshot


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except database.BROKEN as error:
        raise StoreError(f"{path} cannot be opened: {database.reason_of(error)}") from error
