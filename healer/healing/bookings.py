"""What disruptive actions were spent, and which are under way: the memory behind budgets, backoff and parallel limits.

Fed by intents only, in the order in which they are written down, so that a restart rebuilds it from the ledger.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from healer.model import ChargerId, Instant, Seconds

KEEP_S: Seconds = 7 * 86400.0
"""Longer than every window that asks."""


@dataclass(frozen=True, slots=True)
class Use:
    """One disruptive command."""

    intent: int
    action: str
    at: Instant


class Bookings:
    """Disruptive commands by charger, and the steps under way by site."""

    def __init__(self) -> None:
        self._uses: defaultdict[ChargerId, list[Use]] = defaultdict(list)
        self._under_way: dict[int, str] = {}
        self._at_site: Counter[str] = Counter()

    def book(self, intent: int, charger: ChargerId, action: str, at: Instant) -> None:
        """A disruptive command is being recorded."""
        uses = self._uses[charger]
        uses.append(Use(intent, action, at))
        while uses and uses[0].at < at - KEEP_S:
            uses.pop(0)

    def give_back(self, intent: int, charger: ChargerId) -> None:
        """It was never sent."""
        self._uses[charger] = [use for use in self._uses[charger] if use.intent != intent]

    def begin(self, incident: int, site: str) -> None:
        """A disruptive step of an incident is under way."""
        if incident not in self._under_way:
            self._under_way[incident] = site
            self._at_site[site] += 1

    def end(self, incident: int) -> str | None:
        """It is over; the site at which a place became free, or None when it was not under way."""
        site = self._under_way.pop(incident, None)
        if site is not None:
            self._at_site[site] -= 1
            if self._at_site[site] == 0:
                del self._at_site[site]
        return site

    def under_way(self, site: str | None = None) -> int:
        """Disruptive steps under way in the fleet or at a site."""
        return len(self._under_way) if site is None else self._at_site[site]

    def busy_sites(self) -> list[str]:
        """Sites at which a step is under way."""
        return list(self._at_site)

    def matching(
        self, charger: ChargerId, within_s: Seconds, now: Instant, wanted: Callable[[Use], bool] = lambda use: True
    ) -> list[Use]:
        """The charger's uses within the last `within_s`, oldest first."""
        return [use for use in self._uses.get(charger, ()) if use.at > now - within_s and wanted(use)]

    def streak(self, charger: ChargerId, forgotten_after_s: Seconds, now: Instant) -> list[Use]:
        """The uses that backoff counts: back from now, as long as no gap was longer than `forgotten_after_s`."""
        chain: list[Use] = []
        later = now
        for use in reversed(self._uses.get(charger, [])):
            if later - use.at > forgotten_after_s:
                break
            chain.append(use)
            later = use.at
        return chain[::-1]
