"""The chain shows every change that is made to what was written."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from healer.adapters.store import database, ledger, sqlite
from healer.events import IntentStored
from tests.adapters.store import samples
from tests.adapters.store.samples import IDS, NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with six lines: started, four intents, stopped."""
    path = tmp_path / "healer.db"
    listener = samples.Listener()
    store, _ = sqlite.open(path, deliver=listener, ids=IDS, now=lambda: NOW)
    for number in range(1, 5):
        store.record_intent(samples.intent(number))
    listener.wait_for(IntentStored(4))
    store.close()
    return path


def first_broken(path: Path) -> int | None:
    with database.reading(path) as connection:
        return ledger.verify_chain(connection)


def test_an_untouched_chain_is_whole(path: Path) -> None:
    assert first_broken(path) is None


def test_the_chain_goes_on_over_restarts(path: Path) -> None:
    for _ in range(3):
        sqlite.open(path, deliver=samples.Listener(), ids=IDS)[0].close()
    assert first_broken(path) is None


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE ledger SET body = replace(body, 'soft', 'hard') WHERE seq = 3", 3),
        ("UPDATE ledger SET at = at + 1 WHERE seq = 3", 3),
        ("UPDATE ledger SET charger = 'CP2' WHERE seq = 3", 3),
        ("UPDATE ledger SET incident = NULL WHERE seq = 3", 3),
        ("UPDATE ledger SET kind = 'intent.ended' WHERE seq = 3", 3),
        ("UPDATE ledger SET hash = prev_hash WHERE seq = 3", 3),
        ("UPDATE ledger SET prev_hash = hash WHERE seq = 3", 3),
        ("DELETE FROM ledger WHERE seq = 1", 1),
        ("DELETE FROM ledger WHERE seq = 4", 4),
        ("UPDATE ledger SET seq = seq + 10 WHERE seq > 3", 4),
        ("UPDATE ledger SET body = (SELECT body FROM ledger WHERE seq = 4) WHERE seq = 5", 5),
    ],
)
def test_tampering_shows_at_its_place(path: Path, tampering: str, broken: int) -> None:
    with sqlite3.connect(path) as connection:
        assert connection.execute(tampering).rowcount > 0
    connection.close()
    assert first_broken(path) == broken


def test_a_stranger_can_check_the_chain_with_nothing_but_json_and_sha256(path: Path) -> None:
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT seq, at, kind, incident, charger, body, prev_hash, hash FROM ledger ORDER BY seq"
    ).fetchall()
    connection.close()
    before = ledger.GENESIS
    for *content, own in rows:
        assert content[-1] == before
        before = hashlib.sha256(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
        assert own == before
    assert len(rows) == 6


def test_an_empty_chain_is_whole_and_begins_at_one(tmp_path: Path) -> None:
    head, row = ledger.Head().append(ledger.Line("daemon.started", 5, "{}"))
    assert (head.seq, row["seq"], row["prev_hash"], row["at"]) == (1, 1, ledger.GENESIS, 5.0)
    assert row["hash"] == head.hash
