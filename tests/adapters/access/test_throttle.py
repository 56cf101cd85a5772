"""Failures and the answers to them."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.access.throttle import Throttle
from healer.model import ChargerId, Seconds

CP, CP2 = ChargerId("CP-1"), ChargerId("CP-2")
HERE, THERE = "192.0.2.1", "192.0.2.2"


class Hands:
    """A clock that is set by hand, and sleepers that are woken by hand."""

    def __init__(self) -> None:
        self.at: Seconds = 0.0
        self.slept: list[Seconds] = []
        self.wake = asyncio.Event()

    def now(self) -> Seconds:
        return self.at

    async def sleep(self, seconds: Seconds) -> None:
        self.slept.append(seconds)
        await self.wake.wait()


def throttle(hands: Hands, most_held: int = 3, most_places: int = 100) -> Throttle:
    return Throttle(now=hands.now, sleep=hands.sleep, most_held=most_held, most_places=most_places)


async def test_each_failure_costs_more_up_to_a_bound() -> None:
    subject = throttle(Hands())
    assert [subject.note(CP, HERE) for _ in range(7)] == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0]


async def test_failures_count_per_identity_and_address() -> None:
    subject = throttle(Hands())
    for _ in range(5):
        subject.note(CP, HERE)
    assert (subject.failures(CP, HERE), subject.failures(CP, THERE), subject.failures(CP2, HERE)) == (5, 0, 0)
    assert subject.note(CP, THERE) == subject.note(CP2, HERE) == 0.25
    assert (subject.failures_from(HERE), subject.failures_from(THERE)) == (6, 1)


async def test_the_right_key_forgives_and_time_forgets() -> None:
    hands = Hands()
    subject = throttle(hands)
    subject.note(CP, HERE)
    subject.forgive(CP, HERE)
    assert subject.failures(CP, HERE) == 0
    subject.note(CP, HERE)
    hands.at = 601
    assert (subject.failures(CP, HERE), subject.failures_from(HERE)) == (0, 0)
    assert subject.note(CP, HERE) == 0.25


async def test_only_so_many_answers_wait() -> None:
    hands = Hands()
    subject = throttle(hands)
    waiting = [asyncio.ensure_future(subject.hold_back(CP, address, 1.0)) for address in ("a", "b", "c")]
    await asyncio.sleep(0)
    assert await subject.hold_back(CP, HERE, 1.0) is False
    assert not subject.is_full(CP, HERE)  # whoever has not failed yet is heard all the same
    subject.note(CP, HERE)
    assert subject.is_full(CP, HERE)
    hands.wake.set()
    assert await asyncio.gather(*waiting) == [True] * 3
    assert not subject.is_full(CP, HERE)
    assert await subject.hold_back(CP, HERE, 1.0) is True
    assert len(hands.slept) == 4


async def test_only_so_many_answers_wait_for_one_identity_at_one_address() -> None:
    hands = Hands()
    subject = throttle(hands, most_held=100)
    waiting = [asyncio.ensure_future(subject.hold_back(CP, HERE, 1.0)) for _ in range(4)]
    await asyncio.sleep(0)
    assert await subject.hold_back(CP, HERE, 1.0) is False
    assert [subject.is_full(*place) for place in ((CP, HERE), (CP, THERE), (CP2, HERE))] == [True, False, False]
    hands.wake.set()
    await asyncio.gather(*waiting)
    assert not subject.is_full(CP, HERE)
    assert not subject._held


def test_where_a_right_key_was_shown_is_remembered_within_bounds() -> None:
    subject = throttle(Hands(), most_places=2)
    assert not subject.is_proven(HERE)
    assert not subject.is_proven(None)
    for address in (HERE, THERE, HERE, "192.0.2.3"):
        subject.forgive(CP, address)
    assert [subject.is_proven(address) for address in (HERE, THERE, "192.0.2.3")] == [True, False, True]


async def test_who_hangs_up_makes_room() -> None:
    subject = throttle(Hands(), most_held=1)
    task = asyncio.ensure_future(subject.hold_back(CP, HERE, 1.0))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    held = asyncio.ensure_future(subject.hold_back(CP, HERE, 1.0))
    await asyncio.sleep(0)
    assert not held.done()
    held.cancel()


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=300))
def test_whoever_tries_whatever_it_is_bounded_and_the_delay_too(tries: list[tuple[int, int]]) -> None:
    subject = throttle(Hands(), most_places=50)
    for charger, address in tries:
        assert 0 < subject.note(ChargerId(str(charger)), str(address)) <= 4.0
    assert len(subject._places) <= 50
