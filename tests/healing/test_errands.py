"""What we owe a charger outside of any incident."""

from __future__ import annotations

from healer.healing.incident import State
from healer.model import ChargerId
from tests.bench import Bench, words

A = ChargerId("A")

CYCLE = """
rules:
  - rule: hangs
    when: {status: Finishing}
    for: 1m
    heal:
      - cycle-availability
      - unlock
    if_not_healed: ticket
"""

GROUND = """
rules:
  - rule: ground-failure
    when: {status: Faulted, error_code: GroundFailure}
    for: 5m
    heal:
      - take-out-of-service: connector
    alert: page
"""

OUT, IN, ASK = "ChangeAvailability Inoperative", "ChangeAvailability Operative", "TriggerMessage StatusNotification"


def _hanging() -> Bench:
    """A connector that was just told to be inoperative."""
    bench = Bench.make(CYCLE)
    bench.arrive("A")
    bench.status("A", 1, "Finishing")
    bench.wait(60)
    assert bench.commands("A") == [OUT]
    return bench


def _contained() -> Bench:
    """A charger that was taken out of service."""
    bench = Bench.make(GROUND)
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "GroundFailure")
    bench.wait(300)
    bench.answer("A")
    bench.status("A", 1, "Unavailable")
    return bench


# --- put back -------------------------------------------------------------------------------------------------------


def test_a_cycle_goes_out_is_seen_comes_back_and_heals() -> None:
    bench = _hanging()
    bench.answer("A")
    bench.wait(1)
    bench.status("A", 1, "Unavailable")
    assert bench.state("hangs", "A") is State.VERIFYING
    bench.wait(3)
    assert bench.commands("A") == [OUT, IN]
    bench.answer("A")
    bench.status("A", 1, "Available")
    assert bench.state("hangs", "A") is State.STABILISING
    assert not bench.engine.chargers[A].put_back
    assert all(intent.message_id == call[1] for intent, call in zip(bench.intents, bench.calls("A"), strict=True))


def test_a_connector_that_never_shows_unavailable_is_put_back_all_the_same() -> None:
    bench = _hanging()
    bench.answer("A")
    bench.wait(31)
    assert bench.commands("A") == [OUT, IN]
    bench.answer("A")
    bench.wait(400)
    assert bench.commands("A") == [OUT, IN, "UnlockConnector"]


def test_an_unanswered_cycle_may_have_happened_so_it_is_put_back() -> None:
    bench = _hanging()
    bench.wait(30 + 31)
    assert bench.commands("A") == [OUT, IN]


def test_a_rejected_cycle_owes_nothing() -> None:
    bench = _hanging()
    bench.answer("A", "Rejected")
    bench.wait(120)
    assert IN not in bench.commands("A")


def test_putting_back_is_tried_until_the_charger_accepts() -> None:
    bench = _hanging()
    bench.answer("A")
    bench.status("A", 1, "Unavailable")
    bench.wait(3)
    bench.answer("A", "Rejected")
    bench.wait(59)
    assert bench.commands("A").count(IN) == 1
    bench.wait(2)
    assert bench.commands("A").count(IN) == 2


def test_it_is_put_back_after_a_restart_of_the_daemon() -> None:
    bench = _hanging()
    bench.answer("A")
    again = bench.restarted(CYCLE)
    again.connect("A")
    again.status("A", 1, "Unavailable")
    again.wait(60)
    assert IN in again.commands("A")


def test_it_is_put_back_even_if_only_the_intent_survived() -> None:
    bench = _hanging()
    again = bench.restarted(CYCLE)
    again.connect("A")
    again.status("A", 1, "Unavailable")
    again.wait(60)
    assert IN in again.commands("A")


