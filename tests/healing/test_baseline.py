"""Chargers are brought to their wanted configuration, and left alone where that does harm."""

from __future__ import annotations

from healer import shipped
from healer.fleet.baseline import Baseline
from healer.healing.baseline import SET_CONFIG
from healer.healing.records import Fate, Intent
from healer.model import UNKNOWN, ChargerId, Mode, OcppVersion
from tests.bench import Bench, healing
from tests.boxes import Box, baseline

HEARTBEAT = {"HeartbeatInterval": "300"}
QUIET = "rules: []"
SHIPPED = (shipped.rules() / "configuration.yaml").read_text(encoding="utf-8")


def box(values: dict[str, str], wanted: Baseline | None = None, *, mode: Mode = Mode.AUTO, text: str = QUIET) -> Box:
    bench = Bench.make(text, healing(mode=mode), baseline=wanted or baseline(HEARTBEAT))
    return Box(bench, values)


def drift(one: Box) -> object:
    charger = one.bench.engine.chargers[ChargerId(one.name)]
    outlook = charger.outlook()
    return UNKNOWN if outlook.untold else [str(variable) for variable in outlook.drift]


def written(one: Box) -> list[Intent]:
    return [intent for intent in one.bench.intents if intent.action.startswith(SET_CONFIG)]


# --- drift ------------------------------------------------------------------------------------------------------------


def test_what_drifts_is_written_and_read_back() -> None:
    station = box({"HeartbeatInterval": "60"})
    station.arrive()
    station.serve(120)
    assert station.read == [["HeartbeatInterval"], ["HeartbeatInterval"]]
    assert station.written == [HEARTBEAT]
    assert drift(station) == []
    (intent,) = written(station)
    assert intent.action == "set-config HeartbeatInterval"
    assert intent.facts == ("HeartbeatInterval: 60 -> 300",)
    assert not intent.disruptive


def test_what_is_as_wanted_is_left_alone() -> None:
    station = box({"HeartbeatInterval": "0300"})
    station.arrive()
    station.serve(120)
    assert (len(station.read), station.written, drift(station)) == (1, [], [])


def test_without_a_baseline_nothing_is_asked() -> None:
    station = box({"HeartbeatInterval": "60"}, baseline(HEARTBEAT, vendor="Other"))
    station.arrive()
    station.serve(2 * 86400)
    assert (station.read, station.written) == ([], [])


def test_in_dry_run_drift_is_seen_and_nothing_written() -> None:
    station = box({"HeartbeatInterval": "60"}, mode=Mode.DRY_RUN)
    station.arrive()
    station.serve(3600)
    assert (drift(station), station.written) == (["HeartbeatInterval"], [])


def test_nothing_is_written_while_somebody_charges() -> None:
    station = box({"HeartbeatInterval": "60"})
    station.bench.connect("A")
    station.bench.boot("A")
    station.bench.statuses("A")
    transaction = station.bench.start_session("A")
    station.bench.status("A", 1, "Charging")
    station.serve(600)
    assert (drift(station), station.written) == (["HeartbeatInterval"], [])
    station.bench.stop_session("A", transaction)
    station.bench.status("A", 1, "Available")
    station.serve(120)
    assert station.written == [HEARTBEAT]


def test_nothing_is_written_while_a_safety_code_stands() -> None:
    station = box({"HeartbeatInterval": "60"})
    station.bench.connect("A")
    station.bench.boot("A")
    station.bench.statuses("A", faulted="GroundFailure")
    station.serve(600)
    assert station.written == []


def test_nothing_is_written_during_a_firmware_job() -> None:
    station = box({"HeartbeatInterval": "60"})
    station.bench.connect("A")
    station.bench.boot("A")
    station.bench.statuses("A")
    station.bench.say("A", "FirmwareStatusNotification", {"status": "Downloading"})
    station.serve(600)
    assert station.written == []
    station.bench.say("A", "FirmwareStatusNotification", {"status": "Installed"})
    station.serve(60)
    assert station.written == [HEARTBEAT]


def test_a_setting_lost_at_a_restart_is_written_again() -> None:
    """Ocular LTE Plus forgets its heartbeat interval."""
    station = box({"HeartbeatInterval": "60"})
    station.arrive()
    station.serve(3600)
    station.values["HeartbeatInterval"] = "60"
    station.restart()
    station.serve(120)
    assert station.written == [HEARTBEAT, HEARTBEAT]


