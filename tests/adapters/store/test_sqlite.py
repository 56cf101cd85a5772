"""Opening and closing the store: one daemon at a time, and every refusal says why."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

import healer
from healer import ports
from healer.adapters.store import database, schema, sqlite
from healer.adapters.store.sqlite import SqlStore
from healer.errors import StoreError
from healer.events import IntentStored
from healer.snapshot import Snapshot
from tests.adapters.store import samples
from tests.adapters.store.samples import IDS, NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "healer.db"


def begin(path: Path, listener: samples.Listener | None = None) -> tuple[SqlStore, Snapshot]:
    return sqlite.open(path, deliver=listener or samples.Listener(), ids=IDS, now=lambda: NOW)


def test_it_is_a_store_to_the_runtime(path: Path) -> None:
    store, _ = begin(path)
    port: ports.Store = store
    store.close()
    assert port is store


def test_a_second_daemon_is_refused(path: Path) -> None:
    store, _ = begin(path)
    with pytest.raises(StoreError, match=r"in use by another healer \(process \d+\)"):
        begin(path)
    store.close()
    begin(path)[0].close()


def test_a_second_daemon_is_refused_under_another_name_too(path: Path, tmp_path: Path) -> None:
    store, _ = begin(path)
    (tmp_path / "link.db").symlink_to(path)
    with pytest.raises(StoreError, match="in use"):
        begin(tmp_path / "link.db")
    store.close()


def test_a_refused_database_is_not_left_locked(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("this is no database, however long it may be " * 100)
    for _ in range(2):
        with pytest.raises(StoreError, match="file is not a database"):
            begin(path)


def test_a_directory_is_no_database(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="unable to open database file"):
        begin(path)


def test_a_directory_that_cannot_be_made_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be opened"):
        begin(tmp_path / "file" / "healer.db")


def test_a_body_that_cannot_be_read_is_named(path: Path) -> None:
    listener = samples.Listener()
    store, _ = begin(path, listener)
    store.record_intent(samples.intent(7))
    listener.wait_for(IntentStored(7))
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE intents SET body = '{}'")
        connection.commit()
    with pytest.raises(StoreError, match="intents 7: a stored Intent cannot be read"):
        begin(path)


def test_each_run_leaves_its_beginning_and_end_in_the_ledger(path: Path) -> None:
    begin(path)[0].close()
    begin(path)[0].close()
    with database.reading(path) as connection:
        rows = connection.execute(sa.select(schema.LEDGER.c.kind, schema.LEDGER.c.body).order_by("seq")).all()
    started = f'"version":"{healer.__version__}"'
    assert [tuple(row) for row in rows] == [
        ("daemon.started", f'{{"run":1,{started}}}'),
        ("daemon.stopped", '{"run":1}'),
        ("daemon.started", f'{{"run":2,{started}}}'),
        ("daemon.stopped", '{"run":2}'),
    ]


def test_a_commit_survives_a_power_cut(path: Path) -> None:
    begin(path)[0].close()
    with database.engine(path, busy_timeout_s=1.5).connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 1500}


def test_a_reader_cannot_write(path: Path) -> None:
    begin(path)[0].close()
    with (
        pytest.raises(StoreError, match="readonly"),
        database.reading(path) as connection,
    ):
        connection.execute(sa.delete(schema.LEDGER))


def test_a_reader_of_nothing_is_told_so(path: Path) -> None:
    with (
        pytest.raises(StoreError, match="unable to open"),
        database.reading(path) as connection,
    ):
        connection.scalar(sa.select(1))
