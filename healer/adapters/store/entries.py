"""What a record becomes in the tables: the rows it writes and the line it leaves in the ledger.

Made in the caller's thread, at the moment of the call: records share mutable parts with the living engine, so they are
turned into text before anybody can change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from healer.adapters.store import codec, ledger, schema
from healer.effects import Fact, Watching
from healer.fleet.charger import ChargerRecord
from healer.fleet.enrolment import Enrolment
from healer.fleet.learned import Learned
from healer.healing.incident import State
from healer.healing.records import Alert, Intent, IntentOutcome, Transition
from healer.model import Instant

Row: TypeAlias = tuple[sa.Executable, Mapping[str, object]]
"""A statement with its parameters."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Ids to be reserved."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One record on its way into the store: all of it becomes durable, or nothing."""

    name: str
    """What it is, for log lines."""
    rows: tuple[Row, ...] = ()
    line: ledger.Line | None = None
    intent: int | None = None
    """The intent whose fate is to be reported."""
    reservation: Reservation | None = None
    replaces: str | None = None
    """Takes the place of a queued entry that bears the same word: it says all that the other said, and later."""


def _upsert(table: sa.Table) -> sa.Executable:
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    rest = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


_PUT_CHARGER: Final = _upsert(schema.CHARGERS)
_PUT_ENROLMENT: Final = _upsert(schema.ENROLMENTS)
_PUT_LEARNED: Final = _upsert(schema.LEARNED)
_PUT_INCIDENT: Final = _upsert(schema.INCIDENTS)
_DROP_INCIDENT: Final = sa.delete(schema.INCIDENTS).where(schema.INCIDENTS.c.id == sa.bindparam("incident"))
_ADD_INTENT: Final = sa.insert(schema.INTENTS)
_ADD_OUTCOME: Final = sa.insert(schema.OUTCOMES)
_PUT_ALERT: Final = _upsert(schema.ALERTS)
_PUT_MARK: Final = _upsert(schema.MARKS)
_PUT_NEXT_ID: Final = _upsert(schema.ID_BLOCKS)


def of_intent(intent: Intent) -> Entry:
    body = codec.encode(intent)
    columns = {
        "id": intent.id,
        "message_id": intent.message_id,
        "incident": intent.incident,
        "charger": intent.charger,
        "at": intent.at,
        "body": body,
    }
    line = ledger.Line("intent.recorded", intent.at, body, intent.incident, intent.charger)
    return Entry("intent", ((_ADD_INTENT, columns),), line, intent=intent.id)


def of_fact(fact: Fact, run: int) -> Entry:
    """A fact; `run` is the number of the daemon's run, for its marks."""
    match fact:
        case ChargerRecord():
            return _of_charger(fact)
        case Enrolment():
            return _of_enrolment(fact)
        case Learned():
            return _of_learned(fact)
        case IntentOutcome():
            return _of_outcome(fact)
        case Transition():
            return _of_transition(fact)
        case Alert():
            return _of_alert(fact)
        case Watching(at):
            return Entry("watching", (_mark(run, "watching", at),))
        case _:
            assert_never(fact)


def of_start(run: int, at: Instant, version: str) -> Entry:
    line = ledger.Line("daemon.started", at, codec.encode({"run": run, "version": version}))
    return Entry("started", (_mark(run, "started", at),), line)


def of_stop(run: int, at: Instant) -> Entry:
    line = ledger.Line("daemon.stopped", at, codec.encode({"run": run}))
    return Entry("stopped", (_mark(run, "stopped", at),), line)


def of_gap(at: Instant, reason: str, dropped: int) -> Entry:
    """The store works again: how much was lost while it did not."""
    return Entry("gap", line=ledger.Line("store.recovered", at, codec.encode({"reason": reason, "dropped": dropped})))


def reserve(connection: sa.Connection, reservation: Reservation) -> int:
    """Take a block of ids, within the connection's transaction; the first of them."""
    table = schema.ID_BLOCKS
    first = connection.scalar(sa.select(table.c.next).where(table.c.kind == reservation.kind)) or 1
    connection.execute(_PUT_NEXT_ID, {"kind": reservation.kind, "next": first + reservation.count})
    return int(first)


def _mark(run: int, kind: str, at: Instant) -> Row:
    return _PUT_MARK, {"run": run, "kind": kind, "at": at}


def _of_charger(record: ChargerRecord) -> Entry:
    columns = {
        "charger": record.charger,
        "site": record.site,
        "last_seen_at": record.last_seen_at,
        "body": codec.encode(record),
    }
    return Entry("charger", ((_PUT_CHARGER, columns),), replaces=f"charger {record.charger}")


def _of_enrolment(enrolment: Enrolment) -> Entry:
    body = codec.encode(enrolment)
    columns = {"charger": enrolment.charger, "at": enrolment.at, "body": body}
    line = ledger.Line(f"charger.{enrolment.decision}", enrolment.at, body, charger=enrolment.charger)
    return Entry("enrolment", ((_PUT_ENROLMENT, columns),), line)


def _of_learned(learned: Learned) -> Entry:
    columns = {
        "vendor": learned.vendor,
        "model": learned.model,
        "firmware": learned.firmware,
        "at": learned.at,
        "body": codec.encode(learned),
    }
    who = (learned.vendor, learned.model, learned.firmware)
    return Entry("learned", ((_PUT_LEARNED, columns),), replaces=f"learned {who}")


def _of_outcome(outcome: IntentOutcome) -> Entry:
    body = codec.encode(outcome)
    columns = {"intent": outcome.intent, "fate": outcome.fate.value, "at": outcome.at, "body": body}
    return Entry("outcome", ((_ADD_OUTCOME, columns),), ledger.Line("intent.ended", outcome.at, body))


def _of_transition(transition: Transition) -> Entry:
    incident = transition.incident
    line = ledger.Line(
        "incident.changed", transition.at, codec.encode(transition), incident.id, incident.target.charger
    )
    if incident.state is State.INACTIVE:
        return Entry("transition", ((_DROP_INCIDENT, {"incident": incident.id}),), line)
    columns = {
        "id": incident.id,
        "rule": incident.rule,
        "charger": incident.target.charger,
        "state": incident.state.value,
        "state_since": incident.state_since,
        "body": codec.encode(incident),
    }
    return Entry("transition", ((_PUT_INCIDENT, columns),), line)


def _of_alert(alert: Alert) -> Entry:
    body = codec.encode(alert)
    charger = None if alert.target is None else alert.target.charger
    kind = "alert.raised" if alert.active else "alert.resolved"
    columns = {"key": alert.key, "active": alert.active, "at": alert.at, "body": body}
    return Entry("alert", ((_PUT_ALERT, columns),), ledger.Line(kind, alert.at, body, alert.incident, charger))
