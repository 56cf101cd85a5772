"""Who may charge where no central system stands behind healer: `authorization` of the settings, and lists of tokens.

The settings must choose, for every answer is wrong for somebody. No mistake repeats a token: only its place is told.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from healer import documents
from healer.documents import Mark, Mistakes, Node, Scalar, fields
from healer.errors import SettingsError
from healer.fleet import tokens
from healer.fleet.tokens import TokenPolicy

KEY: Final = "authorization"
_LIST_KEYS: Final = ("tokens", "tokens_file")

REQUIRED: Final = (
    "write 'authorization: accept' (every driver may charge), 'authorization: reject' (none may) or "
    "'authorization: {tokens: [...]}': without a central system behind it, healer answers the chargers itself"
)
_HASHING: Final = "'healer token hash' makes one of a token"


class Authorization(enum.StrEnum):
    """What a charger is told when a driver presents a card."""

    ACCEPT = "accept"
    """Everybody may charge, and nobody is billed."""
    REJECT = "reject"
    """Nobody may charge."""


@dataclass(frozen=True, slots=True, repr=False)
class TokenList:
    """Only who is listed may charge."""

    entries: tuple[str, ...] = ()
    """Tokens, or their keyed hashes; of the settings themselves."""
    file: Path | None = None
    """Where they stand instead, one a line; read again on SIGHUP."""

    def __repr__(self) -> str:
        return f"TokenList({len(self.entries)} entries)" if self.file is None else f"TokenList(file={self.file})"


Choice: TypeAlias = Authorization | TokenList


def policy(choice: Choice, key: bytes, read_file: Callable[[Path], str]) -> TokenPolicy:
    """Who may charge now. Raises SettingsError when the list's own file cannot be read or has mistakes.

    `key`: what tokens are hashed with, the same for ever.
    """
    match choice:
        case Authorization.ACCEPT:
            return TokenPolicy.everybody(key)
        case Authorization.REJECT:
            return TokenPolicy.nobody(key)
        case TokenList(file=None):
            return TokenPolicy.of(key, choice.entries)
        case TokenList(file=file):
            assert file is not None  # noqa: S101 - the case before
            return TokenPolicy.of(key, _in_file(file, read_file))


# --- the settings -----------------------------------------------------------------------------------------------------


def read(body: documents.Mapping, base: Path, mistakes: Mistakes) -> Choice | None:
    """The choice that a settings file makes; None, and a mistake with its place. A relative path counts from `base`."""
    node = body.get(KEY)
    if node is None:
        mistakes.error(body.mark, "E-MISSING", f"'{KEY}' is missing", REQUIRED)
        return None
    if isinstance(node, documents.Mapping):
        return _list(node, base, mistakes)
    if isinstance(node, documents.Sequence):
        mistakes.error(node.mark, "E-TYPE", "a list does not belong here", "write 'tokens:' in front of the list")
        return None
    if isinstance(node, Scalar) and node.empty:
        mistakes.error(node.mark, "E-EMPTY", f"'{KEY}' has no value", REQUIRED)
        return None
    chosen = fields.choice(node, mistakes, [one.value for one in Authorization], "answer to drivers")
    return None if chosen is None else Authorization(chosen)


def _list(node: documents.Mapping, base: Path, mistakes: Mistakes) -> TokenList | None:
    found = fields.entries(node, _LIST_KEYS, mistakes, f"'{KEY}'")
    if len(found) != 1:
        message = "tokens stand here and in a file of their own" if found else "the tokens are missing"
        mistakes.error(node.mark, "E-TOKENS", message, "write either 'tokens: [...]' or 'tokens_file: FILE'")
        return None
    if "tokens_file" in found:
        file = fields.text(found["tokens_file"], mistakes)
        return None if file is None else TokenList(file=base / file)
    listed = fields.sequence(found["tokens"], mistakes, "write '[TOKEN, ...]', or one a line behind '- '")
    if listed is None:
        return None
    if not listed:
        hint = f"write '{KEY}: reject' if nobody may charge"
        mistakes.error(found["tokens"].mark, "E-EMPTY", "the list of tokens is empty", hint)
        return None
    written = _checked(_scalars(listed, mistakes), mistakes)
    return TokenList(written) if len(written) == len(listed) else None


def _scalars(nodes: Iterable[Node], mistakes: Mistakes) -> list[tuple[str, Mark]]:
    found = [fields.scalar(node, mistakes, "a token") for node in nodes]
    return [(node.text, node.mark) for node in found if node is not None]


# --- a file of tokens -------------------------------------------------------------------------------------------------


def _in_file(file: Path, read_file: Callable[[Path], str]) -> tuple[str, ...]:
    try:
        text = read_file(file)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"{file}: the tokens cannot be read: {why}") from error
    mistakes = Mistakes()
    found = listed(text, str(file), mistakes)
    if mistakes.errors:
        raise SettingsError(f"{mistakes.render()}\n{mistakes.summary()}")
    return found


def listed(text: str, file: str, mistakes: Mistakes) -> tuple[str, ...]:
    """The tokens and hashes in a text, one a line; empty lines, and what follows '#' after a blank, are comments."""
    lines = [(line.strip(), Mark(file, number, 1)) for number, line in enumerate(text.splitlines(), 1)]
    entries = [(without_comment(line), mark) for line, mark in lines]
    found = _checked([(entry, mark) for entry, mark in entries if entry], mistakes)
    if not found and not mistakes.errors:
        hint = f"write '{KEY}: reject' if nobody may charge"
        mistakes.error(Mark(file, 1, 1), "E-EMPTY", "the list of tokens is empty", hint)
    return found


def without_comment(line: str) -> str:
    """The token or hash in a line of a list, nothing if there is none."""
    return "" if line.lstrip().startswith("#") else line.partition(" #")[0].strip()


# --- both -------------------------------------------------------------------------------------------------------------


def _checked(entries: Iterable[tuple[str, Mark]], mistakes: Mistakes) -> tuple[str, ...]:
    """The entries that can be used. The same one twice is a mistake: one of the two was meant to be another."""
    seen: dict[str, Mark] = {}
    for entry, mark in entries:
        text = entry.strip()
        former = seen.get(text.casefold())
        if not text:
            mistakes.error(mark, "E-EMPTY", "a token belongs here, not nothing")
        elif former is not None:
            where = f"line {former.line}, column {former.column}"
            mistakes.error(mark, "E-TWICE", f"the same token stands in {where} already", "leave one of the two out")
        elif text.casefold().startswith(tokens.PREFIX) and tokens.hash_in(text) is None:
            message = f"a hash is '{tokens.PREFIX}' and 64 hexadecimal digits"
            mistakes.error(mark, "E-HASH", message, _HASHING)
        elif tokens.hash_in(text) is None and len(text) > tokens.LONGEST:
            hint = "OCPP 1.6 has tokens of 20 characters, 2.0.1 of 36, 2.1 of 255"
            mistakes.error(mark, "E-LENGTH", f"a token has at most {tokens.LONGEST} characters, not {len(text)}", hint)
        else:
            seen[text.casefold()] = mark
    return tuple(seen)
