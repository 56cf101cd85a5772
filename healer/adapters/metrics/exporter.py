"""The families of `/metrics`: read off the fleet at scrape, charger by charger, each atomically.

`render` is a generator. The event loop may run between two of its chunks, so a scrape of a large fleet does not stop
the chargers; one charger's series are of one moment, the fleet's are not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest

from healer.adapters.metrics import exposition
from healer.fleet.charger import Charger
from healer.fleet.place import Connector, Evse
from healer.healing.incident import Incident
from healer.model import ChargerId
from healer.tally import FAMILIES, LONGEST_LABEL, UNKNOWN_WORD, GuardLoad, Kind, Tally

PREFIX: Final = "healer_"

_CHUNK: Final = 25
"""Chargers that are rendered without letting the event loop run."""

STATE_FAMILIES: Final[Mapping[str, str]] = {
    "build_info": "Version of the daemon; always 1.",
    "charger_info": "What the charger said of itself when it booted; always 1.",
    "charger_connected": "Whether the charger's websocket is open.",
    "charger_last_message_timestamp_seconds": "When the charger was last heard of, by a frame or a pong.",
    "charger_clock_skew_seconds": "How far the charger's clock is ahead, or behind if negative; absent while unknown.",
    "connector_status": "The connector's current status; always 1. unknown: not reported since the last connect.",
    "session_active": "Whether a transaction is open; absent while that is unknown.",
    "power_watts": "Power delivered as last metered; absent while that is unknown.",
    "incident_open": "Open incidents of the charger, by rule and state.",
    "guard_limit": "How much a rationing guard allows.",
    "guard_in_use": "How much of it is used.",
}
"""Gauges that are read and not counted: name to help."""


class Fleet(Protocol):
    """What the exporter asks of the engine."""

    @property
    def chargers(self) -> Mapping[ChargerId, Charger]: ...

    def incidents(self) -> Iterable[Incident]:
        """Those that are open or pending."""
        ...

    def guard_loads(self) -> Iterable[GuardLoad]: ...


class _Lines:
    """Lines by family: the format wants each family in one piece, chargers are read one after the other."""

    def __init__(self) -> None:
        self.of: dict[str, list[str]] = defaultdict(list)

    def add(self, family: str, inside: str, value: float) -> None:
        self.of[family].append(exposition.sample(PREFIX + family, inside, value))


class Exporter:
    """Renders everything the daemon exports. `revision` is the commit it was built from, when that is known."""

    def __init__(self, fleet: Fleet, tally: Tally, *, version: str, revision: str = "") -> None:
        self._fleet = fleet
        self._tally = tally
        self._build = exposition.labels(("version", "revision"), (version, revision))
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        PlatformCollector(registry=self._process)
        GCCollector(registry=self._process)

    def render(self) -> Iterator[str]:
        """The whole exposition in chunks; an empty chunk is only a chance for the event loop to run."""
        lines = _Lines()
        lines.add("build_info", self._build, 1)
        open_incidents = self._open_incidents()
        for place, charger in enumerate(list(self._fleet.chargers.values())):
            self._charger(lines, charger, open_incidents.get(charger.id, {}))
            if place % _CHUNK == _CHUNK - 1:
                yield ""
        self._guards(lines)
        for name, meaning in STATE_FAMILIES.items():
            yield from _family(name, Kind.GAUGE, meaning, lines.of.get(name, []))
        yield from self._counted(lines)
        yield generate_latest(self._process).decode()

    def _open_incidents(self) -> dict[ChargerId, Counter[tuple[str, str]]]:
        found: dict[ChargerId, Counter[tuple[str, str]]] = defaultdict(Counter)
        for incident in self._fleet.incidents():
            if incident.state.open:
                found[incident.target.charger][(incident.rule, incident.state.value)] += 1
        return found

    def _guards(self, lines: _Lines) -> None:
        for load in self._fleet.guard_loads():
            inside = exposition.labels(("guard", "scope"), (load.guard, load.scope))
            lines.add("guard_limit", inside, load.limit)
            lines.add("guard_in_use", inside, load.in_use)

    # --- one charger --------------------------------------------------------------------------------------------------

    def _charger(self, lines: _Lines, charger: Charger, incidents: Mapping[tuple[str, str], int]) -> None:
        inside = exposition.labels(("charger", "site"), (charger.id, charger.site))
        lines.add("charger_info", f"{inside},{_identity(charger)}", 1)
        lines.add("charger_connected", inside, charger.connected)
        if charger.last_seen_at is not None:
            lines.add("charger_last_message_timestamp_seconds", inside, charger.last_seen_at)
        skew_s = charger.contact.clock.skew_s
        if skew_s is not None:
            lines.add("charger_clock_skew_seconds", inside, skew_s)
        if charger.itself.reported_at is not None:
            _connector(lines, inside, charger, charger.itself)
        for connector in charger.connectors():
            _connector(lines, inside, charger, connector)
        for evse in charger.evses.values():
            if charger.heard:
                _evse(lines, inside, evse)
        for (rule, state), count in incidents.items():
            lines.add("incident_open", f"{inside},{exposition.labels(('rule', 'state'), (rule, state))}", count)
        for family, values, number in self._tally.of_charger(charger.id):
            names = [label for label in family.labels if label != "charger"]
            comma = "," if names else ""
            lines.add(family.name, f"{inside}{comma}{exposition.labels(names, values)}", number)

    # --- what was counted ---------------------------------------------------------------------------------------------

    def _counted(self, lines: _Lines) -> Iterator[str]:
        for family in FAMILIES.values():
            samples = lines.of.get(family.name, [])
            if family.kind is Kind.HISTOGRAM:
                for values, seen in self._tally.histograms(family.name).items():
                    inside = exposition.labels(family.labels, values)
                    name = PREFIX + family.name
                    samples.extend(exposition.histogram(name, inside, seen.bounds, seen.counts, seen.sum))
            elif not family.of_charger:
                for values, number in self._tally.numbers(family.name).items():
                    inside = exposition.labels(family.labels, values)
                    samples.append(exposition.sample(PREFIX + family.name, inside, number))
            yield from _family(family.name, family.kind, family.help, samples)


def _family(name: str, kind: Kind, meaning: str, samples: list[str]) -> Iterator[str]:
    """A family without samples is left out: promtool and people read HELP lines as promises."""
    if samples:
        yield exposition.head(PREFIX + name, kind, meaning)
        for start in range(0, len(samples), 1000):
            yield "".join(samples[start : start + 1000])


def _identity(charger: Charger) -> str:
    words = (charger.vendor, charger.model, charger.firmware, charger.ocpp_version)
    return exposition.labels(
        ("vendor", "model", "firmware", "ocpp_version"), [str(word or UNKNOWN_WORD)[:LONGEST_LABEL] for word in words]
    )


def _connector(lines: _Lines, inside: str, charger: Charger, connector: Connector) -> None:
    """1.6 connector 0, the charger itself, is evse 0 and connector 0."""
    known = charger.is_fresh(connector) and connector.status is not None
    status = str(connector.status) if known else UNKNOWN_WORD
    place = f'evse="{connector.evse}",connector="{connector.connector}",status="{status}"'
    lines.add("connector_status", f"{inside},{place}", 1)


def _evse(lines: _Lines, inside: str, evse: Evse) -> None:
    place = f'{inside},evse="{evse.number}"'
    lines.add("session_active", place, evse.transaction is not None)
    power = evse.power_w if evse.transaction is None else evse.transaction.power_w
    if power is not None:
        lines.add("power_watts", place, power)
