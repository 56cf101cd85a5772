"""JSON Schema (2020-12) of rule files, for editors: written from the tables by which the reader reads.

A schema knows shapes, names and values; it knows neither what fits together nor what is unwise. So what it refuses
`healer check` refuses as well, and not the other way round. Editors give scalars the types of YAML (`1.10` is a number,
`yes` a text), so every value is allowed in each type in which it may arrive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from collections.abc import Mapping as Table
from typing import Final, TypeAlias

from healer.documents import fields
from healer.fleet.signals import EVENTS, SIGNALS, Signal, ValueType
from healer.fleet.windows import CAPACITY
from healer.model import Mode, Severity
from healer.rules import arguments, packs, reader, tightening, windows
from healer.rules.actions import ACTIONS, Argument, Trait
from healer.rules.clauses import FITTING, Place, fits_place
from healer.rules.rule import Clear, RuleStatus
from healer.rules.steps import MOST_ATTEMPTS

Schema: TypeAlias = dict[str, object]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

# --- values -----------------------------------------------------------------------------------------------------------

TEXT: Final[Schema] = {"type": ["string", "number", "boolean"]}
DURATION: Final[Schema] = {
    "anyOf": [{"type": "string", "pattern": r"^(?=.)(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?$"}, {"enum": [0, "0"]}]
}
NUMBER: Final[Schema] = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[+-]?(\d+(\.\d*)?|\.\d+)$"}],
}
PERCENTAGE: Final[Schema] = {"type": "string", "pattern": r"^\+?(\d+(\.\d*)?|\.\d+) *%$"}
BOOLEAN: Final[Schema] = {
    "anyOf": [
        {"type": "boolean"},
        {"enum": [*fields.TRUE_WORDS, *fields.FALSE_WORDS]},
        {"type": "string", "pattern": "^([Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff])$"},
    ]
}
VERSION: Final[Schema] = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"\d"}]}
_LISTED: Final[Schema] = {"type": "string", "pattern": r"^\$"}
"""A named list, which stands for its values."""


def whole(least: int, most: int | None = None) -> Schema:
    """A whole number; editors may hand it over as text only where it is quoted."""
    bounds: Schema = {"minimum": least} if most is None else {"minimum": least, "maximum": most}
    return {"anyOf": [{"type": "integer", **bounds}, {"type": "string", "pattern": r"^[+-]?\d+$"}]}


def one_of(words: Iterable[str]) -> Schema:
    """One of a few words; those that look like numbers or yes may come as such."""
    found: list[object] = list(words)
    for word in list(found):
        text = str(word)
        if text.count(".") == 1 and text.replace(".", "").isdecimal():
            found.append(float(text))
        elif text.isdecimal():
            found.append(int(text))
    return {"enum": found}


def one_or_more(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def mapping(properties: Table[str, Schema], required: Collection[str] = (), least: int = 0) -> Schema:
    """A mapping with these keys and no others."""
    schema: Schema = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    if required:
        schema["required"] = list(required)
    if least:
        schema["minProperties"] = least
    return schema


def described(schema: Schema, text: str) -> Schema:
    return {"description": text, **schema}


# --- conditions -------------------------------------------------------------------------------------------------------


def _value(signal: Signal) -> Schema:
    match signal.type:
        case ValueType.BOOLEAN:
            return BOOLEAN
        case ValueType.CHOICE if not signal.open_choices:
            return {"anyOf": [one_of(signal.choices), _LISTED]}
        case ValueType.CHOICE:
            return {"anyOf": [one_of(signal.choices), TEXT]}
        case ValueType.NUMBER:
            return {"anyOf": [NUMBER, _LISTED]}
        case ValueType.DURATION:
            return {"anyOf": [DURATION, _LISTED]}
        case ValueType.VERSION:
            return {"anyOf": [VERSION, _LISTED]}
        case _:
            return TEXT


def _operand(signal: Signal, operator: str, matchers: Schema) -> Schema:
    if operator == "not":
        return {"anyOf": [one_or_more(_value(signal)), matchers]}
    if operator == "like":
        return one_or_more(TEXT)
    if operator in {"older_than", "newer_than"}:
        return VERSION
    return DURATION if signal.type is ValueType.DURATION else NUMBER


def _matcher(signal: Signal) -> Schema:
    """A value, a list of which any may be, or a mapping of operators."""
    name = f"#/$defs/{_operators_name(signal)}"
    text = f"{signal.help} ({signal.type.value}{f', in {signal.unit}' if signal.unit else ''})"
    found: Schema = {"anyOf": [*_plain(one_or_more(_value(signal))), {"$ref": name}]}
    return described(found, f"{text}. Example: {signal.example}")


def _plain(schema: Schema) -> list[object]:
    inside = schema["anyOf"]
    return list(inside) if isinstance(inside, list) else [schema]


def _operators_name(signal: Signal) -> str:
    return f"matchers.{signal.name}"


def _operators(signal: Signal) -> Schema:
    itself: Schema = {"$ref": f"#/$defs/{_operators_name(signal)}"}
    return mapping({name: _operand(signal, name, itself) for name in FITTING[signal.type]}, least=1)


def _condition(place: Place) -> Schema:
    """A signal by its name, a mapping whose clauses must all hold, or a list of which any may hold."""
    itself: Schema = {"$ref": f"#/$defs/{place.value}"}
    some: Schema = {"type": "array", "items": itself, "minItems": 1}
    signals = [signal for signal in SIGNALS.values() if fits_place(signal, place)]
    properties = {signal.name: _matcher(signal) for signal in signals if not signal.name.startswith("profile.")}
    habits = {
        signal.name.removeprefix("profile."): _matcher(signal)
        for signal in signals
        if signal.name.startswith("profile.")
    }
    properties |= {
        "any": described(some, "any of these may hold"),
        "all": described({**some, "minItems": 0}, "all of these must hold"),
        "not": described(itself, "this must not hold"),
    }
    if habits:
        properties["profile"] = described(mapping(habits), "what is known of the model")
    whole_mapping = mapping(properties, least=1 if place is Place.WHEN else 0)
    if place is Place.WHEN:
        properties |= _event()
        whole_mapping = mapping(properties, least=1)
        whole_mapping["dependentRequired"] = {"event": ["within"], "count": ["event"], "within": ["event"]}
    alone = [signal.name for signal in signals if signal.type is ValueType.BOOLEAN and "." not in signal.name]
    return {"anyOf": [one_of(alone), whole_mapping, some] if alone else [whole_mapping, some]}


def _event() -> dict[str, Schema]:
    told = "; ".join(f"{event.name}: {event.help}" for event in EVENTS.values())
    return {
        "event": described(one_of(EVENTS), f"something that happened 'count' times 'within' a time. {told}"),
        "count": described(whole(1, CAPACITY), "how often it must have happened; once when left out"),
        "within": described(DURATION, "the time in which it is counted"),
    }


# --- steps ------------------------------------------------------------------------------------------------------------

_NOTHING: Final[Schema] = {"type": "null"}

_DETAILS: Final[Table[str, Schema]] = {
    "set-config": {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": TEXT},
    "limit-power": {**mapping(dict.fromkeys(arguments.LIMIT_UNITS, NUMBER), least=1), "maxProperties": 1},
    "send": mapping(dict.fromkeys(arguments.MESSAGE_KEYS, TEXT), ("vendor",)),
}
"""What stands behind actions that take a mapping."""


def _argument(trait: Trait) -> Schema:
    schema: Schema
    match trait.argument:
        case Argument.NONE:
            schema = _NOTHING
        case Argument.CHOICE:
            schema = one_of(trait.choices)
        case Argument.DURATION:
            schema = DURATION
        case Argument.TEXT:
            schema = TEXT
        case Argument.MAPPING:
            schema = _DETAILS.get(trait.name, {"type": "object"})
    if trait.default is not None:
        schema = {"anyOf": [schema, _NOTHING]}
    return described(schema, trait.help)


def _step() -> Schema:
    bare = [t.name for t in ACTIONS.values() if t.argument is Argument.NONE or t.default is not None]
    options: dict[str, Schema] = {
        "verify_within": described(DURATION, "how long the charger has to show its cure"),
        "attempts": described(whole(1, MOST_ATTEMPTS), "how often the step is tried; once when left out"),
        "ask": described(BOOLEAN, "a person must approve the step first"),
    }
    step = mapping({**{trait.name: _argument(trait) for trait in ACTIONS.values()}, **options})
    step["oneOf"] = [{"required": [name]} for name in ACTIONS]
    return {"anyOf": [one_of(bare), step]}


# --- rules ------------------------------------------------------------------------------------------------------------

_NAME: Final[Schema] = {"type": ["string", "number", "boolean"], "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"}
_SEVERITY: Final = one_of(severity.value for severity in Severity)
_MODE: Final[Schema] = {"anyOf": [one_of(mode.value for mode in Mode), {"const": False}]}
_STAGE: Final[Schema] = {
    "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^([1-9]\d{0,5}|(100|[1-9]\d?)%)$"}]
}
_LIMITS: Final[Table[str, Schema]] = {
    "disruptive": whole(1),
    "disruptive_within": DURATION,
    "hard_resets": whole(1),
    "hard_resets_within": DURATION,
    "backoff": DURATION,
    "per_site": whole(1),
    "fleet_share": PERCENTAGE,
}

_KEYS: Final[Table[str, Schema]] = {
    "rule": described(_NAME, "the rule's unique name; with its target the identity of an incident"),
    "description": described(TEXT, "what it means, for people"),
    "when": described({"$ref": "#/$defs/when"}, "what is wrong"),
    "where": described({"$ref": "#/$defs/where"}, "which chargers; all when left out"),
    "for": described(DURATION, "how long it must hold; at once when left out"),
    "heal": described({"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}}, "the ladder of actions"),
    "if_not_healed": described(_SEVERITY, "what to raise when the ladder is used up or was blocked for too long"),
    "alert": described(_SEVERITY, "raise this already when the rule fires; without 'heal' warning when left out"),
    "forbid": described(
        {"anyOf": [one_of(ACTIONS), {"type": "array", "items": one_of(ACTIONS)}]},
        "actions that nobody may run on the charger while this lasts",
    ),
    "stable_for": described(DURATION, "how long it must be gone to count as healed; 10m when left out"),
    "clear": described(one_of(clear.value for clear in Clear), "whether a person must clear it; auto when left out"),
    "mode": described(_MODE, "how far healing may go; the strictest of daemon, site, pack and rule wins"),
    "window": described(TEXT, "the maintenance window for steps that interrupt service"),
    "rollout": described(
        mapping(
            {"stages": {"type": "array", "items": _STAGE}, "soak": DURATION, "stop_if_failed": _STAGE},
            ("stages", "soak"),
        ),
        "one firmware campaign instead of incidents",
    ),
    "limits": described(
        mapping({key: _LIMITS.get(key, {}) for key in tightening.KEYS}, least=1), "guards tighter than the daemon's"
    ),
    "runbook": described(TEXT, "where people read on"),
    "labels": described({"type": "object", "additionalProperties": TEXT}, "more to say in alerts"),
    "status": described(one_of(status.value for status in RuleStatus), "stable when left out"),
    "formerly": described(one_or_more(TEXT), "names it had before"),
    "replaced_by": described(TEXT, "of a deprecated rule: the rule that does its work"),
    "remove_after": described({"type": "string"}, "of a deprecated rule: the day until which it is kept"),
}
"""The values of a rule's keys. A key of the reader that is not here takes anything."""

