"""What a quirk is: one way to break the standard, and what it makes of a simulated charger. All are in `quirks`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from healer.behaviour.charger import SimulatedCharger
from healer.behaviour.habits import Habits, Reaction
from healer.behaviour.station import Identity
from healer.model import OcppVersion


@dataclass(frozen=True, slots=True)
class Quirk:
    """One way to break the standard."""

    name: str
    who: str
    """Where it was met."""
    does: str
    daemon: str
    """What the daemon makes of it."""
    habits: Mapping[str, object] = field(default_factory=dict)
    """Fields of `Habits`."""
    replies: Mapping[str, Reaction] = field(default_factory=dict)
    vendor: str = "Acme"
    model: str = "AC22"
    version: OcppVersion = OcppVersion.V16
    live: str | None = None
    """Why it shows differently, or not at all, over real websockets."""

    def identity(self, given: Identity) -> Identity:
        """The same charger of the make that has the quirk."""
        return replace(given, vendor=self.vendor, model=self.model, version=self.version)

    def charger(self, given: Identity, usual: Habits) -> SimulatedCharger:
        """A charger with this quirk and otherwise the usual habits."""
        return SimulatedCharger(self.identity(given), self.over(usual), self.replies)

    def over(self, usual: Habits) -> Habits:
        """The usual habits with the quirk's in their place."""
        return replace(usual, **self.habits)  # type: ignore[arg-type]  # a test makes one of each
