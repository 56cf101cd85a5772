"""Frames of OCPP-J: `[2, id, action, payload]`, `[3, id, payload]`, `[4, id, code, description, details]`.

OCPP 2.1 added `[5, id, code, description, details]` (CALLRESULTERROR) and `[6, id, action, payload]` (SEND). They are
decoded whatever the version; whether a connection may use them is the session's to know.

`decode` never raises: bytes that are no frame become `Malformed`, a value that knows what is wrong, how much could be
read all the same, and which CALLERROR OCPP-J asks for. Chargers that break the frame's form but leave no doubt what
they mean are understood: numbers as message ids, a missing or null payload, CALLERRORs cut short.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from healer.model import OcppVersion

MESSAGE_ID_LIMIT: Final = 36
"""Characters of a message id (1.6-J and 2.0.1 part 4, section 4.1.4). Ours keep it, others' need not."""

_READABLE_ID_LIMIT: Final = 255
"""Longer ids are no ids any more; nobody is answered with them."""

_ACTION_LIMIT: Final = 50
_DESCRIPTION_LIMIT: Final = 255

Payload: TypeAlias = dict[str, object]


class NumericId(str):
    """A message id that arrived as a JSON number, although OCPP-J wants text. It is echoed as the number it was."""

    __slots__ = ()


class Kind(enum.IntEnum):
    """MessageTypeNumber (1.6-J section 4.1.3, 2.1 part 4 section 4.1.3)."""

    CALL = 2
    CALL_RESULT = 3
    CALL_ERROR = 4
    CALL_RESULT_ERROR = 5
    """2.1: the answer to our answer, which could not be processed."""
    SEND = 6
    """2.1: a message that gets no answer."""


UNCONFIRMED: Final = frozenset({Kind.CALL_RESULT, Kind.CALL_ERROR, Kind.CALL_RESULT_ERROR, Kind.SEND})
"""What is never answered, whatever is wrong with it."""


class ErrorCode(enum.StrEnum):
    """The CALLERROR codes we send, as OCPP 2.0.1 part 4 section 4.3 spells them."""

    NOT_IMPLEMENTED = "NotImplemented"
    """The action is not known."""
    NOT_SUPPORTED = "NotSupported"
    """The action is known, but not one that we answer."""
    FORMAT_VIOLATION = "FormatViolation"
    """The payload is syntactically incorrect."""
    PROTOCOL_ERROR = "ProtocolError"
    """The payload has not the structure the action wants."""
    RPC_FRAMEWORK_ERROR = "RpcFrameworkError"
    """The frame is not a valid CALL, for example because its message id cannot be read."""
    MESSAGE_TYPE_NOT_SUPPORTED = "MessageTypeNotSupported"
    """The frame is of a message type that 2.0.1 does not know; 1.6 has no such code and ignores the frame."""
    INTERNAL_ERROR = "InternalError"
    """The action is fine, but we cannot process it now."""
    GENERIC_ERROR = "GenericError"

    def spelled(self, version: OcppVersion) -> str:
        """The code as the version knows it: 1.6-J section 4.2.3 has one code for everything formed wrongly."""
        formed_wrongly = {ErrorCode.FORMAT_VIOLATION, ErrorCode.PROTOCOL_ERROR, ErrorCode.RPC_FRAMEWORK_ERROR}
        return "FormationViolation" if version is OcppVersion.V16 and self in formed_wrongly else self.value


@dataclass(frozen=True, slots=True)
class Call:
    message_id: str
    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class CallResult:
    message_id: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class CallError:
    message_id: str
    code: str
    description: str
    details: Payload


@dataclass(frozen=True, slots=True)
class CallResultError:
    message_id: str
    code: str
    description: str
    details: Payload


@dataclass(frozen=True, slots=True)
class Send:
    message_id: str
    action: str
    payload: Payload


Frame: TypeAlias = Call | CallResult | CallError | CallResultError | Send


