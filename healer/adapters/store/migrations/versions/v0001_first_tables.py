"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "chargers",
        sa.Column("charger", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("last_seen_at", sa.Double(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("charger", name="pk_chargers"),
    )
    op.create_index("ix_chargers_site", "chargers", ["site"])
    op.create_table(
        "enrolments",
        sa.Column("charger", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("charger", name="pk_enrolments"),
    )
    op.create_table(
        "learned",
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("firmware", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("vendor", "model", "firmware", name="pk_learned"),
    )
    op.create_table(
        "incidents",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("charger", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_charger", "incidents", ["charger"])
    op.create_index("ix_incidents_state_state_since", "incidents", ["state", "state_since"])
    op.create_table(
        "intents",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("incident", _NUMBER, nullable=False),
        sa.Column("charger", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_intents"),
        sa.UniqueConstraint("message_id", name="uq_intents_message_id"),
    )
    op.create_index("ix_intents_incident", "intents", ["incident"])
    op.create_index("ix_intents_at", "intents", ["at"])
    op.create_table(
        "outcomes",
        sa.Column("intent", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("intent", name="pk_outcomes"),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name="fk_outcomes_intent"),
    )
    op.create_table(
        "alerts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_alerts"),
    )
    op.create_index("ix_alerts_active", "alerts", ["active"])
    op.create_table(
        "marks",
        sa.Column("run", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run", "kind", name="pk_marks"),
    )
    op.create_table(
        "id_blocks",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("next", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_id_blocks"),
    )
    op.create_table(
        "ledger",
        sa.Column("seq", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("incident", _NUMBER, nullable=True),
        sa.Column("charger", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_ledger"),
    )
    op.create_index("ix_ledger_incident", "ledger", ["incident"])
    op.create_index("ix_ledger_charger", "ledger", ["charger"])
