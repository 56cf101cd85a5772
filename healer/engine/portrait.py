"""Chargers as people look at them: one line each, or everything that is known of one.

Values of JSON's own kinds in frozen records, ready for an API. Moments are seconds since 1970. It only looks, and shows
neither drivers' tokens nor values of the configuration, which may be secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from healer.engine.lobby import Waiting
from healer.engine.routing import Engine
from healer.fleet.charger import Charger
from healer.fleet.enrolment import Membership
from healer.fleet.habits import habits
from healer.fleet.inventory import Placement
from healer.fleet.place import Connector
from healer.healing.incident import State
from healer.model import UNKNOWN, ChargerId, Instant, Target, Unknown

Plain = str | int | float | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Row:
    """One charger in a list."""

    charger: str
    membership: str
    """`member`, `pending` or `refused`."""
    site: str | None
    connected: bool
    vendor: str | None = None
    model: str | None = None
    firmware: str | None = None
    last_seen_at: Instant | None = None
    incidents: int = 0
    """Open ones."""


@dataclass(frozen=True, slots=True)
class IdentityView:
    """What it told of itself."""

    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True)
class LinkView:
    """Its connection; of a charger that is away, what is left of the last one."""

    connected: bool
    since: Instant | None
    """When this state began."""
    last_seen_at: Instant | None
    ocpp_version: str | None
    address: str | None
    encrypted: bool
    proof: str
    """What it proved its identity with: none, password or certificate."""
    silent: bool = False
    booted_at: Instant | None = None
    clock_skew_s: float | None = None
    heard: int | None = None
    """Messages of one that waits, since it came."""


@dataclass(frozen=True, slots=True)
class KeyView:
    """How far the rotation of its key is, and until when its certificate holds."""

    in_force: str
    """`inventory`, or `rotated`: the key of a rotation counts in place of the inventory's password."""
    offered_at: Instant | None
    """When a new key was offered that it has not come back with."""
    accepted_at: Instant | None
    """When it said that it took it."""
    certificate_name: str | None
    certificate_expires_at: Instant | None


@dataclass(frozen=True, slots=True)
class PlacementView:
    """Where a person said it stands, and what is expected of it."""

    listed: bool
    """In the inventory; else it is placed by a decision, or not at all."""
    site: str
    time_zone: str
    tags: list[str]
    connectors: dict[str, int]
    power_stages: dict[str, str]
    vendor: str | None
    model: str | None
    serial: str | None
    commissioned: str | None
    security_profile: int | None


@dataclass(frozen=True, slots=True)
class PlaceView:
    """One plug, or in 1.6 the charger itself as evse 0."""

    evse: int
    connector: int
    status: str | None
    """Its last word, also when that is old."""
    since: Instant | None
    error: str | None
    """`unknown` where the charger does not tell."""
    vendor_error: str | None
    fresh: bool
    """Reported since the charger came back or restarted; else nobody knows whether it still holds."""


@dataclass(frozen=True, slots=True)
class TransactionView:
    """One that is known to be open."""

    id: str
    evse: int | None
    connector: int | None
    started_at: Instant
    energy_wh: float | None
    power_w: float | None


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One that is pending or open."""

    rule: str
    target: str
    state: str
    since: Instant
    reason: str


@dataclass(frozen=True, slots=True)
class LatchView:
    """What holds the safety interlock."""

    code: str
    target: str
    since: Instant


@dataclass(frozen=True, slots=True)
class HabitView:
    """One field of the profile in force."""

    name: str
    value: Plain
    source: str
    """`default`, `shipped`, `settings` or `learned`."""


@dataclass(frozen=True, slots=True)
class LearnedView:
    """What its model taught us, as far as it holds for this charger."""

    unsupported: list[str]
    unknown: list[str]
    read_only: list[str]
    dangerous: list[str]
    boot_time_s: float | None
    """The median."""


@dataclass(frozen=True, slots=True)
class ConfigurationView:
    """Its configuration beside the wanted one, by the names of variables."""

    wanted: int
    untold: int
    drift: list[str]
    reboot_required_since: Instant | None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What a person decided about it."""

    decision: str
    author: str
    reason: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Portrait:
    """Everything about one charger."""

    charger: str
    membership: str
    identity: IdentityView
    placement: PlacementView
    link: LinkView | None = None
    places: list[PlaceView] = field(default_factory=list)
    transactions: list[TransactionView] = field(default_factory=list)
    incidents: list[IncidentView] = field(default_factory=list)
    latches: list[LatchView] = field(default_factory=list)
    out_of_service: list[str] = field(default_factory=list)
    profile: list[HabitView] = field(default_factory=list)
    """The habits in force."""
    learned: LearnedView | None = None
    configuration: ConfigurationView | None = None
    decision: DecisionView | None = None
    key: KeyView | None = None
    notices: list[str] = field(default_factory=list)
    """What a person should look at."""


