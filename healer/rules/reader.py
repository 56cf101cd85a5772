"""One rule: the mapping under `- rule: ...` -> a `Rule`, with what the lints need to know about its text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, is_dataclass, replace
from dataclasses import fields as fields_of
from types import MappingProxyType
from typing import Final, TypeVar

from healer.documents import Mapping, Mark, Mistakes, Node, Scalar, fields, shown, suggest
from healer.fleet.signals import SIGNALS, Signal
from healer.model import Mode, Severity
from healer.rules import words
from healer.rules.actions import ACTIONS, Trait
from healer.rules.clauses import Context, Lists, Place, read_clause, scope_of
from healer.rules.rule import All, Clause, Clear, Rollout, Rule, RuleLimits, RuleStatus, Step
from healer.rules.steps import Limits, read_forbidden, read_ladder
from healer.rules.tightening import read_limits
from healer.rules.windows import Window, find_window

KEYS: Final = (
    "rule",
    "description",
    "when",
    "where",
    "for",
    "heal",
    "if_not_healed",
    "alert",
    "forbid",
    "stable_for",
    "clear",
    "mode",
    "window",
    "rollout",
    "limits",
    "runbook",
    "labels",
    "status",
    "formerly",
    "replaced_by",
    "remove_after",
)
"""Every key of a rule, in the order in which one reads it."""

STABLE_FOR_S: Final = 600.0

METADATA: Final = frozenset({"description", "runbook", "labels", "status", "formerly", "replaced_by", "remove_after"})
"""Keys that change nothing of what a rule does: left out of its hash."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_STAGE: Final = re.compile(r"[1-9]\d{0,5}|(?:100|[1-9]\d?)%")

_T = TypeVar("_T")


@dataclass(slots=True)
class Written:
    """A rule beside its text: where each key stands, and which values were mistakes."""

    rule: Rule
    keys: Table[str, Mark]
    bad: set[str] = field(default_factory=set)
    """Keys whose value could not be read; lints that need one of them stay silent."""
    usable: bool = True
    """Without any error."""

    def sound(self, *keys: str) -> bool:
        return self.bad.isdisjoint(keys)

    def mark(self, key: str) -> Mark:
        """The key's place; the rule's own when it is not written."""
        return self.keys.get(key) or self.rule.mark or Mark("", 1, 1)


class Taker:
    """Reads the values of a mapping one by one and remembers which of them were mistakes."""

    def __init__(self, found: Table[str, Node], mistakes: Mistakes) -> None:
        self.found = found
        self.mistakes = mistakes
        self.bad: set[str] = set()

    def take(self, key: str, read: Callable[[Node, Mistakes], _T | None], default: _T) -> _T:
        """The value of the key; the default when it is absent or a mistake."""
        value = self.optional(key, read)
        return default if value is None else value

    def optional(self, key: str, read: Callable[[Node, Mistakes], _T | None]) -> _T | None:
        """The value of the key; None when it is absent or a mistake."""
        node = self.found.get(key)
        if node is None:
            return None
        before = self.mistakes.errors
        value = read(node, self.mistakes)
        if self.mistakes.errors > before:
            self.bad.add(key)
        return value


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rule may name that its file defines, and what the settings say."""

    lists: Lists
    windows: Table[str, Window] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    mode: Mode = Mode.AUTO
    """The pack's."""


def read_rule(node: Mapping, mistakes: Mistakes, around: Surroundings) -> Written:
    """The rule with all its parts that can be understood."""
    before = mistakes.errors
    found = fields.entries(node, KEYS, mistakes, "a rule", _HINTS)
    for key, hint in (
        ("rule", "a rule begins with '- rule: NAME'"),
        ("when", "say what is wrong, e.g. 'when: offline'"),
    ):
        if key not in found and not _misnamed(key, node):
            mistakes.error(node.mark, "E-MISSING", f"a rule needs '{key}'", hint)
    taker = Taker(found, mistakes)
    rule = _rule(taker, node.mark, around)
    keys = {key.text: key.mark for key, _ in node.entries}
    taker.bad.update(key for key in ("rule", "when") if key not in found)
    return Written(replace(rule, hash=behaviour_hash(rule)), keys, taker.bad, mistakes.errors == before)


def _misnamed(wanted: str, node: Mapping) -> bool:
    """Whether another system's word stands for the key, which is answered there."""
    return any(f"'{wanted}'" in words.RULE.get(key.text, "") for key, _ in node.entries)


