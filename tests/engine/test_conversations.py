"""The open conversations with chargers."""

from __future__ import annotations

import pytest

from healer.engine.explain import explain
from healer.events import (
    ChargerCleared,
    ConnectionClosed,
    FrameReceived,
    InventoryReplaced,
    KeyOffered,
    PongReceived,
    TokensReplaced,
)
from healer.fleet.inventory import Inventory, Placement
from healer.fleet.peer import Peer, Proof
from healer.fleet.signals import SIGNALS
from healer.fleet.tokens import TokenPolicy
from healer.healing.incident import State
from healer.healing.settings import StartupLimits
from healer.model import UNKNOWN, ChargerId, ConnectionId, OcppVersion, Target
from tests.bench import INTERNAL_ERROR, Bench, healing

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


def _sessions(bench: Bench) -> dict[str, float]:
    counted = bench.engine.tally.of_charger(A)
    return {labels[-1]: number for family, labels, number in counted if family.name == "sessions_total"}


def test_a_session_is_counted_once_however_often_its_end_is_told() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Charging")
    transaction = bench.start_session("A")
    bench.status("A", 1, "Available")
    assert _sessions(bench) == {}
    for _ in range(3):
        bench.stop_session("A", transaction)
    assert _sessions(bench) == {"energy": 1.0}


