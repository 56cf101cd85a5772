"""What of a charger is durable: what a restarted daemon must know before it has heard anything."""

from __future__ import annotations

from dataclasses import dataclass, field

from healer.fleet.contact import Rival
from healer.fleet.history import History
from healer.fleet.place import Transaction
from healer.fleet.problems import Problem
from healer.fleet.standing import Credential
from healer.fleet.streaks import Streak
from healer.model import ChargerId, Instant, OcppVersion, Target


@dataclass(frozen=True, slots=True)
class Latch:
    """A safety code seen at a place; holds the interlock until cleared."""

    code: str
    target: Target
    since: Instant
    good_since: Instant | None = None
    """Since when the place has stood Available with NoError; None while it has not."""


@dataclass(frozen=True, slots=True)
class CautionRecord:
    """The durable part of the guard against boot loops of our own making; the writes are in the ledger."""

    boots_after_writes: list[Instant] = field(default_factory=list)
    boots_after_questions: list[Instant] = field(default_factory=list)
    writes_held: bool = False
    questions_held: bool = False


@dataclass(frozen=True, slots=True)
class ConfigurationRecord:
    """The durable part of what we know of a charger's configuration; its values are asked for again."""

    reboot_required_since: Instant | None = None
    caution: CautionRecord = field(default_factory=CautionRecord)


@dataclass(frozen=True, slots=True)
class Told:
    """The charger's last word on something, in its own words."""

    word: str
    at: Instant


@dataclass(frozen=True, slots=True)
class SightingsRecord:
    """The durable part of what was noticed of a charger; see `sightings`."""

    known_since: Instant | None = None
    used_at: Instant | None = None
    firmware: Told | None = None
    security: Told | None = None
    troubles: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ChargerRecord:
    """The durable part of a charger: what a restarted daemon must know before it has heard anything."""

    charger: ChargerId
    site: str
    ocpp_version: OcppVersion | None
    vendor: str | None
    model: str | None
    serial: str | None
    firmware: str | None
    last_seen_at: Instant | None
    connected: bool
    events: dict[str, list[Instant]]
    latches: list[Latch]
    out_of_service: list[Target]
    put_back: list[Target]
    transactions: list[Transaction]
    places: list[tuple[int, int]]
    reconnects_without_boot: bool
    problems: list[Problem] = field(default_factory=list)
    """2.x: the dangerous ones that nobody said are over."""
    firmware_job: str | None = None
    firmware_job_since: Instant | None = None
    history: History = field(default_factory=History)
    rivals: list[Rival] = field(default_factory=list)
    boot_trigger_restarts: bool = False
    credential: Credential = field(default_factory=Credential)
    configuration: ConfigurationRecord = field(default_factory=ConfigurationRecord)
    sightings: SightingsRecord = field(default_factory=SightingsRecord)
    streaks: dict[int, Streak] = field(default_factory=dict)
    """The sessions in a row, by evse."""