def test_what_changes_behind_our_back_is_found_within_a_day() -> None:
    station = box({"HeartbeatInterval": "300"})
    station.arrive()
    station.serve(60)
    station.values["HeartbeatInterval"] = "60"
    station.serve(86400 + 60)
    assert station.written == [HEARTBEAT]


# --- answers ----------------------------------------------------------------------------------------------------------


def test_unknown_and_read_only_keys_are_never_written() -> None:
    wanted = baseline({"HeartbeatInterval": "300", "NoSuchKey": "1", "NumberOfConnectors": "3"})
    station = box({"HeartbeatInterval": "300", "NumberOfConnectors": "1"}, wanted)
    station.read_only = {"NumberOfConnectors"}
    station.arrive()
    station.serve(3 * 86400)
    assert (station.written, drift(station)) == ([], [])
    assert all("NoSuchKey" not in asked for asked in station.read[1:])


def test_a_key_that_cannot_be_written_is_learnt_of_its_model_by_two_chargers() -> None:
    station = box({"HeartbeatInterval": "60"})
    boxes = [station, *(Box(station.bench, {"HeartbeatInterval": "60"}, name) for name in "BC")]
    for one in boxes:
        one.statuses = {"HeartbeatInterval": "NotSupported"}
        one.arrive()
        one.serve(120)
    assert [len(one.written) for one in boxes] == [1, 1, 0]


def test_a_refused_value_is_tried_again_patiently_and_people_are_told() -> None:
    station = box({"HeartbeatInterval": "60"})
    station.statuses = {"HeartbeatInterval": "Rejected"}
    station.arrive()
    station.serve(3600)
    assert len(station.written) == 6
    (alert,) = station.bench.raised("errand")
    assert alert.summary == "A does not take the wanted value of HeartbeatInterval"
    station.statuses = {}
    station.serve(6 * 3600)
    assert drift(station) == []
    assert len(station.bench.resolved("errand")) == 1


def test_a_value_that_is_accepted_and_not_taken_stays_drift_and_is_written_less_and_less() -> None:
    station = box({"HeartbeatInterval": "60"})
    station.ignores = {"HeartbeatInterval"}
    station.arrive()
    station.serve(86400)
    assert drift(station) == ["HeartbeatInterval"]
    assert 8 < len(station.written) < 20


def test_many_keys_are_written_but_not_more_than_so_many_an_hour() -> None:
    wanted = {f"Key{number}": "1" for number in range(70)}
    station = box(dict.fromkeys(wanted, "0"), baseline(wanted))
    station.arrive()
    station.serve(1800)
    assert len(station.written) == 60
    station.serve(3600)
    assert len(station.written) == 70
    assert max(len(asked) for asked in station.read) == 20


def test_a_charger_that_tells_few_keys_at_once_is_asked_for_few() -> None:
    wanted = {f"Key{number}": "1" for number in range(10)}
    station = box(dict(wanted), baseline(wanted))
    station.most_keys = 3
    station.arrive()
    station.serve(120)
    assert [len(asked) for asked in station.read] == [10, 3, 3, 1]
    assert drift(station) == []


def test_a_charger_that_knows_no_configuration_is_asked_once() -> None:
    station = box({})
    station.arrive()
    station.bench.wait(31)
    station.bench.answer_error("A", "NotImplemented")
    station.serve(3 * 86400)
    station.restart()
    station.serve(3600)
    assert station.read == []


# --- restarts ---------------------------------------------------------------------------------------------------------


def test_a_value_in_force_after_a_restart_gets_one_when_the_charger_is_idle() -> None:
    station = box({"HeartbeatInterval": "60"}, text=SHIPPED)
    station.statuses = {"HeartbeatInterval": "RebootRequired"}
    station.arrive()
    station.serve(120)
    transaction = station.bench.start_session("A")
    station.bench.status("A", 1, "Charging")
    station.serve(3600)
    assert (len(station.written), station.resets) == (1, 0)
    station.bench.stop_session("A", transaction)
    station.bench.status("A", 1, "Available")
    station.serve(1800)
    assert (len(station.written), station.resets, drift(station)) == (1, 1, [])
    assert written(station)[0].id in {one.intent for one in station.bench.outcomes() if one.fate is Fate.ACCEPTED}


