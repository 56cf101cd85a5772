"""Runs the migrations over the connection, and within the transaction, that `versions.upgrade` gives."""

from __future__ import annotations

from alembic import context

from healer.adapters.store import schema


def run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=schema.METADATA,
        transactional_ddl=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