def _step_example(trait: Trait) -> str:
    return f"'- {trait.name}: {trait.choices[0]}'" if trait.choices else f"'- {trait.name}'"


def _belongs_to(signal: Signal) -> str:
    return "this belongs to 'where': which chargers" if signal.filter_only else "this belongs to 'when': what is wrong"


_HINTS: Final[Table[str, str]] = {
    **{name: f"an action is a step of 'heal': {_step_example(trait)}" for name, trait in ACTIONS.items()},
    **{name: _belongs_to(signal) for name, signal in SIGNALS.items()},
    "event": "this belongs to 'when': what is wrong",
    "profile": "this belongs to 'where': which chargers",
    **words.RULE,
}
"""Answers to wrong keys of a rule."""


def _rule(taker: Taker, mark: Mark, around: Surroundings) -> Rule:
    def clause(place: Place) -> Callable[[Node, Mistakes], Clause]:
        return lambda node, mistakes: read_clause(node, Context(place, mistakes, around.lists, frozenset(KEYS)))

    def ladder(node: Node, mistakes: Mistakes) -> tuple[Step, ...]:
        return read_ladder(node, mistakes, around.limits)

    def window(node: Node, mistakes: Mistakes) -> Window | None:
        return find_window(node, around.windows, around.limits.windows, mistakes)

    take, optional = taker.take, taker.optional
    name = take("rule", _name, "")
    name_node = taker.found.get("rule")
    when: Clause = optional("when", clause(Place.WHEN)) or All()
    heal = optional("heal", ladder) or ()
    return Rule(
        name=name,
        when=when,
        scope=scope_of(when),
        where=optional("where", clause(Place.WHERE)) or All(),
        for_s=take("for", fields.duration, 0.0),
        heal=heal,
        if_not_healed=optional("if_not_healed", _severity),
        alert=optional("alert", _alert) or (None if "heal" in taker.found else Severity.WARNING),
        forbid=take("forbid", read_forbidden, frozenset()),
        stable_for_s=take("stable_for", fields.duration, STABLE_FOR_S),
        clear=take("clear", _clear, Clear.AUTO),
        mode=Mode.strictest(around.mode, take("mode", read_mode, Mode.AUTO)),
        window=optional("window", window),
        rollout=optional("rollout", _rollout),
        limits=take("limits", lambda node, mistakes: read_limits(node, mistakes, around.limits), RuleLimits()),
        description=take("description", fields.text, ""),
        runbook=optional("runbook", fields.text),
        labels=MappingProxyType(take("labels", _labels, {})),
        status=take("status", _status, RuleStatus.STABLE),
        formerly=take("formerly", _former_names, ()),
        replaced_by=optional("replaced_by", fields.text),
        remove_after=optional("remove_after", fields.date),
        mark=mark if name_node is None else name_node.mark,
    )


# --- fields -----------------------------------------------------------------------------------------------------------


def _name(node: Node, mistakes: Mistakes) -> str | None:
    name = fields.scalar(node, mistakes, "the name of the rule")
    if name is None or _NAME.fullmatch(name.text):
        return None if name is None else name.text
    proposal = re.sub(r"[^A-Za-z0-9._]+", "-", name.text).strip("-._")[:80].lower()
    message = f"{shown(name.text)} cannot be a name: letters, digits, '-', '_' and '.', at most 80"
    mistakes.error(name.mark, "E-NAME", message, f"write '{proposal}'" if proposal else None)
    return None


def _former_names(node: Node, mistakes: Mistakes) -> tuple[str, ...]:
    names = fields.scalars(node, mistakes, "a name the rule had before")
    return tuple(dict.fromkeys(name.text for name in names))


def _severity(node: Node, mistakes: Mistakes) -> Severity | None:
    choices = [severity.value for severity in Severity]
    word = fields.choice(node, mistakes, choices, "severity")
    return None if word is None else Severity(word)


def _alert(node: Node, mistakes: Mistakes) -> Severity | None:
    """As any severity; Prometheus has the rule's name there."""
    choices = [severity.value for severity in Severity]
    if isinstance(node, Scalar) and node.text and node.text not in choices and not suggest(node.text, choices):
        hint = f"'alert' says how loud: {fields.listed(choices)}; the name of the rule is called 'rule'"
        mistakes.error(node.mark, "E-VALUE", f"{shown(node.text)} is not a known severity", hint)
        return None
    return _severity(node, mistakes)


