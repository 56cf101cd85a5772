"""One connection: frames in, reports and outcomes out, one open CALL at a time.

The session knows no engine and no transport. Whoever drives it sends what it returns, calls `expire` when `deadline`
has come and `close` when the connection is gone, and gives each `Reported` a `reply`, or `defer`s it. What 2.1 sends
without waiting for an answer is `Notified`, for which there is neither.

Answers are matched by the one open CALL and by nothing else. What else looks like an answer is told apart by a short
memory of past CALLs: late, given twice, or to a question that was never asked here.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, TypeAlias

from healer.errors import PayloadError
from healer.model import Instant, OcppVersion, Seconds
from healer.ocpp import frames, outcomes, schemas, v16, v21, v201
from healer.ocpp.frames import Call, CallError, CallResult, CallResultError, Defect, ErrorCode, Kind, Malformed, Send
from healer.ocpp.messages import Command, Outcome, Reply, Report, Result, Violation

PAST_CALLS: Final = 32
"""How many ended CALLs are remembered, to recognise late and repeated answers."""

PAST_ANSWERS: Final = 32
"""How many answers of ours are remembered in 2.1, to know what the charger refuses by CALLRESULTERROR."""

CODECS: Final = {codec.version: codec for codec in (v16.CODEC, v201.CODEC, v21.CODEC)}
_ACTION_LIMIT: Final = 50
_CODE_LIMIT: Final = 50


@dataclass(frozen=True, slots=True)
class Reported:
    """The charger told us something and waits for `Session.reply` or `Session.defer`."""

    message_id: str
    action: str
    report: Report
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class Notified:
    """The charger told us something by SEND. It waits for nothing, and nothing may be sent back."""

    action: str
    report: Report
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """The open CALL has come to its end: answered, expired or cut off."""

    message_id: str
    action: str
    """OCPP's name of it."""
    command: Command
    outcome: Outcome
    duration_s: Seconds


class Refusal(enum.StrEnum):
    """Why a frame is neither a report nor an answer to our open CALL."""

    MALFORMED = "malformed"
    """`Refused.defect` says how."""
    UNKNOWN_ACTION = "unknown-action"
    LATE = "late"
    """An answer to a CALL that had timed out."""
    DUPLICATE = "duplicate"
    """One more answer to a CALL that was answered already."""
    FOREIGN = "foreign"
    """An answer to a CALL that was never sent on this connection, or too long ago."""
    ANSWER_REFUSED = "answer-refused"
    """2.1: the charger could not process an answer of ours, and says so by CALLRESULTERROR."""


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Refusal
    reply: str | None = None
    """The frame to send back, where OCPP-J asks for one."""
    action: str | None = None
    """What it was about, if that could be read. If unknown it is the charger's own text, at most 50 characters."""
    defect: Defect | None = None
    code: str | None = None
    """Of a CALLRESULTERROR, the charger's own text, at most 50 characters."""


Received: TypeAlias = Reported | Notified | Answered | Refused


@dataclass(frozen=True, slots=True)
class OpenCall:
    """The CALL whose answer is awaited."""

    message_id: str
    action: str
    command: Command
    opened_at: Instant


@dataclass(frozen=True, slots=True)
class _PastCall:
    action: str
    answered: bool


