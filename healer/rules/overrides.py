"""Overrides: whole fields of a pack's rule, changed from another file without copying the rule.

    overrides:
      - rule: hangs-in-finishing
        written_for: core 1.2
        for: 30m

Works on the tree before anything is read, so an overridden field is checked like any other and its mistakes point into
the file that holds the override. The order of files does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from healer.documents import Mapping, Mistakes, Node, Scalar, fields, suggest

_OWN: Final = ("rule", "written_for")
_HINT: Final = "write a list, each item beginning with '- rule: NAME' and the fields to change"


@dataclass(frozen=True, slots=True)
class Override:
    """The fields that one file changes in one rule."""

    rule: Scalar
    written_for: Scalar | None
    """Name and version of the pack for which it was written."""
    fields: tuple[tuple[Scalar, Node], ...]


def read_overrides(node: Node, mistakes: Mistakes) -> tuple[Override, ...]:
    """The overrides of one file."""
    items = fields.sequence(node, mistakes, _HINT) or ()
    mappings = [fields.mapping(item, mistakes, _HINT) for item in items]
    read = [_read(mapping, mistakes) for mapping in mappings if mapping is not None]
    return tuple(override for override in read if override is not None)


def _read(node: Mapping, mistakes: Mistakes) -> Override | None:
    rule, written_for = node.get("rule"), node.get("written_for")
    if not isinstance(rule, Scalar) or rule.empty:
        mistakes.error(node.mark, "E-MISSING", "an override needs 'rule'", "name the rule whose fields it changes")
        return None
    changed = tuple(entry for entry in node.entries if entry[0].text not in _OWN)
    if not changed:
        mistakes.error(
            node.mark, "E-EMPTY", "the override changes nothing", "name a field with its new value: 'for: 30m'"
        )
    return Override(rule, written_for if isinstance(written_for, Scalar) else None, changed)


class Overrides:
    """All overrides of all files, applied to rules as they come."""

    def __init__(self, overrides: Iterable[Override], mistakes: Mistakes) -> None:
        self._by_rule: dict[str, dict[str, tuple[Scalar, Node]]] = {}
        self._written_for: dict[str, list[Scalar]] = {}
        self._names: dict[str, Scalar] = {}
        self._mistakes = mistakes
        for override in overrides:
            self._add(override)

    def _add(self, override: Override) -> None:
        name = override.rule.text
        self._names.setdefault(name, override.rule)
        changed = self._by_rule.setdefault(name, {})
        if override.written_for is not None:
            self._written_for.setdefault(name, []).append(override.written_for)
        for key, value in override.fields:
            if key.text in changed:
                first = changed[key.text][0].mark
                message = f"'{key.text}' of '{name}' is overridden already, at {first.file}:{first.line}"
                self._mistakes.error(key.mark, "E-DUPLICATE", message, "keep one of the two")
            changed.setdefault(key.text, (key, value))

    def apply(self, rule: Mapping, pack: str) -> Mapping:
        """The rule with its overridden fields; `pack` is name and version of the file it stands in."""
        name = rule.get("rule")
        changed = self._by_rule.get(name.text) if isinstance(name, Scalar) else None
        if changed is None or not isinstance(name, Scalar):
            return rule
        for written_for in self._written_for.get(name.text, ()):
            if written_for.text != pack:
                message = f"the override of '{name.text}' was written for {written_for.text}, the pack is {pack}"
                hint = "compare it with the rule as it is now, then change 'written_for'"
                self._mistakes.warn(written_for.mark, "W-OUTDATED", message, hint)
        kept = [entry for entry in rule.entries if entry[0].text not in changed]
        return Mapping((*kept, *changed.values()), rule.mark)

    def require_known(self, rules: Iterable[str]) -> None:
        """Each overridden rule must exist."""
        known = set(rules)
        for name, mark in self._names.items():
            if name not in known:
                message = f"there is no rule '{name}' to override"
                guess = suggest(name, sorted(known))
                hint = (
                    f"did you mean '{guess}'?" if guess is not None else "an override changes a rule of a loaded file"
                )
                self._mistakes.error(mark.mark, "E-UNKNOWN", message, hint)
