"""The one way in which incidents move, and the books kept in step with it."""

from __future__ import annotations

import pytest

from healer.errors import TableError
from healer.healing.casebook import copied, scopes_of
from healer.healing.incident import Happening, State
from healer.healing.storms import ScopeKind
from healer.healing.verdict import Wake
from healer.model import ChargerId
from tests.bench import Bench, place, placements

RULE = "internal-error"
A = ChargerId("A")


def _acting() -> Bench:
    bench = Bench.make(inventory=placements("A", "B"))
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    return bench


def test_every_move_is_written_down_with_a_copy_of_the_incident() -> None:
    bench = _acting()
    moves = [(move.before, move.after) for move in bench.transitions]
    assert moves == [
        ("inactive", "pending"),
        ("pending", "firing"),
        ("firing", "recording"),
        ("recording", "acting"),
    ]
    assert [move.incident.state.value for move in bench.transitions] == [after for _, after in moves]
    assert all(move.reason and move.happening for move in bench.transitions)
    assert bench.transitions[-1].action == "reset soft"


def test_a_move_that_is_not_in_the_table_is_a_bug_of_ours() -> None:
    bench = _acting()
    with pytest.raises(TableError):
        bench.engine.casebook.move(bench.incident(RULE, "A"), Happening.STABLE, "nonsense", bench.now)


def test_a_copy_shares_nothing_that_still_changes() -> None:
    incident = _acting().incident(RULE, "A")
    twin = copied(incident)
    incident.taken[0].result = "changed"
    incident.alerts["firing"] = incident.alerts.get("firing")  # type: ignore[assignment]
    incident.held.restart()
    assert (twin.taken[0].result, twin.alerts) == ("under way", {})
    assert twin.held.truth is True


def test_a_step_takes_its_places_and_gives_them_back() -> None:
    bench = _acting()
    ward, casebook = bench.engine.ward, bench.engine.casebook
    incident = bench.incident(RULE, "A")
    assert ward.in_flight == {A: {incident.id: RULE}}
    assert ward.bookings.busy_sites() == ["Depot"]
    bench.answer("A")
    casebook.move(incident, Happening.CANCELLED, "by a test", bench.now)
    assert ward.in_flight == {}
    assert ward.bookings.busy_sites() == []
    assert casebook.freed == [Wake("site", "Depot"), Wake("fleet")]
    assert incident.intent is None
    assert incident.deadline is None


def test_those_who_wait_are_woken_once_in_their_order() -> None:
    casebook = _acting().engine.casebook
    for charger in ("B", "A", "B"):
        casebook.wait(ChargerId(charger), Wake("store"))
    assert casebook.woken(Wake("store")) == ["B", "A"]
    assert casebook.woken(Wake("store")) == []


def test_an_incident_that_is_dropped_is_forgotten() -> None:
    bench = _acting()
    casebook, incident = bench.engine.casebook, bench.incident(RULE, "A")
    casebook.drop(incident)
    assert casebook.find(RULE, place("A")) is None
    assert list(casebook.incidents()) == []


def test_a_charger_may_be_part_of_a_storm_of_its_site_its_model_and_the_fleet() -> None:
    scopes = scopes_of(_acting().engine.chargers[A])
    assert [scope.kind for scope in scopes] == [ScopeKind.SITE, ScopeKind.MODEL, ScopeKind.FLEET]
    assert [scope.name for scope in scopes] == ["Depot", "Acme/DC50/1.0", ""]


def test_the_facts_of_an_incident_are_its_clauses_with_their_values() -> None:
    bench = _acting()
    facts = bench.engine.casebook.facts(bench.incident(RULE, "A"), bench.engine.chargers[A], bench.now)
    assert len(facts) == 2
    assert any("InternalError" in fact for fact in facts)


def test_the_incidents_of_a_charger_come_by_urgency() -> None:
    text = """
rules:
  - {rule: quiet, when: {status: Faulted}, alert: info}
  - {rule: loud, when: {status: Faulted}, alert: page}
  - {rule: also-loud, when: {status: Faulted}, alert: page}
"""
    bench = Bench.make(text)
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    assert [one.rule for one in bench.engine.casebook.incidents(A)] == ["also-loud", "loud", "quiet"]
    assert {one.state for one in bench.engine.casebook.incidents(A)} == {State.FIRING}
