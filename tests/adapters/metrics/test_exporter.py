"""`/metrics` over a small fleet, read back by prometheus-client and judged by promtool."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from healer.adapters.metrics.exporter import STATE_FAMILIES, Exporter
from healer.fleet.charger import Charger
from healer.fleet.inventory import Placement
from healer.fleet.place import Transaction
from healer.healing.incident import Incident, State
from healer.model import ChargerId, ConnectionId, OcppVersion, Status, Target
from healer.tally import FAMILIES, GuardLoad, Kind, Tally

NOW = 1_700_000_000.0


class SmallFleet:
    """What the exporter reads, without an engine."""

    def __init__(self, *chargers: Charger) -> None:
        self.chargers = {charger.id: charger for charger in chargers}
        self.all_incidents: list[Incident] = []

    def incidents(self) -> Iterable[Incident]:
        return self.all_incidents

    def guard_loads(self) -> Iterable[GuardLoad]:
        return [GuardLoad("parallel", "fleet", 1, 0), GuardLoad("parallel", "Depot", 1, 1)]


def a_charger(name: str = "CP-1", site: str = "Depot") -> Charger:
    return Charger(ChargerId(name), Placement(ChargerId(name), site), NOW)


def online(charger: Charger) -> Charger:
    charger.connect(ConnectionId("c"), OcppVersion.V16, NOW)
    charger.vendor, charger.model, charger.firmware = "Acme", "DC50", "1.10"
    for number, status in ((1, Status.CHARGING), (2, Status.FAULTED)):
        connector = charger.connector(number, number)
        connector.reported = connector.status = status
        connector.epoch, connector.reported_at = charger.epoch, NOW
    charger.evses[1].transaction = Transaction("7", 1, 1, NOW, power_w=11_000.0)
    return charger


def an_incident(state: State) -> Incident:
    return Incident(1, "internal-error", "h", Target(ChargerId("CP-1"), 2, 2), "Depot", NOW, state)


def rendered(fleet: SmallFleet, tally: Tally | None = None) -> str:
    return "".join(Exporter(fleet, tally or Tally(), version="1.2.3", revision="abc").render())


def samples(text: str) -> dict[tuple[str, ...], float]:
    """(name, label=value, ...) -> value, of what is healer's own."""
    return {
        (
            sample.name.removeprefix("healer_"),
            *(f"{name}={value}" for name, value in sample.labels.items()),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("healer_")
    }


def everything_counted() -> Tally:
    tally = Tally()
    for family in FAMILIES.values():
        labels = {label: "CP-1" if label == "charger" else "1" for label in family.labels}
        if family.kind is Kind.COUNTER:
            tally.count(family.name, 2.5, **labels)
        elif family.kind is Kind.GAUGE:
            tally.set(family.name, 1, **labels)
        else:
            tally.observe(family.name, 0.3, **labels)
    return tally


def test_it_shows_a_charger_as_it_is() -> None:
    found = samples(rendered(SmallFleet(online(a_charger()))))
    place = ("charger=CP-1", "site=Depot")
    assert found[("charger_connected", *place)] == 1
    identity = ("vendor=Acme", "model=DC50", "firmware=1.10", "ocpp_version=1.6")
    assert found[("charger_info", *place, *identity)] == 1
    assert found[("charger_last_message_timestamp_seconds", *place)] == NOW
    assert found[("connector_status", *place, "evse=1", "connector=1", "status=Charging")] == 1
    assert found[("connector_status", *place, "evse=2", "connector=2", "status=Faulted")] == 1
    assert found[("session_active", *place, "evse=1")] == 1
    assert found[("session_active", *place, "evse=2")] == 0
    assert found[("power_watts", *place, "evse=1")] == 11_000
    assert ("power_watts", *place, "evse=2") not in found
    assert found[("build_info", "version=1.2.3", "revision=abc")] == 1


def test_a_skew_of_the_clock_is_shown_once_it_is_known() -> None:
    charger = online(a_charger())
    place = ("charger_clock_skew_seconds", "charger=CP-1", "site=Depot")
    assert place not in samples(rendered(SmallFleet(charger)))
    for turn in range(3):
        charger.contact.clock.note(NOW + turn * 600 - 7200, NOW + turn * 600)
    assert samples(rendered(SmallFleet(charger)))[place] == -7200


def test_an_offline_charger_stays_but_what_it_reported_is_unknown() -> None:
    charger = online(a_charger())
    charger.disconnect(ConnectionId("c"), NOW)
    found = samples(rendered(SmallFleet(charger)))
    place = ("charger=CP-1", "site=Depot")
    assert found[("charger_connected", *place)] == 0
    assert found[("connector_status", *place, "evse=1", "connector=1", "status=unknown")] == 1
    assert not [name for name, *_ in found if name in {"session_active", "power_watts"}]


def test_a_charger_never_heard_of_has_no_time() -> None:
    found = samples(rendered(SmallFleet(a_charger())))
    assert found[("charger_connected", "charger=CP-1", "site=Depot")] == 0
    assert not [name for name, *_ in found if name == "charger_last_message_timestamp_seconds"]


def test_connector_0_of_1_6_is_evse_0() -> None:
    charger = online(a_charger())
    charger.itself.status, charger.itself.epoch, charger.itself.reported_at = Status.AVAILABLE, charger.epoch, NOW
    found = samples(rendered(SmallFleet(charger)))
    key = ("connector_status", "charger=CP-1", "site=Depot", "evse=0", "connector=0", "status=Available")
    assert found[key] == 1


def test_open_incidents_are_shown_and_pending_ones_are_not() -> None:
    fleet = SmallFleet(online(a_charger()))
    fleet.all_incidents = [an_incident(State.SUPPRESSED), an_incident(State.SUPPRESSED), an_incident(State.PENDING)]
    found = {key: value for key, value in samples(rendered(fleet)).items() if key[0] == "incident_open"}
    assert found == {("incident_open", "charger=CP-1", "site=Depot", "rule=internal-error", "state=suppressed"): 2}


def test_guards_show_how_far_they_are_used_up() -> None:
    found = samples(rendered(SmallFleet()))
    assert found[("guard_limit", "guard=parallel", "scope=fleet")] == 1
    assert found[("guard_in_use", "guard=parallel", "scope=Depot")] == 1


def test_what_was_counted_for_a_charger_shows_its_site() -> None:
    tally = Tally()
    tally.count("charger_disconnects_total", charger="CP-1", reason="ping-timeout")
    tally.count("charger_connections_total", charger="CP-1")
    fleet = SmallFleet(online(a_charger()))
    found = samples(rendered(fleet, tally))
    assert found[("charger_disconnects_total", "charger=CP-1", "site=Depot", "reason=ping-timeout")] == 1
    assert found[("charger_connections_total", "charger=CP-1", "site=Depot")] == 1
    fleet.chargers.clear()
    assert not [key for key in samples(rendered(fleet, tally)) if "charger=CP-1" in key]


def test_every_family_can_be_shown() -> None:
    fleet = SmallFleet(online(a_charger()))
    for turn in range(3):
        fleet.chargers[ChargerId("CP-1")].contact.clock.note(NOW + turn * 60, NOW + turn * 60)
    fleet.all_incidents = [an_incident(State.ACTING)]
    text = rendered(fleet, everything_counted())
    families = [family.name.removeprefix("healer_") for family in text_string_to_metric_families(text)]
    assert len(families) == len(set(families)), "a family must be in one piece"
    for name in (*STATE_FAMILIES, *FAMILIES):
        assert name.removesuffix("_total") in families
    assert "process_resident_memory_bytes" in families
    assert "python_gc_collections" in families


def test_promtool_finds_nothing_to_complain_about() -> None:
    beside = Path(sys.executable).parent / "promtool"
    promtool = str(beside) if beside.exists() else shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is neither beside python nor on PATH: /metrics was NOT judged by Prometheus' own tool")
    fleet = SmallFleet(online(a_charger()), a_charger('CP "2"\\\n', "Yard, ä"))
    fleet.all_incidents = [an_incident(State.ACTING)]
    text = rendered(fleet, everything_counted())
    judged = subprocess.run(
        [promtool, "check", "metrics"], input=text.encode(), capture_output=True, check=False, timeout=30
    )
    assert (judged.returncode, judged.stdout + judged.stderr) == (0, b"")


def test_a_large_fleet_is_rendered_in_small_pieces() -> None:
    fleet = SmallFleet(*(online(a_charger(f"CP-{number}")) for number in range(500)))
    chunks = list(Exporter(fleet, Tally(), version="1").render())
    assert chunks.count("") == 20
    assert max(chunk.count("\n") for chunk in chunks) <= 1000
    assert len(samples("".join(chunks))) > 500 * 8
