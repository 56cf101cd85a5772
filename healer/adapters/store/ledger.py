"""The ledger's hash chain: each line carries the hash of the one before it, so that nothing in it changes unseen.

    hash = sha256 of the JSON array [seq, at, kind, incident, charger, body, prev_hash]

in UTF-8 without spaces; `at` is the shortest decimal that reads back as the same double, `body` is the text as stored.
`seq` begins at 1 and has no holes. One database is one node, and one chain. What a chain cannot show is that its end
was cut off; for that the latest hash must be known from elsewhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, TypedDict

import msgspec
import sqlalchemy as sa

from healer.adapters.store import schema
from healer.model import Instant

GENESIS: Final = "0" * 64
"""What the first line takes for the hash before it."""

_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be written down, before it has a place in the chain."""

    kind: str
    """An event name, `noun.past_verb`."""
    at: Instant
    body: str
    incident: int | None = None
    charger: str | None = None


class Row(TypedDict):
    """One line in its place."""

    seq: int
    at: Instant
    kind: str
    incident: int | None
    charger: str | None
    body: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain."""

    seq: int = 0
    hash: str = GENESIS

    def append(self, line: Line) -> tuple[Head, Row]:
        """The line in its place, and the new end."""
        seq, at = self.seq + 1, float(line.at)
        digest = _digest(seq, at, line, self.hash)
        row = Row(
            seq=seq,
            at=at,
            kind=line.kind,
            incident=line.incident,
            charger=line.charger,
            body=line.body,
            prev_hash=self.hash,
            hash=digest,
        )
        return Head(seq, digest), row


def _digest(seq: int, at: Instant, line: Line, prev_hash: str) -> str:
    text = _ENCODER.encode([seq, at, line.kind, line.incident, line.charger, line.body, prev_hash])
    return hashlib.sha256(text).hexdigest()


def read_head(connection: sa.Connection) -> Head:
    """The end of the chain as it is stored."""
    table = schema.LEDGER
    row = connection.execute(sa.select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)).first()
    return Head() if row is None else Head(row.seq, row.hash)


def holds(connection: sa.Connection, head: Head) -> bool:
    """Whether the chain reached `head` once: whether the transaction that wrote up to it is in the database."""
    table = schema.LEDGER
    return connection.scalar(sa.select(table.c.hash).where(table.c.seq == head.seq)) == head.hash


def verify_chain(connection: sa.Connection) -> int | None:
    """Walk the whole chain; the first `seq` that is missing, out of place or altered, None when it is whole."""
    head = Head()
    rows = connection.execution_options(yield_per=1000).execute(sa.select(schema.LEDGER).order_by(schema.LEDGER.c.seq))
    for row in rows:
        line = Line(row.kind, row.at, row.body, row.incident, row.charger)
        expected, _ = head.append(line)
        if (row.seq, row.prev_hash, row.hash) != (expected.seq, head.hash, expected.hash):
            return expected.seq
        head = expected
    return None
