"""The words that several parts of a test file share: actions, and how a charger takes them."""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Final

from healer.behaviour import REACTING, Reaction
from healer.documents import Mapping, Mistakes, Node, Scalar, fields, shown
from healer.rules.actions import ACTIONS, Action, Argument

_REACTIONS: Final = [reaction.value for reaction in Reaction]


def action(node: Node, mistakes: Mistakes, *, whole: bool = True) -> Action | None:
    """`reset soft`, or `reset: soft` as in a ladder. Not `whole`: `reset` stands for every kind of it."""
    words = _words(node, mistakes)
    if words is None:
        return None
    name, argument = words
    if fields.choice(name, mistakes, ACTIONS, "action") is None:
        return None
    trait = ACTIONS[name.text]
    if argument:
        if trait.argument is Argument.CHOICE and argument not in trait.choices:
            hint = fields.did_you_mean(argument, trait.choices) or f"known are {fields.listed(trait.choices)}"
            mistakes.error(name.mark, "E-VALUE", f"{shown(argument)} is not a known kind of '{name.text}'", hint)
            return None
        return Action(name.text, argument)
    if whole and trait.argument is Argument.CHOICE and trait.default is None:
        kinds = fields.listed([f"'{trait.name} {kind}'" for kind in trait.choices])
        mistakes.error(name.mark, "E-ARGUMENT", f"'{trait.name}' needs a word behind it", f"write {kinds}")
        return None
    return Action(name.text, trait.default if whole else None)


def _words(node: Node, mistakes: Mistakes) -> tuple[Scalar, str] | None:
    """The name, at its place, and what stands behind it."""
    if isinstance(node, Mapping) and len(node.entries) == 1:
        key, value = node.entries[0]
        argument = fields.text(value, mistakes)
        return None if argument is None else (key, argument)
    found = fields.scalar(node, mistakes, "an action such as 'reset soft'")
    if found is None:
        return None
    name, _, argument = found.text.partition(" ")
    return Scalar(name, found.quoted, found.mark), argument.strip()


def replies(node: Node | None, mistakes: Mistakes) -> Table[str, Reaction]:
    """`{reset soft: no-effect}`: how a charger takes commands; what is not named works."""
    hint = "write for example 'replies: {reset soft: no-effect}'"
    body = None if node is None else fields.mapping(node, mistakes, hint)
    found = {}
    for key, value in body.entries if body is not None else ():
        if key.text not in REACTING:
            known = sorted(REACTING)
            hint = fields.did_you_mean(key.text, known) or f"known are {fields.listed(known)}"
            mistakes.error(key.mark, "E-KEY", f"a simulated charger has no reaction to {shown(key.text)}", hint)
        word = fields.choice(value, mistakes, _REACTIONS, "reaction")
        if word is not None and key.text in REACTING:
            found[key.text] = Reaction(word)
    return found
