"""What we know of a vendor's model before meeting it: quirks as data.

A profile changes how a charger is read (what a boot means, how long a restart takes) and which rules apply to it
(`where: {profile: {hangs_in_finishing: yes}}`); a new quirk is one field here and one line in a rule or a reader.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from healer.model import Seconds


class BootMeaning(enum.StrEnum):
    """What a BootNotification without a reason (1.6 has none) says."""

    EVIDENCE = "evidence"
    """A reboot only where something else says so, too: the default."""
    REBOOT = "reboot"
    """This model boots only when it starts."""
    RECONNECT = "reconnect"
    """This model sends it at each new connection."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The known habits of one vendor/model; the defaults are those of a charger that follows the standard."""

    boot_time_s: Seconds = 180.0
    """How long a restart takes until the charger is back with all its connectors."""
    settle_s: Seconds = 30.0
    """How long after its connection a charger is left alone."""
    reconnect_s: Seconds | None = None
    """How long it may take to dial again after a lost link, before it counts as offline; None: it does at once."""
    silence_s: Seconds | None = None
    """How long it may be silent before it counts as offline; None: the general rule."""
    boot_means: BootMeaning = BootMeaning.EVIDENCE
    hangs_in_finishing: bool = False
    """It stays in Finishing after the car has gone."""
    trigger_boot_reboots: bool = False
    """TriggerMessage BootNotification really restarts it."""
    unsupported: frozenset[str] = frozenset()
    """Actions of ours that it never carries out."""


@dataclass(frozen=True, slots=True)
class ProfileEntry:
    """A profile and whom it is for; `vendor`, `model` and `firmware` are shell patterns."""

    vendor: str
    profile: Profile
    model: str = "*"
    firmware: str = "*"
    source: str = "settings"
    """Where it stands: `settings` or `shipped`."""

    def matches(self, vendor: str, model: str, firmware: str) -> bool:
        return (
            fnmatchcase(vendor, self.vendor) and fnmatchcase(model, self.model) and fnmatchcase(firmware, self.firmware)
        )


@dataclass(frozen=True, slots=True)
class Profiles:
    """All profiles. The last entry that matches wins, so that an operator's own entries beat the shipped ones."""

    entries: tuple[ProfileEntry, ...] = ()
    default: Profile = field(default_factory=Profile)

    def find(self, vendor: str | None, model: str | None, firmware: str | None) -> Profile:
        entry = self.entry(vendor, model, firmware)
        return self.default if entry is None else entry.profile

    def entry(self, vendor: str | None, model: str | None, firmware: str | None) -> ProfileEntry | None:
        """The entry that decides; None where the default stands."""
        found = (one for one in reversed(self.entries) if one.matches(vendor or "", model or "", firmware or ""))
        return next(found, None)

    def extended(self, entries: Iterable[ProfileEntry]) -> Profiles:
        return Profiles((*self.entries, *entries), self.default)


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
