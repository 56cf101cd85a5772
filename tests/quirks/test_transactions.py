"""Chargers whose transactions have no beginning, no end, or two of each."""

from __future__ import annotations

from healer.model import Status
from tests.quirks.world import World


def begun(world: World) -> str:
    """A car charges; the transaction's id as the daemon knows it."""
    assert world.box.start_session(1, world.now)
    world.wait(60)
    (transaction,) = world.sessions
    return transaction


def test_the_end_of_a_transaction_that_was_never_seen_is_answered() -> None:
    world = World("stops-unknown-transaction")
    world.box.start_session(1, world.now, for_s=300.0)
    world.wait(100)
    assert world.signal("session_active") is True
    world.wait(500)
    assert world.counted("ocpp_messages_total", "StopTransaction") == 1  # it is not said again
    assert world.sessions == []
    assert world.signal("session_active") is False


def test_a_start_that_is_said_again_is_the_same_transaction() -> None:
    world = World("resends-start")
    transaction = begun(world)
    for _ in range(3):
        world.lose_link()
        world.wait(120)
    assert world.counted("ocpp_messages_total", "StartTransaction") == 4
    assert world.sessions == [transaction]
    assert world.box.plugs[1].session is not None
    assert world.box.plugs[1].session.id == transaction


def test_a_transaction_whose_end_was_lost_holds_off_a_reset_until_the_connector_is_free() -> None:
    world = World("back-in-preparing")
    begun(world)
    world.crash()
    world.wait(120)
    assert world.box.status(1) is Status.PREPARING
    assert world.signal("session_active") is True
    world.wait(600)
    assert world.box.status(1) is Status.AVAILABLE
    assert world.sessions == []


def test_a_stale_transaction_does_not_keep_the_next_one_from_starting() -> None:
    world = World("back-in-preparing")
    former = begun(world)
    world.crash()
    world.wait(120)
    now_open = begun(world)  # without replugging
    assert now_open != former
    session = world.box.plugs[1].session
    assert session is not None
    assert session.id == now_open


def test_the_same_card_starts_anew_over_an_orphan() -> None:
    world = World("orphan-transaction")
    former = begun(world)
    world.crash()
    world.wait(300)
    assert world.sessions == []
    again = begun(world)
    assert again != former
    assert world.box.plugs[1].status is Status.CHARGING


def test_a_stop_that_a_hard_reset_lost_is_not_waited_for_for_ever() -> None:
    world = World("hard-reset-loses-stop")
    begun(world)
    world.box.restart(world.now, "RemoteReset", heals=False)
    world.wait(300)
    assert world.box.status(1) is Status.AVAILABLE
    assert world.sessions == []
    assert world.signal("session_active") is False


def test_two_transactions_under_one_message_id_are_two() -> None:
    world = World("ids-repeated")
    first = begun(world)
    world.box.stop_session(1, world.now)
    world.wait(300)
    assert world.sessions == []
    assert begun(world) != first
    assert world.counted("sessions_total") == 1


def test_readings_without_values_are_violations_and_nothing_more() -> None:
    world = World("empty-samples")
    begun(world)
    world.wait(1200)
    assert world.counted("ocpp_schema_violations_total", "MeterValues") >= 10
    assert world.counted("charger_connections_total") == 1
    assert world.signal("session_active") is True
