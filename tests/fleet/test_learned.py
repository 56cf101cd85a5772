"""What chargers teach of their models."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.fleet.learned import LONGEST_BOOT_S, MOST_BOOTS, MOST_MODELS, MOST_NAMES, Learned, Learning, Model
from healer.model import ChargerId
from healer.ocpp import messages
from healer.ocpp.messages import Configuration, Outcome, Result, Setting, SettingOutcome, Variable

DC50 = Model("Acme", "DC50", "1.0")
A, B, C = (ChargerId(name) for name in "ABC")
UNLOCK = messages.UnlockConnector(None, 1)
UNKNOWN = Outcome(Result.NOT_SUPPORTED, "NotSupported")


def test_a_command_is_unknown_to_the_charger_that_said_so_and_after_two_to_its_model() -> None:
    learning = Learning()
    learning.answered(DC50, A, UNLOCK, UNKNOWN, 1.0)
    assert [learning.of(DC50).lacks(UNLOCK, one) for one in (A, B)] == [True, False]
    learning.answered(DC50, B, UNLOCK, UNKNOWN, 2.0)
    assert learning.of(DC50).lacks(UNLOCK, C)


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
    assert learning.take_changed() == [Learned(*DC50, 1.0, {"UnlockConnector": (A,)})]
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
    assert all(len(told) <= 2 for told in known.unknown.values())
    assert len(known.boot_times_s) <= MOST_BOOTS
    assert known.longest_boot_s <= LONGEST_BOOT_S