def _clear(node: Node, mistakes: Mistakes) -> Clear | None:
    word = fields.choice(node, mistakes, [clear.value for clear in Clear], "way to clear")
    return None if word is None else Clear(word)


def read_mode(node: Node, mistakes: Mistakes) -> Mode | None:
    """How far healing may go."""
    word = fields.choice(node, mistakes, [mode.value for mode in Mode], "mode")
    return None if word is None else Mode(word)


def _status(node: Node, mistakes: Mistakes) -> RuleStatus | None:
    found = fields.scalar(node, mistakes, "experimental, stable or deprecated")
    if found is None:
        return None
    choices = [status.value for status in RuleStatus]
    if found.text in choices:
        return RuleStatus(found.text)
    hint = fields.did_you_mean(found.text, choices)
    hint = hint or "this is the status of the rule; a connector's belongs to 'when': when: {status: Faulted}"
    mistakes.error(found.mark, "E-VALUE", f"{shown(found.text)} is not a known status of a rule", hint)
    return None


def _labels(node: Node, mistakes: Mistakes) -> dict[str, str]:
    mapping = fields.mapping(node, mistakes, "write for example 'labels: {team: field}'")
    read = {key.text: fields.text(value, mistakes) for key, value in (mapping.entries if mapping else ())}
    return {key: value for key, value in read.items() if value is not None}


def _rollout(node: Node, mistakes: Mistakes) -> Rollout | None:
    example = "write for example 'rollout: {stages: [1, 5%, 100%], soak: 24h, stop_if_failed: 5%}'"
    mapping = fields.mapping(node, mistakes, example)
    if mapping is None:
        return None
    found = fields.entries(mapping, ("stages", "soak", "stop_if_failed"), mistakes, "a rollout")
    for key in ("stages", "soak"):
        if key not in found:
            mistakes.error(mapping.mark, "E-MISSING", f"a rollout needs '{key}'", example)
    taker = Taker(found, mistakes)
    stages = taker.optional("stages", _stages) or ()
    soak_s = taker.take("soak", fields.duration, 0.0)
    return Rollout(stages, soak_s, taker.optional("stop_if_failed", _stage))


def _stages(node: Node, mistakes: Mistakes) -> tuple[str, ...]:
    read = [_stage(item, mistakes) for item in fields.sequence(node, mistakes, "write for example [1, 5%, 100%]") or ()]
    stages = tuple(stage for stage in read if stage is not None)
    for unit in ("", "%"):
        sizes = [int(stage.rstrip("%")) for stage in stages if stage.endswith("%") is bool(unit)]
        if sizes != sorted(set(sizes)):
            mistakes.error(node.mark, "E-VALUE", "each stage must be larger than the one before it")
    return stages


def _stage(node: Node, mistakes: Mistakes) -> str | None:
    """So many chargers, or such a part of them."""
    found = fields.scalar(node, mistakes, "a number of chargers or a percentage")
    if found is None or _STAGE.fullmatch(found.text):
        return None if found is None else found.text
    message = f"{shown(found.text)} is neither a number of chargers nor a percentage"
    mistakes.error(found.mark, "E-VALUE", message, "write for example '3' or '5%'")
    return None


# --- hash -------------------------------------------------------------------------------------------------------------


def behaviour_hash(rule: Rule) -> str:
    """Changes exactly when what the rule does changes; texts for people and places in files do not count."""
    parts = [f"{item.name}={_plain(getattr(rule, item.name))}" for item in fields_of(rule) if _behaves(item.name)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _behaves(name: str) -> bool:
    return name not in METADATA and name not in {"mark", "hash"}


def _plain(value: object) -> str:
    """A value as text that is the same in every run."""
    if is_dataclass(value) and not isinstance(value, type):
        inner = ",".join(
            f"{item.name}={_plain(getattr(value, item.name))}" for item in fields_of(value) if item.compare
        )
        return f"{type(value).__name__}({inner})"
    if isinstance(value, frozenset):
        return "{" + ",".join(sorted(_plain(item) for item in value)) + "}"
    if isinstance(value, tuple):
        return "(" + ",".join(_plain(item) for item in value) + ")"
    return repr(value)
