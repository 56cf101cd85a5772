"""Chargers that answer wrongly, late, twice or not at all."""

from __future__ import annotations

from healer.model import UNKNOWN
from tests.quirks.world import World

PROBE = """
rules:
  - rule: ask
    when: {status: Faulted}
    for: 1m
    heal:
      - probe
      - reset: soft
    if_not_healed: ticket
"""


def test_a_half_deaf_charger_is_told_apart_from_one_that_is_offline() -> None:
    world = World("half-deaf", PROBE)
    world.wait(1000)
    world.box.fault(1, "OtherError", world.now)
    world.wait(1200)
    assert world.counted("ocpp_messages_total", "timeout") >= 1
    assert world.signal("online", None) is True
    assert world.signal("status") == "Faulted"


def test_a_half_deaf_charger_hears_again_after_a_new_connection() -> None:
    world = World("half-deaf")
    world.wait(1000)
    world.lose_link()
    world.wait(60)
    world.box.fault(1, "InternalError", world.now)
    world.wait(1200)
    assert world.signal("status") == "Available"


def test_a_half_deaf_charger_is_given_a_new_connection_and_hears_again() -> None:
    world = World("half-deaf")
    world.wait(850)
    world.box.fault(1, "InternalError", world.now)
    world.wait(4 * 3600)
    assert "reconnect" in world.disruptive
    assert world.signal("status") == "Available"
    assert world.alerts == []


def test_a_charger_that_no_connection_makes_hear_is_a_ticket() -> None:
    world = World("deaf-from-the-start")
    world.box.fault(1, "InternalError", world.now)
    world.wait(6 * 3600)
    assert world.counted("ocpp_messages_total", "timeout") >= 3
    assert "half-deaf" in world.alerts
    assert world.signal("status") == "Faulted"
    assert world.box.linked


def test_a_charger_that_never_answers_is_believed_all_the_same() -> None:
    world = World("deaf-from-the-start")
    world.box.start_session(1, world.now)
    world.wait(300)
    assert world.signal("status") == "Charging"
    assert world.signal("session_active") is True
    assert world.disruptive == []


def test_what_is_late_or_foreign_is_counted_and_nothing_more() -> None:
    world = World("stray-answers", PROBE)
    world.box.fault(1, "OtherError", world.now)
    world.wait(1800)
    assert world.counted("ocpp_messages_total", "late") >= 1
    assert world.counted("ocpp_messages_total", "foreign") >= 1
    assert world.counted("charger_connections_total") == 1 + world.box.reboots
    assert world.signal("status") == world.told_status


def test_a_late_answer_is_not_taken_for_that_to_the_next_call() -> None:
    world = World("stray-answers", PROBE)
    world.box.fault(1, "OtherError", world.now)
    world.wait(3600)
    assert not world.quarantined
    assert world.counted("ocpp_messages_total", "accepted") == 0


def test_an_answer_that_is_no_json_costs_the_frame_and_not_the_connection() -> None:
    world = World("broken-answers", PROBE)
    world.box.fault(1, "OtherError", world.now)
    world.wait(500)
    assert "TriggerMessage StatusNotification" in world.commands
    assert world.counted("charger_connections_total") == 1 + world.box.reboots
    assert world.counted("ocpp_messages_total", "unintelligible") + world.counted("ocpp_messages_total", "error") >= 1
    assert world.signal("status") == world.told_status


def test_a_charger_that_restarts_again_and_again_is_in_a_boot_loop() -> None:
    world = World("broken-answers")
    world.wait(3 * 3600)
    assert "boot-loop" in world.alerts
    assert world.disruptive == []


def test_an_accepted_reset_without_a_reboot_has_a_deadline() -> None:
    world = World("accepts-and-does-nothing")
    world.box.fault(1, "InternalError", world.now)
    world.wait(3600)
    assert world.disruptive == ["reset soft", "reset hard"]
    assert world.alerts == ["internal-error"]
    assert world.signal("status") == "Faulted"
    assert world.box.linked


def test_a_refused_question_is_asked_ever_more_seldom() -> None:
    world = World("wrong-connector-count")
    world.lose_link()
    world.wait(24 * 3600)
    asked = [command for command in world.commands if command.startswith("TriggerMessage")]
    assert 1 <= len(asked) <= 60
    assert world.disruptive == []


def test_a_status_of_long_ago_counts_from_its_arrival() -> None:
    world = World("wrong-connector-count")
    world.box.fault(1, "InternalError", world.now)
    arrived = world.now
    world.wait(60)
    assert world.signal("status") is UNKNOWN  # it was refused twice to tell it
    world.wait(120)
    assert world.signal("status") == "Faulted"
    assert world.believed.evses[1].connectors[1].status_since == arrived