_WINDOW: Final = mapping({key: {"days": one_or_more(TEXT)}.get(key, TEXT) for key in windows.KEYS}, ("from", "to"))


def key_help() -> dict[str, str]:
    """Each key of a rule with its meaning, for the reference."""
    return {key: str(_KEYS[key]["description"]) for key in reader.KEYS}


def rule_files() -> Schema:
    """The schema of a file of rules."""
    keys = {key: _KEYS.get(key, {}) for key in reader.KEYS}
    override = mapping(
        {**keys, "written_for": described(TEXT, "name and version of the pack it was written for")}, ("rule",), least=2
    )
    top: dict[str, Schema] = {
        "pack": described(TEXT, "the name of the pack"),
        "version": described(VERSION, "its version"),
        "mode": described(_MODE, "how far its rules may go at most"),
        "lists": described(
            {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}},
            "named lists of values, used as $name in this file",
        ),
        "windows": described(
            {"type": "object", "additionalProperties": one_or_more(_WINDOW)}, "maintenance windows of this file"
        ),
        "rules": described({"type": "array", "items": {"$ref": "#/$defs/rule"}}, "the rules"),
        "overrides": described({"type": "array", "items": override}, "fields of rules of other files"),
    }
    return {
        "$schema": DIALECT,
        "title": "Rules of healer",
        **mapping({key: top.get(key, {}) for key in packs.TOP_KEYS}),
        "$defs": {
            "rule": mapping(keys, ("rule", "when")),
            "when": _condition(Place.WHEN),
            "where": _condition(Place.WHERE),
            "step": _step(),
            **{_operators_name(signal): _operators(signal) for signal in SIGNALS.values()},
        },
    }