class Defect(enum.StrEnum):
    """Why bytes are no frame."""

    TOO_LARGE = "too-large"
    INVALID_JSON = "invalid-json"
    """Not JSON, not UTF-8, or JSON with nesting and numbers beyond reason."""
    WRONG_SHAPE = "wrong-shape"
    """JSON, but not an array of a message type and what belongs to it."""
    UNKNOWN_MESSAGE_TYPE = "unknown-message-type"
    BAD_MESSAGE_ID = "bad-message-id"
    BAD_ACTION = "bad-action"
    BAD_PAYLOAD = "bad-payload"


_ANSWERS: Final = {
    Defect.TOO_LARGE: (ErrorCode.GENERIC_ERROR, "the frame is too large"),
    Defect.INVALID_JSON: (ErrorCode.FORMAT_VIOLATION, "the frame is not valid JSON"),
    Defect.WRONG_SHAPE: (ErrorCode.RPC_FRAMEWORK_ERROR, "the frame is not a CALL"),
    Defect.BAD_MESSAGE_ID: (ErrorCode.RPC_FRAMEWORK_ERROR, "the message id cannot be read"),
    Defect.BAD_ACTION: (ErrorCode.RPC_FRAMEWORK_ERROR, "the action cannot be read"),
    Defect.BAD_PAYLOAD: (ErrorCode.PROTOCOL_ERROR, "the payload is not an object"),
    Defect.UNKNOWN_MESSAGE_TYPE: (ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, "the message type is not known"),
}


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes that are no frame, and what could be read of them all the same."""

    defect: Defect
    kind: Kind | None = None
    message_id: str | None = None
    action: str | None = None
    """The charger's own text, at most 50 characters."""

    def answer(self, version: OcppVersion) -> CallError | None:
        """The CALLERROR that the version asks for. An answer is never answered."""
        code, description = _ANSWERS[self.defect]
        if self.kind in UNCONFIRMED or (version is OcppVersion.V16 and self._ignored_by_16):
            return None
        if self.message_id is not None:
            return CallError(self.message_id, code.spelled(version), description, {})
        # "When also the MessageId cannot be read, the CALLERROR SHALL contain "-1"": 2.0.1 part 4 section 4.2.3.
        return CallError("-1", ErrorCode.RPC_FRAMEWORK_ERROR.spelled(version), description, {})

    @property
    def _ignored_by_16(self) -> bool:
        """1.6-J section 4.1.3 ignores unknown message types, which 2.0.1 part 4 section 4.4 wants told.

        1.6 has no way either to answer a frame whose message id cannot be read.
        """
        return self.defect is Defect.UNKNOWN_MESSAGE_TYPE or self.message_id is None


def decode(data: str | bytes, *, max_bytes: int) -> Frame | Malformed:
    """Read one websocket message; never raises."""
    try:
        raw = data.encode() if isinstance(data, str) else data
    except UnicodeEncodeError:  # a lone surrogate
        return Malformed(Defect.INVALID_JSON)
    if len(raw) > max_bytes:
        return _malformed(Defect.TOO_LARGE, raw)
    try:
        parts = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return _malformed(Defect.INVALID_JSON, raw)
    return _frame(parts) if isinstance(parts, list) else Malformed(Defect.WRONG_SHAPE)


def encode(frame: Frame) -> str:
    """The websocket message that carries a frame."""
    message_id = msgspec.Raw(frame.message_id.encode()) if isinstance(frame.message_id, NumericId) else frame.message_id
    match frame:
        case Call():
            parts = [Kind.CALL, message_id, frame.action, frame.payload]
        case CallResult():
            parts = [Kind.CALL_RESULT, message_id, frame.payload]
        case CallError():
            parts = [Kind.CALL_ERROR, message_id, frame.code, frame.description[:_DESCRIPTION_LIMIT], frame.details]
        case CallResultError():
            told = frame.description[:_DESCRIPTION_LIMIT]
            parts = [Kind.CALL_RESULT_ERROR, message_id, frame.code, told, frame.details]
        case Send():
            parts = [Kind.SEND, message_id, frame.action, frame.payload]
    return msgspec.json.encode(parts).decode()


