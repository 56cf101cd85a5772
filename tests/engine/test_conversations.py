"""The open conversations with chargers."""

from __future__ import annotations

import pytest

from healer.events import ConnectionClosed, FrameReceived, PongReceived
from healer.model import ChargerId, ConnectionId
from tests.bench import INTERNAL_ERROR, Bench

A = ChargerId("A")
RULE = "internal-error"


def _acting() -> Bench:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    assert bench.resets("A") == ["Reset Soft"]
    return bench


def test_of_two_connections_of_a_charger_the_newest_wins() -> None:
    bench = Bench.make()
    bench.arrive("A")
    former = bench.connection("A")
    newer = bench.connect("A")
    assert bench.closed == [former]
    assert bench.connection("A") == newer
    bench.give(ConnectionClosed(former, "replaced"))
    assert bench.connected("A")


def test_a_replaced_connection_ends_the_call_that_was_open_on_it() -> None:
    bench = _acting()
    bench.connect("A")
    assert A not in bench.engine.conversations.busy
    assert [outcome.fate.value for outcome in bench.outcomes()] == ["uncertain"]


def test_frames_and_pongs_of_connections_nobody_knows_are_ignored() -> None:
    bench = Bench.make()
    stranger = ConnectionId("nobody#1")
    bench.give(FrameReceived(stranger, '[2,"1","Heartbeat",{}]'))
    bench.give(PongReceived(stranger))
    bench.give(ConnectionClosed(stranger, "closed"))
    assert (bench.sent, dict(bench.engine.chargers)) == ([], {})


@pytest.mark.parametrize("data", ["", "nonsense", "[]", "{}", "[2]", '[2,"1",["x"],{}]', "[9,1]", b"\xff\xfe"])
def test_a_malformed_frame_is_counted_and_harms_nobody(data: str | bytes) -> None:
    bench = _acting()
    bench.give(FrameReceived(bench.connection("A"), data))
    bench.answer("A")
    assert bench.state(RULE, "A").value == "verifying"


def test_an_unknown_action_gets_its_call_error() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.say("A", "MakeCoffee", {})
    frame = bench.sent[-1][1]
    assert (frame[0], frame[2]) == (4, "NotImplemented")


def test_one_call_is_open_at_a_time() -> None:
    text = INTERNAL_ERROR + "  - {rule: p, when: {status: Faulted}, for: 6m, heal: [probe], if_not_healed: info}\n"
    bench = Bench.make(text)
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    assert len(bench.commands("A")) == 1
    bench.wait(29)
    assert A in bench.engine.conversations.busy
    bench.wait(1)
    assert A not in bench.engine.conversations.busy


def test_any_frame_and_any_pong_is_a_sign_of_life() -> None:
    bench = Bench.make()
    bench.arrive("A")
    for _ in range(5):
        bench.wait(500, silent={"A"})
        bench.say("A", "Heartbeat", {})
        bench.wait(500, silent={"A"})
        bench.give(PongReceived(bench.connection("A")))
        assert bench.engine.chargers[A].heard
    bench.wait(601, silent={"A"})
    assert not bench.engine.chargers[A].heard


def test_sessions_are_counted_with_their_energy() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Charging")
    transaction = bench.start_session("A")
    bench.meter("A", 5000.0)
    bench.stop_session("A", transaction)
    counted = {family.name: number for family, _, number in bench.engine.tally.of_charger(A)}
    assert counted["sessions_total"] == 1
    assert counted["energy_joules_total"] == 9000 * 3600
