"""A simulated charger's side of OCPP-J, without I/O: what it says becomes frames, what it is sent becomes commands.

The counterpart of `healer.ocpp.session`, written apart from it, so that the engine is not tested with its own codec.
Every payload passes the standard's schema; only an accent spoils it, last of all (`Wire.spoken`). The tables of a
version are in `wire_v16` and `wire_v201`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from healer.behaviour import wire_v16, wire_v201
from healer.behaviour.accent import PLAIN, Accent
from healer.behaviour.dialect import Dialect
from healer.errors import PayloadError
from healer.model import OcppVersion
from healer.ocpp import frames, schemas
from healer.ocpp.frames import Call, CallError, CallResult, CallResultError, Malformed, Send
from healer.ocpp.messages import Command, Reply, Report

MAX_BYTES: Final = 1 << 20
_NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})

_DIALECTS: Final[dict[OcppVersion, Dialect]] = {
    OcppVersion.V16: wire_v16.DIALECT,
    OcppVersion.V201: wire_v201.DIALECT,
    OcppVersion.V21: wire_v201.DIALECT,  # what it says is the same in both
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A CALL of the central system; `Wire.answer` makes the frame that answers it."""

    message_id: str
    action: str
    command: Command


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to what was said last; None: a CALLERROR."""

    report: Report
    reply: Reply | None


@dataclass(frozen=True, slots=True)
class Declined:
    """A CALL that this charger does not know; `frame` says so."""

    frame: str


Received: TypeAlias = Asked | Answered | Declined | None
"""None: an answer to nothing that is open, or no frame at all."""


class Wire:
    """One charger's frames. Its numbers grow over all of its connections."""

    def __init__(self, version: OcppVersion, accent: Accent = PLAIN) -> None:
        self.version = version
        self._accent = accent
        self._spoken = 0
        self._dialect = _DIALECTS[version]
        self._open: tuple[str, str, Report] | None = None
        self._count = 0

    def call(self, report: Report) -> str | None:
        """The CALL that says this; None where the version has no word for it. PayloadError if it breaks the schema."""
        self._count += 1
        said = self._dialect.saying(report, self._count)
        if said is None:
            return None
        action, payload = said
        schemas.require_valid(self.version, action, payload)
        named = self._accent.message_id
        message_id = f"c{self._count}" if named is None else named(self._count)
        self._open = (message_id, action, report)
        return frames.encode(Call(message_id, action, payload))

    def receive(self, data: str) -> Received:
        """Read one frame of the central system."""
        match frames.decode(data, max_bytes=MAX_BYTES):
            case Call() as call:
                return self._called(call)
            case CallResult(message_id, payload):
                said = self._ended(message_id)
                return None if said is None else Answered(said[1], self._dialect.concluding(said[0], payload))
            case CallError(message_id):
                said = self._ended(message_id)
                return None if said is None else Answered(said[1], None)
            case Malformed() | CallResultError() | Send():
                return None

    def answer(self, asked: Asked, word: str, settings: Mapping[str, str] = _NO_SETTINGS) -> str:
        """The frame with the charger's word; a CALLERROR where the answer's payload cannot say it.

        `settings`: the charger's, for questions about them.
        """
        payload = self._dialect.answering(asked.command, word, settings)
        if payload is not None:
            try:
                schemas.require_valid(self.version, asked.action, payload, answer=True)
            except PayloadError:
                payload = None
        if payload is not None:
            return frames.encode(CallResult(asked.message_id, payload))
        code = "NotSupported" if word == "NotSupported" else "InternalError"
        return frames.encode(CallError(asked.message_id, code, word, {}))

    def spoken(self, frame: str) -> tuple[str, ...]:
        """What really goes out for a frame, in order."""
        self._spoken += 1
        return self._accent.rewrite(frame, self._spoken - 1)

    def lose_link(self) -> None:
        """What was said last gets no answer any more."""
        self._open = None

    def _called(self, call: Call) -> Asked | Declined:
        command = self._dialect.hearing(call.action, call.payload)
        if command is not None:
            return Asked(call.message_id, call.action, command)
        return Declined(
            frames.encode(CallError(call.message_id, "NotImplemented", "this charger does not know it", {}))
        )

    def _ended(self, message_id: str) -> tuple[str, Report] | None:
        """(action, report) of what was said under this id, if that is still open."""
        if self._open is None or self._open[0] != message_id:
            return None
        _, action, report = self._open
        self._open = None
        return action, report
