"""What one transaction does: each record's rows and ids, its line in the ledger, and what is to be reported of it.

If one record is unfit (an id used before, an outcome without an intent), all are written again, each in a savepoint of
its own, and the unfit ones are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from healer.adapters.store import database, entries, ledger, schema
from healer.adapters.store.entries import Entry
from healer.events import Event, IdsReserved, IntentRefused, IntentStored


@dataclass(slots=True)
class Batch:
    """The work of one transaction, durable or not."""

    head: ledger.Head
    """The chain's end after it."""
    lines: list[ledger.Row] = field(default_factory=list)
    """Those that are still to be inserted."""
    events: list[Event] = field(default_factory=list)
    """To be reported once it is durable."""
    unfit: list[tuple[str, str]] = field(default_factory=list)
    """Records left out, by name, with the reason."""


def write(connection: sa.Connection, head: ledger.Head, records: list[Entry]) -> Batch:
    """Write the records into the connection's transaction, which may be begun anew for it. Does not commit."""
    try:
        return _fill(connection, head, records, _apply)
    except database.UNFIT:
        connection.rollback()
        connection.begin()
        return _fill(connection, head, records, _apply_alone)


def refusals(records: Iterable[Entry], reason: str) -> list[Event]:
    """What is to be reported of records that will not be written."""
    return [IntentRefused(entry.intent, reason) for entry in records if entry.intent is not None]


def without_intents(records: Iterable[Entry]) -> list[Entry]:
    """What is to be written again after a failure."""
    return [entry for entry in records if entry.intent is None]


def _fill(
    connection: sa.Connection,
    head: ledger.Head,
    records: list[Entry],
    apply: Callable[[sa.Connection, Entry, Batch], None],
) -> Batch:
    work = Batch(head)
    for entry in records:
        apply(connection, entry, work)
    if work.lines:
        connection.execute(sa.insert(schema.LEDGER), work.lines)
    return work


def _apply(connection: sa.Connection, entry: Entry, work: Batch) -> None:
    for statement, columns in entry.rows:
        connection.execute(statement, columns)
    if entry.reservation is not None:
        wanted = entry.reservation
        work.events.append(IdsReserved(wanted.kind, entries.reserve(connection, wanted), wanted.count))
    if entry.line is not None:
        work.head, row = work.head.append(entry.line)
        work.lines.append(row)
    if entry.intent is not None:
        work.events.append(IntentStored(entry.intent))


def _apply_alone(connection: sa.Connection, entry: Entry, work: Batch) -> None:
    alone = Batch(work.head)
    try:
        with connection.begin_nested():
            _apply(connection, entry, alone)
            if alone.lines:
                connection.execute(sa.insert(schema.LEDGER), alone.lines)
    except database.UNFIT as error:
        reason = database.reason_of(error)
        work.unfit.append((entry.name, reason))
        # An intent that is durable already was reported then, or is among those to be reported now.
        if entry.intent is not None and not _is_stored(connection, entry.intent):
            work.events.append(IntentRefused(entry.intent, reason))
    else:
        work.head = alone.head
        work.events += alone.events


def _is_stored(connection: sa.Connection, intent: int) -> bool:
    return connection.scalar(sa.select(schema.INTENTS.c.id).where(schema.INTENTS.c.id == intent)) is not None
