"""The link: whether the charger is there."""

from __future__ import annotations

from healer.fleet.profiles import Profile
from healer.fleet.signals import SIGNALS, Reading
from healer.model import UNKNOWN, ChargerId, Target
from tests.bench import Bench

A = ChargerId("A")

OFFLINE = """
rules:
  - rule: gone
    when: offline
    for: 5m
    alert: ticket
"""


def _read(bench: Bench, name: str) -> Reading:
    return SIGNALS[name].read(bench.engine.chargers[A], Target(A), bench.now)


def test_a_model_that_takes_its_time_to_dial_again_is_not_offline_before_it_is_over() -> None:
    bench = Bench.make(OFFLINE, profile=Profile(reconnect_s=1200.0))
    bench.arrive("A")
    bench.drop("A")
    bench.wait(1199)
    assert (_read(bench, "offline"), _read(bench, "online")) == (UNKNOWN, UNKNOWN)
    assert bench.alerts == []
    bench.wait(1)
    assert (_read(bench, "offline"), _read(bench, "online")) == (True, False)
    bench.wait(300)
    assert [alert.rule for alert in bench.alerts] == ["gone"]


def test_one_that_is_back_in_time_was_never_offline() -> None:
    bench = Bench.make(OFFLINE, profile=Profile(reconnect_s=1200.0))
    bench.arrive("A")
    bench.drop("A")
    bench.wait(1100)
    bench.connect("A")
    assert _read(bench, "online") is True
    bench.wait(3600)
    assert bench.alerts == []


def test_all_others_are_offline_at_once() -> None:
    bench = Bench.make(OFFLINE)
    bench.arrive("A")
    bench.drop("A")
    assert _read(bench, "offline") is True
