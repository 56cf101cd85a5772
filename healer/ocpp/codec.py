"""One version of OCPP, as the session uses it: reads tolerantly, writes strictly, whatever the version's tables say.

2.0.1 part 4 section 4.1.7 answers a payload that breaks the schema with a CALLERROR. We do not: a charger repeats or
drops what was refused, and either loses the very report that tells of its fault. It is answered and the violation told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from healer.model import Instant, OcppVersion
from healer.ocpp import schemas
from healer.ocpp.frames import Payload
from healer.ocpp.messages import Command, OtherReport, Outcome, Reply, Report, Violation

Reader: TypeAlias = Callable[[Payload], Report | None]
"""Reads one action's payload; None where a message, though of the standard, says nothing that we can or do use."""


def echo_nothing(report: Report, now: Instant) -> Payload | None:
    """For versions none of whose answers repeats what was asked."""
    return {}


@dataclass(frozen=True, slots=True)
class Codec:
    """The tables of one version. `answering` and `commanding` raise PayloadError for what the version cannot say."""

    version: OcppVersion
    readers: Mapping[str, Reader]
    """The actions a charger may send and that we answer."""
    answering: Callable[[str, Reply, Instant], Payload]
    commanding: Callable[[Command], tuple[str, Payload]]
    concluding: Callable[[Command, Payload], Outcome]
    spoken: Mapping[type[Command], tuple[str, ...]]
    """The actions that each command may be said by."""
    echoing: Callable[[Report, Instant], Payload | None] = echo_nothing
    """What the answer repeats of the report; None where the standard's answer cannot be given without it."""

    def read(self, action: str, payload: Payload) -> tuple[Report, tuple[Violation, ...]] | None:
        """What the charger tells us and how it broke the standard in telling; None for an action we do not answer."""
        reader = self.readers.get(action)
        if reader is None:
            return None
        report = reader(payload)
        return OtherReport(action) if report is None else report, schemas.violations(self.version, action, payload)

    def answer(self, action: str, reply: Reply, now: Instant, report: Report | None = None) -> Payload | None:
        """The payload that answers the action. PayloadError if the reply is none to this action.

        None where the answer has to repeat of the report what the charger left out, or wrote as we may not.
        """
        payload = self.answering(action, reply, now)
        echo = {} if report is None else self.echoing(report, now)
        if echo is None:
            return None
        if echo:
            payload |= echo
            return payload if schemas.is_valid(self.version, action, payload, answer=True) else None
        schemas.require_valid(self.version, action, payload, answer=True)
        return payload

    def request(self, command: Command) -> tuple[str, Payload]:
        """The action and the payload of a command. PayloadError if the version cannot say it."""
        action, payload = self.commanding(command)
        schemas.require_valid(self.version, action, payload)
        return action, payload

    def outcome(self, command: Command, payload: Payload) -> Outcome:
        """How a command came out, by the payload of its CALLRESULT."""
        return self.concluding(command, payload)
