"""`when` and `where`: nodes -> clauses, every name and value checked against the catalogue of signals.

A bad part is reported and left out, its siblings are still read: a clause that comes back is complete only if no
error was added.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from typing import Final

from healer.documents import Mapping, Mistakes, Node, Scalar, Sequence, fields, shown, suggest
from healer.fleet.signals import EVENTS, SIGNALS, Signal, Source, Value, ValueType
from healer.fleet.windows import CAPACITY
from healer.model import Scope
from healer.rules import words
from healer.rules.rule import All, Any, Clause, Compared, Counted, Like, Not, OneOf, Versioned
from healer.rules.versions import version_key


class Place(enum.StrEnum):
    """Where a clause stands."""

    WHEN = "when"
    WHERE = "where"


@dataclass(slots=True)
class Lists:
    """The named lists of a file, and which of them were used."""

    lists: Table[str, Sequence] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a clause needs beside its node."""

    place: Place
    mistakes: Mistakes
    lists: Lists = field(default_factory=Lists)
    rule_keys: frozenset[str] = frozenset()
    """To recognise a key of the rule that slipped into the clause by its indentation."""


def scope_of(clause: Clause) -> Scope:
    """The scope of the narrowest signal within; events are the charger's."""
    match clause:
        case All() | Any():
            return max((scope_of(part) for part in clause.clauses), default=Scope.CHARGER)
        case Not():
            return scope_of(clause.clause)
        case Counted():
            return Scope.CHARGER
        case _:
            return SIGNALS[clause.signal].scope


def read_clause(node: Node, context: Context) -> Clause:
    """A scalar (`offline`), a mapping whose clauses must all hold, or a list of which any may hold."""
    if isinstance(node, Scalar):
        return _bare(node, context)
    if isinstance(node, Sequence):
        return _any(node, context)
    if not node.entries and context.place is Place.WHEN:
        context.mistakes.error(node.mark, "E-EMPTY", "an empty 'when' would hold for every charger, always")
    return _all_of(_clauses(node, context))


def _all_of(clauses: Iterable[Clause]) -> Clause:
    parts = tuple(clauses)
    return parts[0] if len(parts) == 1 else All(parts)


def _any(node: Node, context: Context) -> Clause:
    items = fields.sequence(node, context.mistakes, "write a list, each item a mapping of signals") or ()
    if isinstance(node, Sequence) and not items:
        context.mistakes.error(node.mark, "E-EMPTY", "none of an empty list can hold")
    parts = tuple(read_clause(item, context) for item in items)
    return parts[0] if len(parts) == 1 else Any(parts)


def _bare(node: Scalar, context: Context) -> Clause:
    """`when: offline`: a signal that is yes or no may stand alone."""
    name, mistakes = node.text, context.mistakes
    if node.empty:
        mistakes.error(node.mark, "E-EMPTY", f"'{context.place}' has no value")
        return All()
    signal = SIGNALS.get(name)
    if signal is not None and not _may_stand(signal, node, context):
        return All()
    if signal is not None and signal.type is ValueType.BOOLEAN:
        return OneOf(name, (True,), mark=node.mark)
    if signal is not None:
        mistakes.error(node.mark, "E-VALUE", f"'{name}' needs a value", f"write for example '{signal.example}'")
    elif name in EVENTS:
        mistakes.error(node.mark, "E-EVENT", f"'{name}' is an event", f"write for example '{EVENTS[name].example}'")
    elif any(letter in name for letter in " =<>!("):
        hint = "conditions are mappings, for example {status: Faulted, error_code: InternalError}"
        mistakes.error(node.mark, "E-EXPRESSION", f"{shown(name)} is not a condition", hint)
    else:
        _unknown_signal(node, context)
    return All()


# --- the mapping ------------------------------------------------------------------------------------------------------

_EVENT_KEYS: Final = ("event", "count", "within")


def _clauses(node: Mapping, context: Context) -> Iterator[Clause]:
    for key, value in node.entries:
        if key.text in _EVENT_KEYS:
            continue
        if key.text == "any":
            yield _any(value, context)
        elif key.text == "all":
            items = fields.sequence(value, context.mistakes, "write a list, each item a mapping of signals") or ()
            yield _all_of(read_clause(item, context) for item in items)
        elif key.text == "not":
            yield Not(read_clause(value, context))
        elif key.text == "profile":
            yield from _profile(key, value, context)
        else:
            yield from _signal(key, value, context)
    yield from _event(node, context)


