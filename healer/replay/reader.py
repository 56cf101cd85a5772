"""`*.test.yaml` -> stories. Pure: names and texts in, stories and every mistake out.

A story with an error is left out and the others stay; whoever reads decides whether to go on. A file is

    settings: {...}         # optional, for all tests: healing's settings as in the daemon's file
    tests:
      - test: hard reset heals what soft reset does not
        rule: internal-error
        chargers: 3 at Depot
        replies: {reset soft: no-effect}
        timeline:
          - {at: 1m, charger: Depot/1, status: Faulted, error_code: InternalError}
          - {at: 7m, expect: {state: verifying, sent: [reset soft]}}
        never: [unlock]
        restart_at: 8m                  # the daemon's own restart, from its durable memory
        reload_at: {9m: other.yaml}     # beside the file of tests

What may happen: `status` (with `error_code`, `vendor_error_code`), `offline`, `online`, `boot`, `reboot`, `session`,
`firmware`, `serial`, `deaf`, `clock`, `replies`, `cleared_by`. What may be expected: see `story.Fact` and `claims`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from healer.documents import Mapping, Mark, Mistakes, Node, Scalar, Sequence, fields, parse
from healer.healing.settings import HealingSettings, StartupLimits
from healer.model import Mode, Seconds
from healer.replay import cast, wording
from healer.replay.overlay import overlay
from healer.replay.scenes import Setting, read_scene
from healer.replay.story import Reload, Scene, Story
from healer.rules.actions import Action

TOP_KEYS: Final = ("tests", "settings")
KEYS: Final = (
    "test",
    "rule",
    "chargers",
    "replies",
    "settings",
    "timeline",
    "never",
    "restart_at",
    "reload_at",
)
"""Every key of a test, in the order in which one reads it."""

SETTINGS: Final = HealingSettings(mode=Mode.AUTO, startup=StartupLimits(settle_s=0.0))
"""What a test finds unless it says otherwise: the shipped numbers, healing allowed, and the start long past."""

_TOP_HINTS: Final = {
    "rules": "rules stand in a file of their own; X.test.yaml tests the rules of X.yaml",
    "evaluation_interval": "time is virtual here, and every moment that matters is looked at",
    "rule_files": "X.test.yaml tests the rules of X.yaml; 'healer test --rules' names others",
}
_HINTS: Final = {
    "name": "the name of a test is called 'test' here",
    "description": "the name of a test says what it shows: write it as 'test'",
    "charger": "who takes part is called 'chargers' here",
    "at": "what happens when stands in 'timeline': - {at: 1m, ...}",
    "expect": "expectations are entries of 'timeline': - {at: 5m, expect: {...}}",
    "steps": "what happens when is called 'timeline' here",
    "events": "what happens when is called 'timeline' here",
    "input_series": "what happens when is called 'timeline' here",
    "interval": "time is virtual here, and every moment that matters is looked at",
}


def read(text: str, file: str, mistakes: Mistakes, rules: Collection[str]) -> list[Story]:
    """The stories of a file that can be told. `rules` are the names of those that are tested."""
    before = mistakes.errors
    root = parse(text, file, mistakes)
    if root is None:
        if mistakes.errors == before:
            mistakes.warn(Mark(file, 1, 1), "W-EMPTY", "the file holds no tests")
        return []
    if isinstance(root, Sequence):
        hint = "put 'tests:' in front and move the list below it"
        mistakes.error(root.mark, "E-TOP", "a file of tests is a mapping, not a list", hint)
        root = Mapping(((Scalar("tests", False, root.mark), root),), root.mark)
    if not isinstance(root, Mapping):
        mistakes.error(root.mark, "E-TOP", "a file of tests is a mapping", "begin with 'tests:' and a list below it")
        return []
    found = fields.entries(root, TOP_KEYS, mistakes, "a file of tests", _TOP_HINTS)
    if "tests" not in found and len(found) == len(root.entries):
        mistakes.warn(root.mark, "W-EMPTY", "the file holds no tests")
    settings = _settings(found.get("settings"), SETTINGS, mistakes)
    return _read_all(found.get("tests"), settings, mistakes, rules)


def _read_all(node: Node | None, settings: HealingSettings, mistakes: Mistakes, rules: Collection[str]) -> list[Story]:
    hint = "write a list, each item beginning with '- test: what it shows'"
    stories = []
    first: dict[str, Mark] = {}
    for item in (fields.sequence(node, mistakes, hint) or ()) if node is not None else ():
        before = mistakes.errors
        test = fields.mapping(item, mistakes, hint)
        story = None if test is None else _story(test, settings, mistakes, rules)
        if story is None:
            continue
        known = first.setdefault(story.name, story.mark)
        if story.name and known is not story.mark:
            mistakes.error(story.mark, "E-DUPLICATE", f"the test '{story.name}' exists already, on line {known.line}")
        if mistakes.errors == before:
            stories.append(story)
    return stories


def _settings(node: Node | None, default: HealingSettings, mistakes: Mistakes) -> HealingSettings:
    hint = "write for example 'settings: {backoff: {first: 1m}}'"
    body = None if node is None else fields.mapping(node, mistakes, hint)
    return default if body is None else overlay(default, body, mistakes, "the settings of a test")


# --- one test -----------------------------------------------------------------------------------------------------


def _story(node: Mapping, settings: HealingSettings, mistakes: Mistakes, rules: Collection[str]) -> Story:
    found = fields.entries(node, KEYS, mistakes, "a test", _HINTS)
    for key, hint in (
        ("test", "a test begins with '- test: what it shows'"),
        ("rule", "say which rule is tested: 'rule: NAME'"),
        ("timeline", "say what happens when: 'timeline:' and below it '- {at: 1m, ...}'"),
    ):
        if key not in found and not (key == "timeline" and {"steps", "events"} & {one.text for one, _ in node.entries}):
            mistakes.error(node.mark, "E-MISSING", f"a test needs '{key}'", hint)
    name = fields.text(found["test"], mistakes, "what the test shows") if "test" in found else None
    before = mistakes.errors
    parts = cast.read(found.get("chargers"), mistakes)
    setting = Setting(parts, mistakes, certain=mistakes.errors == before)
    replies = wording.replies(found.get("replies"), mistakes)
    return Story(
        name=name or "",
        rule=_rule(found.get("rule"), mistakes, rules),
        mark=found["test"].mark if "test" in found else node.mark,
        cast=tuple(replace(part, replies={**replies, **part.replies}) for part in parts),
        scenes=_timeline(found.get("timeline"), setting),
        settings=_settings(found.get("settings"), settings, mistakes),
        never=_never(found.get("never"), mistakes),
        restarts=_moments(found.get("restart_at"), mistakes),
        reloads=_reloads(found.get("reload_at"), mistakes),
    )


def _rule(node: Node | None, mistakes: Mistakes, rules: Collection[str]) -> str:
    name = None if node is None else fields.scalar(node, mistakes, "the name of a rule")
    if name is None:
        return ""
    if name.text not in rules:
        hint = fields.did_you_mean(name.text, rules) or f"known are {fields.listed(sorted(rules))}"
        mistakes.error(name.mark, "E-VALUE", f"there is no rule '{name.text}'", hint)
    return name.text


def _timeline(node: Node | None, setting: Setting) -> tuple[Scene, ...]:
    mistakes = setting.mistakes
    hint = "write a list, each item as '- {at: 1m, charger: Depot/1, status: Faulted}'"
    items = () if node is None else fields.sequence(node, mistakes, hint) or ()
    if node is not None and isinstance(node, Sequence) and not items:
        mistakes.error(node.mark, "E-EMPTY", "nothing happens in this test", hint)
    scenes: list[Scene] = []
    for item in items:
        body = fields.mapping(item, mistakes, hint)
        scene = None if body is None else read_scene(body, setting)
        if scene is None:
            continue
        if scenes and scene.at_s < scenes[-1].at_s:
            mistakes.error(
                scene.mark, "E-ORDER", "this is earlier than the entry before it", "write them in their order"
            )
        scenes.append(scene)
    if items and scenes and not any(scene.claims for scene in scenes):
        mistakes.warn(scenes[-1].mark, "W-EXPECT", "the timeline expects nothing", "add '- {at: ..., expect: {...}}'")
    return tuple(scenes)


def _never(node: Node | None, mistakes: Mistakes) -> tuple[tuple[Action, Mark], ...]:
    read = [(wording.action(item, mistakes, whole=False), item.mark) for item in _items(node)]
    return tuple((action, mark) for action, mark in read if action is not None)


def _moments(node: Node | None, mistakes: Mistakes) -> tuple[Seconds, ...]:
    read = [fields.duration(item, mistakes) for item in _items(node)]
    return tuple(sorted(moment for moment in read if moment is not None))


def _reloads(node: Node | None, mistakes: Mistakes) -> tuple[Reload, ...]:
    body = None if node is None else fields.mapping(node, mistakes, "write for example 'reload_at: {9m: other.yaml}'")
    reloads = []
    for key, value in body.entries if body is not None else ():
        at_s, file = fields.duration(key, mistakes), fields.text(value, mistakes, "a file of rules")
        if at_s is not None and file is not None:
            reloads.append(Reload(at_s, file, value.mark))
    return tuple(sorted(reloads, key=lambda reload: reload.at_s))


def _items(node: Node | None) -> Iterable[Node]:
    """A list's items, or the one that stands for itself."""
    if node is None:
        return ()
    return node.items if isinstance(node, Sequence) else (node,)