def test_a_crash_at_any_record_leaves_nothing_out_of_service_for_ever() -> None:
    told = _hanging()
    told.answer("A")
    told.status("A", 1, "Unavailable")
    told.wait(3)
    told.answer("A")
    told.status("A", 1, "Available")
    for cut in range(len(told.journal) + 1):
        sent = [words(frame) for _, frame in told.sent[: (told.sent_before[cut:] or [len(told.sent)])[0]] if frame[0] == 2]
        again = told.restarted(CYCLE, journal=told.journal[:cut])
        again.connect("A")
        again.status("A", 1, "Unavailable" if sent and sent[-1] == OUT else "Available")
        again.serve("A", 300)
        commands = sent + again.commands("A")
        assert commands.count(IN) >= commands.count(OUT), (cut, commands)


def test_nothing_is_put_back_while_a_safety_code_stands() -> None:
    bench = _hanging()
    bench.answer("A")
    bench.status("A", 1, "Faulted", "GroundFailure")
    bench.wait(3600)
    assert IN not in bench.commands("A")
    bench.status("A", 1, "Available")
    bench.wait(700)
    assert IN in bench.commands("A")


def test_a_safety_code_between_ledger_and_frame_stops_it() -> None:
    bench = _hanging()
    bench.answer("A")
    bench.store_answers = False
    bench.status("A", 1, "Unavailable")
    bench.wait(3)
    bench.status("A", 1, "Faulted", "GroundFailure")
    bench.store()
    assert bench.commands("A") == [OUT]
    assert bench.outcomes()[-1].detail == "a safety code was seen"


def test_a_store_that_says_no_is_asked_again_later() -> None:
    bench = _hanging()
    bench.answer("A")
    bench.store_answers = False
    bench.status("A", 1, "Unavailable")
    bench.wait(3)
    bench.refuse()
    bench.wait(59)
    assert len(bench.intents) == 2
    bench.wait(2)
    bench.store()
    assert bench.commands("A") == [OUT, IN]


# --- hold out -------------------------------------------------------------------------------------------------------


def test_after_a_boot_what_is_meant_to_be_out_is_taken_out_again() -> None:
    bench = _contained()
    bench.restart("A")
    bench.wait(40)
    assert bench.commands("A") == [OUT, OUT]
    bench.answer("A")
    bench.wait(3600)
    assert bench.commands("A") == [OUT, OUT]


def test_a_mere_reconnect_changes_nothing_about_it() -> None:
    bench = _contained()
    bench.drop("A")
    bench.connect("A")
    bench.status("A", 1, "Unavailable")
    bench.wait(300)
    assert bench.commands("A") == [OUT]


def test_it_is_still_meant_to_be_out_after_a_restart_of_the_daemon() -> None:
    again = _contained().restarted(GROUND)
    again.connect("A")
    again.boot("A")
    again.statuses("A")
    again.wait(60)
    assert again.commands("A") == [OUT]


# --- asking for statuses --------------------------------------------------------------------------------------------


def test_after_a_reconnect_every_silent_place_is_asked_once() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A", connectors=2)
    bench.drop("A")
    bench.connect("A")
    bench.wait(29)
    assert bench.commands("A") == []
    bench.wait(1)
    assert bench.commands("A") == [ASK]
    bench.answer("A", "Rejected")
    bench.wait(1)
    assert bench.commands("A") == [ASK, ASK]
    bench.wait(3600)
    assert bench.commands("A") == [ASK, ASK]
    assert bench.intents == []


def test_whoever_reports_by_itself_is_not_asked() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A", connectors=2)
    bench.drop("A")
    bench.come_back("A", connectors=2)
    bench.wait(300)
    assert bench.commands("A") == []


def test_a_charger_of_which_nothing_is_known_is_asked_as_a_whole() -> None:
    bench = Bench.make(CYCLE)
    bench.connect("A")
    bench.boot("A")
    bench.wait(60)
    assert bench.commands("A") == [ASK]
    payload = bench.calls("A")[0][3]
    assert isinstance(payload, dict)
    assert "connectorId" not in payload


def test_without_durable_ids_the_engine_waits_and_does_not_spin() -> None:
    bench = Bench.make(CYCLE)
    bench.store_gives_ids = False
    while bench.engine.ids.take("intent") is not None:
        pass
    bench.connect("A")
    bench.boot("A")
    bench.wait(3600)
    assert bench.commands("A") == []
