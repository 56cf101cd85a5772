"""What of a charger outlives the daemon."""

from __future__ import annotations

from healer.fleet import memory
from healer.fleet.charger import Charger
from healer.fleet.inventory import Placement
from healer.fleet.place import Transaction
from healer.model import ChargerId, ConnectionId, OcppVersion, Target
from tests.bench import Bench

A = ChargerId("A")
PLUG = Target(A, 1, 1)


def _charger() -> Charger:
    return Charger(A, Placement(A, "Depot"), watched_since=0.0)


def _connected() -> Charger:
    charger = _charger()
    charger.connect(ConnectionId("A#1"), OcppVersion.V16, 0.0)
    return charger


def test_the_durable_part_survives_and_reports_do_not() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    bench.status("A", 2, "Charging")
    bench.start_session("A", 2)
    bench.status("A", 1, "Faulted", "GroundFailure")
    before = bench.engine.chargers[A]
    after = Charger(A, before.placement, watched_since=bench.now)
    memory.recall(after, memory.record(before))
    assert (after.vendor, after.model, after.firmware) == ("Acme", "DC50", "1.0")
    assert list(after.latches) == [PLUG]
    assert [transaction.id for transaction in after.transactions()] == ["1"]
    assert [after.place(plug) for plug in after.connectors()] == [PLUG, Target(A, 2, 2)]
    assert after.settling
    assert not any(after.is_fresh(plug) for plug in after.connectors())
    assert memory.record(after).latches == memory.record(before).latches


def test_a_firmware_job_survives_a_restart_of_ours() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.say("A", "FirmwareStatusNotification", {"status": "Installing"})
    before = bench.engine.chargers[A]
    after = Charger(A, before.placement, watched_since=bench.now)
    memory.recall(after, memory.record(before))
    assert after.firmware_job_at(bench.now) == "Installing"
    assert after.firmware_job_until == before.firmware_job_until


def test_a_transaction_at_an_unknown_place_survives_a_restart_of_ours() -> None:
    before = _connected()
    before.run_somewhere(Transaction("7", None, None, 1.0))
    before.evse(1).transaction = Transaction("8", 1, None, 1.0)
    after = _charger()
    memory.recall(after, memory.record(before))
    assert list(after.somewhere) == ["7"]
    assert [after.place(plug) for plug in after.connectors()] == [PLUG]


def test_who_booted_in_a_former_run_is_not_asked_as_a_whole() -> None:
    bench = Bench.make()
    bench.arrive("A")
    after = Charger(A, bench.engine.chargers[A].placement, watched_since=bench.now)
    memory.recall(after, memory.record(bench.engine.chargers[A]))
    assert after.places_to_ask() == [PLUG]
