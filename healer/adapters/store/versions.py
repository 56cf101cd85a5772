"""Which version of the schema a database has, and how it gets to ours.

An empty file gets the tables. An older one is copied beside itself first and then brought up to date, all in one
transaction. A newer one, and a file that is not ours, are refused.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from healer.errors import StoreError

SCRIPTS: Final = Path(__file__).parent / "migrations"
"""The migrations that ship with this version."""


def upgrade(database: sa.Engine, path: Path, *, scripts: Path = SCRIPTS) -> Path | None:
    """Bring the database at `path` to the version of `scripts`; the backup's path if one was made.

    Raises StoreError for a database that is newer than `scripts` or not healer's.
    """
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    known = ScriptDirectory.from_config(config)
    head = known.get_current_head()
    with database.connect() as connection:
        # Migrations of SQLite rebuild tables, which foreign keys would forbid.
        connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            revision = _revision(connection, path, {script.revision for script in known.walk_revisions()})
        if revision == head:
            return None
        backup = None if revision is None else back_up(path, revision)
        with connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _check_references(connection, path)
    return backup


def back_up(path: Path, revision: str) -> Path:
    """A complete copy of the database beside it, named after its revision; an older copy of that name is replaced."""
    copy = path.with_name(f"{path.name}.{revision}.backup")
    unfinished = copy.with_name(copy.name + ".part")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    os.replace(unfinished, copy)
    return copy


def _revision(connection: sa.Connection, path: Path, known: set[str]) -> str | None:
    """The revision of the database, None when it is empty."""
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None and sa.inspect(connection).get_table_names():
        raise StoreError(f"{path} is a database, but not one of healer's")
    if revision is not None and revision not in known:
        raise StoreError(
            f"{path} was written by a newer healer (schema {revision}, this one knows up to {max(known)}); "
            "use that version, or the backup it made beside the file"
        )
    return revision


def _check_references(connection: sa.Connection, path: Path) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise StoreError(f"{path}: the migration would leave {len(broken)} rows without what they refer to")
