"""What healing wants of the world, and what the world answers."""

from __future__ import annotations

from healer.events import StoreChanged
from healer.fleet.profiles import BootMeaning, Profile
from healer.healing.incident import State
from tests.bench import Bench, healing, placements

RULE = "internal-error"

COUNTED = """
rules:
  - rule: loop
    when: {event: reboot, count: 2, within: 10m}
    alert: critical
    stable_for: 1m
"""


def test_a_daemon_that_stops_sends_nothing_even_if_the_store_recovers_meanwhile() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.engine.hold()
    bench.give(StoreChanged(False, "disk full"))
    bench.give(StoreChanged(True))
    bench.wait(3600)
    assert bench.resets("A") == []


def test_a_scheduled_reset_leaves_its_place_at_the_site_to_others() -> None:
    bench = Bench.make(inventory=placements("A", "B"), settings=healing())
    for charger in ("A", "B"):
        bench.arrive(charger)
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(301)
    bench.answer("A", "Scheduled")
    bench.status("B", 1, "Faulted", "InternalError")
    bench.wait(301)
    assert bench.resets("B") == ["Reset Soft"]
    assert bench.state(RULE, "A") is State.VERIFYING


def test_a_frame_that_comes_just_when_time_alone_changes_a_rule_does_not_hide_the_change() -> None:
    bench = Bench.make(COUNTED, profile=Profile(boot_means=BootMeaning.REBOOT, settle_s=30.0))
    bench.wait(700)
    bench.arrive("A")
    for _ in range(2):
        bench.boot("A")
        bench.wait(10)
    assert bench.state("loop", "A", None).value == "firing"
    # The window empties; a heartbeat is handled a moment after, before the timer is served.
    bench.now += 600.5
    bench.say("A", "Heartbeat", {})
    bench.wait(120)
    assert bench.state("loop", "A", None).value == "resolved"
