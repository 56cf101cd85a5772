"""Group commit, and the truth about what became durable when the disk does not do its part."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from healer.adapters.store import codec, database, ledger, schema, sqlite
from healer.adapters.store.sqlite import Options, SqlStore
from healer.adapters.store.writer import Hooks, Limits
from healer.events import Event, IdsReserved, IntentRefused, IntentStored, StoreChanged
from healer.fleet.charger import ChargerRecord
from healer.snapshot import Snapshot
from tests.adapters.store import samples
from tests.adapters.store.samples import IDS, NOW

HASTY = Options(busy_timeout_s=0.01, limits=Limits(retry_first_s=0.01, retry_most_s=0.05))
PATIENT = Options(busy_timeout_s=samples.PATIENCE_S)
WORKS = StoreChanged(True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "healer.db"


@pytest.fixture
def listener() -> samples.Listener:
    return samples.Listener()


def begin(path: Path, listener: Callable[[Event], None], options: Options = HASTY) -> SqlStore:
    return sqlite.open(path, deliver=listener, ids=IDS, now=lambda: NOW, options=options)[0]


def reopened(path: Path) -> Snapshot:
    """What a daemon would be given; the chain is whole."""
    store, snapshot = sqlite.open(path, deliver=samples.Listener(), ids=IDS, now=lambda: NOW)
    store.close()
    with database.reading(path) as connection:
        assert ledger.verify_chain(connection) is None
    return snapshot


def kinds(path: Path) -> list[str]:
    """The ledger, by name."""
    with database.reading(path) as connection:
        return list(connection.scalars(sa.select(schema.LEDGER.c.kind).order_by(schema.LEDGER.c.seq)))


def numbers(snapshot: Snapshot) -> list[int]:
    return [intent.id for intent, _ in snapshot.intents]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the database."""
    foreign = sqlite3.connect(path, isolation_level=None)
    foreign.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        foreign.close()


@contextlib.contextmanager
def commits_raising(*raisers: Callable[[sqlite3.Connection], None]) -> Iterator[None]:
    """The next commits meet these, one each; those after them are as ever."""
    waiting = list(raisers)

    def meet(connection: sa.Connection) -> None:
        driver = connection.connection.driver_connection
        if waiting and isinstance(driver, sqlite3.Connection):
            waiting.pop(0)(driver)

    sa.event.listen(sa.Engine, "commit", meet)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "commit", meet)


