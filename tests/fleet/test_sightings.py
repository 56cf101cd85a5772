"""What was noticed of a charger, and outlives the daemon."""

from __future__ import annotations

from healer.fleet.problems import MOST_PROBLEMS, Problem
from healer.fleet.record import Told
from healer.fleet.sightings import Sightings
from healer.model import ChargerId, Target

A = Target(ChargerId("A"))
PLUG = Target(ChargerId("A"), 1, 1)


def test_a_trouble_is_news_once_until_it_ends_or_changes() -> None:
    sightings = Sightings()
    reader = Problem(A, "TokenReader", "OtherError")
    assert sightings.in_trouble(reader)
    assert not sightings.in_trouble(reader)
    assert sightings.in_trouble(Problem(A, "TokenReader", "ReaderFailure"))
    sightings.well_again(A, "TokenReader")
    assert sightings.in_trouble(reader)


def test_troubles_are_those_of_the_place_and_above() -> None:
    sightings = Sightings()
    sightings.in_trouble(Problem(A, "PaymentCtrlr", "OtherError"))
    sightings.in_trouble(Problem(Target(ChargerId("A"), 2), "Contactor", "OtherError"))
    assert [one.component for one in sightings.troubles_at(PLUG)] == ["PaymentCtrlr"]
    sightings.restarted()
    assert not list(sightings.troubles_at(PLUG))


def test_a_station_cannot_make_us_remember_without_bound() -> None:
    sightings = Sightings()
    news = [sightings.in_trouble(Problem(A, f"C{number}", "OtherError")) for number in range(MOST_PROBLEMS + 5)]
    assert sum(news) == len(list(sightings.troubles_at(A))) == MOST_PROBLEMS


def test_it_comes_back_from_its_record() -> None:
    sightings = Sightings(used_at=5.0, firmware=Told("Installed", 4.0), security=Told("MemoryExhaustion", 3.0))
    sightings.in_trouble(Problem(A, "TokenReader", "OtherError"))
    record = sightings.record(watched_since=1.0)
    again = Sightings()
    again.recall(record)
    assert again.known_since == 1.0
    assert again.record(watched_since=9.0) == record