# --- a list -----------------------------------------------------------------------------------------------------------


def rows(engine: Engine, after: str = "") -> Iterator[Row]:
    """Everybody who is known, waits, or was decided about, in the order of their names; those behind `after`."""
    open_at: dict[str, int] = {}
    for incident in engine.incidents():
        if incident.state.open:
            open_at[incident.target.charger] = open_at.get(incident.target.charger, 0) + 1
    waiting = engine.admission.lobby.waiting
    for charger_id in sorted({*engine.chargers, *waiting, *engine.roster.enrolments}):
        if charger_id > after:
            yield _row(engine, charger_id, waiting.get(charger_id), open_at.get(charger_id, 0))


def _row(engine: Engine, charger_id: ChargerId, waiting: Waiting | None, incidents: int) -> Row:
    membership = engine.roster.membership(charger_id)
    charger = engine.chargers.get(charger_id)
    if waiting is not None:
        boot, seen_at = waiting.boot, waiting.last_seen_at
        return Row(charger_id, membership, None, waiting.connected, boot.vendor, boot.model, boot.firmware, seen_at)
    site = engine.roster.placement(charger_id).site if membership is Membership.MEMBER else None
    if charger is None:
        return Row(charger_id, membership, site, False)
    told = (charger.vendor, charger.model, charger.firmware, charger.last_seen_at)
    return Row(charger_id, membership, site, charger.connected, *told, incidents)


# --- one charger ------------------------------------------------------------------------------------------------------


def portrait(engine: Engine, charger_id: ChargerId) -> Portrait | None:
    """What is known of a charger; None of an identity that nobody ever heard of."""
    roster = engine.roster
    charger, waiting = engine.chargers.get(charger_id), engine.admission.lobby.waiting.get(charger_id)
    enrolment = roster.enrolments.get(charger_id)
    if charger is None and waiting is None and enrolment is None:
        return None
    decision = None
    if enrolment is not None:
        decision = DecisionView(enrolment.decision, enrolment.author, enrolment.reason, enrolment.at)
    membership, placement = roster.membership(charger_id), _placement(engine, charger_id)
    if waiting is not None:
        boot = waiting.boot
        told = IdentityView(boot.vendor, boot.model, boot.serial, boot.firmware)
        return Portrait(charger_id, membership, told, placement, _waiting_link(waiting), decision=decision)
    if charger is None:
        return Portrait(charger_id, membership, IdentityView(), placement, decision=decision)
    return Portrait(
        charger_id,
        membership,
        IdentityView(charger.vendor, charger.model, charger.serial, charger.firmware),
        placement,
        _link(charger),
        places=[_place(charger, plug) for plug in _plugs(charger)],
        transactions=[
            TransactionView(one.id, one.evse, one.connector, one.started_at, one.energy_wh, one.power_w)
            for one in charger.transactions()
        ],
        incidents=[
            IncidentView(one.rule, str(one.target), one.state, one.state_since, one.reason)
            for one in engine.casebook.incidents(charger_id)
            if one.state.open or one.state is State.PENDING
        ],
        latches=[LatchView(latch.code, str(latch.target), latch.since) for latch in charger.latches.in_order()],
        out_of_service=_spelled(charger.out_of_service),
        profile=[HabitView(habit.name, _plain(habit.value), habit.source) for habit in habits(charger)],
        learned=_learned(charger),
        configuration=_configuration(charger),
        decision=decision,
        key=_key(charger),
        notices=_notices(charger),
    )


