"""Outcomes: every word of the standard has one, every other word is an error that keeps it."""

from __future__ import annotations

import pytest

from healer.ocpp import outcomes
from healer.ocpp.messages import Outcome, Result, Setting, Variable


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("Accepted", Result.ACCEPTED),
        ("accepted", Result.ACCEPTED),
        ("AcceptedCanceled", Result.ACCEPTED),
        ("Unlocked", Result.ACCEPTED),
        ("Scheduled", Result.SCHEDULED),
        ("Rejected", Result.REJECTED),
        ("UnlockFailed", Result.REJECTED),
        ("OngoingAuthorizedTransaction", Result.REJECTED),
        ("InvalidCertificate", Result.REJECTED),
        ("RevokedCertificate", Result.REJECTED),
        ("NotSupported", Result.NOT_SUPPORTED),
        ("NotImplemented", Result.NOT_SUPPORTED),
        ("UnknownConnector", Result.NOT_SUPPORTED),
        ("Perhaps", Result.ERROR),
    ],
)
def test_a_status_has_its_result_and_stays_readable(word: str, result: Result) -> None:
    assert outcomes.of_status(word) == Outcome(result, word)


def test_no_status_is_an_error() -> None:
    assert outcomes.of_status(None).result is Result.ERROR


@pytest.mark.parametrize(
    ("code", "result"),
    [("NotImplemented", Result.NOT_SUPPORTED), ("NotSupported", Result.NOT_SUPPORTED), ("InternalError", Result.ERROR)],
)
def test_a_callerror_has_its_result(code: str, result: Result) -> None:
    assert outcomes.of_error(code) == Outcome(result, code)


def test_a_word_too_long_is_cut() -> None:
    assert len(outcomes.of_status("x" * 500).detail) == len(outcomes.of_error("x" * 500).detail) == 50


@pytest.mark.parametrize("word", ["Scheduled", "Accepted", "RebootRequired", "Unlocked", "Whatever", None])
def test_any_word_about_a_variable_has_a_rank(word: str | None) -> None:
    one = outcomes.of_setting(Setting(Variable("HeartbeatInterval"), "300"), word)
    assert outcomes.of_settings((one,)).result is one.result
    assert one.result is not Result.SCHEDULED
