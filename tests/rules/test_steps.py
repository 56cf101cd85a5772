"""`heal` and `forbid`."""

from __future__ import annotations

import pytest

from healer.documents import Mistakes, parse
from healer.rules.actions import ACTIONS, Action, Argument
from healer.rules.rule import Step
from healer.rules.steps import Limits, read_forbidden, read_ladder


def ladder(text: str) -> tuple[Step, ...]:
    mistakes = Mistakes()
    node = parse(text, "a.yaml", mistakes)
    assert node is not None
    steps = read_ladder(node, mistakes, Limits())
    assert not mistakes, mistakes.render()
    return steps


@pytest.mark.parametrize("name", [name for name, trait in ACTIONS.items() if trait.argument is not Argument.MAPPING])
def test_every_action_can_be_written(name: str) -> None:
    trait = ACTIONS[name]
    arguments = {Argument.NONE: "", Argument.CHOICE: trait.choices[-1:] and trait.choices[-1], Argument.DURATION: "5m"}
    argument = arguments.get(trait.argument, "1.10")
    (step,) = ladder(f"- {name}: {argument}\n")
    assert step.action.name == name
    assert step.action.argument == (argument or None)
    assert step.attempts == 1
    assert step.verify_within_s == (300.0 if name == "wait" else trait.verify_s(step.action.argument))


@pytest.mark.parametrize("name", ["probe", "reconnect", "take-out-of-service", "collect-diagnostics", "notify"])
def test_what_interrupts_nobody_or_may_be_repeated_can_be_tried_several_times(name: str) -> None:
    (step,) = ladder(f"- {name}:\n  attempts: 3\n")
    assert step.attempts == 3


@pytest.mark.parametrize(
    "step", ["reset: soft", "reset: hard", "unlock:", "cycle-availability:", "update-firmware: '2'"]
)
def test_what_interrupts_service_is_never_repeated_by_itself(step: str) -> None:
    mistakes = Mistakes()
    node = parse(f"- {step}\n  attempts: 2\n- {step}\n  attempts: 1\n", "a.yaml", mistakes)
    assert node is not None
    assert [read.attempts for read in read_ladder(node, mistakes, Limits())] == [1, 1]
    assert [(str(mistake.mark), mistake.code) for mistake in mistakes] == [("a.yaml:2:3", "E-REPEAT")]


def test_a_step_may_ask_for_approval() -> None:
    steps = ladder("- reset: soft\n  ask: yes\n- probe:\n  ask: no\n- probe\n")
    assert [step.ask for step in steps] == [True, False, False]


def test_an_action_without_argument_takes_its_default() -> None:
    assert [step.action for step in ladder("- take-out-of-service\n- put-in-service:\n")] == [
        Action("take-out-of-service", "connector"),
        Action("put-in-service", "connector"),
    ]


def test_a_step_knows_its_place() -> None:
    steps = ladder("- probe\n- reset: soft\n  verify_within: 15m\n")
    assert [(str(step.mark), step.verify_within_s) for step in steps] == [("a.yaml:1:3", 120.0), ("a.yaml:2:3", 900.0)]


def test_waiting_has_a_length_and_nothing_to_verify() -> None:
    (step,) = ladder("- wait: 90s\n")
    assert step.action == Action("wait", "1m30s", 90.0)
    mistakes = Mistakes()
    node = parse("- wait: 5m\n  verify_within: 5m\n", "a.yaml", mistakes)
    assert node is not None
    read_ladder(node, mistakes, Limits())
    assert [mistake.code for mistake in mistakes] == ["E-KEY"]


def test_forbidden_actions_may_be_one_or_many_and_need_not_be_available() -> None:
    for text, names in (("reset", {"reset"}), ("[reset, clear-cache]", {"reset", "clear-cache"})):
        mistakes = Mistakes()
        node = parse(text, "a.yaml", mistakes)
        assert node is not None
        assert read_forbidden(node, mistakes) == names
        assert not mistakes
