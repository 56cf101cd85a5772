"""Rule files -> rules. Pure: file names and texts in, rules and every mistake out.

A rule with an error is left out and the others stay; whoever loads decides whether to go on. A file is

    pack: core                 # optional, as is version
    version: 1.0
    mode: dry-run              # no rule of this file goes further; likewise optional
    lists: {safety: [GroundFailure, OverCurrentFailure]}    # used as $safety, in this file
    windows: {nights: {from: "22:00", to: "05:00"}}         # the settings' of the same name win
    rules:
      - rule: ...
    overrides:                 # fields of rules of other files
      - rule: ...
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from healer.documents import Mapping, Mark, Mistakes, Node, Scalar, Sequence, fields, parse
from healer.model import Mode
from healer.rules import words
from healer.rules.clauses import Lists
from healer.rules.lints import lint
from healer.rules.names import check_names
from healer.rules.overrides import Override, Overrides, read_overrides
from healer.rules.reader import Surroundings, Taker, Written, read_mode, read_rule
from healer.rules.rule import Rule, RuleSet
from healer.rules.steps import Limits
from healer.rules.windows import Window, read_windows

__all__ = ["Limits", "Loaded", "Pack", "load"]

TOP_KEYS: Final = ("pack", "version", "mode", "lists", "windows", "rules", "overrides")


@dataclass(frozen=True, slots=True)
class Pack:
    """What a file says of itself."""

    file: str
    name: str | None
    version: str | None
    written: int
    """Rules in the file, with those that cannot be used."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """All rules that can be used, and all mistakes."""

    rules: RuleSet
    mistakes: Mistakes
    packs: tuple[Pack, ...] = ()

    @property
    def written(self) -> int:
        """How many rules the files hold, usable or not."""
        return sum(pack.written for pack in self.packs)


def load(sources: Iterable[tuple[str, str]], limits: Limits | None = None, mistakes: Mistakes | None = None) -> Loaded:
    """(file name, text) pairs -> rules. `mistakes` already found, in reading the files, are carried on."""
    found, kept = Mistakes() if mistakes is None else mistakes, dict[str, Rule]()
    marks: dict[str, Mark] = {}
    files = [_parse_file(file, text, found) for file, text in sources]
    overrides = Overrides((override for file in files for override in file.overrides), found)
    windows = {name: window for file in files for name, window in file.windows.items()}
    read = [one for file in files for one in _read_file(file, windows, overrides, found, limits or Limits())]
    unique = [one for one in read if not _duplicate(one, marks, found)]
    check_names(unique, marks, found)
    for one in unique:
        if one.usable:
            kept[one.rule.name] = one.rule
    overrides.require_known(marks)
    return Loaded(RuleSet(MappingProxyType(kept)), found, tuple(file.pack for file in files))


def _duplicate(written: Written, marks: dict[str, Mark], mistakes: Mistakes) -> bool:
    """Names are unique over all files, also those of rules that cannot be used."""
    rule = written.rule
    if not rule.name or rule.mark is None:
        return False
    first = marks.setdefault(rule.name, rule.mark)
    if first is rule.mark:
        return False
    hint = "names are unique over all files: rename one of them or remove it"
    message = f"the rule '{rule.name}' exists already, at {first.file}:{first.line}"
    mistakes.error(rule.mark, "E-DUPLICATE", message, hint)
    return True


@dataclass(frozen=True, slots=True)
class _File:
    """A file whose rules are not read yet: an override may still change them."""

    pack: Pack
    lists: Lists
    windows: Table[str, Window] = field(default_factory=dict)
    mode: Mode = Mode.AUTO
    nodes: tuple[Mapping, ...] = ()
    overrides: tuple[Override, ...] = ()
    whole: bool = False
    """Without a syntax error, so nothing is missing from the tree."""


def _parse_file(file: str, text: str, mistakes: Mistakes) -> _File:
    before = mistakes.errors
    root = parse(text, file, mistakes)
    if root is None:
        if mistakes.errors == before:
            mistakes.warn(Mark(file, 1, 1), "W-EMPTY", "the file holds no rules")
        return _File(Pack(file, None, None, 0), Lists({}))
    whole = mistakes.errors == before
    found = _top(root, mistakes)
    taker = Taker(found, mistakes)
    name, version = taker.optional("pack", fields.text), taker.optional("version", fields.version)
    lists = Lists(taker.take("lists", _lists, {}))
    mode = taker.take("mode", read_mode, Mode.AUTO)
    none_named: dict[str, Window] = {}
    windows = taker.take("windows", read_windows, none_named)
    nodes = _rules(found.get("rules"), mistakes) if whole or not _is_empty(found.get("rules")) else []
    none: tuple[Override, ...] = ()
    overrides = taker.take("overrides", read_overrides, none)
    return _File(Pack(file, name, version, len(nodes)), lists, windows, mode, tuple(nodes), overrides, whole)


def _read_file(
    file: _File, windows: Table[str, Window], overrides: Overrides, mistakes: Mistakes, limits: Limits
) -> list[Written]:
    """`windows`: those of all files, for an override may name one of its own file's."""
    pack = " ".join(part for part in (file.pack.name, file.pack.version) if part is not None)
    around = Surroundings(file.lists, {**windows, **file.windows}, limits, file.mode)
    written = [read_rule(overrides.apply(node, pack), mistakes, around) for node in file.nodes]
    for one in written:
        lint(one, mistakes, limits)
    for unused in sorted(file.lists.lists.keys() - file.lists.used) if file.whole else ():
        mistakes.warn(file.lists.lists[unused].mark, "W-UNUSED", f"no rule of this file uses '${unused}'")
    return written