def _profile(key: Scalar, node: Node, context: Context) -> Iterator[Clause]:
    """`profile: {hangs_in_finishing: yes}` asks for the signal `profile.hangs_in_finishing`."""
    habits = [name.removeprefix("profile.") for name in SIGNALS if name.startswith("profile.")]
    mapping = fields.mapping(node, context.mistakes, f"known habits are {fields.listed(habits)}")
    for name, value in mapping.entries if mapping is not None else ():
        signal = SIGNALS.get(f"profile.{name.text}")
        if signal is not None:
            if _may_stand(signal, name, context):
                yield from _matcher(signal, value, context)
            continue
        hint = fields.did_you_mean(name.text, habits) or f"known are {fields.listed(habits)}"
        context.mistakes.error(name.mark, "E-SIGNAL", f"{shown(name.text)} is no known habit of a profile", hint)


def _signal(key: Scalar, node: Node, context: Context) -> Iterator[Clause]:
    signal = SIGNALS.get(key.text)
    if signal is None:
        _unknown_signal(key, context)
    elif _may_stand(signal, key, context):
        yield from _matcher(signal, node, context)


def _unknown_signal(key: Scalar, context: Context) -> None:
    name = key.text
    if name in context.rule_keys:
        message = f"'{name}' is a key of the rule and stands within '{context.place}'"
        context.mistakes.error(key.mark, "E-SIGNAL", message, f"move it to the column of '{context.place}'")
        return
    if name in EVENTS:
        context.mistakes.error(key.mark, "E-EVENT", f"'{name}' is an event", f"write '{EVENTS[name].example}'")
        return
    fitting = [known.name for known in SIGNALS.values() if fits_place(known, context.place)]
    blocks = ("any", "all", "not", *(("event",) if context.place is Place.WHEN else ("profile",)))
    hint = (
        fields.missing_space(name)
        or words.SIGNALS.get(name)
        or fields.did_you_mean(name, [*SIGNALS, *blocks, *_EVENT_KEYS])
    )
    known = fields.listed([*(name for name in fitting if not name.startswith("profile.")), *blocks])
    context.mistakes.error(key.mark, "E-SIGNAL", f"{shown(name)} is not a known signal", hint or f"known are {known}")


def fits_place(signal: Signal, place: Place) -> bool:
    if place is Place.WHEN:
        return not signal.filter_only
    return signal.filter_only or (signal.scope is Scope.CHARGER and signal.source is Source.INVENTORY)


def _may_stand(signal: Signal, key: Scalar, context: Context) -> bool:
    if fits_place(signal, context.place):
        return True
    if context.place is Place.WHEN:
        message = f"'{signal.name}' says which chargers, not what is wrong with them"
        context.mistakes.error(key.mark, "E-PLACE", message, "move it to 'where'")
    else:
        message = f"'{signal.name}' says what is wrong, not which chargers"
        context.mistakes.error(key.mark, "E-PLACE", message, "move it to 'when'")
    return False


def _event(node: Mapping, context: Context) -> Iterator[Clause]:
    """`event`, `count` and `within` of one mapping belong together."""
    mistakes = context.mistakes
    given = {key.text: (key, value) for key, value in node.entries if key.text in _EVENT_KEYS}
    if "event" not in given:
        for key, _ in given.values():
            mistakes.error(key.mark, "E-EVENT", f"'{key.text}' without 'event'", _EVENT_EXAMPLE)
        return
    mark = given["event"][0].mark
    if context.place is Place.WHERE:
        mistakes.error(mark, "E-PLACE", "events say what is wrong, not which chargers", "move it to 'when'")
        return
    name = fields.choice(given["event"][1], mistakes, EVENTS, "event")
    count = fields.integer(given["count"][1], mistakes, 1, CAPACITY) if "count" in given else 1
    within_s = fields.duration(given["within"][1], mistakes) if "within" in given else 0.0
    if "within" not in given:
        mistakes.error(mark, "E-EVENT", "'within' is missing: over which time is it counted?", _EVENT_EXAMPLE)
    elif within_s == 0:
        mistakes.error(given["within"][1].mark, "E-RANGE", "nothing happens within no time", _EVENT_EXAMPLE)
    if name and count and within_s:
        yield Counted(name, count, within_s, mark=mark)


