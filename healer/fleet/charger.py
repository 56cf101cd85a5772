"""One charger as we believe it to be: its link, identity, places, events and safety latches.

State only, with the questions every reader asks of it; `hearing` applies what the charger says, `occupancy` judges
whether somebody is charging, `signals` names the facts that rules may ask for. All times are engine time.

Freshness: everything a charger reports is believed only within the *epoch* in which it was reported. A new connection
begins an epoch, and so does a boot in the middle of one: what was said before a restart says nothing about after it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from healer.fleet.inventory import Placement
from healer.fleet.place import Connector, Evse, Transaction
from healer.fleet.profiles import Profile, Profiles
from healer.fleet.windows import EventWindow
from healer.model import ChargerId, ConnectionId, Instant, OcppVersion, Seconds, Status, Target

MOST_PLACES = 256
"""Connectors of one charger that are believed in; what it invents beyond them is answered and forgotten."""


class Facet(enum.Enum):
    """A part of a charger's state; a signal names the facets it reads, so a change touches only rules that ask."""

    LINK = "link"
    IDENTITY = "identity"
    STATUS = "status"
    PLACES = "places"
    """A place was heard of for the first time."""
    TRANSACTION = "transaction"
    METER = "meter"
    EVENTS = "events"
    FIRMWARE_JOB = "firmware-job"
    UPLOAD = "upload"
    SAFETY = "safety"
    PLACEMENT = "placement"


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How silence is judged; from the daemon's settings."""

    heartbeat_interval_s: Seconds = 300.0
    ping_interval_s: Seconds = 60.0
    pong_timeout_s: Seconds = 30.0

    @property
    def silence_s(self) -> Seconds:
        """A charger is silent after `max(2 x HeartbeatInterval, ping interval + pong timeout)`."""
        return max(2 * self.heartbeat_interval_s, self.ping_interval_s + self.pong_timeout_s)


@dataclass(frozen=True, slots=True)
class Latch:
    """A safety code seen at a place; holds the interlock until cleared."""

    code: str
    target: Target
    since: Instant
    good_since: Instant | None = None
    """Since when the place has stood Available with NoError; None while it has not."""


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


