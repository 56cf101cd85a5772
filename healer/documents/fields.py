"""Field parsers: a node and its wanted type -> a value, or None and a mistake.

Each takes the node first and the mistakes second, reports at most one mistake and returns None with it, so that a
caller checks one field after the other. Used by rule files and by the settings.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable
from collections.abc import Mapping as Table
from typing import Final

from healer.documents.mistakes import Mistakes, shown, suggest
from healer.documents.tree import Mapping, Node, Scalar, Sequence
from healer.model import Seconds

TRUE_WORDS: Final = ("yes", "on", "true")
FALSE_WORDS: Final = ("no", "off", "false")

_UNITS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?")
_LONGEST_S: Final = 10 * 365 * 86_400
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})")
_WORDED = re.compile(r"(\d+)\s*(w|d|h|m|s)[a-z]*", re.IGNORECASE)
_GLUED = re.compile(r"([A-Za-z_-]{1,40}):([^\s:/]{1,60})")
_CLOCK = re.compile(r"(\d{1,3}):(\d\d)(?::(\d\d))?")

_DATE = re.compile(r"\d{4}-\d\d-\d\d")

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


# --- shapes -----------------------------------------------------------------------------------------------------------


def kind(node: Node) -> str:
    """What a node is, in the words of messages."""
    if isinstance(node, Mapping):
        return "a mapping"
    return "a list" if isinstance(node, Sequence) else "a single value"


def scalar(node: Node, mistakes: Mistakes, what: str = "a single value") -> Scalar | None:
    """The node if it is a scalar with something in it."""
    if not isinstance(node, Scalar):
        mistakes.error(node.mark, "E-TYPE", f"{what} belongs here, not {kind(node)}")
        return None
    if node.empty:
        mistakes.error(node.mark, "E-EMPTY", f"a value is missing: {what} belongs here")
        return None
    return node


def sequence(node: Node, mistakes: Mistakes, hint: str | None = None) -> tuple[Node, ...] | None:
    """The items of a list."""
    if isinstance(node, Sequence):
        return node.items
    mistakes.error(node.mark, "E-TYPE", f"a list belongs here, not {_what(node)}", hint)
    return None


def mapping(node: Node, mistakes: Mistakes, hint: str | None = None) -> Mapping | None:
    if isinstance(node, Mapping):
        return node
    hint = (missing_space(node.text) if isinstance(node, Scalar) and not node.quoted else None) or hint
    mistakes.error(node.mark, "E-TYPE", f"a mapping (key: value) belongs here, not {_what(node)}", hint)
    return None


def _what(node: Node) -> str:
    if isinstance(node, Scalar):
        return "nothing" if node.empty else shown(node.text)
    return kind(node)


def scalars(node: Node, mistakes: Mistakes, what: str = "a single value") -> tuple[Scalar, ...]:
    """One value or a list of values; those that are neither are reported and left out."""
    nodes = node.items if isinstance(node, Sequence) else (node,)
    if isinstance(node, Sequence) and not nodes:
        mistakes.error(node.mark, "E-EMPTY", "the list is empty")
    found = [scalar(item, mistakes, what) for item in nodes]
    return tuple(item for item in found if item is not None)


def entries(
    node: Mapping,
    known: Collection[str],
    mistakes: Mistakes,
    what: str,
    hints: Table[str, str] | None = None,
) -> dict[str, Node]:
    """The entries with known keys; each other key is a mistake with a suggestion.

    `what` is where the keys stand (`a rule`), `hints` answers well-known wrong keys.
    """
    found: dict[str, Node] = {}
    for key, value in node.entries:
        if key.text in known:
            found[key.text] = value
            continue
        hint = (
            missing_space(key.text)
            or (hints or {}).get(key.text)
            or did_you_mean(key.text, known)
            or "known are " + listed(known)
        )
        mistakes.error(key.mark, "E-KEY", f"{shown(key.text)} is not a key of {what}", hint)
    return found


# --- words for hints --------------------------------------------------------------------------------------------------


def did_you_mean(word: str, choices: Iterable[str]) -> str | None:
    guess = suggest(word, choices)
    return None if guess is None else f"did you mean '{guess}'?"


def missing_space(word: str) -> str | None:
    """The hint for `key:value`, which YAML takes for one text."""
    matched = _GLUED.fullmatch(word)
    return None if matched is None else f"a space belongs behind ':': write '{matched[1]}: {matched[2]}'"


def listed(choices: Iterable[str], limit: int = 30) -> str:
    """`a, b or c`; cut when there are too many."""
    names = list(choices)
    if len(names) > limit:
        return ", ".join(names[:limit]) + ", ..."
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# --- values -----------------------------------------------------------------------------------------------------------


def text(node: Node, mistakes: Mistakes, what: str = "a text") -> str | None:
    found = scalar(node, mistakes, what)
    return None if found is None else found.text


def boolean(node: Node, mistakes: Mistakes) -> bool | None:
    """yes/no, on/off, true/false, in any case."""
    found = scalar(node, mistakes, "yes or no")
    if found is None:
        return None
    word = found.text.lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    mistakes.error(found.mark, "E-BOOLEAN", f"{shown(found.text)} is neither yes nor no", "write 'yes' or 'no'")
    return None


def number(node: Node, mistakes: Mistakes, minimum: float | None = None, maximum: float | None = None) -> float | None:
    found = scalar(node, mistakes, "a number")
    if found is None:
        return None
    if not _NUMBER.fullmatch(found.text):
        mistakes.error(found.mark, "E-NUMBER", f"{shown(found.text)} is not a number")
        return None
    return _within(float(found.text), found, mistakes, minimum, maximum)


def integer(node: Node, mistakes: Mistakes, minimum: int | None = None, maximum: int | None = None) -> int | None:
    found = scalar(node, mistakes, "a whole number")
    if found is None:
        return None
    if not re.fullmatch(r"[+-]?\d{1,15}", found.text):
        mistakes.error(found.mark, "E-NUMBER", f"{shown(found.text)} is not a whole number")
        return None
    value = _within(float(found.text), found, mistakes, minimum, maximum)
    return None if value is None else int(value)


def percentage(node: Node, mistakes: Mistakes) -> float | None:
    """`5%` -> 0.05."""
    found = scalar(node, mistakes, "a percentage such as 5%")
    if found is None:
        return None
    digits = found.text.removesuffix("%").rstrip()
    if digits == found.text or not _NUMBER.fullmatch(digits):
        hint = f"write '{found.text}%'" if _NUMBER.fullmatch(found.text) else "write for example '5%'"
        mistakes.error(found.mark, "E-PERCENTAGE", f"{shown(found.text)} is not a percentage", hint)
        return None
    value = _within(float(digits), found, mistakes, 0, 100)
    return None if value is None else value / 100


def _within(
    value: float, found: Scalar, mistakes: Mistakes, minimum: float | None, maximum: float | None
) -> float | None:
    if minimum is not None and value < minimum:
        mistakes.error(found.mark, "E-RANGE", f"{shown(found.text)} is too small", f"at least {minimum:g}")
        return None
    if maximum is not None and value > maximum:
        mistakes.error(found.mark, "E-RANGE", f"{shown(found.text)} is too large", f"at most {maximum:g}")
        return None
    return value


def duration(node: Node, mistakes: Mistakes) -> Seconds | None:
    """`90s`, `5m`, `1h30m`, `2d`, `1w`; the larger unit first. A bare number has no unit and is refused, except 0."""
    found = scalar(node, mistakes, "a duration such as 5m")
    if found is None:
        return None
    if found.text == "0":
        return 0.0
    matched = _DURATION.fullmatch(found.text)
    if matched is None or not found.text:
        mistakes.error(found.mark, "E-DURATION", *_duration_advice(found.text))
        return None
    seconds = float(sum(int(count) * size for count, size in zip(matched.groups("0"), _UNITS.values(), strict=True)))
    if seconds > _LONGEST_S:
        mistakes.error(found.mark, "E-RANGE", f"{shown(found.text)} is too long", "at most 3650d")
        return None
    return seconds


def _duration_advice(text: str) -> tuple[str, str]:
    """The message and the hint for something that was meant as a duration."""
    if re.fullmatch(r"\d{1,9}", text):
        hint = f"write '{text}s' for seconds, '{text}m' for minutes or '{text}h' for hours"
        return f"the duration {shown(text)} has no unit", hint
    message = f"{shown(text)} is not a duration"
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        counts = zip(clock.groups("0"), ("h", "m", "s"), strict=True)
        return message, f"write '{''.join(f'{int(n)}{unit}' for n, unit in counts if int(n)) or '0s'}'"
    parts = _WORDED.findall(text[:40])
    plain = "".join(f"{count}{unit.lower()}" for count, unit in parts)
    if parts and not _WORDED.sub("", text).strip(" ,") and _DURATION.fullmatch(plain):
        return message, f"write '{plain}'"
    return message, "write for example '90s', '5m', '1h30m' or '2d'"


def version(node: Node, mistakes: Mistakes) -> str | None:
    """A version is text that has a digit in it; `1.10` stays `1.10`."""
    found = scalar(node, mistakes, "a version such as 1.10")
    if found is None:
        return None
    if not any(letter.isdigit() for letter in found.text):
        mistakes.error(found.mark, "E-VERSION", f"{shown(found.text)} is not a version", "write for example '1.10.2'")
        return None
    return found.text


def choice(node: Node, mistakes: Mistakes, choices: Collection[str], what: str) -> str | None:
    """One of a few words, written exactly. `what` says of which kind: `connector status`."""
    found = scalar(node, mistakes, f"one of {listed(choices, limit=6)}")
    if found is None:
        return None
    if found.text in choices:
        return found.text
    hint = did_you_mean(found.text, choices) or (f"known are {listed(choices)}" if choices else "none is known")
    mistakes.error(found.mark, "E-VALUE", f"{shown(found.text)} is not a known {what}", hint)
    return None


_DAY_HINTS: Final = {
    "weekend": "write 'sat-sun'",
    "weekday": "write 'mon-fri'",
    "workday": "write 'mon-fri'",
    "daily": "write 'mon-sun'",
}


def weekdays(node: Scalar, mistakes: Mistakes) -> list[int]:
    """`mon`, `mon-fri`, `sat-mon`; 0 is Monday."""
    first, dash, last = (part.strip() for part in node.text.lower().partition("-"))
    for name in (first, last) if dash else (first,):
        if name not in DAYS:
            hint = _DAY_HINTS.get(name.removesuffix("s")) or did_you_mean(name[:3], DAYS)
            hint = hint or f"known are {listed(DAYS)}, and ranges such as mon-fri"
            mistakes.error(node.mark, "E-VALUE", f"{shown(name)} is not a weekday", hint)
            return []
    start, end = DAYS.index(first), DAYS.index(last or first)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def date(node: Node, mistakes: Mistakes) -> datetime.date | None:
    """`2027-03-31`."""
    found = scalar(node, mistakes, "a date such as 2027-03-31")
    if found is None:
        return None
    try:
        return datetime.date.fromisoformat(found.text if _DATE.fullmatch(found.text) else "")
    except ValueError:
        mistakes.error(found.mark, "E-DATE", f"{shown(found.text)} is not a date", "write for example '2027-03-31'")
        return None
