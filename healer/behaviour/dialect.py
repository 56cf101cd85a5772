"""One version of OCPP as a simulated charger speaks it: the shape of its tables, and what the versions share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from healer.model import Instant
from healer.ocpp import instants, salvage
from healer.ocpp.frames import Payload
from healer.ocpp.messages import (
    Acknowledged,
    AuthorizationReply,
    BootReply,
    Command,
    DataTransferred,
    Registration,
    Reply,
    Report,
    SecurityReported,
    TransactionReply,
)
from healer.ocpp.salvage import Text, Whole, Wire, word


@dataclass(frozen=True, slots=True)
class Dialect:
    """The tables of one version."""

    saying: Callable[[Report, int], tuple[str, Payload] | None]
    """A report and a number that grows -> action and payload; None for what the version does not say."""
    hearing: Callable[[str, Payload], Command | None]
    """A CALL to the charger -> the command; None for one that it does not know."""
    answering: Callable[[Command, str, Mapping[str, str]], Payload | None]
    """The charger's word and its settings -> the payload of the answer; None where no payload can say it."""
    concluding: Callable[[str, Payload], Reply]
    """The action that was said and the payload of its answer -> the reply."""


def written(instant: Instant | None) -> str:
    """An instant as chargers write it."""
    return instants.written(instant or 0.0)


def told(**fields: object) -> Payload:
    """A payload without the fields that are None; names in snake case become camel case."""
    return {_camel(name): value for name, value in fields.items() if value is not None}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def say_security(report: SecurityReported) -> tuple[str, Payload]:
    payload = told(type=report.kind, timestamp=written(report.charger_time), tech_info=report.info)
    return "SecurityEventNotification", payload


def say_data(report: DataTransferred) -> tuple[str, Payload]:
    return "DataTransfer", told(vendor_id=report.vendor or "?", message_id=report.message)


# --- answers to what the charger said -----------------------------------------------------------------------------


class _Info(Wire):
    status: Text | None = None


class _Answer(Wire):
    status: Text | None = None
    interval: Whole | None = None
    transaction_id: Whole | None = None
    id_tag_info: _Info | None = None
    id_token_info: _Info | None = None


_TRANSACTIONS: Final = frozenset({"StartTransaction", "StopTransaction", "TransactionEvent"})


def conclude(action: str, payload: Mapping[str, object]) -> Reply:
    """The answer's payload as a reply, in either version."""
    said = salvage.read(payload, _Answer)
    info = said.id_tag_info or said.id_token_info
    accepted = None if info is None else word(info.status) == "Accepted"
    if action == "BootNotification":
        registration = salvage.member(Registration, said.status) or Registration.REJECTED
        return BootReply(registration, said.interval or 0)
    if action == "Authorize":
        return AuthorizationReply(accepted is True)
    if action in _TRANSACTIONS:
        return TransactionReply(said.transaction_id, accepted)
    return Acknowledged()