@dataclass(slots=True)
class Charger:
    """What we believe of one charger."""

    id: ChargerId
    placement: Placement
    watched_since: Instant
    link_settings: LinkSettings = field(default_factory=LinkSettings)
    profiles: Profiles = field(default_factory=Profiles)
    settling: bool = False
    """We have just started and the charger has not come back yet: its link is unknown, not lost."""

    # link
    connection: ConnectionId | None = None
    ocpp_version: OcppVersion | None = None
    connected_at: Instant | None = None
    last_seen_at: Instant | None = None
    silent: bool = False
    epoch: int = 0
    epoch_since: Instant | None = None
    link_lost_at: Instant | None = None
    boot_accepted: bool = False
    """On this connection."""
    booted_at: Instant | None = None
    reconnects_without_boot: bool = False
    """It once came back without a boot, so a boot of it means a restart."""
    boot_expected_until: Instant | None = None
    """We restarted it ourselves: a boot until then is our doing."""

    # identity
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    profile: Profile = field(default_factory=Profile)

    # places
    evses: dict[int, Evse] = field(default_factory=dict)
    itself: Connector = field(default_factory=lambda: Connector(0, 0))
    """1.6 connector 0."""
    problems: dict[tuple[Target, str], str] = field(default_factory=dict)
    """2.x components in trouble: (place, component) -> code."""

    # events and work
    events: dict[str, EventWindow] = field(default_factory=dict)
    latches: dict[Target, Latch] = field(default_factory=dict)
    firmware_job: str | None = None
    """The last firmware status while a job runs."""
    upload: str | None = None
    upload_at: Instant | None = None
    out_of_service: set[Target] = field(default_factory=set)
    """Places we took out of service: their wanted availability is inoperative until put back."""
    put_back: dict[Target, Instant] = field(default_factory=dict)
    """Places a cycle of ours made inoperative and owes back, with the time at which it did."""
    held_out_at: dict[Target, Instant] = field(default_factory=dict)
    """When the charger last accepted that a place of `out_of_service` is inoperative."""
    asked: dict[Target, int] = field(default_factory=dict)
    """The epoch in which we last asked for a place's status."""

    # --- questions ------------------------------------------------------------------------------------------------

    @property
    def target(self) -> Target:
        return Target(self.id)

    @property
    def site(self) -> str:
        return self.placement.site

    @property
    def connected(self) -> bool:
        return self.connection is not None

    @property
    def heard(self) -> bool:
        """Connected and not silent: what it reported in this epoch may be believed."""
        return self.connection is not None and not self.silent

    def is_fresh(self, connector: Connector) -> bool:
        return self.heard and connector.epoch == self.epoch

    def silence_s(self) -> Seconds:
        return self.profile.silence_s or self.link_settings.silence_s

    def silent_at(self) -> Instant | None:
        """When the charger counts as silent if nothing more is heard of it."""
        if self.connection is None or self.silent or self.last_seen_at is None:
            return None
        return self.last_seen_at + self.silence_s()

    def settled_at(self) -> Instant | None:
        """When the connection counts as settled; None while there is none."""
        return None if self.connected_at is None else self.connected_at + self.profile.settle_s

    def connectors(self) -> Iterator[Connector]:
        """Every plug, in the order of the charger's own numbers; not the charger itself."""
        for number in sorted(self.evses):
            plugs = self.evses[number].connectors
            for plug in sorted(plugs):
                yield plugs[plug]

    def connector_at(self, target: Target) -> Connector | None:
        if target.evse is None:
            return self.itself
        evse = self.evses.get(target.evse)
        if evse is None or target.connector is None:
            return None
        return evse.connectors.get(target.connector)

    def place(self, connector: Connector) -> Target:
        if connector is self.itself:
            return self.target
        return Target(self.id, connector.evse, connector.connector)

    def connector_places(self) -> Iterator[Target]:
        """Every place that reports a status: the charger itself once it has (1.6 connector 0), and every plug."""
        if self.itself.reported_at is not None:
            yield self.target
        for connector in self.connectors():
            yield self.place(connector)

    def evses_within(self, target: Target) -> list[Evse]:
        """The evses that an action at `target` touches: its own, and siblings on the same power stage."""
        if target.evse is None:
            return [self.evses[number] for number in sorted(self.evses)]
        stage = self.placement.power_stages.get(target.evse)
        return [
            evse
            for number, evse in sorted(self.evses.items())
            if number == target.evse or (stage is not None and self.placement.power_stages.get(number) == stage)
        ]

    def error_code(self, connector: Connector) -> str:
        """The error at a place in 1.6's words: the connector's own, else that of a 2.x component there or above it."""
        if self.ocpp_version is OcppVersion.V16 or not self.problems:
            return connector.error_code
        place = self.place(connector)
        for (where, _), code in sorted(self.problems.items(), key=lambda item: -item[0][0].scope):
            if where.covers(place):
                return code
        return connector.error_code

    def transactions(self) -> Iterator[Transaction]:
        for number in sorted(self.evses):
            transaction = self.evses[number].transaction
            if transaction is not None:
                yield transaction

    # --- places are made as the charger names them ----------------------------------------------------------------

    def evse(self, number: int) -> Evse:
        if number not in self.evses:
            self.evses[number] = Evse(number)
        return self.evses[number]

    def believes_in(self, evse: int, connector: int) -> bool:
        """Whether a connector is known, or may still become so: a charger cannot make us remember without bound."""
        known = evse in self.evses and connector in self.evses[evse].connectors
        return known or sum(1 for _ in self.connectors()) < MOST_PLACES

    def connector(self, evse: int, connector: int) -> Connector:
        plugs = self.evse(evse).connectors
        if connector not in plugs:
            plugs[connector] = Connector(evse, connector)
        return plugs[connector]

    # --- link -----------------------------------------------------------------------------------------------------

    def connect(self, connection: ConnectionId, version: OcppVersion, now: Instant) -> set[Facet]:
        """A websocket is open. A former one that is still open is forgotten: the newest wins."""
        if self.connected_at is not None and self.connection is None and not self.boot_accepted:
            self.reconnects_without_boot = True
        self.connection, self.ocpp_version = connection, version
        self.connected_at = self.last_seen_at = now
        self.silent = self.settling = self.boot_accepted = False
        self._begin_epoch(now)
        return {Facet.LINK, Facet.STATUS, Facet.TRANSACTION}

    def disconnect(self, connection: ConnectionId, now: Instant) -> set[Facet]:
        """A websocket closed; nothing changes when it was not the current one."""
        if connection != self.connection:
            return set()
        self.connection = None
        self.silent = False
        self.link_lost_at = now
        return {Facet.LINK, Facet.STATUS, Facet.TRANSACTION}

    def seen(self, now: Instant) -> set[Facet]:
        """A frame or pong came in."""
        self.last_seen_at = now
        if not self.silent:
            return set()
        self.silent = False
        return {Facet.LINK, Facet.STATUS, Facet.TRANSACTION}

    def fall_silent(self, now: Instant) -> set[Facet]:
        """The silence deadline passed."""
        due = self.silent_at()
        if due is None or now < due:
            return set()
        self.silent = True
        return {Facet.LINK, Facet.STATUS, Facet.TRANSACTION}

    def stop_settling(self) -> set[Facet]:
        """The daemon has settled: a charger that did not come back is offline now."""
        if not self.settling:
            return set()
        self.settling = False
        return {Facet.LINK}

    def _begin_epoch(self, now: Instant) -> None:
        self.epoch += 1
        self.epoch_since = now

    def restarted(self, now: Instant) -> None:
        """The charger said that it booted: its earlier reports of this connection are stale."""
        if any(self.is_fresh(connector) for connector in (self.itself, *self.connectors())):
            self._begin_epoch(now)
        self.boot_accepted = True
        self.booted_at = now
        self.firmware_job = None

    # --- events ---------------------------------------------------------------------------------------------------

    def window(self, event: str) -> EventWindow:
        if event not in self.events:
            self.events[event] = EventWindow(self.watched_since)
        return self.events[event]

    # --- safety ---------------------------------------------------------------------------------------------------

    def latch(self, place: Target, code: str, now: Instant) -> bool:
        """A safety code was seen at a place; True if that is news."""
        if place in self.latches:
            known = self.latches[place]
            self.latches[place] = Latch(known.code, place, known.since)
            return False
        self.latches[place] = Latch(code, place, now)
        return True

    def _speaking_for(self, place: Target) -> list[Connector]:
        """Those whose word tells how a place stands: 1.6 connector 0 for the charger, else every plug within."""
        if place.evse is None and self.itself.reported_at is not None:
            return [self.itself]
        return [plug for plug in self.connectors() if place.covers(self.place(plug))]

    def review_latches(self, clear_after_s: Seconds, now: Instant) -> bool:
        """Release each latch whose place has stood Available with NoError long enough; True if one was."""
        released = False
        for place, latch in list(self.latches.items()):
            speaking = self._speaking_for(place)
            good = bool(speaking) and all(
                self.is_fresh(connector)
                and connector.status is Status.AVAILABLE
                and self.error_code(connector) == "NoError"
                for connector in speaking
            )
            if not good:
                self.latches[place] = Latch(latch.code, place, latch.since)
            elif latch.good_since is None:
                self.latches[place] = Latch(latch.code, place, latch.since, now)
            elif now >= latch.good_since + clear_after_s:
                del self.latches[place]
                released = True
        return released

    def latch_deadline(self, clear_after_s: Seconds) -> Instant | None:
        due = [latch.good_since + clear_after_s for latch in self.latches.values() if latch.good_since is not None]
        return min(due, default=None)

    # --- durable part ---------------------------------------------------------------------------------------------

    def record(self) -> ChargerRecord:
        return ChargerRecord(
            charger=self.id,
            site=self.site,
            ocpp_version=self.ocpp_version,
            vendor=self.vendor,
            model=self.model,
            serial=self.serial,
            firmware=self.firmware,
            last_seen_at=self.last_seen_at,
            connected=self.connected,
            events={name: list(window.times) for name, window in self.events.items()},
            latches=[self.latches[place] for place in sorted(self.latches, key=lambda place: place.sort_key)],
            out_of_service=sorted(self.out_of_service, key=lambda place: place.sort_key),
            put_back=sorted(self.put_back, key=lambda place: place.sort_key),
            transactions=list(self.transactions()),
            places=[(connector.evse, connector.connector) for connector in self.connectors()],
            reconnects_without_boot=self.reconnects_without_boot,
        )

    def restore(self, record: ChargerRecord) -> None:
        """Take over the durable part. Reports are not restored: they are unknown until the charger repeats them."""
        self.ocpp_version = record.ocpp_version
        self.vendor, self.model, self.serial, self.firmware = (
            record.vendor,
            record.model,
            record.serial,
            record.firmware,
        )
        self.profile = self.profiles.find(self.vendor, self.model, self.firmware)
        self.last_seen_at = record.last_seen_at
        self.settling = True
        # What happened while nobody watched is unknown, so the windows begin anew; what was counted stays counted.
        self.events = {name: EventWindow(self.watched_since, times) for name, times in record.events.items()}
        self.latches = {latch.target: latch for latch in record.latches}
        self.out_of_service = set(record.out_of_service)
        self.put_back = dict.fromkeys(record.put_back, self.watched_since)
        for evse, connector in record.places:
            self.connector(evse, connector)
        for transaction in record.transactions:
            self.evse(transaction.evse).transaction = transaction
        self.reconnects_without_boot = record.reconnects_without_boot
