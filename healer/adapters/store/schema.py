"""The tables. Key columns are what records are found by; `body` is the whole record as strict JSON, see `codec`.

The shape of the bodies has no version of its own: whoever changes a record writes a migration that rewrites them. JSON
is kept as text, never as the database's own JSON type, because the ledger's hashes cover it byte by byte.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

METADATA: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64 bits everywhere; SQLite's INTEGER has them, and only under that name is it the row's own number."""

CHARGERS: Final = sa.Table(
    "chargers",
    METADATA,
    sa.Column("charger", sa.Text, primary_key=True),
    sa.Column("site", sa.Text, nullable=False, index=True),
    sa.Column("last_seen_at", sa.Double),
    sa.Column("body", sa.Text, nullable=False),
)
"""`fleet.charger.ChargerRecord`, the latest of each charger."""

ENROLMENTS: Final = sa.Table(
    "enrolments",
    METADATA,
    sa.Column("charger", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""`fleet.enrolment.Enrolment`, the latest about each charger; the ones before are in the ledger."""

LEARNED: Final = sa.Table(
    "learned",
    METADATA,
    sa.Column("vendor", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("firmware", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""`fleet.learned.Learned`, the latest of each model and firmware."""

INCIDENTS: Final = sa.Table(
    "incidents",
    METADATA,
    sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("charger", sa.Text, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("state_since", sa.Double, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index(None, "state", "state_since"),
)
"""`healing.incident.Incident` after its latest transition; the way there is in the ledger."""

INTENTS: Final = sa.Table(
    "intents",
    METADATA,
    sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("message_id", sa.Text, nullable=False, unique=True),
    sa.Column("incident", NUMBER, nullable=False, index=True),
    sa.Column("charger", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
)
"""`healing.records.Intent`. The incident may be written after it, hence no foreign key."""

OUTCOMES: Final = sa.Table(
    "outcomes",
    METADATA,
    sa.Column("intent", NUMBER, sa.ForeignKey(INTENTS.c.id), primary_key=True, autoincrement=False),
    sa.Column("fate", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""`healing.records.IntentOutcome`: at most one for each intent, and none without an intent."""

ALERTS: Final = sa.Table(
    "alerts",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("active", sa.Boolean, nullable=False, index=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
"""`healing.records.Alert`, the latest of each key."""

MARKS: Final = sa.Table(
    "marks",
    METADATA,
    sa.Column("run", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
)
"""From when to when each run of the daemon watched: `started`, `watching` (moves on), `stopped` (if it was orderly)."""

ID_BLOCKS: Final = sa.Table(
    "id_blocks",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("next", NUMBER, nullable=False),
)
"""The first id of each kind that nobody was given."""

LEDGER: Final = sa.Table(
    "ledger",
    METADATA,
    sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("incident", NUMBER, index=True),
    sa.Column("charger", sa.Text, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("prev_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
"""Append-only: every decision, hash-chained, see `ledger`."""
