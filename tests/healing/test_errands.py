"""What we owe a charger outside of any incident."""

from __future__ import annotations

import itertools

from healer.events import ChargerCleared
from healer.fleet.charger import ChargerRecord
from healer.healing.incident import State
from healer.healing.records import Alert
from healer.model import ChargerId, Severity
from tests.bench import Bench, place, words

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


def _owing() -> Bench:
    """A connector that is to be put back, and was just told so."""
    bench = _hanging()
    bench.answer("A")
    bench.status("A", 1, "Unavailable")
    bench.wait(3)
    assert bench.commands("A") == [OUT, IN]
    return bench


def _told_at(bench: Bench, command: str) -> list[float]:
    """When a command was sent, each time."""
    frames = zip(bench.sent, bench.sent_at, strict=True)
    return [at for (_, frame), at in frames if frame[0] == 2 and words(frame) == command]


def _gaps(moments: list[float]) -> list[float]:
    return [round(later - earlier) for earlier, later in itertools.pairwise(moments)]


def _refusing(bench: Bench, seconds: float) -> None:
    """The charger says no to whatever it is told."""
    end = bench.now + seconds
    while bench.now < end:
        if bench.open_call("A") is not None:
            bench.answer("A", "Rejected")
        bench.wait(1)


def _accepting(bench: Bench) -> None:
    """The charger says yes to the next that it is told."""
    end = bench.now + 24 * 3600
    while bench.open_call("A") is None:
        assert bench.now < end
        bench.wait(1)
    bench.answer("A")


def _complaints(bench: Bench) -> list[Alert]:
    return [alert for alert in bench.alerts if alert.kind.value == "errand"]


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
    heartbeat = "TriggerMessage Heartbeat"  # asked for because a command was not answered
    assert [command for command in bench.commands("A") if command != heartbeat] == [OUT, IN, "UnlockConnector"]


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


def test_a_cycle_that_was_put_off_is_put_back_only_after_the_transaction() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A")
    session = bench.start_session("A")
    bench.status("A", 1, "Finishing")
    bench.wait(60)
    bench.answer("A", "Scheduled")
    bench.wait(3600)
    assert bench.commands("A") == [OUT]
    bench.stop_session("A", session)
    bench.wait(29)
    assert bench.commands("A") == [OUT]
    bench.status("A", 1, "Unavailable")
    bench.wait(3)
    assert bench.commands("A") == [OUT, IN]


def test_a_cycle_that_was_put_off_and_never_shows_is_put_back_a_while_after_the_transaction() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A")
    session = bench.start_session("A")
    bench.status("A", 1, "Finishing")
    bench.wait(60)
    bench.answer("A", "Scheduled")
    bench.wait(600)
    bench.stop_session("A", session)
    bench.wait(31)
    assert bench.commands("A") == [OUT, IN]


def test_a_transaction_without_an_end_does_not_keep_a_connector_out_for_ever() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A")
    bench.start_session("A")
    bench.status("A", 1, "Finishing")
    bench.wait(60)
    bench.answer("A", "Scheduled")
    bench.wait(4 * 3600 + 60)
    assert IN in bench.commands("A")


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
        sent = [
            words(frame) for _, frame in told.sent[: (told.sent_before[cut:] or [len(told.sent)])[0]] if frame[0] == 2
        ]
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


def test_nothing_is_sent_any_more_once_the_daemon_stops() -> None:
    bench = _hanging()
    bench.answer("A")
    bench.store_answers = False
    bench.status("A", 1, "Unavailable")
    bench.wait(3)
    bench.engine.hold()
    bench.store()
    bench.wait(3600)
    assert bench.commands("A") == [OUT]
    assert bench.outcomes()[-1].detail == "the daemon is stopping"


def test_a_store_that_fails_between_ledger_and_frame_stops_it() -> None:
    bench = _hanging()
    bench.answer("A")
    bench.store_answers = False
    bench.status("A", 1, "Unavailable")
    bench.wait(3)
    bench.break_store("disk full")
    bench.store()
    assert bench.commands("A") == [OUT]
    assert bench.outcomes()[-1].detail == "disk full"


