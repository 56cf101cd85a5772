"""A rule test as values: who takes part, what happens when, what is expected of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from healer.behaviour import Identity, Reaction
from healer.documents import Mark
from healer.healing.settings import HealingSettings
from healer.model import ChargerId, Seconds, Status
from healer.rules.actions import Action

# --- who ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One charger of a test."""

    identity: Identity
    site: str
    tags: frozenset[str] = frozenset()
    habits: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """What its profile says otherwise than the shipped one, by field of `Profile`."""
    replies: Mapping[str, Reaction] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def id(self) -> ChargerId:
        return self.identity.id


# --- what happens -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Says:
    """The connector (0: the charger itself) takes this status, and tells it."""

    connector: int
    status: Status
    error_code: str | None = None
    vendor_error_code: str | None = None


@dataclass(frozen=True, slots=True)
class GoesOffline:
    for_s: Seconds | None = None
    """None: until the story brings it back."""


@dataclass(frozen=True, slots=True)
class ComesOnline:
    """The link is back, without a boot."""


@dataclass(frozen=True, slots=True)
class Boots:
    """BootNotification on the standing link, then every status; `reason` is told in 2.x."""

    reason: str = "Unknown"
    firmware: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Reboots:
    """A restart nobody asked for: the link drops, it boots, dials, and tells why in 2.x."""

    reason: str = "Watchdog"


@dataclass(frozen=True, slots=True)
class StartsSession:
    connector: int
    for_s: Seconds | None = None


@dataclass(frozen=True, slots=True)
class StopsSession:
    connector: int


@dataclass(frozen=True, slots=True)
class Reacts:
    """From now on it takes these commands so."""

    replies: Mapping[str, Reaction]


@dataclass(frozen=True, slots=True)
class GoesDeaf:
    """From now on no command reaches it; on a new connection it hears again for as long as it did on this one."""


@dataclass(frozen=True, slots=True)
class ShowsTime:
    """From now on its clock is off by so much."""

    ahead_s: Seconds
    """Negative: behind."""


@dataclass(frozen=True, slots=True)
class IsCleared:
    """A person clears the rule's incident."""

    author: str


Act: TypeAlias = (
    Says
    | GoesOffline
    | ComesOnline
    | Boots
    | Reboots
    | StartsSession
    | StopsSession
    | Reacts
    | GoesDeaf
    | ShowsTime
    | IsCleared
)

# --- what is expected ---------------------------------------------------------------------------------------------


class Fact(enum.StrEnum):
    """What an expectation may speak of: its keys in a test file."""

    STATE = "state"
    SENT = "sent"
    HEALED_BY = "healed_by"
    BLOCKED_BY = "blocked_by"
    ALERTS = "alerts"
    RAISED = "raised"
    INCIDENTS = "incidents"


NONE = "none"
"""The state where there is no incident, and what healed an incident that was not healed by a step."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One fact as it should be."""

    fact: Fact
    wanted: tuple[str, ...]
    """Words; of `state` any of them, of `sent` and the alerts all and no others, of `blocked_by` these at least."""
    mark: Mark
    chargers: tuple[ChargerId, ...]
    """Whom it is about."""
    connector: int | None = None
    """None: every place of them."""
    each: bool = False
    """Every one of them was named, so each must have it; else whoever has an incident."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One entry of the timeline: what happens, then what is to be seen."""

    at_s: Seconds
    mark: Mark
    chargers: tuple[ChargerId, ...] = ()
    acts: tuple[Act, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Reload:
    """Other rules take the place of those in force."""

    at_s: Seconds
    file: str
    """As written; relative to the test's own file."""
    mark: Mark


@dataclass(frozen=True, slots=True)
class Story:
    """One rule test."""

    name: str
    rule: str
    mark: Mark
    cast: tuple[Part, ...]
    scenes: tuple[Scene, ...]
    settings: HealingSettings
    never: tuple[tuple[Action, Mark], ...] = ()
    """Actions that nobody may send; without an argument all kinds of them."""
    restarts: tuple[Seconds, ...] = ()
    reloads: tuple[Reload, ...] = ()

    @property
    def end_s(self) -> Seconds:
        """When nothing more is told."""
        told = [*(scene.at_s for scene in self.scenes), *self.restarts, *(reload.at_s for reload in self.reloads)]
        return max(told, default=0.0)
