"""Chargers that boot, connect and hang up in ways of their own."""

from __future__ import annotations

from dataclasses import replace

from healer.behaviour import quirks
from healer.fleet.enrolment import AdmissionSettings, UnknownChargers
from healer.fleet.profiles import Profile
from healer.ocpp import messages
from tests.bench import Bench
from tests.quirks.world import HABITS, World

BOOT = "TriggerMessage BootNotification"


def test_a_charger_that_must_not_be_commanded_early_gets_through_its_daily_reboot() -> None:
    world = World("commanded-too-early")
    world.crash()
    world.wait(1800)
    assert world.counted("charger_connections_total") == 2
    assert world.signal("status") == "Available"


def test_a_connection_counts_without_a_boot() -> None:
    world = World("no-boot-on-connect")
    world.lose_link()
    world.wait(120)
    assert world.signal("online", None) is True
    assert world.signal("status") == "Available"
    assert world.box.reboots == 0


def test_a_charger_that_does_not_boot_is_asked_who_it_is() -> None:
    world = World("no-boot-on-connect")
    world.forget_who_it_is()
    world.lose_link()
    world.wait(60)
    assert world.commands.count(BOOT) == 1
    assert (world.believed.vendor, world.believed.model) == ("Acme", "AC22")
    assert world.box.reboots == 0
    assert world.counted("charger_connections_total") == 2


def test_a_charger_that_says_nothing_after_a_reconnect_is_asked() -> None:
    world = World("silent-after-reconnect")
    world.lose_link()
    world.wait(10)
    assert world.signal("status") != "Available"
    world.wait(110)
    assert world.signal("status") == "Available"
    assert "TriggerMessage StatusNotification" in world.commands


def test_a_charger_that_restarts_over_a_boot_trigger_is_never_asked_for_a_boot() -> None:
    world = World("boot-trigger-restarts", profile=Profile(trigger_boot_reboots=True))
    for _ in range(3):
        world.lose_link()
        world.wait(600)
    assert world.box.reboots == 0
    assert BOOT not in world.commands


def test_a_charger_that_restarts_over_a_boot_trigger_is_asked_for_a_boot_no_more() -> None:
    world = World("boot-trigger-restarts")
    for _ in range(3):
        world.forget_who_it_is()
        world.lose_link()
        world.wait(600)
    assert world.box.reboots == 1
    assert world.commands.count(BOOT) == 1
    assert world.disruptive == []


def test_a_charger_that_boots_for_ever_is_in_a_boot_loop_and_is_not_reset() -> None:
    world = World("boots-for-ever")
    world.wait(60)
    world.lose_link()
    world.wait(600)  # it has come back without a boot, so a boot is a restart
    world.box.answered(messages.TransactionEnded("1", None, None, 0.0, None), None, world.now)
    world.wait(1205)
    assert "boot-loop" in world.alerts
    assert world.disruptive == []
    assert world.box.linked
    assert world.signal("status") == "Available"


def test_what_is_said_before_the_boot_is_accepted_is_believed() -> None:
    world = World("talks-while-pending")
    world.box.fault(1, "InternalError", world.now)
    world.crash()
    world.wait(105)
    assert world.box.linked
    assert not world.box.registered
    assert world.signal("status") == "Faulted"
    world.wait(60)
    assert world.box.registered
    assert world.signal("status") == "Faulted"


def test_who_talks_while_pending_is_answered_and_stays_pending() -> None:
    bench = Bench.make(admission=AdmissionSettings(UnknownChargers.PENDING))
    bench.connect("box")
    bench.status("box", 1, "Faulted", "InternalError")
    bench.boot("box")
    bench.status("box", 1, "Faulted", "InternalError")
    bench.wait(600)
    assert [frame[0] for _, frame in bench.sent] == [3, 3, 3]
    assert bench.sent[1][1][2]["status"] == "Pending"  # type: ignore[index]
    assert bench.closed == []
    assert bench.alerts == []


def test_a_charger_that_takes_long_to_come_back_from_a_reset_is_waited_for() -> None:
    world = World("talks-while-pending")
    world.box.fault(1, "InternalError", world.now)
    world.wait(1800)
    assert world.disruptive == ["reset soft"]
    assert world.signal("status") == "Available"


def test_a_charger_that_never_redials_is_a_ticket_and_nothing_else() -> None:
    world = World("never-redials")
    world.lose_link()
    world.wait(3600)
    assert world.alerts == ["charger-offline"]
    assert world.disruptive == []


def test_a_late_redial_finds_its_charger_again() -> None:
    world = World("redials-late")
    world.lose_link()
    world.wait(1140 + 150)
    assert world.signal("online", None) is True
    assert world.signal("status") == "Available"
    assert world.disruptive == []


def test_a_refusal_by_callerror_costs_nothing() -> None:
    world = World("redials-late")
    world.box.fault(1, "InternalError", world.now)
    world.wait(1800)
    assert world.counted("ocpp_messages_total", "error") > 0
    assert world.signal("status") == world.told_status
    assert world.box.linked


def test_each_lost_link_of_a_flapping_charger_is_counted() -> None:
    world = World("flaps")
    world.wait(3600)
    assert world.counted("charger_disconnects_total") >= 10
    assert "flapping-link" in world.alerts
    assert world.disruptive == []


def test_a_reading_after_the_end_begins_no_transaction() -> None:
    world = World("flaps")
    world.wait(300)
    world.box.start_session(1, world.now, for_s=60.0)
    world.wait(90)
    assert world.sessions == []


def test_of_two_sockets_the_newest_wins_and_the_end_of_the_old_one_takes_nothing() -> None:
    world = World("two-sockets")
    world.wait(3600)
    actor = world.stage.actors[world.box.id]
    assert actor.connections > 10
    assert world.believed.connection == actor.connection
    assert world.signal("status") == "Available"
    assert world.counted("charger_disconnects_total", "replaced") == actor.connections - 1
    assert world.signal("duplicate_identity", None) is False


def test_a_session_goes_on_over_two_sockets() -> None:
    world = World("two-sockets")
    world.box.start_session(1, world.now)
    world.wait(10)
    (transaction,) = world.sessions
    world.wait(1800)
    assert world.sessions == [transaction]
    assert world.signal("session_active") is True


def test_without_a_handshake_there_is_nothing_to_name_in_virtual_time() -> None:
    assert quirks.find("names-no-version").over(HABITS) == replace(HABITS, names_no_version=True)


def test_a_charger_lost_to_a_new_password_is_told_to_people() -> None:
    world = World("lost-after-new-password")
    key = messages.Variable("BasicAuthPassword", "SecurityCtrlr")
    command = messages.WriteConfiguration((messages.Assignment(key, "0123456789abcdef"),))
    assert world.box.obey(command, world.now) == "Accepted"
    world.wait(1800)
    assert not world.box.linked
    assert world.alerts == ["charger-offline"]
    assert world.disruptive == []