def test_while_the_store_is_down_nothing_is_proposed() -> None:
    bench = _hanging()
    bench.answer("A")
    bench.break_store()
    bench.status("A", 1, "Unavailable")
    bench.wait(600)
    assert len(bench.intents) == 1
    bench.mend_store()
    bench.wait(61)
    assert bench.commands("A") == [OUT, IN]


# --- when it fails --------------------------------------------------------------------------------------------------


def test_what_is_refused_is_tried_again_with_a_growing_pause() -> None:
    bench = _owing()
    _refusing(bench, 24 * 3600)
    gaps = _gaps(_told_at(bench, IN))[1:]
    assert gaps == [120, 240, 480, 960, 1920, 3840, 7680, 15360, 21600, 21600]


def test_what_is_never_answered_is_tried_again_with_a_growing_pause() -> None:
    bench = _owing()
    bench.wait(1800)
    assert _gaps(_told_at(bench, IN)) == [30 + 60, 30 + 120, 30 + 240, 30 + 480]


def test_success_ends_the_pause() -> None:
    bench = _owing()
    _refusing(bench, 1800)
    _accepting(bench)
    assert not bench.engine.chargers[A].put_back
    bench.engine.chargers[A].put_back[place("A")] = bench.now
    bench.status("A", 1, "Unavailable")
    _refusing(bench, 200)
    assert _gaps(_told_at(bench, IN))[-2:] == [60, 120]


def test_people_are_told_once_when_it_fails_again_and_again_and_when_it_is_over() -> None:
    bench = _owing()
    _refusing(bench, 60 + 120 + 240)
    assert _complaints(bench) == []
    _refusing(bench, 24 * 3600)
    (alert,) = _complaints(bench)
    assert alert.active
    assert alert.severity is Severity.WARNING
    assert str(alert.target) == "A evse 1 connector 1"
    assert alert.summary == "A evse 1 connector 1 is left out of service: the charger does not put it back"
    assert alert.reason == "5 attempts in a row failed; Rejected"
    _accepting(bench)
    assert [told.active for told in _complaints(bench)] == [True, False]
    assert len({told.key for told in _complaints(bench)}) == 1


def test_a_charger_that_does_not_stay_out_of_service_is_worse() -> None:
    bench = _contained()
    bench.restart("A")
    _refusing(bench, 3600)
    (alert,) = _complaints(bench)
    assert alert.severity is Severity.CRITICAL
    assert "may be in service" in alert.summary


def test_an_alert_about_an_errand_stands_over_a_restart_of_the_daemon() -> None:
    bench = _owing()
    _refusing(bench, 3600)
    again = bench.restarted(CYCLE)
    again.connect("A")
    again.status("A", 1, "Unavailable")
    again.wait(40)
    assert _complaints(again) == []
    assert again.commands("A") == [IN]
    again.answer("A")
    assert [told.active for told in _complaints(again)] == [False]


def test_a_boot_gives_another_chance() -> None:
    bench = _owing()
    _refusing(bench, 4 * 3600)
    tried = len(_told_at(bench, IN))
    bench.restart("A")
    bench.wait(40)
    assert len(_told_at(bench, IN)) == tried + 1
    bench.answer("A", "Rejected")
    bench.wait(61)
    assert len(_told_at(bench, IN)) == tried + 2


def test_a_charger_that_restarts_whenever_it_is_told_is_told_ever_more_rarely() -> None:
    bench = _owing()
    end = bench.now + 6 * 3600
    while bench.now < end:
        if bench.open_call("A") is not None:
            bench.restart("A")
        bench.wait(1)
    assert _gaps(_told_at(bench, IN))[1:6] == [120, 240, 480, 960, 1920]


def test_one_place_that_refuses_does_not_hold_up_another() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A", connectors=2)
    charger = bench.engine.chargers[A]
    charger.put_back = {charger.place(plug): bench.now - 60 for plug in charger.connectors()}
    bench.status("A", 2, "Preparing")
    bench.answer("A", "Rejected")
    bench.wait(1)
    told = [call[3] for call in bench.calls("A")]
    assert [payload["connectorId"] for payload in told if isinstance(payload, dict)] == [1, 2]


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


def test_who_was_cleared_meanwhile_is_not_taken_out_again() -> None:
    bench = _contained()
    bench.store_answers = False
    bench.restart("A")
    bench.wait(40)
    out = bench.intents[-1]
    assert out.action == "take-out-of-service"
    bench.give(ChargerCleared(A, "ada", "dried"))
    bench.store_answers = True
    bench.store(out)
    assert bench.outcomes()[-1].detail == "it is no longer owed"
    bench.wait(1)
    assert bench.commands("A") == [OUT, IN]


