"""What rules say of each other by name: former names, and what replaces what. Checked when all files are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from healer.documents import Mark, Mistakes, fields
from healer.rules.reader import Written


def check_names(rules: Iterable[Written], marks: Mapping[str, Mark], mistakes: Mistakes) -> None:
    """A former name belongs to one rule and is the name of none. `marks`: every rule's place, usable or not."""
    heirs: dict[str, Mark] = {}
    for written in rules:
        before = mistakes.errors
        for name in written.rule.formerly:
            _check_former(name, written, marks, heirs, mistakes)
        written.usable = written.usable and mistakes.errors == before
        successor = written.rule.replaced_by
        if successor is not None and successor not in marks:
            hint = fields.did_you_mean(successor, marks) or "name a rule of a loaded file"
            mistakes.warn(
                written.mark("replaced_by"), "W-UNKNOWN", f"there is no rule '{successor}' to replace it", hint
            )


def _check_former(
    name: str, written: Written, marks: Mapping[str, Mark], heirs: dict[str, Mark], mistakes: Mistakes
) -> None:
    mark = written.mark("formerly")
    if name == written.rule.name:
        mistakes.error(mark, "E-DUPLICATE", f"'{name}' is the name it has now", "name what it was called before")
    elif name in marks:
        place = f"{marks[name].file}:{marks[name].line}"
        hint = "incidents go to the rule of their name: remove that rule, or the former name"
        mistakes.error(mark, "E-DUPLICATE", f"the rule '{name}' still exists, at {place}", hint)
    elif heirs.setdefault(name, mark) is not mark:
        place = f"{heirs[name].file}:{heirs[name].line}"
        hint = "only one rule can take over its incidents: remove one of the two"
        mistakes.error(mark, "E-DUPLICATE", f"'{name}' is a former name already, at {place}", hint)
