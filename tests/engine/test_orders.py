"""What healing wants of the world, and what the world answers."""

from __future__ import annotations

from healer.events import StoreChanged
from healer.fleet.profiles import BootMeaning, Profile
from healer.healing.incident import State
from healer.model import ChargerId
from tests.bench import Bench, healing, place, placements

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


GROUND = """
rules:
  - rule: ground-failure
    when: {status: Faulted, error_code: GroundFailure}
    for: 5m
    heal:
      - take-out-of-service: connector
    alert: page
"""


def test_a_step_of_healing_goes_before_the_questions_that_are_left() -> None:
    """Between ledger and frame nothing else takes the charger's one open CALL."""
    bench = Bench.make(GROUND)
    bench.arrive("A", connectors=2)
    bench.drop("A")
    bench.connect("A")
    bench.status("A", 1, "Faulted", "GroundFailure")
    bench.store_answers = False
    for _ in range(400):  # connector 2 and the charger itself are asked for, and nobody answers
        bench.wait(1)
        if bench.intents:
            break
    asked = len(bench.calls("A"))
    bench.wait(60)
    assert len(bench.calls("A")) == asked
    bench.store()
    assert bench.commands("A")[-1] == "ChangeAvailability Inoperative"


def test_nothing_is_owed_to_a_charger_that_is_forgotten() -> None:
    bench = Bench.make()
    bench.connect("X")
    bench.store_answers = False
    bench.engine.chargers[ChargerId("X")].put_back[place("X")] = bench.now - 3600
    bench.wait(60)
    assert [intent.charger for intent in bench.intents] == ["X"]
    bench.engine.chargers[ChargerId("X")].put_back.clear()
    bench.drop("X")
    assert ChargerId("X") not in bench.engine.chargers
    bench.store()
    bench.store_answers = True
    bench.connect("X")
    bench.boot("X")
    bench.wait(120)
    assert bench.commands("X")
    assert not bench.engine.ward.quarantined
