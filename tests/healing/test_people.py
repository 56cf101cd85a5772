"""What a person may do."""

from __future__ import annotations

import pytest

from healer.events import ChargerCleared
from healer.healing.incident import State
from healer.model import ChargerId
from tests.bench import Bench

GROUND_FAILURE = """
rules:
  - rule: ground-failure
    when: {status: Faulted, error_code: GroundFailure}
    for: 5m
    forbid: [reset]
    heal:
      - take-out-of-service: connector
    alert: page
    clear: by-hand
"""

CHARGER = ChargerId("A")


def contained() -> Bench:
    """A charger with a ground failure that was taken out of service."""
    bench = Bench.make(GROUND_FAILURE)
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "GroundFailure")
    bench.wait(301)
    bench.answer("A")
    return bench


def clear(bench: Bench) -> None:
    bench.give(ChargerCleared(CHARGER, "ada", "RCD replaced"))


def test_a_charger_that_still_reports_the_fault_cannot_be_cleared() -> None:
    bench = contained()
    assert bench.engine.why_not_clear(CHARGER) == "A evse 1 connector 1 still reports Faulted with GroundFailure"


def test_a_charger_nobody_knows_cannot_be_cleared() -> None:
    assert Bench.make(GROUND_FAILURE).engine.why_not_clear(CHARGER) == "there is no such charger"


def test_clearing_closes_the_incident_releases_the_interlock_and_puts_back_into_service() -> None:
    bench = contained()
    bench.status("A", 1, "Unavailable")
    bench.wait(700)
    assert bench.state("ground-failure", "A") is State.AWAITING_CLEAR
    assert bench.engine.why_not_clear(CHARGER) is None
    clear(bench)
    bench.wait(1)
    assert bench.state("ground-failure", "A") is State.RESOLVED
    assert not bench.engine.chargers[CHARGER].latches
    assert bench.calls("A")[-1][2:] == ["ChangeAvailability", {"connectorId": 1, "type": "Operative"}]
    assert [alert.active for alert in bench.alerts] == [True, False]


def test_who_cleared_it_and_why_is_written_down() -> None:
    bench = contained()
    bench.status("A", 1, "Unavailable")
    bench.wait(700)
    clear(bench)
    assert bench.transitions[-1].reason == "cleared by ada: RCD replaced"


def test_until_a_person_clears_it_nothing_is_put_back() -> None:
    bench = contained()
    bench.status("A", 1, "Unavailable")
    bench.wait(86400)
    assert not any("Operative" in str(call) for call in bench.calls("A") if "Inoperative" not in str(call))


def station() -> Bench:
    """A 2.x station of two evses that stand Available."""
    bench = Bench.make(GROUND_FAILURE)
    bench.arrive201("A", evses=2)
    return bench


@pytest.mark.parametrize("evse", [None, 1])
def test_danger_that_a_station_tells_of_the_place_or_of_what_is_above_it_is_not_cleared_away(evse: int | None) -> None:
    bench = station()
    bench.problem201("A", 1, "CX017")
    bench.problem201("A", 1, "CX017", cleared=True)
    bench.problem201("A", evse, "CX002")
    assert bench.engine.why_not_clear(CHARGER) == "A evse 1 connector 1 still reports GroundFailure"


def test_danger_below_a_latched_place_is_not_cleared_away() -> None:
    bench = station()
    bench.problem201("A", None, "CX002")
    bench.problem201("A", None, "CX002", cleared=True)
    bench.problem201("A", 2, "CX017")
    assert bench.engine.why_not_clear(CHARGER) == "A still reports EVSEContactorFault"


def test_a_plug_that_is_faulted_below_a_latched_place_is_not_cleared_away() -> None:
    bench = station()
    bench.problem201("A", None, "CX002")
    bench.boot201("A")
    bench.status201("A", 2, "Faulted")
    expected = "A evse 2 connector 1 still reports Faulted with an error nobody told"
    assert bench.engine.why_not_clear(CHARGER) == expected


def test_a_person_ends_the_danger_of_which_a_restarted_station_says_nothing_more() -> None:
    bench = station()
    bench.problem201("A", 1, "CX002")
    bench.boot201("A")
    bench.status201("A", 1, "Available")
    assert bench.engine.why_not_clear(CHARGER) is None
    clear(bench)
    charger = bench.engine.chargers[CHARGER]
    assert not charger.latches
    assert charger.problems.dangers() == []
