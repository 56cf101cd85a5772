"""What the engine asks the world to do. The runtime performs effects in the order in which they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from healer.fleet.charger import ChargerRecord
from healer.fleet.enrolment import Enrolment
from healer.fleet.learned import Learned
from healer.fleet.standing import Credential
from healer.healing.records import Alert, Intent, IntentOutcome, Transition
from healer.model import ChargerId, ConnectionId, Instant


@dataclass(frozen=True, slots=True)
class Send:
    """Hand a frame to a connection; with `intent`, `FrameUnsent` is reported if the transport does not take it."""

    connection: ConnectionId
    data: str
    intent: int | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """Close a connection with a websocket close code."""

    connection: ConnectionId
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class RecordIntent:
    """Make an intent durable, then report `IntentStored` or `IntentRefused`."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class RecordFact:
    """Make a fact durable soon, in the order given."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class ReserveIds:
    """Reserve a durable block of `count` ids, then report `IdsReserved`."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell people: an alert is raised or resolved. Recorded as a fact as well."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class SignCertificate:
    """Sign what a charger requested, then report `CertificateSigned` or `CertificateRefused`."""

    charger: ChargerId
    csr: str
    """PEM, as the charger wrote it."""
    serial: str | None
    """The charger's serial number as the inventory lists it: what a charger tells of itself proves nothing."""


@dataclass(frozen=True, slots=True)
class ChangeKeys:
    """From now on these keys open the door to a charger, beside or in place of the inventory's."""

    charger: ChargerId
    credential: Credential


@dataclass(frozen=True, slots=True)
class Watching:
    """The durable mark that bounds what was unobserved after a crash."""

    at: Instant


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a log line: an event name `noun.past_verb` and its context. The core itself never logs."""

    event: str
    charger: ChargerId | None
    fields: tuple[tuple[str, str | int | float | bool | None], ...] = ()


Fact: TypeAlias = ChargerRecord | Enrolment | Learned | IntentOutcome | Transition | Alert | Watching
"""What `RecordFact` carries."""

Effect: TypeAlias = (
    Send | Close | RecordIntent | RecordFact | ReserveIds | Notify | SignCertificate | ChangeKeys | Notice
)
