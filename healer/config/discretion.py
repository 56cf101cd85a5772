"""Mistakes in a file that may hold secrets: what is shown of it has stars in their place.

Chargers' passwords and drivers' tokens stand below `chargers` and `authorization`, perhaps behind a misspelt key, or in
a line that is no YAML at all. So nothing is shown of what is written there, except keys and what stands behind harmless
ones. Elsewhere a value behind a key that sounds like a password is hidden, and a password in an address.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from healer import documents
from healer.config.variables import HARMLESS, DiscreetMistakes
from healer.documents import Mark, Mistake, Node, Scalar, Sequence

_HARMLESS: Final = {
    "chargers": (
        "site",
        "tags",
        "connectors",
        "power_stages",
        "vendor",
        "model",
        "serial",
        "commissioned",
        "security_profile",
    ),
    "authorization": ("tokens_file",),
}
"""What may be shown below the keys that have secrets below them."""
_WORDS: Final = frozenset(itertools.chain(_HARMLESS, *_HARMLESS.values(), ("password", "tokens")))

_NAMED: Final = r"(?:pass\w{0,40}|pwd|secret\w{0,40}|_key|authorizationkey)"
_SECRET: Final = re.compile(
    rf"""({_NAMED}["']?\s{{0,40}}:[ \t]*)"""
    r"""(?!["']?\$\{(?:(?!:-)[^{}\n])*\}["']?[ \t]*(?:[,}\]#\n\r]|$))"""  # a reference to a secret is none
    r"""(\S[^\n]*)""",
    re.IGNORECASE,
)
_SECRET_KEY: Final = re.compile(_NAMED + "$", re.IGNORECASE)
_USER: Final = re.compile(r"""[^/:@'"]:(?!/)""")
_REFERENCE: Final = re.compile(r"\$\{(?:(?!:-)[^{}\n])*\}")
_TOP_KEY: Final = re.compile(r"""["']?(\w+)["']?[ \t]*:(?!\S)""")
_WORD: Final = re.compile(r"""[^\s{}\[\],:"'#]+""")
_QUOTED: Final = re.compile(r"'.*'", re.DOTALL)
_TELLS_NOTHING: Final = (*HARMLESS, "E-SYNTAX", "E-DUPLICATE", "E-EMPTY")
"""Mistakes whose message repeats nothing but a key."""
_HINT: Final = "it is not shown, for it may be a secret; write 'KEY: VALUE', with a blank behind ':'"


def masked(text: str) -> str:
    """The text with stars for what seems to be a secret; as long as before, so that columns stay right."""
    text = _SECRET.sub(lambda found: found[1] + "*" * len(found[2]), text)
    return re.sub(r"\S+", _without_password, text)


def _without_password(found: re.Match[str]) -> str:
    """An address `//user:password@host`, which a message may have cut short, without its password."""
    word = found[0]
    end = max(word.rfind("@"), word.rfind("…"))
    user = _USER.search(word, 0, max(0, end))
    return word if user is None else word[: user.end()] + "*" * (end - user.end()) + word[end:]


class InventoryMistakes(DiscreetMistakes):
    """Mistakes of an inventory, or of settings that hold one.

    `shown` are the keys at the top with no secrets below them. What is shown is decided when somebody looks.
    """

    def __init__(self, shown: Collection[str] = ("sites",)) -> None:
        super().__init__()
        self._shown = shown
        self._texts: dict[str, str] = {}
        self._roots: dict[str, Node] = {}

    def source(self, file: str, text: str) -> None:
        self._texts[file] = text

    def understood(self, root: Node) -> None:
        """What became of the text: it tells keys from values, and so more of it can be shown."""
        self._roots[root.mark.file] = root

    def __iter__(self) -> Iterator[Mistake]:
        views = self._views()
        for mistake in super().__iter__():
            view = views.get(mistake.mark.file)
            yield _discreet(mistake if view is None else view.discreet(mistake))

    def render(self) -> str:
        for file, view in self._views().items():
            super().source(file, view.text())
        return super().render()

    def _views(self) -> dict[str, _View]:
        if not len(self):
            return {}
        return {file: _View(text, self._roots.get(file), self._shown) for file, text in self._texts.items()}


def _discreet(mistake: Mistake) -> Mistake:
    hint = None if mistake.hint is None else masked(mistake.hint)
    return dataclasses.replace(mistake, message=masked(mistake.message), hint=hint)


class _View:
    """How much of one text may be seen."""

    def __init__(self, text: str, root: Node | None, shown: Collection[str]) -> None:
        self._lines = text.splitlines(keepends=True)
        self._text = text
        self._starts = list(itertools.accumulate((len(line) for line in self._lines), initial=0))
        self._closed = list(_closed(self._lines, shown))
        self._places = _Places() if root is None else _Places.of(root, shown)

    def text(self) -> str:
        lines = zip(self._lines, self._closed, strict=True)
        letters = list("".join(_WORD.sub(_starred, line) if closed else line for line, closed in lines))
        for mark in self._places.shown:
            start, end = self._span(mark)
            letters[start:end] = self._text[start:end]
        for mark in self._places.hidden:
            for index in range(*self._span(mark)):
                letters[index] = letters[index] if letters[index] in "\r\n" else "*"
        return masked("".join(letters))

    def discreet(self, mistake: Mistake) -> Mistake:
        """The mistake without what stands at its place, where that may be a secret."""
        mark = mistake.mark
        closed = mark.line <= len(self._closed) and self._closed[mark.line - 1]
        hidden = mark in self._places.hidden or (closed and mark not in self._places.shown)
        if not hidden or mistake.code in _TELLS_NOTHING:
            return mistake
        start, end = self._span(mark)
        words = set(re.findall(r"\w+", self._text[start:end])) - _WORDS
        repeats = mistake.hint is not None and any(word in mistake.hint for word in words)
        hint = _HINT if repeats else mistake.hint
        return dataclasses.replace(mistake, message=_QUOTED.sub("'***'", mistake.message), hint=hint)

    def _span(self, mark: Mark) -> tuple[int, int]:
        start = self._starts[min(mark.line, len(self._starts)) - 1] + mark.column - 1
        return start, min(start + mark.length, len(self._text))


def _closed(lines: list[str], shown: Collection[str]) -> Iterator[bool]:
    """For each line, whether it may hold a secret: all but those below the keys to be shown."""
    closed = True
    for line in lines:
        if line[0] not in " \t\r\n#":
            key = _TOP_KEY.match(line)
            closed = key is None or key[1] not in shown
        yield closed


def _starred(found: re.Match[str]) -> str:
    word = found[0]
    return word if word in _WORDS or not any(letter.isalnum() for letter in word) else "*" * len(word)


# --- what the text means ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Places:
    """Where something stands that may be shown, and where what must not."""

    shown: frozenset[Mark] = frozenset()
    hidden: frozenset[Mark] = frozenset()

    @classmethod
    def of(cls, root: Node, shown: Collection[str]) -> _Places:
        found = list(_top(root, shown))
        hidden = frozenset(mark for mark, visible in found if not visible)
        return cls(frozenset(mark for mark, visible in found if visible) - hidden, hidden)


_Found = Iterator[tuple[Mark, bool]]


def _top(root: Node, shown: Collection[str]) -> _Found:
    if not isinstance(root, documents.Mapping):
        yield from _all(root, False)
        return
    for key, value in root.entries:
        yield key.mark, key.text in shown or not _is_empty(value) or key.text in _WORDS
        if key.text in shown or (key.text == "authorization" and _is_word(value)):
            yield from _open(value)
        elif key.text == "chargers" and isinstance(value, documents.Mapping):
            for name, body in value.entries:
                yield name.mark, True
                yield from _harmless(body, _HARMLESS["chargers"])
        else:
            yield from _harmless(value, _HARMLESS.get(key.text, ()))


def _harmless(node: Node, keys: Collection[str]) -> _Found:
    """What looks like a key, and the values behind these keys."""
    if not isinstance(node, documents.Mapping):
        yield from _all(node, False)
        return
    for key, value in node.entries:
        yield key.mark, key.text in _WORDS or not (_is_empty(value) or any(letter.isdigit() for letter in key.text))
        nests = isinstance(value, documents.Mapping) and key.text not in ("connectors", "power_stages")
        yield from _all(value, key.text in keys and not nests)


def _open(node: Node) -> _Found:
    """Everything but what stands behind a key that sounds like a secret."""
    if isinstance(node, documents.Mapping):
        for key, value in node.entries:
            yield key.mark, True
            yield from _all(value, False) if _SECRET_KEY.search(key.text) else _open(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _open(item)
    elif not node.empty:
        yield node.mark, True


def _all(node: Node, visible: bool) -> _Found:
    """Every text in it; a reference to a secret is none."""
    if isinstance(node, documents.Mapping):
        for key, value in node.entries:
            yield key.mark, visible
            yield from _all(value, visible)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _all(item, visible)
    elif not node.empty:
        yield node.mark, visible or _REFERENCE.fullmatch(node.text) is not None


def _is_word(node: Node) -> bool:
    """Whether it looks like `accept`, and not like a token."""
    return isinstance(node, Scalar) and node.text.isalpha() and node.text.islower()


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.empty
