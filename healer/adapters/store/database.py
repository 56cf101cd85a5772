"""The file: how it is opened, with which guarantees, and that only one daemon has it.

WAL with `synchronous=FULL`: a commit that returned survives a power cut. Every transaction of ours begins with
`BEGIN IMMEDIATE`, so that a foreign lock shows at its start and never in the middle.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from healer.errors import StoreError
from healer.model import Seconds

BROKEN: Final = (sa.exc.SQLAlchemyError, sqlite3.Error, OSError)
"""What a database raises that cannot do what it was asked."""

UNFIT: Final = (sa.exc.IntegrityError, sa.exc.DataError, sa.exc.InterfaceError, OverflowError, UnicodeError)
"""What it raises when the fault is the record's, not its own."""

_NOTHING_WRITTEN: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY}


def reason_of(error: BaseException) -> str:
    """SQLite's own words: `database is locked`, `database or disk is full`, `disk I/O error`."""
    return str(getattr(error, "orig", None) or error)


def leaves_nothing(error: BaseException) -> bool:
    """Whether a COMMIT that failed so cannot come back to life after a crash.

    Where the disk was full or the file locked, the commit's last frame was not written. After an I/O error it may stand
    in the WAL without having been synced, and a recovery would find it: only a later commit over it removes it.
    """
    code = getattr(getattr(error, "orig", None) or error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _NOTHING_WRITTEN


def engine(path: Path, *, busy_timeout_s: Seconds) -> sa.Engine:
    """Connections for reading and writing, each its own; not shared, not pooled."""
    made = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        poolclass=sa.pool.NullPool,
        connect_args={"isolation_level": None, "timeout": busy_timeout_s},
    )

    @sa.event.listens_for(made, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise sqlite3.OperationalError(f"no write-ahead log on this file system (journal mode is {mode})")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @sa.event.listens_for(made, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return made


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sa.Connection]:
    """A connection that cannot write, beside a running daemon or without one. Raises StoreError."""
    uri = f"{path.resolve().as_uri()}?mode=ro"
    reader = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=sa.pool.NullPool)
    try:
        with reader.connect() as connection:
            yield connection
    except BROKEN as error:
        raise StoreError(f"{path}: {reason_of(error)}") from error


@dataclass(slots=True)
class Lock:
    """One daemon's exclusive use of a database. The kernel releases it when the process ends, however it ends."""

    descriptor: int | None

    def release(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def lock(path: Path) -> Lock:
    """Take the lock file beside the database. Raises StoreError when another process has it."""
    beside = path.with_name(path.name + ".lock")
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise StoreError(f"{path} is in use by another healer (process {owner})") from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return Lock(descriptor)
