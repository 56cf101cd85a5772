"""The table of the incident machine: complete, closed, and without dead ends."""

from __future__ import annotations

import itertools

import pytest

from healer.errors import TableError
from healer.healing.incident import TABLE, Happening, Incident, State, next_state
from healer.healing.verdict import Verdict
from healer.model import ChargerId, Target


@pytest.mark.parametrize(("state", "happening"), list(itertools.product(State, Happening)))
def test_each_pair_is_in_the_table_or_refused(state: State, happening: Happening) -> None:
    if happening in TABLE[state]:
        assert next_state(state, happening) is TABLE[state][happening]
    else:
        with pytest.raises(TableError, match=str(state)):
            next_state(state, happening)


def _reachable(start: State) -> set[State]:
    found, edge = {start}, [start]
    while edge:
        news = set(TABLE[edge.pop()].values()) - found
        found |= news
        edge.extend(news)
    return found


def test_every_state_has_a_row_and_can_be_reached() -> None:
    assert set(TABLE) == set(State)
    assert _reachable(State.INACTIVE) == set(State)


def test_every_happening_occurs_somewhere() -> None:
    assert {happening for row in TABLE.values() for happening in row} == set(Happening)


def test_only_cancelled_is_the_end_and_a_resolved_incident_can_only_reopen() -> None:
    assert [state for state in State if not TABLE[state]] == [State.CANCELLED]
    assert dict(TABLE[State.RESOLVED]) == {Happening.HELD: State.FIRING}


@pytest.mark.parametrize("state", [state for state in State if state.open or state is State.PENDING])
def test_whatever_is_open_can_be_cancelled_and_can_end(state: State) -> None:
    assert TABLE[state][Happening.CANCELLED] is State.CANCELLED
    assert State.RESOLVED in _reachable(state)


def test_a_frame_follows_only_a_stored_intent() -> None:
    into_acting = {
        (state, happening) for state, row in TABLE.items() for happening in row if row[happening] is State.ACTING
    }
    into_recording = {happening for row in TABLE.values() for happening in row if row[happening] is State.RECORDING}
    assert into_acting == {(State.RECORDING, Happening.STORED)}
    assert into_recording == {Happening.PASSED}


def test_from_exhausted_nothing_leads_back_to_acting() -> None:
    assert _reachable(State.EXHAUSTED) & {State.PENDING, State.INACTIVE} == set()
    assert set(TABLE[State.EXHAUSTED].values()) == {State.RESOLVED, State.AWAITING_CLEAR, State.CANCELLED}


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TABLE[State.INACTIVE] = {}  # type: ignore[index]


def test_a_step_is_in_flight_from_its_proposal_to_its_verification() -> None:
    assert {state for state in State if state.in_flight} == {State.RECORDING, State.ACTING, State.VERIFYING}
    assert {state for state in State if not state.open} == {
        State.INACTIVE,
        State.PENDING,
        State.RESOLVED,
        State.CANCELLED,
    }


def test_an_incident_is_known_by_rule_and_target_and_names_what_blocks_it() -> None:
    target = Target(ChargerId("A"), 1, 1)
    verdicts = (Verdict("mode", blocks=False, reason="auto"), Verdict("storm", blocks=True, reason="many"))
    incident = Incident(7, "rule", "hash", target, "Depot", 0.0, verdicts=verdicts)
    assert incident.key == ("rule", target)
    assert [verdict.guard for verdict in incident.blocking()] == ["storm"]
