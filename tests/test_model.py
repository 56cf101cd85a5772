"""The words every other module speaks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.model import (
    UNKNOWN,
    ChargerId,
    Mode,
    OcppVersion,
    Scope,
    Severity,
    Target,
    Truth,
    all_of,
    any_of,
    format_duration,
    negation,
)

A = ChargerId("A")
TRUTHS: list[Truth] = [True, False, UNKNOWN]


def test_unknown_refuses_to_be_a_boolean() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)


@given(st.lists(st.sampled_from(TRUTHS)))
def test_all_and_any_are_kleenes(truths: list[Truth]) -> None:
    known = [truth for truth in truths if truth is not UNKNOWN]
    assert all_of(truths) is (False if False in known else UNKNOWN if len(known) < len(truths) else True)
    assert any_of(truths) is (True if True in known else UNKNOWN if len(known) < len(truths) else False)


@pytest.mark.parametrize(("one", "other"), list(itertools.product(TRUTHS, TRUTHS)))
def test_de_morgan_holds_with_unknown(one: Truth, other: Truth) -> None:
    assert negation(all_of([one, other])) is any_of([negation(one), negation(other)])
    assert negation(negation(one)) is one


def test_a_target_covers_itself_and_its_parts() -> None:
    whole, evse, plug = Target(A), Target(A, 1), Target(A, 1, 1)
    assert whole.covers(evse)
    assert evse.covers(plug)
    assert plug.covers(plug)
    assert not plug.covers(evse)
    assert not evse.covers(Target(A, 2, 1))
    assert not whole.covers(Target(ChargerId("B")))


def test_a_target_widens_and_tells_its_scope() -> None:
    plug = Target(A, 1, 2)
    assert [plug.widened(scope) for scope in Scope] == [Target(A), Target(A, 1), plug]
    assert [plug.widened(scope).scope for scope in Scope] == list(Scope)
    assert [str(plug.widened(scope)) for scope in Scope] == ["A", "A evse 1", "A evse 1 connector 2"]


def test_targets_sort_from_wide_to_narrow() -> None:
    targets = [Target(A, 1, 1), Target(A), Target(A, 1), Target(A, 0)]
    ordered = sorted(targets, key=lambda target: target.sort_key)
    assert ordered == [Target(A), Target(A, 0), Target(A, 1), Target(A, 1, 1)]


def test_the_strictest_mode_wins() -> None:
    assert Mode.strictest(Mode.AUTO, Mode.DRY_RUN) is Mode.DRY_RUN
    assert Mode.strictest(Mode.AUTO, Mode.ASK, Mode.OFF) is Mode.OFF
    assert Mode.strictest(Mode.AUTO) is Mode.AUTO


def test_severities_go_from_quiet_to_loud() -> None:
    assert sorted(Severity, key=lambda word: word.rank) == list(Severity)
    assert Severity.PAGE.rank > Severity.TICKET.rank


def test_a_version_names_its_subprotocol() -> None:
    assert (OcppVersion.V16.subprotocol, OcppVersion.V201.subprotocol) == ("ocpp1.6", "ocpp2.0.1")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0s"), (-5, "0s"), (59, "59s"), (90, "1m30s"), (300, "5m"), (3661, "1h1m"), (86400, "1d"), (90061, "1d1h")],
)
def test_durations_read_as_rule_files_write_them(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
