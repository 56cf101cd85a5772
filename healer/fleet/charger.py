"""One charger as we believe it to be: its link, identity, places, events and safety latches.

State only, with the questions every reader asks of it; `hearing` applies what the charger says, `occupancy` judges
whether somebody is charging, `signals` names the facts that rules may ask for. All times are engine time.

Freshness: everything a charger reports is believed only within the *epoch* in which it was reported. A new connection
begins an epoch, and so does a boot in the middle of one: what was said before a restart says nothing about after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from healer.fleet import codes
from healer.fleet.baseline import Kind
from healer.fleet.configuration import Configuration, Outlook
from healer.fleet.contact import ContactState
from healer.fleet.facets import Facet
from healer.fleet.history import History
from healer.fleet.inventory import Placement
from healer.fleet.latches import Latches
from healer.fleet.learned import LONGEST_BOOT_S, Learned, Learning, Model
from healer.fleet.place import NO_ID_YET, Connector, Evse, Finished, Transaction
from healer.fleet.problems import Problems
from healer.fleet.profiles import LinkSettings, Profile, Profiles
from healer.fleet.record import ChargerRecord, Latch
from healer.fleet.remapping import Move, remap
from healer.fleet.sightings import Sightings
from healer.fleet.standing import Standing
from healer.fleet.windows import EventWindow
from healer.model import UNKNOWN, ChargerId, ConnectionId, Instant, OcppVersion, Seconds, Status, Target, Unknown

__all__ = ["Charger", "ChargerRecord", "Facet", "Latch", "LinkSettings"]

MOST_PLACES = 64
"""Connectors of one charger that are believed in; what it invents beyond them is answered and forgotten."""

MOST_SOMEWHERE = 16
"""Transactions at unknown places of one charger; all further ones count as one that has no id."""

FIRMWARE_JOB_S: Seconds = 2 * 3600.0
"""How long a firmware job may show no progress until it counts as over: the word of its end can be lost."""


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
    spoke_unbooted: bool = False
    """It reported on this connection without a boot; a link lost before anything was said tells nothing."""
    reconnects_without_boot: bool = False
    """It once came back without a boot, so a boot of it means a restart."""
    boot_expected_until: Instant | None = None
    """We restarted it ourselves: a boot until then is our doing."""
    reset_sent_at: Instant | None = None
    """When we did, until it boots."""
    contact: ContactState = field(default_factory=ContactState)

    # identity
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    profile: Profile = field(default_factory=Profile)
    standing: Standing = field(default_factory=Standing)
    configuration: Configuration = field(default_factory=Configuration)
    learning: Learning = field(default_factory=Learning)
    """What all chargers taught us of their models."""

    # places
    evses: dict[int, Evse] = field(default_factory=dict)
    itself: Connector = field(default_factory=lambda: Connector(0, 0))
    """1.6 connector 0."""
    somewhere: dict[str, Transaction] = field(default_factory=dict)
    """Transactions of which nobody said at which evse they run, by id."""
    history: History = field(default_factory=History)
    finished: list[Finished] = field(default_factory=list)
    """Transactions that are over and not counted yet."""
    authorized_at: Instant | None = None
    """When somebody was last authorised; Authorize names no place, so it is about those not yet known as well."""
    problems: Problems = field(default_factory=Problems)
    """2.x components in trouble."""

    # events and work
    events: dict[str, EventWindow] = field(default_factory=dict)
    sightings: Sightings = field(default_factory=Sightings)
    latches: Latches = field(default_factory=Latches)
    firmware_job: str | None = None
    """The last firmware status while a job runs; see `firmware_job_at`."""
    firmware_job_since: Instant | None = None
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

    @property
    def kind(self) -> Model:
        return Model(self.vendor or "", self.model or "", self.firmware or "")

    @property
    def learned(self) -> Learned:
        """What was learnt of its model."""
        return self.learning.of(self.kind)

    @property
    def boot_time_s(self) -> Seconds:
        """How long a restart may take: what its profile says, or what it took before if that was longer."""
        return max(self.profile.boot_time_s, min(self.learned.longest_boot_s, LONGEST_BOOT_S))

    def outlook(self) -> Outlook:
        """How its configuration stands beside the wanted one."""
        kind = Kind(*self.kind, self.placement, self.ocpp_version)
        return self.configuration.outlook(kind, self.learned, self.id)

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

    def connectors_within(self, place: Target) -> Iterator[Connector]:
        return (plug for plug in self.connectors() if place.covers(self.place(plug)))

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

    def error_code(self, connector: Connector) -> str | Unknown:
        """The error at a place in 1.6's words: the connector's own; in 2.x that of a component there or above it.

        Faulted with NoError has an error that we do not know, unless the vendor's own code tells it in standard words.
        A 2.x status names no error, and an event is told only once: what is Faulted without an event since the charger
        came back or restarted has an error that we do not know.
        """
        if self.ocpp_version is OcppVersion.V16 and connector.status is Status.FAULTED:
            return codes.cause(connector.error_code, connector.vendor_error_code) or UNKNOWN
        if self.ocpp_version is OcppVersion.V16:
            return connector.error_code
        told = self.problems.code_at(self.place(connector))
        if told is not None:
            return told
        return UNKNOWN if connector.status is Status.FAULTED else codes.NO_ERROR

    @property
    def firmware_job_until(self) -> Instant | None:
        """When the firmware job counts as over if nothing more is heard of it."""
        return None if self.firmware_job_since is None else self.firmware_job_since + FIRMWARE_JOB_S

    def firmware_job_at(self, now: Instant) -> str | None:
        """The last status of the firmware job that runs now."""
        until = self.firmware_job_until
        return self.firmware_job if until is not None and now < until else None

    def transactions(self) -> Iterator[Transaction]:
        """All that we know to be open, with those at unknown places."""
        yield from self.somewhere.values()
        for number in sorted(self.evses):
            transaction = self.evses[number].transaction
            if transaction is not None:
                yield transaction

    # --- places are made as the charger names them ----------------------------------------------------------------

    def evse(self, number: int) -> Evse:
        if number not in self.evses:
            self.evses[number] = Evse(number, authorized_at=self.authorized_at)
        return self.evses[number]

    def evse_named(self, evse: int | None, connector: int | None) -> int | None:
        """The evse that a message is about; None where it does not say. 1.6 names connectors only, 2.x evses."""
        if evse is not None or connector is None or self.ocpp_version is not OcppVersion.V16:
            return evse
        return self.placement.evse_of(connector)

    def believes_in(self, evse: int, connector: int) -> bool:
        """Whether a connector is known, or may still become so: a charger cannot make us remember without bound."""
        known = evse in self.evses and connector in self.evses[evse].connectors
        return known or sum(1 for _ in self.connectors()) < MOST_PLACES

    def connector(self, evse: int, connector: int) -> Connector:
        plugs = self.evse(evse).connectors
        if connector not in plugs:
            plugs[connector] = Connector(evse, connector)
        return plugs[connector]

    def places_to_ask(self) -> list[Target]:
        """The places whose status is unknown; first the charger as a whole while it may have places we never heard of.

        It has, as far as we know, until it has once booted: then it is bound to report all of them. The caller asks
        for each once in an epoch (`asked`).
        """
        places = [self.place(plug) for plug in self.connectors() if not self.is_fresh(plug)]
        if self.itself.is_claim(self.epoch):
            return [self.target, *places]
        booted = self.booted_at is not None or any((self.vendor, self.model, self.serial, self.firmware))
        return places if booted and self.evses else [self.target, *places]

    def asked_in_vain(self, place: Target, now: Instant) -> set[Facet]:
        """It was asked for the status of a place and did not tell. After two such boots the place is forgotten."""
        plug = self.connector_at(place)
        if plug is not None and plug.is_claim(self.epoch):
            return set() if place in self.contact.status_refusals else self.believe(plug, now=now)
        if plug is None or plug is self.itself or self.is_fresh(plug) or not plug.asked_in_vain(self.booted_at):
            return set()
        evse = self.evses[plug.evse]
        if evse.transaction is not None:
            return set()
        del evse.connectors[plug.connector]
        if not evse.connectors:
            del self.evses[plug.evse]
        self.asked.pop(place, None)
        return {Facet.PLACES, Facet.STATUS}

    def believe(self, *plugs: Connector, now: Instant) -> set[Facet]:
        """What these told with an old date cannot be confirmed: where that may be, it is taken as said now."""
        busy = {transaction.evse for transaction in self.transactions()}
        taken = [one for one in plugs if one.may_be_believed(self.epoch, now, runs=bool(busy & {None, one.evse}))]
        for plug in taken:
            plug.epoch = self.epoch
        return {Facet.STATUS, Facet.METER} if taken else set()

    def replace_placement(self, placement: Placement) -> set[Facet]:
        """It stands elsewhere now, or its connectors share evses in another way: what is known of them moves along."""
        mapped = dict(self.placement.connectors) != dict(placement.connectors)
        self.placement = placement
        self.contact.review_serial(placement, self.serial)
        if not mapped or self.ocpp_version is not OcppVersion.V16:
            return {Facet.PLACEMENT}
        move = Move(self.evses, placement)
        self.evses, homeless = remap(self.evses, placement)
        for transaction in homeless:
            self.run_somewhere(transaction)
        self.put_back = move.keys(self.put_back)
        self.held_out_at = move.keys(self.held_out_at)
        self.out_of_service = {new for old in self.out_of_service for new in move.places(old)}
        self.latches.move(move.places)
        self.asked.clear()
        return {Facet.PLACEMENT, Facet.PLACES, Facet.STATUS, Facet.TRANSACTION, Facet.METER, Facet.SAFETY}

    def run_somewhere(self, transaction: Transaction) -> None:
        """It runs, and nobody said at which evse we know."""
        transaction.evse = transaction.connector = None
        if transaction.id not in self.somewhere and len(self.somewhere) >= MOST_SOMEWHERE:
            transaction.id = NO_ID_YET
        self.somewhere[transaction.id] = transaction

    def are_vacant(self, plugs: Iterable[Connector]) -> bool:
        """Whether there are any, and each said in this epoch, dated so, that nobody is plugged in."""
        return {plug.vacant and self.is_fresh(plug) and plug.claimed_epoch != self.epoch for plug in plugs} == {True}

    # --- link -----------------------------------------------------------------------------------------------------

    def connect(self, connection: ConnectionId, version: OcppVersion, now: Instant) -> set[Facet]:
        """A websocket is open. A former one that is still open is forgotten: the newest wins."""
        settled_at, lost_at = self.settled_at(), self.link_lost_at
        if self.spoke_unbooted and settled_at is not None and lost_at is not None and lost_at >= settled_at:
            self.reconnects_without_boot = True  # one that broke at once tells nothing of the charger's habits
        self.spoke_unbooted = False
        if self.ocpp_version not in {None, version}:
            self._forget_places()
        self.connection, self.ocpp_version = connection, version
        self.connected_at = self.last_seen_at = now
        self.silent = self.settling = self.boot_accepted = False
        self.contact.connected()
        self._begin_epoch(now)
        return {Facet.LINK, Facet.STATUS, Facet.TRANSACTION}

    def _forget_places(self) -> None:
        """Another OCPP version numbers places in another way. What is latched stays so."""
        self.evses.clear()
        self.itself = Connector(0, 0)
        self.somewhere.clear()
        self.asked.clear()

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
        self.learning.forget_old(now)
        changed = {Facet.CONTACT} if self.contact.heard(now) else set()
        if not self.silent:
            return changed
        self.silent = False
        return {Facet.LINK, Facet.STATUS, Facet.TRANSACTION, *changed}

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
        self.contact.begin_epoch()
        self.problems.begin_epoch()
        for evse in self.evses.values():
            evse.forget_energy()

    def restarted(self, now: Instant) -> None:
        """The charger said that it booted: its earlier reports of this connection are stale."""
        if any(self.is_fresh(connector) for connector in (self.itself, *self.connectors())):
            self._begin_epoch(now)
        self.problems.begin_epoch()
        self.boot_accepted = True
        self.booted_at = now
        self.firmware_job = self.firmware_job_since = None

    # --- events ---------------------------------------------------------------------------------------------------

    def window(self, event: str) -> EventWindow:
        if event not in self.events:
            self.events[event] = EventWindow(self.watched_since)
        return self.events[event]

    # --- safety ---------------------------------------------------------------------------------------------------

    def latch(self, place: Target, code: str, now: Instant) -> bool:
        """A safety code was seen at a place; True if that is news."""
        return self.latches.add(place, code, now)

    def review_latches(self, clear_after_s: Seconds, now: Instant) -> bool:
        """Release each latch whose place has stood Available with NoError long enough; True if one was."""
        return self.latches.review(self._is_safe, clear_after_s, now)

    def latch_deadline(self, clear_after_s: Seconds) -> Instant | None:
        return self.latches.deadline(clear_after_s)

    def _is_safe(self, place: Target) -> bool:
        """Whether nothing speaks of danger there; 1.6 connector 0 speaks for the charger, else every plug within."""
        if self.problems.danger_about(place) is not None:
            return False
        itself_speaks = place.evse is None and self.itself.reported_at is not None
        speaking = [self.itself] if itself_speaks else list(self.connectors_within(place))
        return bool(speaking) and all(
            self.is_fresh(connector)
            and connector.status is Status.AVAILABLE
            and self.error_code(connector) == codes.NO_ERROR
            and not codes.is_safety(connector.error_code, connector.vendor_error_code)
            for connector in speaking
        )