_EVENT_EXAMPLE: Final = f"write for example '{next(iter(EVENTS.values())).example}'"


# --- matchers ---------------------------------------------------------------------------------------------------------

_BOUNDS: Final = ("above", "at_least", "below", "at_most")
_OPERATORS: Final = ("not", *_BOUNDS, "older_than", "newer_than", "like")
FITTING: Final[Table[ValueType, tuple[str, ...]]] = {
    ValueType.BOOLEAN: ("not",),
    ValueType.CHOICE: ("not", "like"),
    ValueType.TEXT: ("not", "like"),
    ValueType.TEXTS: ("not", "like"),
    ValueType.NUMBER: ("not", *_BOUNDS),
    ValueType.DURATION: ("not", *_BOUNDS),
    ValueType.VERSION: ("not", "older_than", "newer_than", "like"),
}


def _matcher(signal: Signal, node: Node, context: Context) -> Iterator[Clause]:
    if isinstance(node, Mapping):
        yield from _operators(signal, node, context)
        return
    values = _values(signal, node, context)
    if values:
        yield OneOf(signal.name, values, mark=node.mark)


def _operators(signal: Signal, node: Mapping, context: Context) -> Iterator[Clause]:
    fitting = FITTING[signal.type]
    if not node.entries:
        context.mistakes.error(node.mark, "E-EMPTY", f"'{signal.name}' has no value")
    found: dict[str, Node] = {}
    for key, value in node.entries:
        if key.text in fitting:
            found[key.text] = value
        else:
            _wrong_operator(signal, key, context)
    for name in ("not", "like"):
        if name in found:
            yield from (_negated if name == "not" else _like)(signal, found[name], context)
    if any(name in found for name in _BOUNDS):
        yield from _compared(signal, node, found, context)
    if "older_than" in found or "newer_than" in found:
        yield from _versioned(signal, node, found, context)


def _wrong_operator(signal: Signal, key: Scalar, context: Context) -> None:
    takes = f"'{signal.name}' takes a value, a list, " + fields.listed(
        [f"{{{name}: ...}}" for name in FITTING[signal.type]]
    )
    if key.text in _OPERATORS:
        message = f"'{key.text}' does not fit '{signal.name}', which is {_type_in_words(signal)}"
        context.mistakes.error(key.mark, "E-MATCHER", message, takes)
        return
    guess = words.OPERATORS.get(key.text)
    hint = f"did you mean '{guess}'?" if guess else fields.did_you_mean(key.text, _OPERATORS)
    context.mistakes.error(key.mark, "E-MATCHER", f"{shown(key.text)} is not a known matcher", hint or takes)


def _type_in_words(signal: Signal) -> str:
    article = signal.type in {ValueType.TEXT, ValueType.CHOICE, ValueType.TEXTS, ValueType.BOOLEAN}
    return signal.type.value if article else f"a {signal.type.value}"


def _negated(signal: Signal, node: Node, context: Context) -> Iterator[Clause]:
    if isinstance(node, Mapping):
        yield Not(_all_of(_operators(signal, node, context)))
        return
    values = _values(signal, node, context)
    if values:
        yield OneOf(signal.name, values, negated=True, mark=node.mark)


def _like(signal: Signal, node: Node, context: Context) -> Iterator[Clause]:
    patterns = fields.scalars(node, context.mistakes, 'a pattern such as "E-4*"')
    parts = tuple(Like(signal.name, pattern.text, mark=pattern.mark) for pattern in patterns)
    if parts:
        yield parts[0] if len(parts) == 1 else Any(parts)


def _compared(signal: Signal, node: Mapping, found: Table[str, Node], context: Context) -> Iterator[Clause]:
    read = fields.duration if signal.type is ValueType.DURATION else fields.number
    bounds = {name: read(found[name], context.mistakes) for name in _BOUNDS if name in found}
    clause = Compared(signal.name, **bounds, mark=node.mark)
    low = max((bound for name in _BOUNDS[:2] if (bound := bounds.get(name)) is not None), default=None)
    high = min((bound for name in _BOUNDS[2:] if (bound := bounds.get(name)) is not None), default=None)
    open_end = bounds.get("above") == low or bounds.get("below") == high
    if low is not None and high is not None and (low > high or (low == high and open_end)):
        hint = "exchange the bounds; for below the one or above the other write 'any: [...]'"
        message = f"no value of '{signal.name}' lies within these bounds"
        context.mistakes.error(node.mark, "E-IMPOSSIBLE", message, hint)
    yield clause