def test_who_was_cleared_before_the_answer_is_put_back() -> None:
    bench = _contained()
    bench.restart("A")
    bench.wait(40)
    bench.give(ChargerCleared(A, "ada", "dried"))
    bench.answer("A")
    bench.wait(1)
    assert bench.commands("A") == [OUT, OUT, IN]
    bench.answer("A")
    charger = bench.engine.chargers[A]
    assert (charger.out_of_service, charger.put_back) == (set(), {})


def test_after_a_restart_of_the_daemon_what_is_meant_to_be_out_is_taken_out_again_once() -> None:
    again = _contained().restarted(GROUND)
    again.connect("A")
    again.statuses("A")
    again.wait(40)
    assert again.commands("A") == [OUT]
    again.answer("A")
    again.wait(3600)
    assert again.commands("A") == [OUT]


def test_it_is_still_meant_to_be_out_after_a_restart_of_the_daemon() -> None:
    again = _contained().restarted(GROUND)
    again.connect("A")
    again.boot("A")
    again.statuses("A")
    again.wait(60)
    assert again.commands("A") == [OUT]


# --- asking for statuses --------------------------------------------------------------------------------------------


def test_after_a_reconnect_every_silent_place_is_asked() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A", connectors=2)
    bench.drop("A")
    bench.connect("A")
    bench.wait(29)
    assert bench.commands("A") == []
    bench.wait(1)
    assert bench.commands("A") == [ASK]
    bench.answer("A")
    bench.wait(1)
    assert bench.commands("A") == [ASK, ASK]
    bench.answer("A")
    bench.statuses("A", connectors=2)
    bench.wait(3600)
    assert bench.commands("A") == [ASK, ASK]
    assert bench.intents == []


def test_one_unanswered_question_is_not_the_last() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A")
    bench.drop("A")
    bench.connect("A")
    bench.wait(4 * 3600)
    gaps = _gaps(_told_at(bench, ASK))
    assert gaps == [30 + 60, 30 + 120, 30 + 240, 30 + 480, 30 + 960, 30 + 1920, 30 + 3600, 30 + 3600]
    bench.answer("A")
    bench.status("A", 1, "Available")
    bench.wait(4 * 3600)
    assert len(_told_at(bench, ASK)) == len(gaps) + 1


def test_an_answer_that_no_report_follows_is_no_report() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A")
    bench.drop("A")
    bench.connect("A")
    bench.wait(30)
    bench.answer("A")
    bench.wait(59)
    assert bench.commands("A") == [ASK]
    bench.wait(1)
    assert bench.commands("A") == [ASK, ASK]


def test_who_cannot_be_asked_is_asked_again_only_after_it_came_anew() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A")
    bench.drop("A")
    bench.connect("A")
    bench.wait(30)
    bench.answer("A", "NotImplemented")
    bench.wait(4 * 3600)
    assert bench.commands("A") == [ASK]
    bench.drop("A")
    bench.connect("A")
    bench.wait(30)
    assert bench.commands("A") == [ASK, ASK]


def test_a_question_whose_link_was_lost_is_asked_anew() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A")
    for _ in range(3):
        bench.drop("A")
        bench.connect("A")
        bench.wait(30)
    assert bench.commands("A") == [ASK] * 3


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


def test_a_place_that_two_boots_did_not_bring_back_is_forgotten() -> None:
    bench = Bench.make(CYCLE)
    bench.arrive("A", connectors=2)
    for _ in range(2):
        assert len(list(bench.engine.chargers[A].connectors())) == 2
        bench.restart("A", connectors=1)
        bench.wait(40)
        assert bench.commands("A")[-1] == ASK
        bench.answer("A", "Rejected")
        bench.wait(61)
    assert [plug.connector for plug in bench.engine.chargers[A].connectors()] == [1]
    kept = [fact for fact in bench.facts if isinstance(fact, ChargerRecord)]
    assert kept[-1].places == [(1, 1)]
    asked = len(bench.commands("A"))
    bench.wait(4 * 3600)
    assert len(bench.commands("A")) - asked <= 1