def _is_empty(node: Node | None) -> bool:
    """Nothing is left of the list when its only item was a syntax error."""
    return isinstance(node, Scalar) and node.empty


def _top(root: Node, mistakes: Mistakes) -> dict[str, Node]:
    if isinstance(root, Sequence):
        hint = "put 'rules:' in front and move the list below it"
        mistakes.error(root.mark, "E-TOP", "a rule file is a mapping, not a list", hint)
        return {"rules": root}
    if not isinstance(root, Mapping):
        mistakes.error(root.mark, "E-TOP", "a rule file is a mapping", "begin with 'rules:' and a list below it")
        return {}
    found = fields.entries(root, TOP_KEYS, mistakes, "a rule file", words.TOP)
    if not found.keys() & {"rules", "overrides"} and len(found) == len(root.entries):
        mistakes.warn(root.mark, "W-EMPTY", "the file holds no rules")
    return found


def _lists(node: Node, mistakes: Mistakes) -> dict[str, Sequence]:
    mapping = fields.mapping(node, mistakes, "write for example 'lists: {safety: [GroundFailure]}'")
    lists = {}
    for key, value in mapping.entries if mapping is not None else ():
        if isinstance(value, Sequence):
            lists[key.text] = value
        else:
            # Uses of it are no further mistakes.
            lists[key.text] = Sequence((value,) if isinstance(value, Scalar) else (), key.mark)
            fields.sequence(value, mistakes, f"write '{key.text}: [...]'")
    return lists


def _rules(node: Node | None, mistakes: Mistakes) -> list[Mapping]:
    hint = "write a list, each item beginning with '- rule: NAME'"
    items = () if node is None else fields.sequence(node, mistakes, hint) or ()
    if isinstance(node, Mapping):
        items = tuple(_named(key, value) for key, value in node.entries if isinstance(value, Mapping))
    read = [fields.mapping(item, mistakes, hint) for item in items]
    return [item for item in read if item is not None]


def _named(key: Scalar, rule: Mapping) -> Mapping:
    """A rule under its name as a key is read all the same, so that its other mistakes are told."""
    if rule.get("rule") is not None:
        return rule
    return Mapping(((Scalar("rule", False, key.mark), key), *rule.entries), rule.mark)
