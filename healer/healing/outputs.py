"""What healing wants done; the engine turns it into effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from healer.healing.records import Alert, Intent, IntentOutcome, Transition
from healer.model import ChargerId
from healer.ocpp.messages import Command


@dataclass(frozen=True, slots=True)
class Propose:
    """Make the intent durable and tell us."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class Deliver:
    """The intent is durable and every check passed: hand the command to the charger now or not at all."""

    intent: Intent
    command: Command


@dataclass(frozen=True, slots=True)
class Drop:
    """The intent is durable: close the charger's connection."""

    intent: Intent
    charger: ChargerId


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the charger for something harmless; nothing is written down."""

    charger: ChargerId
    message_id: str
    command: Command


@dataclass(frozen=True, slots=True)
class Record:
    """Write it down."""

    record: Transition | IntentOutcome | Alert


Output: TypeAlias = Propose | Deliver | Drop | Ask | Record
