"""Chargers that tell how they are in ways of their own."""

from __future__ import annotations

import pytest

from tests.quirks.world import World


def test_a_status_of_1970_is_one_of_now() -> None:
    world = World("clock-unset")
    world.crash()
    world.wait(47)
    plug = world.believed.evses[1].connectors[1]
    assert plug.reported_at is not None
    assert world.now - plug.reported_at < 60
    assert world.signal("status") == "Available"


def test_a_clock_that_was_never_set_is_no_fault_by_itself() -> None:
    world = World("clock-unset")
    world.box.start_session(1, world.now, for_s=600.0)
    world.wait(4 * 3600)
    assert world.alerts == []
    assert world.disruptive == []


def test_a_fault_of_1970_fires_when_it_has_lasted_since_its_arrival() -> None:
    world = World("clock-unset")
    world.box.fault(1, "InternalError", world.now)
    world.wait(290)
    assert world.disruptive == []
    world.wait(60)
    assert world.disruptive == ["reset soft"]


def test_of_replayed_statuses_the_last_word_counts() -> None:
    world = World("replays-statuses")
    world.box.go_offline(world.now, for_s=900.0)
    world.wait(60)
    world.box.fault(1, "InternalError", world.now)
    world.wait(300)
    world.box.clear_fault(1, world.now)
    world.wait(1200)
    assert world.signal("status") == "Available"
    assert world.disruptive == []


def test_a_replayed_fault_does_not_fire_by_its_old_time() -> None:
    world = World("replays-statuses")
    world.box.go_offline(world.now, for_s=3600.0)
    world.wait(60)
    world.box.fault(1, "InternalError", world.now)
    world.wait(3600 - 60 + 200)
    assert world.box.linked
    assert world.signal("status") == "Faulted"
    assert world.disruptive == []  # it has lasted for an hour, but is known for three minutes
    world.wait(200)
    assert world.disruptive == ["reset soft"]


def test_a_fault_without_an_error_code_is_a_fault() -> None:
    world = World("cause-hidden", "rules:\n  - {rule: any-fault, when: {status: Faulted}, for: 1m, alert: ticket}\n")
    world.box.fault(1, "E42", world.now)
    world.wait(120)
    assert world.signal("status") == "Faulted"
    assert world.signal("vendor_error_code") == "E42"
    assert world.alerts == ["any-fault"]


@pytest.mark.parametrize("code", ["GroundFailure", "CX002", "EmergencyStop"])
def test_danger_is_known_from_the_vendors_code_alone(code: str) -> None:
    world = World("cause-hidden")
    world.box.fault(1, code, world.now)
    world.wait(30)
    assert world.believed.latches
    world.wait(1800)
    assert "reset soft" not in world.disruptive


def test_a_standard_code_in_the_vendors_place_is_the_cause() -> None:
    world = World("cause-hidden")
    world.box.fault(1, "InternalError", world.now)
    world.wait(30)
    assert world.signal("error_code") == "InternalError"


def test_no_error_is_no_error_however_it_is_spelled() -> None:
    world = World("no-error-spelled")
    for _ in range(5):
        world.box.start_session(1, world.now, for_s=60.0)
        world.wait(200)
        assert world.signal("vendor_error_code") == ""
    assert world.alerts == []


def test_a_state_that_is_told_as_an_event_is_the_status() -> None:
    world = World("status-by-event")
    assert world.signal("status") == "Available"
    world.box.start_session(1, world.now)
    world.wait(60)
    assert world.signal("status") == "Charging"
    world.box.stop_session(1, world.now)
    world.wait(300)
    world.box.fault(1, "InternalError", world.now)
    world.wait(10)
    assert world.signal("status") == "Faulted"
    assert world.signal("error_code") == "InternalError"
    assert world.counted("ocpp_messages_total", "StatusNotification") == 0