class Session:
    """The OCPP-J side of one connection. Never raises for what a charger sent."""

    def __init__(self, version: OcppVersion, *, call_timeout_s: Seconds, max_frame_bytes: int) -> None:
        self.version = version
        self._codec = CODECS[version]
        self._call_timeout_s = call_timeout_s
        self._max_frame_bytes = max_frame_bytes
        self._open: OpenCall | None = None
        self._past: dict[str, _PastCall] = {}
        self._replied: dict[str, str] = {}
        """The actions of the last answers, by message id; 2.1 only."""

    @property
    def open_call(self) -> OpenCall | None:
        """The CALL whose answer is awaited; while there is one, `call` opens no other."""
        return self._open

    @property
    def deadline(self) -> Instant | None:
        """When `expire` is due; None while nothing is awaited."""
        return None if self._open is None else self._open.opened_at + self._call_timeout_s

    def receive(self, data: str | bytes, now: Instant) -> Received:
        """Read one websocket message. A message id that was seen before is no reason not to answer it again."""
        match frames.decode(data, max_bytes=self._max_frame_bytes):
            case Call() as call:
                return self._called(call)
            case CallResult() | CallError() as answer:
                open_call = self._opened_as(answer.message_id)
                if open_call is None:
                    return self._not_awaited(answer.message_id)
                return self._end(open_call, self._outcome(open_call.command, answer), now, answered=True)
            case Send() | CallResultError() as frame:
                return self._received_by_21(frame)
            case Malformed() as malformed:
                return self._malformed(malformed, now)

    def reply(self, reported: Reported, reply: Reply, now: Instant) -> str:
        """The frame that answers a report. PayloadError if the reply is none to it: a bug of ours."""
        payload = self._codec.answer(reported.action, reply, now, reported.report)
        if payload is None:
            code = ErrorCode.PROTOCOL_ERROR.spelled(self.version)
            return frames.encode(CallError(reported.message_id, code, "the answer would repeat what is missing", {}))
        if self.version is OcppVersion.V21:
            self._remember_reply(reported)
        return frames.encode(CallResult(reported.message_id, payload))

    def defer(self, reported: Reported) -> str:
        """The CALLERROR by which the charger keeps the report and tries again, as it does with those of transactions.

        Not for ever: after TransactionMessageAttempts it may give up (1.6 section 3.7.1, 2.0.1 use case E13).
        """
        code = ErrorCode.INTERNAL_ERROR.spelled(self.version)
        return frames.encode(CallError(reported.message_id, code, "cannot be stored now, please try again", {}))

    def call(self, command: Command, message_id: str, now: Instant) -> str | None:
        """Open a CALL and return its frame; None while another one is open.

        PayloadError if the version cannot say the command, or the message id is not one of OCPP-J's or not a new one.
        """
        if self._open is not None:
            return None
        if not 0 < len(message_id) <= frames.MESSAGE_ID_LIMIT:
            raise PayloadError(f"a message id has 1 to {frames.MESSAGE_ID_LIMIT} characters: {message_id!r}")
        if message_id in self._past:
            raise PayloadError(f"the message id {message_id} was used before on this connection")
        action, payload = self._codec.request(command)
        self._open = OpenCall(message_id, action, command, now)
        return frames.encode(Call(message_id, action, payload))

    def expire(self, now: Instant) -> Answered | None:
        """End the open CALL if its deadline has come."""
        if self._open is None or self.deadline is None or now < self.deadline:
            return None
        return self._end(self._open, Outcome(Result.TIMEOUT), now, answered=False)

    def close(self, now: Instant) -> Answered | None:
        """End the open CALL, for the connection is gone."""
        return None if self._open is None else self._end(self._open, Outcome(Result.LINK_LOST), now, answered=False)

    def _called(self, call: Call) -> Reported | Refused:
        code, description = ErrorCode.NOT_IMPLEMENTED, "the action is not known"
        if schemas.sent(self.version, call.action):
            code, description = ErrorCode.NOT_SUPPORTED, "the action has no answer and is sent by SEND"
        elif (read := self._codec.read(call.action, call.payload)) is not None:
            report, violations = read
            return Reported(call.message_id, call.action, report, violations)
        elif schemas.knows(self.version, call.action):
            code, description = ErrorCode.NOT_SUPPORTED, "the action is not one that a charger sends"
        error = CallError(call.message_id, code.spelled(self.version), description, {})
        return Refused(Refusal.UNKNOWN_ACTION, frames.encode(error), call.action[:_ACTION_LIMIT])

    def _received_by_21(self, frame: Send | CallResultError) -> Notified | Refused:
        """To the versions before 2.1 these types of message are unknown."""
        if self.version is not OcppVersion.V21:
            error = Malformed(Defect.UNKNOWN_MESSAGE_TYPE, message_id=frame.message_id).answer(self.version)
            reply = None if error is None else frames.encode(error)
            return Refused(Refusal.MALFORMED, reply, defect=Defect.UNKNOWN_MESSAGE_TYPE)
        if isinstance(frame, CallResultError):
            action = self._replied.pop(frame.message_id, None)
            return Refused(Refusal.ANSWER_REFUSED, action=action, code=frame.code[:_CODE_LIMIT])
        read = self._codec.read(frame.action, frame.payload)
        if read is None:
            return Refused(Refusal.UNKNOWN_ACTION, action=frame.action[:_ACTION_LIMIT])
        return Notified(frame.action, *read)

    def _remember_reply(self, reported: Reported) -> None:
        self._replied[reported.message_id] = reported.action
        if len(self._replied) > PAST_ANSWERS:
            del self._replied[next(iter(self._replied))]

    def _outcome(self, command: Command, answer: CallResult | CallError) -> Outcome:
        if isinstance(answer, CallError):
            return outcomes.of_error(answer.code)
        return self._codec.outcome(command, answer.payload)

    def _malformed(self, malformed: Malformed, now: Instant) -> Answered | Refused:
        """An answer to our open CALL is one even if it cannot be understood."""
        if malformed.kind in {Kind.CALL_RESULT, Kind.CALL_ERROR} and malformed.message_id is not None:
            open_call = self._opened_as(malformed.message_id)
            if open_call is not None:
                return self._end(open_call, outcomes.UNINTELLIGIBLE, now, answered=True)
        error = malformed.answer(self.version)
        reply = None if error is None else frames.encode(error)
        return Refused(Refusal.MALFORMED, reply, malformed.action, malformed.defect)

    def _opened_as(self, message_id: str) -> OpenCall | None:
        return self._open if self._open is not None and self._open.message_id == message_id else None

    def _not_awaited(self, message_id: str) -> Refused:
        past = self._past.get(message_id)
        if past is None:
            return Refused(Refusal.FOREIGN)
        self._past[message_id] = _PastCall(past.action, answered=True)
        return Refused(Refusal.DUPLICATE if past.answered else Refusal.LATE, action=past.action)

    def _end(self, open_call: OpenCall, outcome: Outcome, now: Instant, *, answered: bool) -> Answered:
        self._open = None
        self._past[open_call.message_id] = _PastCall(open_call.action, answered)
        if len(self._past) > PAST_CALLS:
            del self._past[next(iter(self._past))]
        return Answered(open_call.message_id, open_call.action, open_call.command, outcome, now - open_call.opened_at)
