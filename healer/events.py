"""What the world tells the engine. Each comes with `now` as a second argument of `Engine.handle`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from healer.fleet.enrolment import Enrolment
from healer.fleet.inventory import Inventory
from healer.fleet.peer import Peer, Refusal
from healer.fleet.tokens import TokenPolicy
from healer.model import ChargerId, ConnectionId, OcppVersion, Target
from healer.rules.rule import RuleSet


@dataclass(frozen=True, slots=True)
class ConnectionOpened:
    """A charger's websocket is open."""

    connection: ConnectionId
    charger: ChargerId
    version: OcppVersion
    peer: Peer = field(default_factory=Peer)


@dataclass(frozen=True, slots=True)
class ConnectionRefused:
    """Somebody wanted to connect under a charger's identity and was not let in."""

    charger: ChargerId
    reason: Refusal


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """One websocket message."""

    connection: ConnectionId
    data: str | bytes = field(repr=False)
    """It may name a driver's token."""


@dataclass(frozen=True, slots=True)
class PongReceived:
    """The charger answered a websocket ping."""

    connection: ConnectionId


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """A websocket is gone, for whatever reason."""

    connection: ConnectionId
    reason: str
    """Short and enumerable: `closed`, `lost`, `ping-timeout`, `protocol-error`, `too-large`, `outbox-full`, `replaced`,
    `shutdown`, `error`, `dismissed`."""


@dataclass(frozen=True, slots=True)
class IntentStored:
    """An intent is durable."""

    intent: int


@dataclass(frozen=True, slots=True)
class IntentRefused:
    """An intent could not be made durable and never will be."""

    intent: int
    reason: str


@dataclass(frozen=True, slots=True)
class FrameUnsent:
    """The transport did not take the frame of an intent."""

    intent: int
    reason: str


@dataclass(frozen=True, slots=True)
class IdsReserved:
    """A block of ids is ours: `first` up to `first + count - 1`."""

    kind: str
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class StoreChanged:
    """The store works or does not."""

    healthy: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RulesReplaced:
    """A new, validated set of rules."""

    rules: RuleSet


@dataclass(frozen=True, slots=True)
class RulesJudged:
    """The rule files on disk were read; `trouble` is what is wrong with them, None when they are in force."""

    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class InventoryReplaced:
    """A new, validated list of who stands where."""

    inventory: Inventory


@dataclass(frozen=True, slots=True)
class TokensReplaced:
    """Another list of who may charge."""

    tokens: TokenPolicy


@dataclass(frozen=True, slots=True)
class IncidentCleared:
    """A person cleared a by-hand incident."""

    rule: str
    target: Target
    author: str


@dataclass(frozen=True, slots=True)
class ChargerCleared:
    """A person has looked at the charger: it is safe again. `Engine.why_not_clear` was asked before."""

    charger: ChargerId
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeyOffered:
    """A person wants the charger to have a new key; the door takes it already, beside the old one."""

    charger: ChargerId
    key: str = field(repr=False)
    """As it is written into the charger: 40 hexadecimal digits."""
    verifier: str = field(repr=False)
    replaces: str | None = field(repr=False)
    """A digest of the inventory's password for the charger."""
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeyProved:
    """The charger came in with the key of this verifier, which was pending until now."""

    charger: ChargerId
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeysForgotten:
    """The keys that rotations gave a charger count no longer: the inventory's password does."""

    charger: ChargerId
    reason: str


@dataclass(frozen=True, slots=True)
class CertificateSigned:
    """What a charger requested was signed."""

    charger: ChargerId
    csr: str
    chain: str
    """PEM, the charger's own certificate first."""


@dataclass(frozen=True, slots=True)
class CertificateRefused:
    """What a charger requested will not be signed."""

    charger: ChargerId
    csr: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChargerEnrolled:
    """A person approved or rejected a charger. `Admission.why_not_enrol` was asked before."""

    enrolment: Enrolment


@dataclass(frozen=True, slots=True)
class TimePassed:
    """The deadline the engine asked for has come."""


Event: TypeAlias = (
    ConnectionOpened
    | ConnectionRefused
    | FrameReceived
    | PongReceived
    | ConnectionClosed
    | IntentStored
    | IntentRefused
    | FrameUnsent
    | IdsReserved
    | StoreChanged
    | RulesReplaced
    | RulesJudged
    | InventoryReplaced
    | TokensReplaced
    | IncidentCleared
    | ChargerCleared
    | ChargerEnrolled
    | KeyOffered
    | KeyProved
    | KeysForgotten
    | CertificateSigned
    | CertificateRefused
    | TimePassed
)
