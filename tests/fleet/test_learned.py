"""What chargers teach of their models."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.fleet.learned import (
    HOLDS_S,
    LONGEST_BOOT_S,
    MOST_BOOTS,
    MOST_MODELS,
    MOST_NAMES,
    MOST_TELLERS,
    SAID_AGAIN_S,
    Learned,
    Learning,
    Model,
)
from healer.model import ChargerId
from healer.ocpp import messages
from healer.ocpp.messages import Configuration, Outcome, Result, Setting, SettingOutcome, Variable

DC50 = Model("Acme", "DC50", "1.0")
A, B, C = (ChargerId(name) for name in "ABC")
UNLOCK = messages.UnlockConnector(None, 1)
UNKNOWN = Outcome(Result.NOT_SUPPORTED, "NotSupported")
X = Variable("X")
READ_X = messages.ReadConfiguration((X,))
WRITE_X = messages.WriteConfiguration((messages.Assignment(X, "1"),))


def told(name: str, result: Result = Result.ACCEPTED) -> Outcome:
    return Outcome(result, "", Configuration((SettingOutcome(Setting(Variable(name)), result),)))


def test_a_command_is_unknown_to_the_charger_that_said_so_and_to_no_other_however_many_say_it() -> None:
    learning = Learning()
    for teller in (A, B):
        learning.answered(DC50, teller, UNLOCK, UNKNOWN, 1.0)
    assert [learning.of(DC50).lacks(UNLOCK, one) for one in (A, B, C)] == [True, True, False]
    assert learning.of(DC50).unsupported_by(A) == ["UnlockConnector"]


@pytest.mark.parametrize("result", [Result.ACCEPTED, Result.SCHEDULED])
def test_a_command_that_is_accepted_after_all_is_known_to_that_charger(result: Result) -> None:
    learning = Learning()
    for teller in (A, B):
        learning.answered(DC50, teller, UNLOCK, UNKNOWN, 1.0)
        learning.answered(DC50, teller, messages.Reset(hard=True), UNKNOWN, 1.0)
    learning.answered(DC50, A, UNLOCK, Outcome(result), 2.0)
    assert [learning.of(DC50).unsupported_by(one) for one in (A, B)] == [
        ["Reset hard"],
        ["Reset hard", "UnlockConnector"],
    ]


@pytest.mark.parametrize("result", [Result.REJECTED, Result.ERROR, Result.TIMEOUT, Result.LINK_LOST])
def test_an_answer_that_takes_nothing_on_takes_nothing_back(result: Result) -> None:
    learning = Learning()
    learning.answered(DC50, A, UNLOCK, UNKNOWN, 1.0)
    learning.answered(DC50, A, UNLOCK, Outcome(result), 2.0)
    assert learning.of(DC50).lacks(UNLOCK, A)


def test_what_a_charger_said_holds_for_a_week_from_when_it_last_said_so() -> None:
    learning = Learning()
    learning.answered(DC50, A, UNLOCK, UNKNOWN, 0.0)
    learning.unknown_variable(DC50, A, "X", 0.0)
    learning.read_only_variable(DC50, A, "Y", 0.0)
    learning.read_only_variable(DC50, A, "Y", SAID_AGAIN_S)
    learning.dangerous_variables(DC50, A, ["Z"], 0.0)
    learning.take_changed()
    learning.forget_old(HOLDS_S - 1)
    assert learning.take_changed() == []
    learning.forget_old(HOLDS_S)
    (left,) = learning.take_changed()
    assert (left.unsupported, left.unknown) == ({}, {})
    assert [left.forbids_writing(name, A) for name in "XYZ"] == [False, True, True]
    after = Learning()
    after.recall([left])
    after.forget_old(HOLDS_S + SAID_AGAIN_S)
    assert [after.of(DC50).forbids_writing(name, A) for name in "XYZ"] == [False, False, True]


def test_a_key_is_unknown_to_a_model_when_two_chargers_said_so_and_none_has_it() -> None:
    learning = Learning()
    learning.unknown_variable(DC50, A, "X", 1.0)
    learning.unknown_variable(DC50, A, "x-ray", 1.0)
    assert [learning.of(DC50).forbids_reading("X", one) for one in (A, C)] == [True, False]
    learning.unknown_variable(DC50, B, "X", 1.0)
    assert learning.of(DC50).forbids_reading("X", C)
    assert [learning.of(DC50).unknown_to(one) for one in (A, C)] == [["X", "x-ray"], ["X"]]
    learning.answered(DC50, B, READ_X, told("x"), 2.0)
    assert [learning.of(DC50).forbids_reading("X", one) for one in (A, B, C)] == [True, False, False]
    learning.unknown_variable(DC50, B, "X", 3.0)
    assert not learning.of(DC50).forbids_reading("X", C)


def test_what_most_chargers_of_a_model_have_no_two_of_them_deny_the_rest() -> None:
    learning = Learning()
    learning.answered(DC50, C, READ_X, told("X"), 1.0)
    for teller in (A, B):
        learning.unknown_variable(DC50, teller, "X", 2.0)
    assert [learning.of(DC50).forbids_reading("X", one) for one in (A, B, C)] == [True, True, False]


def test_a_key_that_was_written_is_not_read_only() -> None:
    learning = Learning()
    for teller in (A, B):
        learning.read_only_variable(DC50, teller, "X", 1.0)
        learning.answered(DC50, teller, READ_X, told("X"), 1.0)
    assert learning.of(DC50).forbids_writing("X", C)
    assert learning.of(DC50).read_only_at(C) == ["X"]
    learning.answered(DC50, A, WRITE_X, told("X", Result.REJECTED), 2.0)
    assert learning.of(DC50).forbids_writing("X", C)
    learning.answered(DC50, A, WRITE_X, told("X", Result.REBOOT_REQUIRED), 2.0)
    assert [learning.of(DC50).forbids_writing("X", one) for one in (A, B, C)] == [False, True, False]


def test_a_person_who_clears_a_charger_lets_all_be_tried_there_again() -> None:
    learning = Learning()
    learning.answered(DC50, A, UNLOCK, UNKNOWN, 1.0)
    for teller in (A, B):
        learning.unknown_variable(DC50, teller, "X", 1.0)
        learning.read_only_variable(DC50, teller, "Y", 1.0)
        learning.dangerous_variables(DC50, teller, ["Z"], 1.0)
    for cleared in (A, C):
        assert learning.of(DC50).dangerous_to(C) == ["Z"] if cleared is A else True
        learning.absolve(DC50, cleared, 2.0)
        known = learning.of(DC50)
        assert not known.lacks(UNLOCK, cleared)
        assert [known.forbids_writing(name, cleared) for name in "XYZ"] == [False, False, False]
    assert [learning.of(DC50).forbids_writing(name, B) for name in "XYZ"] == [True, True, True]


def test_what_others_found_to_be_dangerous_stays_so_whoever_is_cleared() -> None:
    learning = Learning()
    for teller in (A, B):
        learning.dangerous_variables(DC50, teller, ["Z"], 1.0)
    learning.absolve(DC50, C, 2.0)
    assert learning.of(DC50).forbids_writing("Z", C)


def test_of_too_many_chargers_the_one_that_said_it_longest_ago_is_forgotten() -> None:
    learning = Learning()
    names = [ChargerId(str(number)) for number in range(MOST_TELLERS + 1)]
    for moment, name in enumerate(names):
        learning.answered(DC50, name, UNLOCK, UNKNOWN, float(moment))
    known = learning.of(DC50)
    assert [known.lacks(UNLOCK, name) for name in names] == [False] + MOST_TELLERS * [True]


def test_a_new_firmware_starts_anew() -> None:
    learning = Learning()
    learning.answered(DC50, A, UNLOCK, UNKNOWN, 1.0)
    assert not learning.of(DC50._replace(firmware="1.1")).lacks(UNLOCK, A)


def test_one_kind_of_a_command_says_nothing_of_another() -> None:
    learning = Learning()
    learning.answered(DC50, A, messages.TriggerMessage(messages.Trigger.LOG), UNKNOWN, 1.0)
    learning.answered(DC50, A, messages.Reset(hard=False, evse=1), UNKNOWN, 1.0)
    learning.answered(DC50, A, messages.CollectDiagnostics("ftp://x", 1, messages.Log.SECURITY), UNKNOWN, 1.0)
    known = learning.of(DC50)
    assert known.lacks(messages.TriggerMessage(messages.Trigger.LOG, 2), A)
    assert not known.lacks(messages.TriggerMessage(messages.Trigger.STATUS), A)
    assert not known.lacks(messages.Reset(hard=False), A)
    assert not known.lacks(messages.CollectDiagnostics("ftp://x", 1), A)


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        (UNLOCK, Outcome(Result.NOT_SUPPORTED, "UnknownConnector")),
        (UNLOCK, Outcome(Result.REJECTED, "Rejected")),
        (UNLOCK, Outcome(Result.TIMEOUT)),
        (messages.TransferData("Acme"), UNKNOWN),
        (
            messages.ReadConfiguration((Variable("X"),)),
            Outcome(
                Result.NOT_SUPPORTED,
                "NotSupported",
                Configuration((SettingOutcome(Setting(Variable("X")), Result.NOT_SUPPORTED),)),
            ),
        ),
    ],
)
def test_an_answer_about_something_else_teaches_nothing(command: messages.Command, outcome: Outcome) -> None:
    learning = Learning()
    learning.answered(DC50, A, command, outcome, 1.0)
    assert learning.take_changed() == []


def test_nothing_is_learnt_of_a_charger_that_never_said_what_it_is() -> None:
    learning = Learning()
    learning.answered(Model("", "", ""), A, UNLOCK, UNKNOWN, 1.0)
    assert learning.take_changed() == []


def test_variables_that_cannot_be_written_are_of_three_sorts() -> None:
    learning = Learning()
    learning.unknown_variable(DC50, A, "X", 1.0)
    learning.read_only_variable(DC50, A, "Y", 1.0)
    learning.dangerous_variables(DC50, A, ["Z"], 1.0)
    known = learning.of(DC50)
    assert [known.forbids_writing(name, A) for name in "WXYZ"] == [False, True, True, True]
    assert [known.forbids_reading(name, A) for name in "WXYZ"] == [False, True, False, False]
    learning.absolve(DC50, A, 2.0)
    assert not learning.of(DC50).forbids_writing("Z", A)


def test_the_longest_and_the_usual_boot_time_are_known() -> None:
    learning = Learning()
    assert (learning.of(DC50).longest_boot_s, learning.of(DC50).median_boot_s) == (0.0, None)
    for took_s in (60.0, 300.0, 90.0, 0.0, LONGEST_BOOT_S + 1):
        learning.booted(DC50, took_s, 1.0)
    assert (learning.of(DC50).longest_boot_s, learning.of(DC50).median_boot_s) == (300.0, 90.0)


def test_what_changed_is_handed_out_once_and_no_news_is_not_written() -> None:
    learning = Learning()
    learning.answered(DC50, A, UNLOCK, UNKNOWN, 1.0)
    learning.answered(DC50, A, UNLOCK, UNKNOWN, 2.0)
    assert learning.take_changed() == [Learned(*DC50, 1.0, {"UnlockConnector": {A: 1.0}})]
    learning.answered(DC50, A, UNLOCK, UNKNOWN, 3.0)
    assert learning.take_changed() == []


def test_it_outlives_the_daemon() -> None:
    before, after = Learning(), Learning()
    before.answered(DC50, A, UNLOCK, UNKNOWN, 1.0)
    after.recall(before.take_changed())
    assert after.of(DC50) == before.of(DC50)


def test_of_too_many_models_the_one_that_taught_nothing_for_longest_is_forgotten() -> None:
    learning = Learning()
    for number in range(MOST_MODELS + 1):
        learning.answered(DC50._replace(model=str(number)), A, UNLOCK, UNKNOWN, float(number))
    assert learning.of(DC50._replace(model="0")) == Learned("", "", "")
    assert learning.of(DC50._replace(model="1")).unsupported
    records = [Learned("Acme", str(number), "", float(number)) for number in range(MOST_MODELS + 1)]
    learning.recall(records)
    assert learning.of(Model("Acme", "0", "")).model == ""


@given(st.lists(st.tuples(st.integers(0, 2 * MOST_NAMES), st.sampled_from("ABCDE"), st.floats(-10, 4000)), max_size=80))
def test_what_is_remembered_of_a_model_is_bounded(lessons: list[tuple[int, str, float]]) -> None:
    learning = Learning()
    for number, charger, took_s in lessons:
        learning.unknown_variable(DC50, ChargerId(charger), f"Key{number % 300}", 1.0)
        learning.booted(DC50, took_s, 1.0)
    known = learning.of(DC50)
    assert len(known.unknown) <= MOST_NAMES
    assert all(len(told) <= MOST_TELLERS for told in known.unknown.values())
    assert len(known.boot_times_s) <= MOST_BOOTS
    assert known.longest_boot_s <= LONGEST_BOOT_S
