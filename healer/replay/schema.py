"""JSON Schema (2020-12) of files of tests, for editors: from the tables by which `reader` reads them."""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Final

from healer.behaviour import REACTING, Reaction
from healer.fleet.codes import STANDARD_CODES
from healer.model import OcppVersion, Status
from healer.replay import cast, claims, reader, scenes
from healer.replay.story import Fact
from healer.rules import schema
from healer.rules.actions import ACTIONS
from healer.rules.schema import BOOLEAN, DURATION, TEXT, Schema, described, mapping, one_of, one_or_more, whole

_REPLIES: Final = described(
    mapping(dict.fromkeys(REACTING, one_of(reaction.value for reaction in Reaction))),
    "how chargers take commands; what is not named works",
)
_OBJECT: Final[Schema] = {"type": "object"}
_ACTION: Final[Schema] = {
    "anyOf": [{"type": "string"}, {**mapping(dict.fromkeys(ACTIONS, TEXT), least=1), "maxProperties": 1}]
}
"""`reset soft`, or `reset: soft` as in a ladder."""

_YES: Final[Schema] = {"anyOf": [BOOLEAN, {"type": "null"}]}
_REASON: Final[Schema] = {"anyOf": [one_of(scenes.BOOT_REASONS), _YES]}

_PART: Final[Table[str, Schema]] = {
    "charger": described(TEXT, "the name of a single charger"),
    "count": whole(1, cast.MOST),
    "connectors": whole(1, cast.MOST_CONNECTORS),
    "ocpp": one_of(version.value for version in OcppVersion),
    "profile": described(_OBJECT, "what is known of the model"),
    "tags": one_or_more(TEXT),
    "replies": _REPLIES,
}
_GROUP: Final[Schema] = {
    "anyOf": [
        {"type": "string", "pattern": r"^\d{1,4}\s+at\s+\S"},
        mapping({key: _PART.get(key, TEXT) for key in cast.KEYS}),
    ]
}


def _values(fact: Fact) -> Schema:
    several: Schema = {"type": "array", "items": TEXT}
    match fact:
        case Fact.STATE:
            return one_or_more(one_of(claims.STATES))
        case Fact.BLOCKED_BY:
            guard = one_of(claims.GUARD_NAMES)
            return {"anyOf": [guard, {"type": "array", "items": guard}]}
        case Fact.SENT:
            return {"type": "array", "items": _ACTION}
        case Fact.HEALED_BY:
            return _ACTION
        case Fact.INCIDENTS:
            return whole(0)
        case _:
            return several


def _fact(fact: Fact) -> Schema:
    """A value for whom the entry is about, or a mapping of chargers with a value each."""
    value = _values(fact)
    return {"anyOf": [value, {"type": "object", "additionalProperties": value}]}


_ENTRY: Final[Table[str, Schema]] = {
    "at": described(DURATION, "when, counted from the beginning"),
    "charger": described(one_or_more(TEXT), "whom it is about: a name, a list, or all"),
    "connector": whole(0),
    "status": one_of(status.value for status in Status),
    "error_code": {"anyOf": [one_of(STANDARD_CODES), TEXT]},
    "offline": described(_YES, "the link breaks; with 'for' it comes back"),
    "online": described(_YES, "the link is back, without a boot"),
    "boot": described(_REASON, "it boots on the standing link: yes, or a boot reason of OCPP 2.0.1"),
    "reboot": described(_REASON, "a restart nobody asked for: yes, or a boot reason of OCPP 2.0.1"),
    "deaf": described(_YES, "no command reaches it any more"),
    "session": one_of(("start", "stop")),
    "for": described(DURATION, "how long it lasts"),
    "replies": _REPLIES,
    "expect": described(mapping({fact.value: _fact(fact) for fact in Fact}, least=1), "what must be so at this moment"),
}

_TEST: Final[Table[str, Schema]] = {
    "test": described(TEXT, "what it shows"),
    "rule": described(TEXT, "the rule that is tested"),
    "chargers": described(one_or_more(_GROUP), "who takes part: '3 at Depot', or groups with their properties"),
    "replies": _REPLIES,
    "settings": described(_OBJECT, "healing's settings, as in the daemon's file"),
    "timeline": described(
        {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/entry"}}, "what happens when, and what is expected"
    ),
    "never": described(one_or_more(_ACTION), "actions that nobody may send"),
    "restart_at": described(one_or_more(DURATION), "when the daemon restarts"),
    "reload_at": described(
        {"type": "object", "additionalProperties": TEXT}, "when other rules are loaded: {9m: b.yaml}"
    ),
}


def test_files() -> Schema:
    """The schema of a file of tests."""
    top: dict[str, Schema] = {
        "tests": {"type": "array", "items": {"$ref": "#/$defs/test"}},
        "settings": described(_OBJECT, "healing's settings for all tests, as in the daemon's file"),
    }
    return {
        "$schema": schema.DIALECT,
        "title": "Tests of healer's rules",
        **mapping({key: top.get(key, {}) for key in reader.TOP_KEYS}),
        "$defs": {
            "test": mapping({key: _TEST.get(key, {}) for key in reader.KEYS}, ("test", "rule", "timeline")),
            "entry": mapping({key: _ENTRY.get(key, TEXT) for key in scenes.KEYS}, ("at",), least=2),
        },
    }
