"""The slow hash: how often it is really computed, and for whom there is no room."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from healer.adapters.access.hashing import Hashing
from healer.adapters.access.passwords import PasswordVerifier
from healer.adapters.access.secret import Secret
from healer.model import ChargerId

OURS = Secret(b"s" * 32)
CP, CP2 = ChargerId("CP-1"), ChargerId("CP-2")


def verifier(password: bytes) -> PasswordVerifier:
    return PasswordVerifier(2, 1, 1, password, OURS.digest("test", password))


class SlowHash:
    """Stands for scrypt; waits while it is told to, and counts."""

    def __init__(self) -> None:
        self.calls = 0
        self.at_once = self.most_at_once = 0
        self.go = threading.Event()
        self.go.set()
        self._lock = threading.Lock()

    def __call__(self, password: bytes, _: PasswordVerifier) -> bytes:
        with self._lock:
            self.calls += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.go.wait(10)
        with self._lock:
            self.at_once -= 1
        return OURS.digest("test", password)


@pytest.fixture
def slow() -> SlowHash:
    return SlowHash()


@pytest.fixture
def hashing(slow: SlowHash) -> Iterator[Hashing]:
    found = Hashing(OURS, waiting=8, scrypt=slow)
    yield found
    slow.go.set()
    found.close()


async def test_a_password_is_hashed_once_however_often_its_charger_comes_back(hashing: Hashing, slow: SlowHash) -> None:
    assert [await hashing.fits(CP, verifier(b"right"), b"right") for _ in range(10_000)] == [True] * 10_000
    assert slow.calls == 1


async def test_the_same_wrong_password_is_hashed_once(hashing: Hashing, slow: SlowHash) -> None:
    assert [await hashing.fits(CP, verifier(b"right"), b"wrong") for _ in range(100)] == [False] * 100
    assert slow.calls == 1


async def test_many_at_once_for_one_charger_are_one_hash(hashing: Hashing, slow: SlowHash) -> None:
    found = await asyncio.gather(*(hashing.fits(CP, verifier(b"right"), b"right") for _ in range(4)))
    assert (found, slow.calls) == ([True] * 4, 1)


async def test_one_charger_cannot_fill_the_room(hashing: Hashing, slow: SlowHash) -> None:
    slow.go.clear()
    tries = [asyncio.ensure_future(hashing.fits(CP, verifier(b"right"), b"wrong%d" % n)) for n in range(20)]
    await asyncio.sleep(0)
    other = asyncio.ensure_future(hashing.fits(CP2, verifier(b"other"), b"other"))
    await asyncio.sleep(0)
    slow.go.set()
    assert await other is True
    found = await asyncio.gather(*tries)
    assert (found.count(None), found.count(False)) == (16, 4)
    assert slow.most_at_once <= 2


async def test_beyond_the_bound_nobody_waits(hashing: Hashing, slow: SlowHash) -> None:
    slow.go.clear()
    tries = [
        asyncio.ensure_future(hashing.fits(ChargerId(f"CP-{n}"), verifier(b"right"), b"right%d" % n)) for n in range(20)
    ]
    await asyncio.sleep(0)
    slow.go.set()
    found = await asyncio.gather(*tries)
    assert found.count(None) == 12
    assert slow.most_at_once == 2
    assert await hashing.fits(CP, verifier(b"right"), b"right") is True


async def test_a_verifier_that_is_no_more_is_forgotten(hashing: Hashing, slow: SlowHash) -> None:
    await hashing.fits(CP, verifier(b"right"), b"right")
    hashing.forget_all_but({verifier(b"right")})
    assert hashing.recall(verifier(b"right"), b"right") is True
    hashing.forget_all_but(set())
    assert hashing.recall(verifier(b"right"), b"right") is None


async def test_who_gives_up_makes_room(hashing: Hashing, slow: SlowHash) -> None:
    slow.go.clear()
    tries = [asyncio.ensure_future(hashing.fits(CP, verifier(b"right"), b"wrong%d" % n)) for n in range(4)]
    await asyncio.sleep(0)
    for task in tries:
        task.cancel()
    await asyncio.gather(*tries, return_exceptions=True)
    slow.go.set()
    assert await hashing.fits(CP, verifier(b"right"), b"right") is True
