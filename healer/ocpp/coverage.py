"""Which message of the standard is handled in which version, read off the tables that handle them.

`docs/ocpp-messages.md` is this module's word; `make docs` renews it and a test sees to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from healer.model import OcppVersion
from healer.ocpp import schemas, unchanged
from healer.ocpp.codec import Codec
from healer.ocpp.session import CODECS

_Cell: TypeAlias = Callable[[Codec, str], str]

_READ: Final = "read"
_ANSWERED: Final = "answered"
_NOTED: Final = "noted"
_ABSENT: Final = ""
_NEVER_SENT: Final = "-"

_HEAD: Final = """\
# OCPP messages

Which message is handled in which version. Written by `make docs`, from the tables in `healer/ocpp`.

## From the charger

Every message that a charger may send gets the answer that the standard asks for.
*read*: what it says is understood and handed on. *answered*: answered, and not used further. *noted*: sent by SEND,
which has no answer.
"""

_COMMANDS: Final = """\

## To the charger

The command that the message is sent for; - where we never send it. One command may need different messages in
different versions.
"""


def markdown() -> str:
    """The tables as a Markdown document."""
    heard = sorted({action for codec in CODECS.values() for action in codec.readers})
    commanded = sorted(
        {action for version, codec in CODECS.items() for action in schemas.actions(version) - _from_charger(codec)}
    )
    lines = [_HEAD, *_table(heard, _hearing), _COMMANDS, *_table(commanded, _commanding)]
    return "\n".join(lines) + "\n"


def _from_charger(codec: Codec) -> frozenset[str]:
    """What only a charger sends; DataTransfer goes both ways."""
    said = {action for actions in codec.spoken.values() for action in actions}
    return frozenset(codec.readers) - said


def _hearing(codec: Codec, action: str) -> str:
    reader = codec.readers.get(action)
    if reader is None:
        return _ABSENT
    if schemas.sent(codec.version, action):
        return _NOTED
    return _ANSWERED if reader is unchanged.nothing else _READ


def _commanding(codec: Codec, action: str) -> str:
    if not schemas.knows(codec.version, action):
        return _ABSENT
    names = [command.__name__ for command, actions in codec.spoken.items() if action in actions]
    return ", ".join(names) or _NEVER_SENT


def _table(actions: Iterable[str], cell: _Cell) -> list[str]:
    rows = [["message", *(version.value for version in OcppVersion)]]
    rows += [[action, *(cell(CODECS[version], action) for version in OcppVersion)] for action in actions]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, ["-" * width for width in widths])
    return [f"| {' | '.join(map(str.ljust, row, widths))} |" for row in rows]
