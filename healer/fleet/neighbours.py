"""When the chargers of each site were last used, so that one that nobody uses stands out among those that are used."""

from __future__ import annotations

from typing import NamedTuple

from healer.model import ChargerId, Instant


class Used(NamedTuple):
    """The last session of one charger."""

    at: Instant
    charger: ChargerId


class Neighbours:
    """The two chargers of each site that were used last: enough to tell each when *another* was."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[Used, ...]] = {}

    def used(self, site: str, charger: ChargerId, at: Instant) -> None:
        """A session of the charger began or ended."""
        others = [used for used in self._latest.get(site, ()) if used.charger != charger]
        known = [used for used in self._latest.get(site, ()) if used.charger == charger]
        both = sorted((*others, max((*known, Used(at, charger)))), reverse=True)
        self._latest[site] = tuple(both[:2])

    def moved(self, charger: ChargerId, before: str, after: str, used_at: Instant | None) -> None:
        """The charger stands at another site than before."""
        if before == after or used_at is None:
            return
        others = tuple(used for used in self._latest.get(before, ()) if used.charger != charger)
        if others:
            self._latest[before] = others
        else:
            self._latest.pop(before, None)
        self.used(after, charger, used_at)

    def others_used_at(self, site: str, charger: ChargerId) -> Instant | None:
        """When any other charger of the site was last used; None where none is known to have been."""
        return next((used.at for used in self._latest.get(site, ()) if used.charger != charger), None)
