"""How chargers spoil frames that were right: what is written here becomes texts as they were seen in the field.

A rewriter is given a frame as it should be and the number of those before, and gives what is sent instead, in order.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

Rewriter: TypeAlias = Callable[[str, int], tuple[str, ...]]
Parts: TypeAlias = list[object]
Payload: TypeAlias = dict[str, object]

_CALL: Final = 2
_RESULT: Final = 3


def _as_it_is(text: str, number: int) -> tuple[str, ...]:
    return (text,)


@dataclass(frozen=True, slots=True)
class Accent:
    """One way to spoil frames."""

    rewrite: Rewriter = _as_it_is
    message_id: Callable[[int], str] | None = None
    """The number of a CALL, from 1 -> its message id; None: ids as they should be."""

    def over(self, other: Accent) -> Accent:
        """The other accent, and this one on top of it."""

        def rewrite(text: str, number: int) -> tuple[str, ...]:
            return tuple(spoilt for once in other.rewrite(text, number) for spoilt in self.rewrite(once, number))

        return Accent(rewrite, self.message_id or other.message_id)


PLAIN: Final = Accent()


def _payload(action: str, change: Callable[[Payload, int], None]) -> Rewriter:
    """Change the payload of each CALL of an action."""

    def rewrite(text: str, number: int) -> tuple[str, ...]:
        parts: Parts = json.loads(text)
        if parts[0] != _CALL or parts[2] != action or not isinstance(parts[3], dict):
            return (text,)
        change(parts[3], number)
        return (json.dumps(parts),)

    return rewrite


def _kind(text: str) -> object:
    parts: Parts = json.loads(text)
    return parts[0]


# --- answers --------------------------------------------------------------------------------------------------------


def _no_json(text: str, number: int) -> tuple[str, ...]:
    return (f"{text[:-2]},}}]",) if _kind(text) == _RESULT else (text,)


def _errors(text: str, number: int) -> tuple[str, ...]:
    parts: Parts = json.loads(text)
    if parts[0] != _RESULT:
        return (text,)
    return (json.dumps([4, parts[1], "FormationViolation", "payload does not fit the schema of 1.6", {}]),)


def _stray(text: str, number: int) -> tuple[str, ...]:
    if _kind(text) != _CALL:
        return (text, text)
    return (text, '[4,"-1","GenericError","",{}]', '[4,"","GenericError","",null]', '[3,"never asked",{}]')


BROKEN_ANSWERS: Final = Accent(_no_json)
"""Its answers have a comma too much, which is no JSON."""
ERRORS_FOR_ANSWERS: Final = Accent(_errors)
"""It refuses what it does, since it checks 2.0.1 with the schemas of 1.6."""
STRAY_ANSWERS: Final = Accent(_stray)
"""Two answers to each CALL, and errors and results for what nobody asked."""

# --- times ----------------------------------------------------------------------------------------------------------

_UNSET: Final = ("1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2000-01-01T02:00:00", "1970-01-01T00:00:00.000Z")


def _unset(payload: Payload, number: int) -> None:
    if number < 2 * len(_UNSET):
        payload["timestamp"] = _UNSET[number % len(_UNSET)]


def _frozen(payload: Payload, number: int) -> None:
    payload["timestamp"] = "2025-03-01T12:00:00Z"


CLOCK_UNSET: Final = Accent(_payload("StatusNotification", _unset))
"""Its first statuses are of 1970 or of the year 1, some without a zone."""
CLOCK_FROZEN: Final = Accent(_payload("StatusNotification", _frozen))
"""All its statuses are of one moment long ago."""

# --- faults ---------------------------------------------------------------------------------------------------------


def _hidden(payload: Payload, number: int) -> None:
    if payload.get("status") == "Faulted":
        payload["vendorErrorCode"] = payload.get("vendorErrorCode") or payload["errorCode"]
        payload["errorCode"] = "NoError"


_NOTHING: Final = ("", "0", "0x00", "0,0,0,0")


def _spelled(payload: Payload, number: int) -> None:
    if payload.get("errorCode") == "NoError":
        payload |= {"vendorErrorCode": _NOTHING[number % len(_NOTHING)], "info": "null", "vendorId": ""}


CAUSE_HIDDEN: Final = Accent(_payload("StatusNotification", _hidden))
"""Faulted comes with NoError; the cause is in the vendor's own code."""
NO_ERROR_SPELLED: Final = Accent(_payload("StatusNotification", _spelled))
"""That there is no error is spelled in the vendor's code, in many ways."""

# --- readings and ids -----------------------------------------------------------------------------------------------


def _empty(payload: Payload, number: int) -> None:
    payload["meterValue"] = [{"timestamp": "2027-01-01T00:00:00Z", "sampledValue": []}]


NO_SAMPLES: Final = Accent(_payload("MeterValues", _empty))
"""Its readings have no values."""
IDS_REPEATED: Final = Accent(message_id=lambda number: str(1_000_001 + number % 2))
"""It has no more than two message ids."""
