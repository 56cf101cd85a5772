"""What was spent and what is under way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from healer.healing.bookings import KEEP_S, Bookings
from healer.model import ChargerId

A, B = ChargerId("A"), ChargerId("B")
HOUR = 3600.0


def test_a_use_counts_within_its_window_and_for_its_charger_only() -> None:
    bookings = Bookings()
    bookings.book(1, A, "reset soft", 0.0)
    assert [use.intent for use in bookings.matching(A, HOUR, HOUR - 1)] == [1]
    assert bookings.matching(A, HOUR, HOUR) == []
    assert bookings.matching(B, HOUR, 1.0) == []


def test_a_use_that_was_never_sent_is_given_back() -> None:
    bookings = Bookings()
    bookings.book(1, A, "reset soft", 0.0)
    bookings.book(2, A, "reset hard", 1.0)
    bookings.give_back(1, A)
    bookings.give_back(99, B)
    assert [use.intent for use in bookings.matching(A, HOUR, 2.0)] == [2]


def test_uses_can_be_asked_for_by_what_they_were() -> None:
    bookings = Bookings()
    bookings.book(1, A, "reset soft", 0.0)
    bookings.book(2, A, "reset hard", 1.0)
    assert [use.intent for use in bookings.matching(A, HOUR, 2.0, lambda use: use.action == "reset hard")] == [2]


def test_what_no_window_asks_for_any_more_is_forgotten() -> None:
    bookings = Bookings()
    bookings.book(1, A, "reset soft", 0.0)
    bookings.book(2, A, "reset soft", KEEP_S + 1)
    assert [use.intent for use in bookings.matching(A, 10 * KEEP_S, KEEP_S + 2)] == [2]


def test_a_streak_goes_back_to_the_first_long_gap() -> None:
    bookings = Bookings()
    for intent, hours in enumerate([0, 30, 31, 32]):
        bookings.book(intent, A, "reset soft", hours * HOUR)
    assert [use.intent for use in bookings.streak(A, 24 * HOUR, 33 * HOUR)] == [1, 2, 3]
    assert bookings.streak(A, 24 * HOUR, 57 * HOUR) == []


def test_a_site_is_busy_until_its_last_step_is_over() -> None:
    bookings = Bookings()
    bookings.begin(1, "Depot")
    bookings.begin(1, "Depot")
    bookings.begin(2, "Depot")
    bookings.begin(3, "Mall")
    assert (bookings.under_way("Depot"), bookings.under_way("Mall"), bookings.under_way()) == (2, 1, 3)
    assert bookings.end(1) == "Depot"
    assert bookings.end(1) is None
    assert bookings.busy_sites() == ["Depot", "Mall"]
    assert bookings.end(2) == "Depot"
    assert bookings.busy_sites() == ["Mall"]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 6), st.sampled_from(["Depot", "Mall"]))))
def test_the_sites_always_add_up_to_the_fleet(moves: list[tuple[bool, int, str]]) -> None:
    bookings, under_way = Bookings(), dict[int, str]()
    for begins, incident, site in moves:
        if begins:
            bookings.begin(incident, site)
            under_way.setdefault(incident, site)
        else:
            assert bookings.end(incident) == under_way.pop(incident, None)
    for site in ("Depot", "Mall"):
        assert bookings.under_way(site) == list(under_way.values()).count(site)
    assert bookings.under_way() == len(under_way)
