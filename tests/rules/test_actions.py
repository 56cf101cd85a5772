"""The catalogue of actions agrees with the design's table."""

from __future__ import annotations

import pytest

from healer.model import Scope
from healer.rules.actions import ACTIONS, Action, Argument, Evidence

FLOOR_S = 60.0


@pytest.mark.parametrize("name", list(ACTIONS))
def test_every_action_is_described_and_makes_sense_in_itself(name: str) -> None:
    trait = ACTIONS[name]
    assert trait.name == name
    assert trait.help
    assert not (trait.containment and (trait.disruptive or trait.ends_session))
    assert not (trait.ends_session and not trait.disruptive)
    assert bool(trait.choices) == (trait.argument is Argument.CHOICE)
    assert trait.default is None or trait.default in trait.choices
    assert trait.verify_s(None) >= FLOOR_S


def test_what_interrupts_service_is_disruptive() -> None:
    disruptive = {name for name, trait in ACTIONS.items() if trait.disruptive}
    assert disruptive == {"reconnect", "reset", "unlock", "cycle-availability", "update-firmware", "stop-transaction"}


def test_what_may_end_a_session_is_marked() -> None:
    ending = {name for name, trait in ACTIONS.items() if trait.ends_session}
    assert ending == {"reset", "unlock", "update-firmware", "stop-transaction"}


def test_what_must_not_be_repeated_is_not_repeatable() -> None:
    for name in ("reset", "unlock", "cycle-availability", "update-firmware", "stop-transaction"):
        assert not ACTIONS[name].repeatable


def test_only_these_may_run_under_an_interlock() -> None:
    safe = {name for name, trait in ACTIONS.items() if trait.safe_under_interlock}
    assert safe == {"probe", "collect-diagnostics", "notify", "wait", "take-out-of-service", "stop-transaction"}


def test_verification_times_are_those_of_the_design() -> None:
    assert Action("reset", "soft").verify_s == 600
    assert Action("reset", "hard").verify_s == 900
    assert Action("unlock").verify_s == 120
    assert Action("update-firmware", "1.10").verify_s == 3600


def test_a_reset_is_of_the_charger_and_an_unlock_of_a_connector() -> None:
    assert ACTIONS["reset"].scope is Scope.CHARGER
    assert ACTIONS["unlock"].scope is Scope.CONNECTOR
    assert ACTIONS["reset"].evidence is Evidence.REBOOTED


@pytest.mark.parametrize("text", ["reset soft", "unlock", "wait 5m", "take-out-of-service charger"])
def test_an_action_is_read_back_from_how_it_prints(text: str) -> None:
    assert str(Action.named(text)) == text


def test_values_that_are_written_to_chargers_are_not_shown() -> None:
    action = Action("set-config", "Key", details=(("Key", "value"),))
    assert "value" not in f"{action} {action!r}"


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        ACTIONS["new"] = ACTIONS["reset"]  # type: ignore[index]