def _placement(engine: Engine, charger_id: ChargerId) -> PlacementView:
    found: Placement = engine.roster.placement(charger_id)
    inventory = engine.roster.inventory
    site = inventory.sites.get(found.site)
    return PlacementView(
        listed=charger_id in inventory.chargers,
        site=found.site,
        time_zone="UTC" if site is None else site.time_zone,
        tags=sorted(found.tags),
        connectors={str(connector): evse for connector, evse in found.connectors.items()},
        power_stages={str(evse): stage for evse, stage in found.power_stages.items()},
        vendor=found.vendor,
        model=found.model,
        serial=found.serial,
        commissioned=None if found.commissioned is None else found.commissioned.isoformat(),
        security_profile=found.security_profile,
    )


def _waiting_link(waiting: Waiting) -> LinkView:
    opened = waiting.opened
    peer = opened.peer
    return LinkView(
        waiting.connected,
        waiting.since,
        waiting.last_seen_at,
        opened.version,
        peer.address,
        peer.encrypted,
        peer.proof,
        heard=waiting.heard,
    )


def _link(charger: Charger) -> LinkView:
    peer = charger.standing.peer
    return LinkView(
        charger.connected,
        charger.connected_at if charger.connected else charger.link_lost_at,
        charger.last_seen_at,
        charger.ocpp_version,
        peer.address,
        peer.encrypted,
        peer.proof,
        charger.silent,
        charger.booted_at,
        charger.contact.clock.skew_s,
    )


def _key(charger: Charger) -> KeyView:
    credential, peer = charger.standing.credential, charger.standing.peer
    return KeyView(
        "inventory" if credential.current is None else "rotated",
        credential.offered_at if credential.pending else None,
        credential.accepted_at,
        peer.certificate_name,
        peer.certificate_expires_at,
    )


def _plugs(charger: Charger) -> Iterator[Connector]:
    if charger.itself.reported_at is not None:
        yield charger.itself
    yield from charger.connectors()


def _place(charger: Charger, plug: Connector) -> PlaceView:
    error = charger.error_code(plug)
    return PlaceView(
        plug.evse,
        plug.connector,
        plug.status,
        plug.status_since,
        "unknown" if error is UNKNOWN or isinstance(error, Unknown) else error,
        plug.vendor_error_code,
        charger.is_fresh(plug),
    )


def _spelled(places: set[Target]) -> list[str]:
    return [str(place) for place in sorted(places, key=lambda place: place.sort_key)]


def _plain(value: object) -> Plain:
    if isinstance(value, frozenset | tuple):
        return sorted(str(item) for item in value)
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def _learned(charger: Charger) -> LearnedView:
    learned = charger.learned
    return LearnedView(
        learned.unsupported_by(charger.id),
        learned.unknown_to(charger.id),
        learned.read_only_at(charger.id),
        learned.dangerous_to(charger.id),
        learned.median_boot_s,
    )


def _configuration(charger: Charger) -> ConfigurationView:
    outlook = charger.outlook()
    return ConfigurationView(
        len(outlook.wanted),
        outlook.untold,
        sorted(str(variable) for variable in outlook.drift),
        charger.configuration.reboot_required_since,
    )


def _notices(charger: Charger) -> list[str]:
    placement = charger.placement
    found = (
        placement.mismatch(charger.vendor, charger.model, charger.serial),
        placement.oddity(charger.vendor, charger.model),
    )
    return [notice for notice in found if notice is not None]