def failure(code: int, text: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


def commit_and_raise(driver: sqlite3.Connection) -> None:
    """It happened, and nobody is told."""
    driver.execute("COMMIT")
    raise failure(sqlite3.SQLITE_IOERR_FSYNC, "disk I/O error")


def raise_io_error(_driver: sqlite3.Connection) -> None:
    raise failure(sqlite3.SQLITE_IOERR_FSYNC, "disk I/O error")


def raise_full(_driver: sqlite3.Connection) -> None:
    raise failure(sqlite3.SQLITE_FULL, "database or disk is full")


# --- group commit -----------------------------------------------------------------------------------------------------


def test_what_is_queued_is_committed_together(path: Path, listener: samples.Listener) -> None:
    boundaries: list[str] = []
    durations: list[float] = []
    hooks = Hooks(observe_write=durations.append, on_write=boundaries.append)
    store = begin(path, listener, replace(PATIENT, hooks=hooks))
    with locked(path):
        for number in range(1, 101):
            store.record_intent(samples.intent(number))
        assert store.writer.depth == 100
    events = listener.wait_for(IntentStored(100))
    store.close()
    assert events == [IntentStored(number) for number in range(1, 101)]
    # One for what the writer had in hand when the lock came, one for the rest, one for the mark `stopped`.
    assert len(durations) == boundaries.count("after-commit") <= 3
    assert boundaries[:4] == ["begin", "before-commit", "after-commit", "reported"]
    assert store.writer.depth == 0


def test_a_transaction_has_a_bound(path: Path, listener: samples.Listener) -> None:
    boundaries: list[str] = []
    options = replace(PATIENT, limits=Limits(batch=10), hooks=Hooks(on_write=boundaries.append))
    store = begin(path, listener, options)
    with locked(path):
        for number in range(1, 101):
            store.record_intent(samples.intent(number))
    listener.wait_for(IntentStored(100))
    store.close()
    assert boundaries.count("after-commit") >= 10


def test_an_intent_is_reported_only_when_it_and_all_before_it_are_durable(path: Path) -> None:
    seen: list[tuple[int, int]] = []
    done = threading.Event()

    def look(event: Event) -> None:
        with database.reading(path) as connection:
            intents = connection.scalar(sa.select(sa.func.max(schema.INTENTS.c.id))) or 0
            chargers = connection.scalar(sa.select(sa.func.count()).select_from(schema.CHARGERS)) or 0
        if isinstance(event, IntentStored):
            seen.append((intents - event.intent, chargers - event.intent))
            if event.intent == 20:
                done.set()

    store = begin(path, look)
    for number in range(1, 21):
        store.record_fact(samples.charger(f"CP{number}"))
        store.record_intent(samples.intent(number))
    assert done.wait(samples.PATIENCE_S)
    store.close()
    assert len(seen) == 20
    assert all(ahead >= 0 for pair in seen for ahead in pair)


# --- a store that is locked, full or broken ---------------------------------------------------------------------------


def test_a_locked_store_refuses_intents_and_keeps_facts(path: Path, listener: samples.Listener) -> None:
    store = begin(path, listener)
    with locked(path):
        store.record_fact(samples.charger("CP1"))
        listener.wait_for(StoreChanged(False, "database is locked"))
        store.record_intent(samples.intent(1))
        store.record_fact(samples.charger("CP2"))
        events = listener.wait_until(lambda events: len(events) == 2)
        assert isinstance(events[1], IntentRefused)
    listener.wait_for(WORKS)
    store.record_intent(samples.intent(2))
    events = listener.wait_for(IntentStored(2))
    assert [event for event in events if isinstance(event, StoreChanged)] == [
        StoreChanged(False, "database is locked"),
        WORKS,
    ]
    store.close()
    snapshot = reopened(path)
    assert [record.charger for record in snapshot.chargers] == ["CP1", "CP2"]
    assert numbers(snapshot) == [2]


def test_a_failed_batch_says_first_that_the_store_fails_and_then_refuses(
    path: Path, listener: samples.Listener
) -> None:
    store = begin(path, listener)
    with locked(path):
        store.record_intent(samples.intent(1))
        events = listener.wait_until(lambda events: len(events) == 2)
    assert events == [StoreChanged(False, "database is locked"), IntentRefused(1, "database is locked")]
    listener.wait_for(WORKS)  # although no fact waits to be written
    store.close()
    assert numbers(reopened(path)) == []


def test_facts_beyond_the_bound_are_dropped_and_counted(path: Path, listener: samples.Listener) -> None:
    store = begin(path, listener, replace(HASTY, limits=replace(HASTY.limits, queue=10)))
    with locked(path):
        for number in range(50):
            store.record_fact(samples.charger(f"CP{number:02}"))
        listener.wait_until(lambda events: bool(events))
        assert (store.writer.depth, store.writer.dropped) == (10, 40)
    events = listener.wait_until(lambda events: len(events) == 2)
    assert events[1] == StoreChanged(True, "40 facts were lost")
    store.close()
    assert [record.charger for record in reopened(path).chargers] == [f"CP{number:02}" for number in range(10)]
    with database.reading(path) as connection:
        bodies = connection.scalars(sa.select(schema.LEDGER.c.body).where(schema.LEDGER.c.kind == "store.recovered"))
        assert '"dropped":40' in bodies.one()


def test_a_charger_takes_no_more_room_than_one_record(path: Path, listener: samples.Listener) -> None:
    store = begin(path, listener, replace(HASTY, limits=replace(HASTY.limits, queue=10)))
    with locked(path):
        store.record_fact(samples.alert())
        listener.wait_until(lambda events: bool(events))  # the alert is in the writer's hands
        for firmware in range(50):
            for number in range(9):
                store.record_fact(samples.charger(f"CP{number}", firmware=f"1.{firmware}"))
        assert (store.writer.depth, store.writer.dropped) == (10, 0)
    listener.wait_for(WORKS)
    store.close()
    assert [record.firmware for record in reopened(path).chargers] == ["1.49"] * 9


def test_a_newer_record_of_a_charger_never_comes_to_stand_behind_what_followed_the_older(
    path: Path, listener: samples.Listener
) -> None:
    lasting: list[tuple[str | None, bool]] = []

    def look(boundary: str) -> None:
        if boundary == "after-commit":
            with database.reading(path) as connection:
                body = connection.scalar(sa.select(schema.CHARGERS.c.body))
                ended = connection.scalar(sa.select(sa.func.count()).select_from(schema.OUTCOMES))
            lasting.append((body and codec.decode(ChargerRecord, body).firmware, bool(ended)))

    limits = replace(HASTY.limits, batch=1)
    store = begin(path, listener, replace(HASTY, limits=limits, hooks=Hooks(on_write=look)))
    store.record_intent(samples.intent(1))
    listener.wait_for(IntentStored(1))
    with locked(path):
        store.record_fact(samples.alert())
        listener.wait_until(lambda events: len(events) == 2)  # the alert is in the writer's hands
        store.record_fact(samples.charger(firmware="1.0"))
        store.record_fact(samples.outcome(1))
        store.record_fact(samples.charger(firmware="1.1"))
    listener.wait_for(WORKS)
    store.close()
    assert list(dict.fromkeys(lasting)) == [(None, False), ("1.1", False), ("1.1", True)]


def test_the_latest_state_of_a_charger_stands_although_older_ones_failed_to_be_written(
    path: Path, listener: samples.Listener
) -> None:
    store = begin(path, listener)
    with locked(path):
        store.record_fact(samples.charger(firmware="1.0"))
        listener.wait_for(StoreChanged(False, "database is locked"))
        for firmware in ("1.1", "1.2"):
            store.record_fact(samples.charger(firmware=firmware))
        assert store.writer.depth == 2
    listener.wait_for(WORKS)
    store.close()
    assert [record.firmware for record in reopened(path).chargers] == ["1.2"]


def test_recovery_is_told_when_hardly_anything_waits_any_more(path: Path) -> None:
    waiting: list[int] = []
    listener = samples.Listener()

    def listen(event: Event) -> None:
        if event == StoreChanged(True, "50 facts were lost"):
            waiting.append(store.writer.depth)
        listener(event)

    store = begin(path, listen, replace(HASTY, limits=replace(HASTY.limits, queue=100, batch=5)))
    with locked(path):
        for number in range(150):
            store.record_fact(samples.charger(f"CP{number}"))
    listener.wait_for(StoreChanged(True, "50 facts were lost"))
    store.close()
    # Those of the batch that was just written count until it is done with.
    assert len(waiting) == 1
    assert waiting[0] <= 10 + 5


def test_a_fleet_larger_than_the_queue_is_written_anew_without_overflowing_it_again(
    path: Path, listener: samples.Listener
) -> None:
    fleet = [samples.charger(f"CP{number}") for number in range(300)]
    store = begin(path, listener, replace(HASTY, limits=replace(HASTY.limits, queue=200)))
    with locked(path):
        for record in fleet:
            store.record_fact(record)
    listener.wait_for(StoreChanged(True, "100 facts were lost"))
    rest = list(fleet)
    while rest:
        room = 200 - store.writer.depth
        for record in rest[:room]:
            store.record_fact(record)
        rest = rest[room:]
    store.close()
    changes = [event.healthy for event in listener.events if isinstance(event, StoreChanged)]
    assert changes == [False, True]
    assert len(reopened(path).chargers) == 300


def test_an_intent_beyond_the_bound_is_refused(path: Path, listener: samples.Listener) -> None:
    store = begin(path, listener, replace(PATIENT, limits=Limits(queue=3)))
    with locked(path):
        for number in range(1, 6):
            store.record_intent(samples.intent(number))
    events = listener.wait_until(lambda events: len(events) == 7)
    assert events[0] == StoreChanged(False, "the queue is full")
    assert [event.intent for event in events if isinstance(event, IntentRefused)] == [4, 5]
    assert [event.intent for event in events if isinstance(event, IntentStored)] == [1, 2, 3]
    assert events[-1] == WORKS
    store.close()
    assert numbers(reopened(path)) == [1, 2, 3]


def test_a_full_disk_refuses_intents_until_there_is_room(path: Path, listener: samples.Listener) -> None:
    room = [60]

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {room[0]}")

    sa.event.listen(sa.Engine, "connect", limit)
    try:
        store = begin(path, listener)
        number = 0
        while not any(isinstance(event, StoreChanged) for event in listener.events):
            number += 1
            store.record_intent(samples.intent(number))
            store.record_fact(samples.charger(f"CP{number:05}"))
            listener.wait_until(
                lambda events: any(
                    isinstance(event, IntentStored | IntentRefused) and event.intent == number  # noqa: B023
                    for event in events
                )
            )
        assert StoreChanged(False, "database or disk is full") in listener.events
        room[0] = 1_000_000
        events = listener.wait_for(WORKS)
        store.close()
    finally:
        sa.event.remove(sa.Engine, "connect", limit)
    snapshot = reopened(path)
    assert numbers(snapshot) == [event.intent for event in events if isinstance(event, IntentStored)]
    assert len(snapshot.chargers) == number


def test_a_disk_that_takes_no_more_bytes_leaves_nothing_untold(path: Path, listener: samples.Listener) -> None:
    store = begin(path, listener)
    store.record_intent(samples.intent(1))
    listener.wait_for(IntentStored(1))
    wal = Path(f"{path}-wal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal + 100, hard))
    try:
        store.record_intent(samples.intent(2))
        store.record_fact(samples.charger())
        listener.wait_until(lambda events: len(events) >= 2)
        assert IntentStored(2) not in listener.events
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    events = listener.wait_for(WORKS)
    assert [event.intent for event in events if isinstance(event, IntentRefused)] == [2]
    store.close()
    snapshot = reopened(path)
    assert numbers(snapshot) == [1]
    assert len(snapshot.chargers) == 1


# --- a COMMIT that raised ---------------------------------------------------------------------------------------------


def doubtful(path: Path, listener: samples.Listener, *raisers: Callable[[sqlite3.Connection], None]) -> list[Event]:
    """One intent between two facts, its commit met by `raisers`; what was reported of it."""
    store = begin(path, listener, replace(HASTY, busy_timeout_s=samples.PATIENCE_S))
    with commits_raising(*raisers):
        with locked(path):  # so that all three are in one transaction, or two if the writer was quick
            store.record_fact(samples.charger("CP1"))
            store.record_intent(samples.intent(1))
            store.record_fact(samples.charger("CP2"))
        listener.wait_for(WORKS)
        store.reserve_ids("barrier", 1)
        events = listener.wait_until(lambda events: isinstance(events[-1], IdsReserved))
    store.close()
    return [event for event in events if isinstance(event, IntentStored | IntentRefused)]


@pytest.mark.parametrize(
    "raisers",
    [
        (raise_io_error,),
        (raise_io_error, raise_io_error),
        (raise_full,),
        (raise_io_error, raise_full),
        (raise_io_error, commit_and_raise),
        (commit_and_raise,),
        (commit_and_raise, commit_and_raise),
        (commit_and_raise, raise_io_error, raise_full, commit_and_raise),
    ],
    ids=lambda raisers: "-".join(raiser.__name__ for raiser in raisers),
)
def test_what_is_reported_of_a_doubtful_commit_is_true(
    path: Path, listener: samples.Listener, raisers: tuple[Callable[[sqlite3.Connection], None], ...]
) -> None:
    verdicts = doubtful(path, listener, *raisers)
    snapshot = reopened(path)
    assert len(verdicts) == 1
    assert isinstance(verdicts[0], IntentStored) == (numbers(snapshot) == [1])
    assert [record.charger for record in snapshot.chargers] == ["CP1", "CP2"]
    assert kinds(path).count("intent.recorded") == len(snapshot.intents)


def one_intent(path: Path, listener: samples.Listener, *raisers: Callable[[sqlite3.Connection], None]) -> list[Event]:
    store = begin(path, listener)
    with commits_raising(*raisers):
        store.record_intent(samples.intent(1))
        events = listener.wait_for(WORKS)
    store.close()
    return events


def test_a_commit_that_happened_although_it_raised_is_reported_as_stored(
    path: Path, listener: samples.Listener
) -> None:
    events = one_intent(path, listener, commit_and_raise)
    assert events == [StoreChanged(False, "disk I/O error"), IntentStored(1), WORKS]
    assert numbers(reopened(path)) == [1]
    assert kinds(path)[:3] == ["daemon.started", "intent.recorded", "store.recovered"]


def test_a_commit_that_did_not_happen_is_reported_as_refused(path: Path, listener: samples.Listener) -> None:
    events = one_intent(path, listener, raise_io_error, raise_io_error)
    assert events == [StoreChanged(False, "disk I/O error"), IntentRefused(1, "the commit failed"), WORKS]
    assert numbers(reopened(path)) == []
    assert kinds(path)[:2] == ["daemon.started", "store.recovered"]


def test_nothing_is_said_of_a_commit_that_nobody_can_judge(path: Path, listener: samples.Listener) -> None:
    store = begin(path, listener)
    raisers = [raise_io_error] * 1000
    with commits_raising(*raisers):
        store.record_intent(samples.intent(1))
        listener.wait_for(StoreChanged(False, "disk I/O error"))
        store.close()
    assert listener.events == [StoreChanged(False, "disk I/O error")]
    assert numbers(reopened(path)) == []


def test_a_failed_commit_without_a_line_in_the_ledger_is_simply_done_again(
    path: Path, listener: samples.Listener
) -> None:
    store = begin(path, listener)
    with commits_raising(commit_and_raise):
        store.record_fact(samples.charger())
        listener.wait_for(WORKS)
    store.close()
    assert len(reopened(path).chargers) == 1


# --- records at fault -------------------------------------------------------------------------------------------------


def test_a_record_at_fault_harms_no_other_in_its_transaction(path: Path, listener: samples.Listener) -> None:
    store = begin(path, listener, PATIENT)
    with locked(path):
        store.record_intent(samples.intent(1))
        store.record_intent(samples.intent(2, message_id="healer-1"))
        store.record_fact(samples.outcome(77))
        store.record_fact(samples.charger("CP1"))
        store.record_fact(samples.transition(10**30))
        store.record_fact(samples.transition(3, since=float("nan")))
        store.record_intent(samples.intent(4))
        store.record_fact(samples.charger("CP2"))
    events = listener.wait_for(IntentStored(4))
    store.close()
    assert [type(event) for event in events] == [IntentStored, IntentRefused, IntentStored]
    assert store.writer.rejected == 4
    snapshot = reopened(path)
    assert numbers(snapshot) == [1, 4]
    assert len(snapshot.chargers) == 2
    assert snapshot.incidents == ()
    assert kinds(path)[:4] == ["daemon.started", "intent.recorded", "intent.recorded", "daemon.stopped"]


# --- the end ----------------------------------------------------------------------------------------------------------


def test_closing_writes_all_that_is_queued(path: Path, listener: samples.Listener) -> None:
    store = begin(path, listener)
    for number in range(1000):
        store.record_fact(samples.charger(f"CP{number}"))
    store.close()
    store.close()
    assert not Path(f"{path}-wal").exists()
    snapshot = reopened(path)
    assert len(snapshot.chargers) == 1000
    assert snapshot.stopped_cleanly


def test_a_closed_store_refuses(path: Path, listener: samples.Listener) -> None:
    store = begin(path, listener)
    store.close()
    store.record_intent(samples.intent(1))
    store.record_fact(samples.charger())
    store.reserve_ids("intent", 1)
    assert listener.events == [IntentRefused(1, "the store is closed")]
    assert store.writer.dropped == 1
    assert reopened(path).chargers == ()


def test_closing_does_not_wait_for_a_store_that_stays_broken(path: Path, listener: samples.Listener) -> None:
    store = begin(path, listener)
    with locked(path):
        store.record_fact(samples.charger())
        listener.wait_for(StoreChanged(False, "database is locked"))
        store.close()
    assert not reopened(path).stopped_cleanly


def test_a_listener_that_is_gone_does_not_stop_the_writer(path: Path) -> None:
    def closed_loop(_event: Event) -> None:
        raise RuntimeError("Event loop is closed")

    store = begin(path, closed_loop)
    store.record_intent(samples.intent(1))
    store.record_intent(samples.intent(2))
    store.close()
    assert numbers(reopened(path)) == [1, 2]


def test_a_writer_that_dies_of_a_bug_says_so(
    path: Path, listener: samples.Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _arguments: died.set())

    def stumble(boundary: str) -> None:
        if boundary == "before-commit":
            raise LookupError("a bug")

    store = begin(path, listener, Options(hooks=Hooks(on_write=stumble)))
    store.record_intent(samples.intent(1))
    assert died.wait(samples.PATIENCE_S)
    store.record_intent(samples.intent(2))
    assert listener.events == [
        StoreChanged(False, "a bug"),
        IntentRefused(2, "the store does not work: a bug"),
    ]
    store.close()
    assert numbers(reopened(path)) == []