def test_that_a_restart_is_needed_outlives_the_daemon() -> None:
    station = box({"HeartbeatInterval": "60"}, text=SHIPPED)
    station.statuses = {"HeartbeatInterval": "RebootRequired"}
    station.arrive()
    station.serve(60)
    after = Box(station.bench.restarted(SHIPPED), station.values)
    after.bench.come_back("A")
    after.serve(1800)
    assert (after.written, after.resets) == ([], 1)


def test_a_crash_in_the_middle_of_a_write_writes_again_at_most() -> None:
    station = box({"HeartbeatInterval": "60"})
    station.arrive()
    station.bench.wait(31)
    key = {"key": "HeartbeatInterval", "readonly": False, "value": "60"}
    station.bench.answer_with("A", {"configurationKey": [key]})
    assert station.bench.commands("A")[-1] == "ChangeConfiguration"
    after = Box(station.bench.restarted(QUIET), station.values)
    after.bench.come_back("A")
    after.serve(300)
    assert (after.written, drift(after)) == ([HEARTBEAT], [])


# --- boot loops -------------------------------------------------------------------------------------------------------


def loops(station: Box) -> None:
    """It restarts when it is written to, and forgets what was written."""
    station.values["HeartbeatInterval"] = "60"
    station.restart()


def held(station: Box) -> bool:
    return station.bench.engine.chargers[ChargerId(station.name)].configuration.caution.writes_held


def test_writes_stop_when_restarts_follow_them_until_a_person_clears_the_charger() -> None:
    station = box({"HeartbeatInterval": "60"}, text=SHIPPED)
    station.on_write = loops
    station.arrive()
    station.serve(2 * 86400)
    assert (len(station.written), held(station)) == (2, True)
    assert [alert.rule for alert in station.bench.raised("firing")] == ["configuration-held"]
    station.on_write = lambda box: None
    station.bench.clear_charger("A")
    station.serve(3600)
    assert (len(station.written), held(station), drift(station)) == (3, False, [])
    assert len(station.bench.resolved("firing")) == 1


def test_a_value_that_is_never_kept_gets_a_ticket_after_a_day() -> None:
    station = box({"HeartbeatInterval": "60"}, text=SHIPPED)
    station.ignores = {"HeartbeatInterval"}
    station.arrive()
    station.serve(86400 + 3600)
    assert [alert.rule for alert in station.bench.raised("firing")] == ["configuration-drift"]


def test_that_writes_are_stopped_outlives_the_daemon() -> None:
    station = box({"HeartbeatInterval": "60"})
    station.on_write = loops
    station.arrive()
    station.serve(3600)
    after = Box(station.bench.restarted(QUIET), station.values)
    after.bench.come_back("A")
    after.serve(3600)
    assert (after.written, held(after)) == ([], True)


def test_another_firmware_gets_another_chance() -> None:
    station = box({"HeartbeatInterval": "60"})
    station.on_write = loops
    station.arrive()
    station.serve(3600)
    station.on_write = lambda box: None
    station.bench.boot("A", firmwareVersion="2.0")
    station.bench.statuses("A")
    station.serve(3600)
    assert (len(station.written), held(station), drift(station)) == (3, False, [])


def test_one_restart_after_a_write_is_no_loop() -> None:
    station = box({"HeartbeatInterval": "60"})
    station.on_write = lambda box: box.restart()
    station.arrive()
    station.serve(3600)
    assert (len(station.written), held(station), drift(station)) == (1, False, [])


def test_after_two_chargers_the_key_is_not_written_to_their_model_any_more() -> None:
    station = box({"HeartbeatInterval": "60"})
    boxes = [station, *(Box(station.bench, {"HeartbeatInterval": "60"}, name) for name in "BC")]
    for one in boxes:
        one.on_write = loops
        one.arrive()
        one.serve(3600)
    assert [len(one.written) for one in boxes] == [2, 2, 0]
    assert not held(boxes[2])


def test_questions_stop_when_restarts_follow_them() -> None:
    """ABB Terra AC restarts when it is asked about what it accepted."""
    station = box({"HeartbeatInterval": "60"}, mode=Mode.DRY_RUN)
    station.on_read = lambda box: box.restart()
    station.arrive()
    station.serve(86400)
    assert len(station.read) == 3


def test_a_daemon_that_died_after_a_write_still_counts_the_restart_that_followed() -> None:
    station = box({"HeartbeatInterval": "60"})
    station.arrive()
    while not station.written:
        station.serve(1)
    after = Box(station.bench.restarted(QUIET), {"HeartbeatInterval": "60"}, on_write=loops)
    after.arrive()
    after.serve(3600)
    assert (len(after.written), held(after)) == (1, True)


