"""Making sure that a charger hears us, once a command was not answered."""

from __future__ import annotations

from healer.events import RulesReplaced
from healer.fleet.signals import SIGNALS, Reading
from healer.healing.echo import Echo
from healer.healing.incident import State
from healer.model import UNKNOWN, ChargerId, Target
from healer.ocpp.messages import Outcome, Result
from tests.bench import Bench, rules

A = ChargerId("A")
BEAT = "TriggerMessage Heartbeat"
HALF_DEAF = """
rules:
  - rule: half-deaf
    when: half_deaf
    for: 1m
    heal: [reconnect]
    if_not_healed: ticket
"""


def _deaf(bench: Bench) -> Reading:
    return SIGNALS["half_deaf"].read(bench.engine.chargers[A], Target(A), bench.now)


def _doubted() -> Bench:
    """A charger that came back without its statuses, and did not answer our question for them."""
    bench = Bench.make(HALF_DEAF)
    bench.arrive("A")
    bench.drop("A")
    bench.connect("A")
    bench.wait(30 + 31)
    assert _deaf(bench) is UNKNOWN
    bench.statuses("A")
    return bench


def _beat(bench: Bench) -> None:
    bench.say("A", "Heartbeat", {})


def _talk_until_dropped(bench: Bench) -> None:
    for _ in range(60):
        if bench.closed:
            return
        _beat(bench)
        bench.wait(10)
    raise AssertionError("the link was never dropped")


def test_a_charger_that_answers_is_asked_nothing() -> None:
    bench = Bench.make(HALF_DEAF)
    bench.arrive("A")
    bench.wait(86_400)
    assert bench.commands("A") == []
    assert _deaf(bench) is False


def test_a_command_without_an_answer_is_followed_by_a_question_and_an_answer_ends_the_doubt() -> None:
    bench = _doubted()
    bench.wait(60)
    assert bench.commands("A")[-1] == BEAT
    bench.answer("A", "Rejected")
    assert _deaf(bench) is False
    bench.wait(3600)
    assert bench.commands("A").count(BEAT) == 1


def test_one_that_talks_and_answers_three_times_nothing_is_half_deaf_and_told_to_dial_again() -> None:
    bench = _doubted()
    _talk_until_dropped(bench)
    assert bench.state("half-deaf", "A", None) is State.VERIFYING
    bench.connect("A")
    bench.statuses("A")
    assert _deaf(bench) is UNKNOWN
    bench.wait(61)
    bench.answer("A")
    assert _deaf(bench) is False
    assert bench.state("half-deaf", "A", None) is State.STABILISING
    assert bench.incident("half-deaf", "A", None).healed_by == "reconnect"


def test_a_link_we_dropped_is_no_disconnect_of_its_own() -> None:
    bench = _doubted()
    before = bench.engine.chargers[A].window("disconnect").count(3600, bench.now)
    _talk_until_dropped(bench)
    assert bench.engine.chargers[A].window("disconnect").count(3600, bench.now) == before


def test_half_deafness_is_asked_about_now_and_then_so_that_its_end_is_seen() -> None:
    bench = _doubted()
    bench.give(RulesReplaced(rules("rules: []")))
    for _ in range(360):
        _beat(bench)
        bench.wait(10)
    assert _deaf(bench) is True
    asked = bench.commands("A").count(BEAT)
    assert 5 <= asked <= 12
    while bench.open_call("A") is None:
        bench.wait(10)
        _beat(bench)
    bench.answer("A")
    assert _deaf(bench) is False


def test_offline_nobody_knows() -> None:
    bench = _doubted()
    bench.drop("A")
    assert _deaf(bench) is UNKNOWN
    assert Echo().deadline(bench.engine.chargers[A]) is None


def test_what_its_answer_means_is_noted_elsewhere() -> None:
    bench = _doubted()
    charger, echo = bench.engine.chargers[A], Echo()
    assert echo.answered(1, Outcome(Result.ACCEPTED), charger, bench.now) == set()
    assert echo.conclude(charger, bench.now) == set()
    echo.forget(A)
    assert echo.deadline(charger) is not None
