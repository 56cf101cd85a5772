"""When the others of a site were last used."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from healer.fleet.neighbours import Neighbours
from healer.model import ChargerId

A, B, C = ChargerId("A"), ChargerId("B"), ChargerId("C")


def test_each_sees_the_latest_of_the_others() -> None:
    neighbours = Neighbours()
    assert neighbours.others_used_at("Depot", A) is None
    neighbours.used("Depot", A, 1.0)
    assert neighbours.others_used_at("Depot", A) is None
    neighbours.used("Depot", B, 2.0)
    neighbours.used("Yard", C, 3.0)
    assert (neighbours.others_used_at("Depot", A), neighbours.others_used_at("Depot", B)) == (2.0, 1.0)


def test_one_that_moves_is_seen_where_it_stands_now() -> None:
    neighbours = Neighbours()
    neighbours.used("Depot", A, 1.0)
    neighbours.used("Depot", B, 2.0)
    neighbours.moved(B, "Depot", "Yard", 2.0)
    assert neighbours.others_used_at("Depot", A) is None
    assert neighbours.others_used_at("Yard", A) == 2.0
    neighbours.moved(A, "Depot", "Yard", None)
    assert neighbours.others_used_at("Depot", B) == 1.0
    neighbours.moved(A, "Depot", "Yard", 1.0)
    assert neighbours.others_used_at("Depot", B) is None


@given(st.lists(st.tuples(st.sampled_from([A, B, C]), st.floats(0, 1e9))))
def test_two_are_enough_to_tell_each_the_latest_of_the_others(uses: list[tuple[ChargerId, float]]) -> None:
    neighbours = Neighbours()
    for charger, at in uses:
        neighbours.used("Depot", charger, at)
    for charger in (A, B, C):
        expected = max((at for other, at in uses if other != charger), default=None)
        assert neighbours.others_used_at("Depot", charger) == expected