def _frame(parts: list[object]) -> Frame | Malformed:
    if not parts:
        return Malformed(Defect.WRONG_SHAPE)
    kind = _kind(parts[0])
    if kind is None:
        defect = Defect.UNKNOWN_MESSAGE_TYPE if isinstance(parts[0], int | str) else Defect.WRONG_SHAPE
        return Malformed(defect, message_id=_message_id(parts[1]) if len(parts) > 1 else None)
    if len(parts) < 2:
        return Malformed(Defect.WRONG_SHAPE, kind)
    message_id = _message_id(parts[1])
    if message_id is None:
        return Malformed(Defect.BAD_MESSAGE_ID, kind)
    match kind:
        case Kind.CALL | Kind.SEND:
            return _call(kind, message_id, parts[2:])
        case Kind.CALL_RESULT:
            payload = _payload(parts[2:])
            bad = Malformed(Defect.BAD_PAYLOAD, kind, message_id)
            return bad if payload is None else CallResult(message_id, payload)
        case Kind.CALL_ERROR:
            return CallError(message_id, *_error(parts[2:]))
        case Kind.CALL_RESULT_ERROR:
            return CallResultError(message_id, *_error(parts[2:]))


def _call(kind: Kind, message_id: str, rest: list[object]) -> Call | Send | Malformed:
    action = _action(rest)
    if action is None:
        defect = Defect.BAD_ACTION if rest else Defect.WRONG_SHAPE
        return Malformed(defect, kind, message_id)
    payload = _payload(rest[1:])
    if payload is None:
        return Malformed(Defect.BAD_PAYLOAD, kind, message_id, action[:_ACTION_LIMIT])
    return Call(message_id, action, payload) if kind is Kind.CALL else Send(message_id, action, payload)


def _error(rest: list[object]) -> tuple[str, str, Payload]:
    """Whatever a CALLERROR lacks, that it is one is the news."""
    code, description, details, *_ = [*rest, None, None, None]
    return (
        code if isinstance(code, str) else "",
        description if isinstance(description, str) else "",
        details if isinstance(details, dict) else {},
    )


def _kind(said: object) -> Kind | None:
    number = int(said) if isinstance(said, str) and said in {"2", "3", "4", "5", "6"} else said
    return Kind(number) if type(number) is int and number in set(Kind) else None


def _message_id(said: object) -> str | None:
    if isinstance(said, int | float) and not isinstance(said, bool):
        said = NumericId(said)
    return said if isinstance(said, str) and len(said) <= _READABLE_ID_LIMIT else None


def _action(rest: list[object]) -> str | None:
    return rest[0] if rest and isinstance(rest[0], str) else None


def _payload(rest: list[object]) -> Payload | None:
    """A missing or null payload is an empty one: null may stand for no fields (1.6-J 4.2.1, 2.0.1 part 4 4.1.5)."""
    if not rest or rest[0] is None:
        return {}
    return rest[0] if isinstance(rest[0], dict) else None


_HEAD: Final = re.compile(
    rb"""\s*\[\s* "?(?P<kind>[2-6])"?
         \s*,\s* (?: "(?P<text>[ !#-\[\]-~]{0,255})" | (?P<number>-?\d{1,255}) ) \s*[,\]]
         (?: \s* "(?P<action>[A-Za-z0-9]{1,50})" )?""",
    re.VERBOSE,
)


def _malformed(defect: Defect, raw: bytes) -> Malformed:
    """Look whether the head of a broken frame says to what it belongs: many are cut off or spoilt only further on."""
    head = _HEAD.match(raw)
    if head is None:
        return Malformed(defect)
    told = {name: part.decode() for name, part in head.groupdict().items() if part is not None}
    kind = Kind(int(told["kind"]))
    message_id = told["text"] if "text" in told else NumericId(told["number"])
    return Malformed(defect, kind, message_id, told.get("action") if kind in {Kind.CALL, Kind.SEND} else None)