def test_a_session_whose_end_is_never_told_is_counted_when_the_next_one_has_ended_unseen_too() -> None:
    bench = Bench.make()
    bench.arrive("A")
    for minute in range(2):
        bench.status("A", 1, "Charging")
        said = {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": f"2027-01-15T08:0{minute}:00Z"}
        bench.say("A", "StartTransaction", said)
        bench.status("A", 1, "Available")
    assert _sessions(bench) == {"no-energy": 1.0}


def test_from_another_list_on_other_tokens_are_accepted() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.give(TokensReplaced(TokenPolicy.of(bytes(32), ["A"])))
    for token, status in (("a", "Accepted"), ("B", "Invalid")):
        bench.say("A", "Authorize", {"idTag": token})
        assert bench.sent[-1][1][2] == {"idTagInfo": {"status": status}}


def test_one_that_answers_too_late_hears_us() -> None:
    bench = Bench.make("rules: []")
    bench.arrive("A")
    bench.drop("A")
    bench.connect("A")
    for _ in range(60):
        bench.wait(10)
        bench.say("A", "Heartbeat", {})
        calls = bench.calls("A")
        if calls and bench.open_call("A") is None and str(calls[-1][1]) not in bench._answered:
            bench.answer("A")
    charger = bench.engine.chargers[A]
    assert len(bench.calls("A")) > 2
    assert (charger.contact.unanswered, charger.contact.half_deaf) == (0, False)


def test_an_answer_to_a_question_nobody_asked_or_a_second_one_proves_nothing() -> None:
    bench = Bench.make("rules: []")
    bench.arrive("A")
    bench.drop("A")
    bench.connect("A")
    bench.wait(30)
    bench.answer("A")
    bench.wait(60)
    (former, latest), asked = bench.calls("A")[-2:], len(bench.calls("A"))
    assert asked == 2
    bench.wait(31)
    contact, heard = bench.engine.chargers[A].contact, []
    for call in (former, [2, "never-asked"], latest):
        bench.answer("A", call=call)
        heard.append(contact.half_deaf)
    assert heard == [UNKNOWN, UNKNOWN, False]


# --- two under one name -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [OcppVersion.V16, OcppVersion.V201])
def test_a_late_end_of_the_old_connection_takes_nothing_from_the_new_one(version: OcppVersion) -> None:
    bench = Bench.make("rules: []")
    if version is OcppVersion.V16:
        bench.arrive("A")
    else:
        bench.arrive201("A")
    former = bench.connection("A")
    newer = bench.connect("A", version)
    if version is OcppVersion.V16:
        bench.statuses("A")
    else:
        bench.status201("A", 1, "Available")
    for reason in ("closed", "lost", "ping-timeout"):
        bench.give(ConnectionClosed(former, reason))
    bench.give(FrameReceived(former, '[2,"late","Heartbeat",{}]'))
    charger = bench.engine.chargers[A]
    assert charger.connection == newer
    assert all(charger.is_fresh(plug) for plug in charger.connectors())
    assert "disconnect" not in charger.events


def _duplicate(bench: Bench) -> object:
    return SIGNALS["duplicate_identity"].read(bench.engine.chargers[A], Target(A), bench.now)


def test_two_chargers_that_take_the_place_from_each_other_are_noticed_and_not_reset() -> None:
    bench = Bench.make(
        """
        rules:
          - {rule: twice, when: duplicate_identity, forbid: [reset], alert: ticket}
          - rule: internal-error
            when: {status: Faulted, error_code: InternalError}
            for: 5m
            heal: [{reset: soft}]
            if_not_healed: ticket
        """
    )
    bench.arrive("A")
    for _ in range(4):
        bench.connect("A")
        bench.boot("A")
        bench.statuses("A", faulted="InternalError")
        bench.wait(20)
    assert _duplicate(bench) is True
    assert len(bench.raised("firing")) == 1
    assert any("replace each other" in line for line in explain(bench.engine, "twice", Target(A), bench.now))
    bench.wait(1800)
    assert bench.resets("A") == []
    bench.wait(1800)
    assert _duplicate(bench) is False
    assert bench.state("twice", "A", None) is not State.FIRING


def test_a_flaky_link_whose_old_connection_is_dead_is_no_second_charger() -> None:
    bench = Bench.make("rules: []")
    bench.arrive("A")
    for _ in range(12):
        bench.connect("A")
        bench.statuses("A")
        bench.wait(31, silent={"A"})
    assert _duplicate(bench) is False


@pytest.mark.parametrize("after_s", [0.0, 30.0])
def test_another_serial_number_is_a_second_charger_also_after_a_restart_of_ours(after_s: float) -> None:
    bench = Bench.make("rules: []")
    bench.connect("A")
    bench.boot("A", chargePointSerialNumber="S1")
    bench.boot("A", chargePointSerialNumber=" s1")
    assert _duplicate(bench) is False
    bench.boot("A", chargePointSerialNumber="S2")
    assert _duplicate(bench) is True
    if after_s:
        bench = bench.restarted("rules: []", after_s=after_s)
        bench.connect("A")
        assert _duplicate(bench) is True
    assert bench.engine.chargers[A].contact.why_duplicate(bench.now) == "serial number S2 came after s1"
    bench.give(ChargerCleared(A, "ada", "the box was swapped"))
    assert _duplicate(bench) is False


def test_the_inventory_settles_which_serial_number_is_right() -> None:
    bench = Bench.make("rules: []")
    bench.connect("A")
    bench.boot("A", chargePointSerialNumber="S1")
    bench.boot("A", chargePointSerialNumber="S2")
    bench.give(InventoryReplaced(Inventory(chargers={A: Placement(A, "Depot", serial="S2")})))
    assert _duplicate(bench) is False
    bench.boot("A", chargePointSerialNumber="S2")
    assert _duplicate(bench) is False
    bench.boot("A", chargePointSerialNumber="S1")
    assert _duplicate(bench) is True
    bench.wait(2 * 86_400)
    assert _duplicate(bench) is True
    bench.boot("A", chargePointSerialNumber="S2")
    assert _duplicate(bench) is False


def test_a_certificate_of_another_box_is_a_second_charger() -> None:
    bench = Bench.make("rules: []")
    bench.connect("A")
    charger = bench.engine.chargers[A]
    for name, serial, doubted in (("S1", "S1", False), ("A", "S1", False), ("S9", "S1", True), ("S1", "S1", False)):
        charger.standing.peer = Peer(proof=Proof.CERTIFICATE, certificate_name=name)
        bench.boot("A", chargePointSerialNumber=serial)
        assert (_duplicate(bench) is True) is doubted, name


# --- disconnects ------------------------------------------------------------------------------------------------------


def _disconnects(bench: Bench) -> int:
    return bench.engine.chargers[A].window("disconnect").count(86_400, bench.now)


@pytest.mark.parametrize("reason", ["closed", "lost", "ping-timeout", "protocol-error", "too-large", "outbox-full"])
def test_a_link_that_ends_by_itself_is_counted(reason: str) -> None:
    bench = Bench.make("rules: []")
    bench.arrive("A")
    bench.give(ConnectionClosed(bench.connection("A"), reason))
    assert _disconnects(bench) == 1


@pytest.mark.parametrize("reason", ["shutdown", "error", "replaced"])
def test_what_we_did_ourselves_is_not_counted(reason: str) -> None:
    bench = Bench.make("rules: []")
    bench.arrive("A")
    bench.give(ConnectionClosed(bench.connection("A"), reason))
    assert _disconnects(bench) == 0


def test_a_restart_that_we_asked_for_is_no_disconnect() -> None:
    bench = _acting()
    bench.answer("A")
    bench.drop("A")
    assert _disconnects(bench) == 0


def test_while_the_daemon_settles_links_may_come_and_go() -> None:
    bench = Bench.make("rules: []", settings=healing(startup=StartupLimits(settle_s=300.0)))
    bench.connect("A")
    bench.statuses("A")
    bench.drop("A")
    assert _disconnects(bench) == 0
    bench.wait(1000)
    bench.connect("A")
    bench.drop("A")
    assert _disconnects(bench) == 1


def test_disconnects_are_remembered_over_a_restart_of_ours() -> None:
    bench = Bench.make("rules: []")
    bench.arrive("A")
    bench.drop("A")
    assert _disconnects(bench.restarted("rules: []")) == 1


def test_a_command_is_counted_under_the_name_that_its_version_gives_it() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.give(KeyOffered(ChargerId("A"), "ab" * 20, "hmac-sha256$00", None, "ada", "yearly"))
    bench.answer("A")
    counted = bench.engine.tally.numbers("ocpp_messages_total")
    assert counted[("out", "ChangeConfiguration", "accepted")] == 1
