"""Migrations make exactly the schema; what they find is copied first, and refused when it is not theirs."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from healer.adapters.store import database, schema, sqlite, versions
from healer.errors import StoreError
from tests.adapters.store import samples
from tests.adapters.store.samples import IDS, NOW

NEXT = '''
"""The version after the latest."""
from alembic import op
import sqlalchemy as sa

revision = "9999"
down_revision = "{latest}"

def upgrade():
    with op.batch_alter_table("incidents") as table:
        table.add_column(sa.Column("note", sa.Text()))
    {then}
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "healer.db"


def engine(path: Path) -> sa.Engine:
    return database.engine(path, busy_timeout_s=1.0)


def filled(path: Path) -> None:
    store, _ = sqlite.open(path, deliver=samples.Listener(), ids=IDS)
    store.record_intent(samples.intent(1))
    store.record_fact(samples.outcome(1))
    store.record_fact(samples.transition(1))
    store.close()


def later(tmp_path: Path, then: str = "pass") -> Path:
    """The migrations of a later version."""
    scripts = tmp_path / "50% later" / "migrations"
    shutil.copytree(versions.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "v9999_next.py").write_text(NEXT.format(latest=revision_of_ours(), then=then))
    return scripts


def revision_of_ours() -> str:
    return max(path.name[1:5] for path in (versions.SCRIPTS / "versions").glob("v*.py"))


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found)


def columns(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[1] for row in connection.execute("PRAGMA table_info(incidents)")}


def test_migrations_make_exactly_the_schema(path: Path) -> None:
    made = engine(path)
    versions.upgrade(made, path)
    with made.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, schema.METADATA) == []


def test_migrations_make_the_same_statements_as_the_schema(path: Path, tmp_path: Path) -> None:
    """Constraints and their names too, which a comparison does not see."""
    versions.upgrade(engine(path), path)
    other = engine(tmp_path / "other.db")
    schema.METADATA.create_all(other)

    def statements(made: sa.Engine) -> set[str]:
        with made.connect() as connection:
            found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql NOT LIKE '%alembic_version%'")
            return {" ".join(row[0].replace("\t", " ").split()) for row in found}

    assert statements(engine(path)) == statements(other)


def test_an_empty_database_gets_its_tables_without_a_backup(path: Path, tmp_path: Path) -> None:
    assert versions.upgrade(engine(path), path) is None
    assert list(tmp_path.glob("*.backup")) == []


def test_a_database_of_this_version_is_left_alone(path: Path, tmp_path: Path) -> None:
    filled(path)
    assert versions.upgrade(engine(path), path) is None
    assert list(tmp_path.glob("*.backup")) == []


def test_an_older_database_is_copied_and_then_brought_up_to_date(path: Path, tmp_path: Path) -> None:
    filled(path)
    backup = versions.upgrade(engine(path), path, scripts=later(tmp_path))
    assert backup is not None
    assert (revision(path), revision(backup)) == ("9999", revision_of_ours())
    assert "note" in columns(path)
    store, snapshot = sqlite.open(backup, deliver=samples.Listener(), ids=IDS, now=lambda: NOW)
    store.close()
    assert snapshot.intents == ((samples.intent(1), samples.outcome(1)),)
    assert snapshot.incidents == (samples.incident(1),)


def test_an_upgrade_that_fails_changes_nothing(path: Path, tmp_path: Path) -> None:
    filled(path)
    before = columns(path)
    with pytest.raises(sa.exc.OperationalError, match="no such table"):
        versions.upgrade(engine(path), path, scripts=later(tmp_path, 'op.execute("DROP TABLE missing")'))
    assert (columns(path), revision(path)) == (before, revision_of_ours())
    sqlite.open(path, deliver=samples.Listener(), ids=IDS)[0].close()


def test_an_upgrade_must_not_lose_what_others_refer_to(path: Path, tmp_path: Path) -> None:
    filled(path)
    with pytest.raises(StoreError, match="would leave 1 rows without what they refer to"):
        versions.upgrade(engine(path), path, scripts=later(tmp_path, 'op.execute("DELETE FROM intents")'))
    assert revision(path) == revision_of_ours()


def test_a_newer_database_is_refused(path: Path, tmp_path: Path) -> None:
    filled(path)
    versions.upgrade(engine(path), path, scripts=later(tmp_path))
    with pytest.raises(StoreError, match=r"written by a newer healer \(schema 9999, this one knows up to"):
        sqlite.open(path, deliver=samples.Listener(), ids=IDS)
    assert revision(path) == "9999"


def test_a_database_of_somebody_else_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (title)")
    with pytest.raises(StoreError, match="not one of healer's"):
        sqlite.open(path, deliver=samples.Listener(), ids=IDS)


def test_a_copy_of_the_same_name_is_replaced(path: Path) -> None:
    filled(path)
    first = versions.back_up(path, "0001")
    first.write_bytes(b"old")
    assert versions.back_up(path, "0001") == first
    assert revision(first) == revision_of_ours()
