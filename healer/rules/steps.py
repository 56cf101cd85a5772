"""`heal` and `forbid`: nodes -> steps of a ladder and names of actions, checked against the catalogue of actions."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass
from datetime import date
from typing import Final

from healer.documents import Mapping, Mark, Mistakes, Node, Scalar, fields, shown
from healer.model import Seconds, format_duration
from healer.rules import words
from healer.rules.actions import ACTIONS, Action, Argument, Trait
from healer.rules.arguments import read_action
from healer.rules.rule import RuleLimits, Step
from healer.rules.windows import Window

MOST_ATTEMPTS: Final = 10
OPTIONS: Final = ("verify_within", "attempts", "ask")
_LADDER: Final = "write a list, one action an item, for example '- reset: soft'"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader cannot know from the files: where a value becomes a mistake, what the settings say, the day."""

    verify_floor_s: Seconds = 60.0
    """The shortest `verify_within`."""
    disruptive_for_s: Seconds = 60.0
    """A disruptive ladder in a rule with a shorter `for` is a lint."""
    windows: Table[str, Window] | None = None
    """The windows of the settings; None where nobody knows them."""
    daemon: RuleLimits | None = None
    """The daemon's own guards, than which no rule is looser; None where nobody knows them."""
    today: date | None = None
    """Rules that should be gone by this day are told."""


def read_ladder(node: Node, mistakes: Mistakes, limits: Limits) -> tuple[Step, ...]:
    """The steps that can be understood; the others are reported."""
    items = fields.sequence(node, mistakes, _LADDER)
    if items is not None and not items:
        mistakes.error(node.mark, "E-EMPTY", "the ladder has no step", "leave 'heal' out if there is nothing to do")
    steps = [_step(item, mistakes, limits) for item in items or ()]
    return tuple(step for step in steps if step is not None)


def read_forbidden(node: Node, mistakes: Mistakes) -> frozenset[str]:
    """Names of actions, each with all its arguments: `reset`."""
    found = set()
    items = node.items if not isinstance(node, (Scalar, Mapping)) else (node,)
    for item in items:
        if isinstance(item, Mapping) and len(item.entries) == 1:
            key = item.entries[0][0]
            hint = f"write '{key.text}': every kind of it is forbidden"
            mistakes.error(item.mark, "E-ACTION", "'forbid' names actions without their arguments", hint)
            continue
        name = fields.scalar(item, mistakes, "the name of an action")
        if name is not None and _trait(name, mistakes, "forbid") is not None:
            found.add(name.text)
    return frozenset(found)


def _step(node: Node, mistakes: Mistakes, limits: Limits) -> Step | None:
    if isinstance(node, Scalar):
        name = fields.scalar(node, mistakes, "an action")
        trait = None if name is None else _trait(name, mistakes, "heal")
        action = None if trait is None else read_action(trait, None, node.mark, mistakes)
        return None if action is None else _finish(action, None, mistakes, limits, node.mark)
    mapping = fields.mapping(node, mistakes, _LADDER)
    if mapping is None:
        return None
    named = [(key, value) for key, value in mapping.entries if key.text not in OPTIONS]
    if not named:
        mistakes.error(mapping.mark, "E-STEP", "this step names no action", _LADDER)
        return None
    for key, _ in named[1:]:
        _second_word(key, mistakes)
    key, value = named[0]
    trait = _trait(key, mistakes, "heal")
    action = None if trait is None else read_action(trait, value, key.mark, mistakes)
    # The options are checked even when the action is not known.
    return _finish(action, mapping, mistakes, limits, key.mark)


def _second_word(key: Scalar, mistakes: Mistakes) -> None:
    if key.text in ACTIONS:
        mistakes.error(key.mark, "E-STEP", "a step is one action", f"write '- {key.text}' as a step of its own")
        return
    hint = fields.did_you_mean(key.text, OPTIONS) or f"a step has one action and {fields.listed(OPTIONS)}"
    mistakes.error(key.mark, "E-KEY", f"{shown(key.text)} is not a key of a step", hint)


def _trait(name: Scalar, mistakes: Mistakes, place: str) -> Trait | None:
    trait = ACTIONS.get(name.text)
    if trait is not None:
        return trait
    first, _, rest = name.text.replace(":", " ").partition(" ")
    if first in ACTIONS and rest:
        hint = f"write '{first}: {rest.strip()}'" if place == "heal" else f"write '{first}'"
    else:
        hint = words.ACTIONS.get(name.text) or fields.did_you_mean(name.text, ACTIONS) or ""
    hint = hint or f"known are {fields.listed(ACTIONS)}"
    mistakes.error(name.mark, "E-ACTION", f"{shown(name.text)} is not a known action", hint)
    return None


def _finish(
    action: Action | None, options: Mapping | None, mistakes: Mistakes, limits: Limits, mark: Mark
) -> Step | None:
    verify_within_s, attempts, ask = None, 1, False
    for key, node in options.entries if options is not None else ():
        if key.text == "verify_within":
            verify_within_s = _verify_within(action, key, node, mistakes, limits)
        elif key.text == "attempts":
            attempts = _attempts(action, key, node, mistakes)
        elif key.text == "ask":
            ask = fields.boolean(node, mistakes) or False
    if action is None:
        return None
    if verify_within_s is None:
        verify_within_s = action.verify_s if action.seconds is None else action.seconds
    return Step(action, verify_within_s, attempts, ask, mark=mark)


def _attempts(action: Action | None, key: Scalar, node: Node, mistakes: Mistakes) -> int:
    """How often the step is tried. What interrupts service is never repeated just because the last time did no good."""
    attempts = fields.integer(node, mistakes, 1, MOST_ATTEMPTS) or 1
    if attempts > 1 and action is not None and action.trait.disruptive and not action.trait.repeatable:
        written = f"'- {action.name}'" if action.argument is None else f"'- {action.name}: {action.argument}'"
        message = f"'{action}' interrupts service and is never repeated by itself"
        hint = f"remove 'attempts'; where it is worth another try, write {written} as a step of its own"
        mistakes.error(key.mark, "E-REPEAT", message, hint)
        return 1
    return attempts


def _verify_within(
    action: Action | None, key: Scalar, node: Node, mistakes: Mistakes, limits: Limits
) -> Seconds | None:
    seconds = fields.duration(node, mistakes)
    if action is not None and action.trait.argument is Argument.DURATION:
        mistakes.error(key.mark, "E-KEY", f"'{action.name}' has nothing to verify", "remove 'verify_within'")
        return None
    if seconds is not None and seconds < limits.verify_floor_s:
        hint = f"at least {format_duration(limits.verify_floor_s)}: a charger needs time to show its cure"
        mistakes.error(node.mark, "E-RANGE", "'verify_within' is too short", hint)
        return None
    return seconds
