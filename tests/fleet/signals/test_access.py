"""Who it proves to be: its key and its certificate."""

from __future__ import annotations

from healer.events import ConnectionOpened, KeyOffered, KeyProved
from healer.fleet.peer import Peer
from healer.fleet.signals import SIGNALS, Reading
from healer.model import UNKNOWN, ChargerId, ConnectionId, OcppVersion, Target
from tests.bench import Bench

A = ChargerId("A")
DAY = 86_400.0


def _read(bench: Bench, name: str) -> Reading:
    return SIGNALS[name].read(bench.engine.chargers[A], Target(A), bench.now)


def test_a_key_is_unproved_from_its_acceptance_to_its_use() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.give(KeyOffered(A, "ab" * 20, "v1", None, "ada", "yearly"))
    assert _read(bench, "key_unproved") is False
    bench.answer("A")
    assert _read(bench, "key_unproved") is True
    bench.give(KeyProved(A, "v1"))
    assert _read(bench, "key_unproved") is False


def test_the_days_of_a_certificate_run_out() -> None:
    bench = Bench.make()
    bench.arrive("A")
    assert _read(bench, "certificate_days_left") is UNKNOWN
    peer = Peer(certificate_expires_at=bench.now + 2 * DAY)
    bench._connections[ConnectionId("tls")] = "A"
    bench.give(ConnectionOpened(ConnectionId("tls"), A, OcppVersion.V16, peer))
    assert _read(bench, "certificate_days_left") == 2.0
    bench.wait(1)
    assert _read(bench, "certificate_days_left") == 1.0
    bench.wait(3 * DAY)
    assert _read(bench, "certificate_days_left") == -2.0


def test_a_rule_hears_of_it_by_time_alone() -> None:
    bench = Bench.make("rules: [{rule: ends, when: {certificate_days_left: {below: 5}}, alert: ticket}]")
    peer = Peer(certificate_expires_at=bench.now + 6 * DAY)
    bench._connections[ConnectionId("tls")] = "A"
    bench.give(ConnectionOpened(ConnectionId("tls"), A, OcppVersion.V16, peer))
    bench.boot("A")
    bench.statuses("A")
    bench.wait(DAY - 60)
    assert bench.alerts == []
    bench.wait(120)
    assert [alert.rule for alert in bench.alerts] == ["ends"]