# --- 2.x --------------------------------------------------------------------------------------------------------------


def test_variables_are_written_in_batches() -> None:
    wanted = {f"OCPPCommCtrlr.Key{number}": "1" for number in range(12)}
    bench = Bench.make(QUIET, baseline=baseline(wanted))
    station = Box(bench, dict.fromkeys(wanted, "0"), version=OcppVersion.V201)
    station.statuses = {"OCPPCommCtrlr.Key3": "Rejected"}
    station.arrive()
    station.serve(180)
    assert [len(batch) for batch in station.written[:3]] == [10, 1, 2]
    assert drift(station) == ["OCPPCommCtrlr.Key3"]
    assert all(len(asked) <= 10 for asked in station.read)


def test_variables_that_a_station_does_not_have_are_learnt() -> None:
    wanted = {"OCPPCommCtrlr.HeartbeatInterval": "300", "NoCtrlr.Thing": "1"}
    bench = Bench.make(QUIET, baseline=baseline(wanted))
    station = Box(bench, {"OCPPCommCtrlr.HeartbeatInterval": "60"}, version=OcppVersion.V201)
    station.arrive()
    station.serve(180)
    assert station.written == [{"OCPPCommCtrlr.HeartbeatInterval": "300"}]
    assert drift(station) == []
    assert list(bench.engine.chargers[ChargerId("A")].learned.unknown) == ["NoCtrlr.Thing"]


def test_a_variable_that_is_rejected_as_read_only_is_learnt_so() -> None:
    wanted = {"OCPPCommCtrlr.HeartbeatInterval": "300", "ChargingStation.Model": "X"}
    bench = Bench.make(QUIET, baseline=baseline(wanted))
    station = Box(bench, dict.fromkeys(wanted, "1"), version=OcppVersion.V201, read_only={"ChargingStation.Model"})
    station.arrive()
    station.serve(3600)
    assert station.written == [wanted]
    assert drift(station) == []
    assert list(bench.engine.chargers[ChargerId("A")].learned.read_only) == ["ChargingStation.Model"]


def test_a_report_that_nobody_asked_for_is_believed() -> None:
    wanted = {"OCPPCommCtrlr.HeartbeatInterval": "300"}
    bench = Bench.make(QUIET, healing(mode=Mode.OFF), baseline=baseline(wanted))
    station = Box(bench, {"OCPPCommCtrlr.HeartbeatInterval": "300"}, version=OcppVersion.V201)
    station.arrive()
    station.serve(60)
    told = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "HeartbeatInterval"},
        "variableAttribute": [{"value": "60"}],
    }
    other = {**told, "variable": {"name": "Other"}}
    said = {"requestId": 1, "generatedAt": bench.stamp(), "seqNo": 0, "reportData": [told, other]}
    bench.say("A", "NotifyReport", said)
    assert drift(station) == ["OCPPCommCtrlr.HeartbeatInterval"]
    assert len(bench.engine.chargers[ChargerId("A")].configuration.told) == 1


# --- what is learnt ---------------------------------------------------------------------------------------------------


def test_a_command_that_is_not_known_is_tried_once_also_after_a_restart_of_the_daemon() -> None:
    text = """
rules:
  - rule: stuck
    when: {status: Finishing}
    for: 5m
    heal:
      - unlock
    if_not_healed: ticket
"""
    bench = Bench.make(text)
    bench.arrive("A")
    bench.status("A", 1, "Finishing")
    bench.wait(330)
    assert bench.commands("A")[-1] == "UnlockConnector"
    bench.answer("A", "NotSupported")
    after = bench.restarted(text, after_s=3 * 86400)
    after.come_back("A")
    after.status("A", 1, "Finishing")
    after.wait(3600)
    assert "UnlockConnector" not in after.commands("A")
    assert "does not know unlock" in after.incident("stuck", "A").reason or after.raised("not-healed")


def test_a_slow_model_gets_the_time_that_it_took_before() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(330)
    assert bench.resets("A") == ["Reset Soft"]
    bench.answer("A")
    bench.drop("A")
    bench.wait(500)
    bench.connect("A")
    bench.boot("A")
    bench.statuses("A")
    bench.wait(60)
    assert bench.engine.chargers[ChargerId("A")].boot_time_s == 500.0
    after = bench.restarted()
    assert after.engine.chargers[ChargerId("A")].boot_time_s == 500.0
