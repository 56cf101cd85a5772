"""`kill -9` at any moment: what was reported as stored is there, in order, and the chain is whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from healer.adapters.store import database, ledger, sqlite
from healer.snapshot import Snapshot
from tests.adapters.store import samples
from tests.adapters.store.samples import IDS, NOW

DAEMON = """
import os, sys, threading
from pathlib import Path
from healer.adapters.store import sqlite
from healer.adapters.store.sqlite import Options
from healer.adapters.store.writer import Hooks
from healer.events import IntentStored
from tests.adapters.store import samples

path, last_boundary = Path(sys.argv[1]), int(sys.argv[2])
crossed = 0
free = threading.Semaphore(20)

def say(event):
    if isinstance(event, IntentStored):
        os.write(1, f"{event.intent}\\n".encode())
        free.release()

def cross(boundary):
    global crossed
    crossed += 1
    if crossed == last_boundary:
        os._exit(9)

store, snapshot = sqlite.open(
    path, deliver=say, ids=samples.IDS, now=lambda: samples.NOW, options=Options(hooks=Hooks(on_write=cross))
)
number = snapshot.ids["intent"].first
while True:
    free.acquire()
    store.record_fact(samples.charger(f"CP{number:06}"))
    store.record_intent(samples.intent(number))
    store.record_fact(samples.outcome(number))
    number += 1
"""

NEVER = 10**9


def daemon(path: Path, last_boundary: int) -> subprocess.Popen[str]:
    """A daemon that records for ever, tells which intents are stored, and ends at a boundary of the writer."""
    return subprocess.Popen(
        [sys.executable, "-c", DAEMON, str(path), str(last_boundary)], stdout=subprocess.PIPE, text=True
    )


def recovered(path: Path, first: int, told: list[int]) -> Snapshot:
    """What the next daemon is given: nothing torn, nothing out of order, nothing missing that was told."""
    store, snapshot = sqlite.open(path, deliver=samples.Listener(), ids=IDS, now=lambda: NOW)
    store.close()
    with database.reading(path) as connection:
        assert ledger.verify_chain(connection) is None
    stored = [intent.id for intent, _ in snapshot.intents]
    chargers = {record.charger for record in snapshot.chargers}
    of_this_run = [number for number in stored if number >= first]
    assert set(told) <= set(stored)
    assert of_this_run == list(range(first, first + len(of_this_run)))
    assert all(f"CP{number:06}" in chargers for number in stored)
    open_intents = [intent.id for intent, outcome in snapshot.intents if outcome is None and intent.id >= first]
    assert open_intents in ([], of_this_run[-1:])
    assert not snapshot.stopped_cleanly
    return snapshot


def test_after_kill_9_all_that_was_told_is_there(tmp_path: Path) -> None:
    path = tmp_path / "healer.db"
    first = 1
    for lines in (1, 37, 150):
        with daemon(path, NEVER) as process:
            assert process.stdout is not None
            told = [int(process.stdout.readline()) for _ in range(lines)]
            process.kill()
            told += [int(line) for line in process.stdout]
        assert process.returncode < 0
        first = recovered(path, first, told).ids["intent"].first + IDS["intent"]


@pytest.mark.parametrize("boundary", range(1, 13))
def test_a_crash_at_each_boundary_of_a_write_tears_nothing(tmp_path: Path, boundary: int) -> None:
    path = tmp_path / "healer.db"
    with daemon(path, boundary) as process:
        assert process.stdout is not None
        told = [int(line) for line in process.stdout]
    assert process.returncode == 9
    recovered(path, 1, told)
