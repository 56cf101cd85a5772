"""One sentence for each state of an incident, with the time that is left."""

from __future__ import annotations

import pytest

from healer.demo import words
from healer.healing.incident import State
from tests.bench import Bench, healing, rules

BY_HAND = """
rules:
  - rule: ground-failure
    when: {status: Faulted, error_code: GroundFailure}
    for: 5m
    heal:
      - take-out-of-service: connector
    alert: page
    clear: by-hand
    stable_for: 10m
  - rule: offline
    when: offline
    for: 5m
    alert: ticket
"""


def said(bench: Bench, rule: str = "internal-error", connector: int | None = 1) -> str:
    return words.doing(bench.engine, bench.incident(rule, "CP-1", connector), bench.now)


@pytest.fixture
def bench() -> Bench:
    bench = Bench.make()
    bench.arrive("CP-1")
    return bench


def test_it_follows_a_healing_from_sight_to_cure(bench: Bench) -> None:
    bench.store_answers = False
    bench.status("CP-1", 1, "Faulted", "InternalError")
    bench.wait(60)
    assert said(bench) == "seen; acts if it lasts 4m more"
    bench.wait(240)
    assert said(bench) == "1/2 reset soft goes into the ledger"
    bench.store()
    assert said(bench) == "1/2 reset soft sent, no answer yet"
    bench.answer("CP-1")
    bench.wait(60)
    assert said(bench) == "1/2 reset soft accepted; 9m left to prove it"
    bench.restart("CP-1")
    assert said(bench) == "cured by reset soft; watched for 10m more"
    bench.wait(600)
    bench.wait(5)
    assert said(bench) == "healed by reset soft 5s ago"


def test_it_says_who_holds_a_step_back(bench: Bench) -> None:
    bench.start_session("CP-1")
    bench.status("CP-1", 0, "Faulted", "InternalError")
    bench.wait(300)
    assert said(bench, connector=None).startswith("held back by session: the transaction at evse 1")


def test_it_says_that_it_ended_by_itself(bench: Bench) -> None:
    bench.break_store()
    bench.status("CP-1", 1, "Faulted", "InternalError")
    bench.wait(300)
    assert said(bench).startswith("held back by store: ")
    bench.status("CP-1", 1, "Available")
    assert said(bench) == "over by itself; watched for 10m more"
    bench.wait(610)
    assert said(bench) == "over by itself 10s ago"


def test_a_step_without_an_answer_may_still_be_proved(bench: Bench) -> None:
    bench.status("CP-1", 1, "Faulted", "InternalError")
    bench.wait(300)
    bench.wait(60)
    assert said(bench).startswith("1/2 reset soft not answered; ")


def test_it_says_who_was_told_and_that_a_person_is_needed() -> None:
    bench = Bench.make(BY_HAND)
    bench.arrive("CP-1")
    bench.status("CP-1", 1, "Faulted", "GroundFailure")
    bench.wait(300)
    bench.answer("CP-1")
    bench.status("CP-1", 1, "Unavailable", "GroundFailure")
    assert bench.state("ground-failure", "CP-1") is State.EXHAUSTED
    assert said(bench, "ground-failure") == "alert raised: page; needs a person"
    bench.status("CP-1", 1, "Available")
    bench.wait(600)
    assert bench.state("ground-failure", "CP-1") is State.AWAITING_CLEAR
    assert said(bench, "ground-failure") == "alert raised: page; a person must clear it"
    bench.drop("CP-1")
    assert said(bench, "offline", None) == "seen; tells somebody if it lasts 5m more"
    bench.wait(300)
    assert said(bench, "offline", None) == "alert raised: ticket; nothing can be sent"


def test_an_incident_without_its_rule_says_why_it_stands_where_it_stands(bench: Bench) -> None:
    bench.status("CP-1", 1, "Faulted", "InternalError")
    incident = bench.incident("internal-error", "CP-1")
    other = Bench.make(BY_HAND, healing())
    assert words.doing(other.engine, incident, bench.now) == incident.reason


def test_an_ended_incident_stays_in_sight_for_a_while(bench: Bench) -> None:
    bench.status("CP-1", 1, "Faulted", "InternalError")
    incident = bench.incident("internal-error", "CP-1")
    assert words.is_worth_showing(incident, bench.now)
    incident.state, incident.state_since = State.RESOLVED, bench.now
    assert words.is_worth_showing(incident, bench.now + 10)
    assert not words.is_worth_showing(incident, bench.now + 20)
    incident.state = State.CANCELLED
    assert not words.is_worth_showing(incident, bench.now)


def test_the_rules_of_these_tests_are_in_order() -> None:
    assert set(rules(BY_HAND).rules) == {"ground-failure", "offline"}
