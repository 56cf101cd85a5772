"""What a starting daemon is given: the Snapshot, read from the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

import sqlalchemy as sa

from healer.adapters.store import codec, schema
from healer.errors import StoreError
from healer.fleet.charger import ChargerRecord
from healer.fleet.enrolment import Enrolment
from healer.fleet.learned import Learned
from healer.healing.incident import Incident, State
from healer.healing.records import Alert, Intent, IntentOutcome
from healer.model import Instant, Seconds
from healer.snapshot import IdBlock, Snapshot

RESOLVED_KEPT_S: Final[Seconds] = 24 * 3600.0
"""A resolved incident may reopen for so long."""

INTENTS_KEPT_S: Final[Seconds] = 7 * 24 * 3600.0
"""The longest budget looks back so far."""

GONE: Final = frozenset({State.INACTIVE, State.CANCELLED})
"""Nothing can happen to an incident any more that has come here."""

T = TypeVar("T")


def is_wanted(incident: Incident, now: Instant) -> bool:
    """Whether a starting daemon must know this incident."""
    if incident.state is State.RESOLVED:
        return incident.state_since >= now - RESOLVED_KEPT_S
    return incident.state not in GONE


def last_run(connection: sa.Connection) -> int:
    """The number of the latest run of a daemon; 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(schema.MARKS.c.run))) or 0


def read_snapshot(connection: sa.Connection, *, run: int, now: Instant, ids: Mapping[str, IdBlock]) -> Snapshot:
    """The durable state that run number `run` left. Raises StoreError for a body that cannot be read."""
    marks = _marks(connection, run)
    return Snapshot(
        chargers=tuple(_bodies(connection, ChargerRecord, schema.CHARGERS)),
        incidents=tuple(_bodies(connection, Incident, schema.INCIDENTS, _wanted(now))),
        intents=tuple(_intents(connection, now - INTENTS_KEPT_S)),
        alerts=tuple(_bodies(connection, Alert, schema.ALERTS, schema.ALERTS.c.active)),
        enrolments=tuple(_bodies(connection, Enrolment, schema.ENROLMENTS)),
        learned=tuple(_bodies(connection, Learned, schema.LEARNED)),
        watched_until=max(marks.values(), default=None),
        stopped_cleanly="stopped" in marks,
        ids=dict(ids),
    )


def _marks(connection: sa.Connection, run: int) -> dict[str, Instant]:
    table = schema.MARKS
    rows = connection.execute(sa.select(table.c.kind, table.c.at).where(table.c.run == run))
    return {row.kind: row.at for row in rows}


def _wanted(now: Instant) -> sa.ColumnElement[bool]:
    """`is_wanted`, for the database to answer."""
    state, since = schema.INCIDENTS.c.state, schema.INCIDENTS.c.state_since
    resolved = State.RESOLVED.value
    ended = [resolved, *(gone.value for gone in GONE)]
    return sa.or_(state.not_in(ended), sa.and_(state == resolved, since >= now - RESOLVED_KEPT_S))


def _bodies(
    connection: sa.Connection, record: type[T], table: sa.Table, wanted: sa.ColumnElement[bool] | None = None
) -> list[T]:
    keys = tuple(table.primary_key.columns)
    query = sa.select(table.c.body, *keys).order_by(*keys)
    if wanted is not None:
        query = query.where(wanted)
    return [_decode(record, table.name, "/".join(map(str, row[1:])), row.body) for row in connection.execute(query)]


def _intents(connection: sa.Connection, since: Instant) -> list[tuple[Intent, IntentOutcome | None]]:
    intents, outcomes = schema.INTENTS, schema.OUTCOMES
    query = (
        sa.select(intents.c.id, intents.c.body, outcomes.c.body.label("outcome"))
        .join_from(intents, outcomes, isouter=True)
        .where(intents.c.at >= since)
        .order_by(intents.c.id)
    )
    return [
        (
            _decode(Intent, intents.name, row.id, row.body),
            None if row.outcome is None else _decode(IntentOutcome, outcomes.name, row.id, row.outcome),
        )
        for row in connection.execute(query)
    ]


def _decode(record: type[T], table: str, key: object, body: str) -> T:
    try:
        return codec.decode(record, body)
    except StoreError as error:
        raise StoreError(f"{table} {key}: {error}") from error
