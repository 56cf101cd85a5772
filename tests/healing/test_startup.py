"""The time after a start."""

from __future__ import annotations

from healer.healing.settings import StartupLimits
from healer.healing.startup import Startup
from healer.model import ChargerId

FLEET = frozenset(ChargerId(f"C{number}") for number in range(20))


def _startup(expected: frozenset[ChargerId] = FLEET) -> Startup:
    return Startup(StartupLimits(300.0, 0.85, 900.0), 0.0, expected)


def _return(startup: Startup, count: int) -> None:
    for charger in sorted(FLEET)[:count]:
        startup.connected(charger)


def test_it_settles_after_five_minutes_when_most_are_back() -> None:
    startup = _startup()
    _return(startup, 17)
    assert startup.next_review == 300
    assert not startup.review(299)
    assert startup.review(300)
    assert startup.settled
    assert startup.next_review is None


def test_it_settles_only_once() -> None:
    startup = _startup(frozenset())
    assert startup.review(300)
    assert not startup.review(301)


def test_too_few_back_it_waits_and_settles_at_the_latest_moment() -> None:
    startup = _startup()
    _return(startup, 16)
    assert startup.next_review == 900
    assert not startup.review(899)
    assert "16 of 20" in startup.sentence
    assert startup.review(900)


def test_the_charger_that_makes_it_enough_ends_the_wait() -> None:
    startup = _startup()
    _return(startup, 16)
    assert not startup.review(500)
    _return(startup, 17)
    assert startup.review(500)


def test_a_charger_that_was_not_connected_before_does_not_count_and_none_counts_twice() -> None:
    startup = _startup()
    startup.connected(ChargerId("stranger"))
    for _ in range(20):
        startup.connected(ChargerId("C1"))
    assert len(startup.back) == 1


def test_an_empty_store_waits_for_nobody() -> None:
    assert _startup(frozenset()).next_review == 300
