"""Chargers are asked for what is wanted of their configuration, and for nothing else."""

from __future__ import annotations

import pytest

from healer.errors import LocalError
from healer.fleet.charger import Charger
from healer.fleet.configuration import Configuration
from healer.fleet.facets import Facet
from healer.fleet.inventory import Placement
from healer.healing.surveys import Surveys
from healer.model import ChargerId, ConnectionId, OcppVersion
from healer.ocpp import messages
from healer.ocpp.messages import Outcome, ReadConfiguration, Result, Setting, SettingOutcome, Variable
from tests.boxes import baseline

A = ChargerId("A")
X, Y = Variable("X"), Variable("Y")


def charger() -> Charger:
    made = Charger(A, Placement(A, "Depot"), watched_since=0.0)
    made.vendor, made.model = "Acme", "DC50"
    made.configuration = Configuration(baseline({"X": "1", "Y": "2"}))
    made.connect(ConnectionId("A#1"), OcppVersion.V16, 0.0)
    made.booted_at = 0.0
    return made


def told(*outcomes: SettingOutcome) -> Outcome:
    return Outcome(Result.ACCEPTED, body=messages.Configuration(outcomes))


def known(variable: Variable, value: str, *, read_only: bool = False) -> SettingOutcome:
    return SettingOutcome(Setting(variable, value, read_only), Result.ACCEPTED)


def test_a_charger_is_asked_once_it_has_settled() -> None:
    surveys, one = Surveys(), charger()
    assert surveys.deadline(one) == 30.0
    assert surveys.question(one, 29.0) is None
    assert surveys.question(one, 30.0) == ReadConfiguration((X, Y))


def test_what_it_told_is_not_asked_again_that_day() -> None:
    surveys, one = Surveys(), charger()
    surveys.asked(1, one, 30.0)
    assert surveys.answered(1, told(known(X, "1"), known(Y, "2")), one, 31.0) == {Facet.CONFIGURATION}
    assert surveys.question(one, 32.0) is None
    due = surveys.deadline(one)
    assert due is not None
    assert 31.0 < due <= 31.0 + 86400
    assert surveys.question(one, due) == ReadConfiguration((X, Y))


def test_what_it_does_not_have_and_cannot_be_written_is_learnt() -> None:
    surveys, one = Surveys(), charger()
    surveys.asked(1, one, 30.0)
    unknown = SettingOutcome(Setting(Variable("x")), Result.NOT_SUPPORTED, "UnknownKey")
    surveys.answered(1, told(unknown, known(Y, "3", read_only=True)), one, 31.0)
    assert (list(one.learned.unknown), list(one.learned.read_only)) == (["X"], ["Y"])
    assert (one.outlook().readable, one.outlook().drift, one.outlook().untold) == ((Y,), (), 0)


def test_what_it_keeps_to_itself_is_no_drift() -> None:
    surveys, one = Surveys(), charger()
    surveys.asked(1, one, 30.0)
    kept = SettingOutcome(Setting(X), Result.REJECTED, "Rejected")
    surveys.answered(1, told(kept, known(Y, "2")), one, 31.0)
    assert (one.outlook().untold, one.outlook().drift, dict(one.learned.unknown)) == (0, (), {})


def test_without_an_answer_it_is_asked_again_later() -> None:
    surveys, one = Surveys(), charger()
    surveys.asked(1, one, 30.0)
    assert surveys.answered(1, Outcome(Result.TIMEOUT), one, 60.0) == set()
    assert surveys.deadline(one) == 120.0


def test_who_restarts_after_questions_is_asked_no_more() -> None:
    surveys, one = Surveys(), charger()
    one.configuration.caution.questions_held = True
    assert (surveys.deadline(one), surveys.question(one, 1000.0)) == (None, None)


def test_who_does_not_know_the_question_is_asked_no_more() -> None:
    surveys, one = Surveys(), charger()
    one.learning.answered(one.kind, A, ReadConfiguration((X,)), Outcome(Result.NOT_SUPPORTED, "NotImplemented"), 1.0)
    assert (surveys.deadline(one), surveys.question(one, 1000.0)) == (None, None)


def test_nothing_goes_out_that_nobody_asked() -> None:
    with pytest.raises(LocalError):
        Surveys().asked(1, charger(), 0.0)


def test_there_is_nothing_to_conclude_or_forget() -> None:
    surveys, one = Surveys(), charger()
    surveys.forget(A)
    assert surveys.conclude(one, 1.0) == set()
