"""What stands behind the name of an action: `reset: soft`, `wait: 5m`, `set-config: {HeartbeatInterval: 60}`."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Table
from typing import Final

from healer.documents import Mapping, Mark, Mistakes, Node, Scalar, fields, shown
from healer.fleet.baseline import holds_secret, variable_named
from healer.model import format_duration
from healer.rules.actions import Action, Argument, Trait

LONGEST_VALUE: Final = 500
"""What every version of OCPP has room for in a variable."""

LONGEST_NAME: Final = 50
"""The same of a key, and of each part of a variable's name."""

LIMIT_UNITS: Final = ("amps", "watts")
MESSAGE_KEYS: Final = ("vendor", "message", "data")

_EXAMPLES: Final[Table[str, str]] = {
    "wait": "wait: 5m",
    "update-firmware": "update-firmware: 1.10",
    "set-config": "set-config: {HeartbeatInterval: 300}",
    "limit-power": "limit-power: {amps: 16}",
    "send": "send: {vendor: com.example, message: restartModem}",
    "webhook": "webhook: outlet",
}


def read_action(trait: Trait, node: Node | None, mark: Mark, mistakes: Mistakes) -> Action | None:
    """The action with its argument; `mark` is the place of its name."""
    if node is None or (isinstance(node, Scalar) and node.empty):
        if trait.argument is Argument.NONE or trait.default is not None:
            return Action(trait.name, trait.default)
        what = "a mapping" if trait.argument is Argument.MAPPING else "a word"
        mistakes.error(mark, "E-ARGUMENT", f"'{trait.name}' needs {what} behind it", _hint(trait))
        return None
    if trait.argument is Argument.NONE:
        mistakes.error(node.mark, "E-ARGUMENT", f"'{trait.name}' takes nothing behind it", f"write '{trait.name}'")
        return None
    if trait.argument is Argument.DURATION:
        seconds = fields.duration(node, mistakes)
        return None if seconds is None else Action(trait.name, format_duration(seconds), seconds)
    if trait.argument is Argument.MAPPING:
        mapping = fields.mapping(node, mistakes, _hint(trait))
        return None if mapping is None else _MAPPINGS[trait.name](mapping, mistakes)
    if trait.argument is Argument.CHOICE:
        argument = fields.choice(node, mistakes, trait.choices, f"kind of '{trait.name}'")
    else:
        argument = fields.text(node, mistakes)
    return None if argument is None else Action(trait.name, argument)


def _hint(trait: Trait) -> str:
    if trait.argument is Argument.CHOICE:
        return "write " + fields.listed([f"'{trait.name}: {choice}'" for choice in trait.choices])
    return f"write for example '{_EXAMPLES[trait.name]}'"


# --- mappings ---------------------------------------------------------------------------------------------------------


def _set_config(mapping: Mapping, mistakes: Mistakes) -> Action | None:
    """One key and its value."""
    if len(mapping.entries) != 1:
        hint = "write a step for each key, so that each can fail by itself"
        mistakes.error(mapping.mark, "E-ARGUMENT", "'set-config' writes one key in one step", hint)
    read = [_assignment(key, node, mistakes) for key, node in mapping.entries]
    first = read[0] if len(read) == 1 else None
    return None if first is None else Action("set-config", first[0], details=(first,))


def _assignment(key: Scalar, node: Node, mistakes: Mistakes) -> tuple[str, str] | None:
    value, before = fields.scalar(node, mistakes, "a value"), mistakes.errors
    if holds_secret(key.text):
        hint = "keys, passwords and the security profile are changed one charger at a time, never by a rule"
        mistakes.error(key.mark, "E-SECRET", f"{shown(key.text)} has no place in a rule", hint)
    elif variable_named(key.text) is None or max(map(len, key.text.split("."))) > LONGEST_NAME:
        hint = "write a key of 1.6 (HeartbeatInterval), or for 2.x Component.Variable"
        mistakes.error(key.mark, "E-VALUE", f"{shown(key.text)} names no variable", hint)
    if value is not None and len(value.text) > LONGEST_VALUE:
        hint = f"OCPP has room for {LONGEST_VALUE} characters"
        mistakes.error(value.mark, "E-RANGE", "the value is too long", hint)
    return None if value is None or mistakes.errors > before else (key.text, value.text)


def _limit_power(mapping: Mapping, mistakes: Mistakes) -> Action | None:
    """`{amps: 16}` or `{watts: 11000}`."""
    found = fields.entries(mapping, LIMIT_UNITS, mistakes, "'limit-power'", _UNIT_HINTS)
    limits = {unit: fields.number(node, mistakes, 1, 1_000_000) for unit, node in found.items()}
    if len(mapping.entries) != 1:
        message = "'limit-power' takes either amps or watts"
        mistakes.error(mapping.mark, "E-ARGUMENT", message, "write for example '{amps: 16}' or '{watts: 11000}'")
        return None
    for unit, limit in limits.items():
        return None if limit is None else Action("limit-power", f"{limit:g} {unit}", details=((unit, f"{limit:g}"),))
    return None


_UNIT_HINTS: Final[Table[str, str]] = {
    "A": "did you mean 'amps'?",
    "W": "did you mean 'watts'?",
    "ampere": "did you mean 'amps'?",
    "kw": "write 'watts: 11000' for 11 kW",
    "kW": "write 'watts: 11000' for 11 kW",
}


def _send(mapping: Mapping, mistakes: Mistakes) -> Action | None:
    """`{vendor: com.example, message: restart, data: text}`; only the vendor must be there."""
    found = fields.entries(mapping, MESSAGE_KEYS, mistakes, "'send'")
    texts = {key: fields.text(node, mistakes) for key, node in found.items()}
    if "vendor" not in found:
        mistakes.error(mapping.mark, "E-MISSING", "'send' needs 'vendor'", f"write for example '{_EXAMPLES['send']}'")
    # DataTransfer's fields in every version of OCPP.
    for key, longest in (("vendor", 255), ("message", 50)):
        if len(texts.get(key) or "") > longest:
            mistakes.error(found[key].mark, "E-RANGE", f"{key} is too long", f"at most {longest} characters")
            return None
    details = tuple((key, value) for key, value in texts.items() if value is not None)
    if "vendor" not in found or len(details) != len(found):
        return None
    return Action("send", "/".join(value for key, value in details if key != "data"), details=details)


_MAPPINGS: Final[Table[str, Callable[[Mapping, Mistakes], Action | None]]] = {
    "set-config": _set_config,
    "limit-power": _limit_power,
    "send": _send,
}