def _versioned(signal: Signal, node: Mapping, found: Table[str, Node], context: Context) -> Iterator[Clause]:
    older, newer = (
        fields.version(found[name], context.mistakes) if name in found else None
        for name in ("older_than", "newer_than")
    )
    older_key, newer_key = (version_key(text) if text else None for text in (older, newer))
    if older_key is not None and newer_key is not None and older_key <= newer_key:
        context.mistakes.error(node.mark, "E-IMPOSSIBLE", f"no version is newer than {newer} and older than {older}")
    yield Versioned(signal.name, older_than=older, newer_than=newer, mark=node.mark)


# --- values -----------------------------------------------------------------------------------------------------------

_KINDS: Final[Table[str, str]] = {
    "status": "connector status",
    "error_code": "error code",
    "mrec": "MREC code",
    "ocpp": "OCPP version",
}
"""What a signal's words are called where its name does not say it."""


def _values(signal: Signal, node: Node, context: Context) -> tuple[Value, ...]:
    found = [_value(signal, scalar, context) for scalar in _scalars(signal, node, context)]
    return tuple(value for value in found if value is not None)


def _scalars(signal: Signal, node: Node, context: Context) -> Iterator[Scalar]:
    """One value or a list of them, named lists filled in."""
    for scalar in fields.scalars(node, context.mistakes, f"a value of '{signal.name}'"):
        if scalar.quoted or not scalar.text.startswith("$"):
            yield scalar
            continue
        name = scalar.text.removeprefix("$")
        lists = context.lists
        if name in lists.lists:
            lists.used.add(name)
            yield from _listed(lists.lists[name], f"a value of '{signal.name}'", context)
            continue
        guess = suggest(name, lists.lists)
        lists.used.update([] if guess is None else [guess])
        hint = "a list is defined at the top of the same file: 'lists: {name: [...]}'"
        hint = hint if guess is None else f"did you mean '${guess}'?"
        context.mistakes.error(scalar.mark, "E-LIST", f"there is no list {shown(scalar.text)}", hint)


def _listed(named: Sequence, what: str, context: Context) -> Iterator[Scalar]:
    for scalar in fields.scalars(named, context.mistakes, what):
        if scalar.quoted or not scalar.text.startswith("$"):
            yield scalar
        else:
            context.mistakes.error(scalar.mark, "E-LIST", "a list cannot hold another list", "write out its values")


def _value(signal: Signal, scalar: Scalar, context: Context) -> Value | None:
    mistakes = context.mistakes
    match signal.type:
        case ValueType.BOOLEAN:
            return fields.boolean(scalar, mistakes)
        case ValueType.CHOICE:
            return _word(signal, scalar, context)
        case ValueType.NUMBER:
            return fields.number(scalar, mistakes)
        case ValueType.DURATION:
            return fields.duration(scalar, mistakes)
        case ValueType.VERSION:
            return fields.version(scalar, mistakes)
        case ValueType.TEXT | ValueType.TEXTS:
            if "*" in scalar.text:
                hint = f'for a pattern write {signal.name}: {{like: "{scalar.text}"}}'
                mistakes.warn(scalar.mark, "W-PATTERN", f"'*' has no meaning in {shown(scalar.text)}", hint)
            return scalar.text


def _word(signal: Signal, scalar: Scalar, context: Context) -> str | None:
    kind = _KINDS.get(signal.name, signal.name.replace("_", " "))
    if not signal.open_choices:
        return fields.choice(scalar, context.mistakes, signal.choices, kind)
    if scalar.text not in signal.choices:
        guess = fields.did_you_mean(scalar.text, signal.choices)
        hint = guess or "if a vendor uses this word, all is well"
        context.mistakes.warn(scalar.mark, "W-VALUE", f"{shown(scalar.text)} is not a standard {kind}", hint)
    return scalar.text
