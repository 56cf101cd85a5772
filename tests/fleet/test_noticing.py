"""What can be counted of what a charger says."""

from __future__ import annotations

import pytest

from healer.events import FrameReceived, TokensReplaced
from healer.fleet.noticing import ALARMING
from healer.fleet.tokens import TokenPolicy
from healer.model import ChargerId, OcppVersion, Target
from tests.bench import STAMP, START, Bench

A = ChargerId("A")
DAY = 86_400.0


def _count(bench: Bench, event: str) -> int:
    return bench.engine.chargers[A].window(event).count(10 * DAY, bench.now)


def _arrived() -> Bench:
    bench = Bench.make()
    bench.arrive("A")
    bench.wait(600)
    return bench


def _arrived201(version: OcppVersion = OcppVersion.V201) -> Bench:
    bench = Bench.make()
    bench.connect("A", version)
    bench.boot201("A", "RemoteReset")
    bench.status201("A", 1, "Available")
    bench.wait(600)
    return bench


def _event201(bench: Bench, component: str, value: str, variable: str = "Problem") -> None:
    event = {
        "eventId": 1,
        "timestamp": bench.stamp(),
        "trigger": "Alerting",
        "actualValue": value,
        "component": {"name": component},
        "variable": {"name": variable},
        "eventNotificationType": "HardWiredNotification",
    }
    bench.say("A", "NotifyEvent", {"generatedAt": bench.stamp(), "seqNo": 0, "eventData": [event]})


# --- boots ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reason", "event"), [("Watchdog", "watchdog_reboot"), ("PowerUp", "power_loss")])
def test_boots_are_counted_by_their_reason(reason: str, event: str) -> None:
    bench = _arrived201()
    assert _count(bench, event) == 0
    bench.boot201("A", reason)
    assert (_count(bench, event), _count(bench, "reboot")) == (1, 1)


def test_a_boot_that_was_asked_for_is_no_loss_of_power() -> None:
    bench = _arrived201()
    bench.boot201("A", "Triggered")
    bench.boot201("A", "RemoteReset")
    assert (_count(bench, "watchdog_reboot"), _count(bench, "power_loss")) == (0, 0)


def test_what_tells_of_one_loss_of_power_counts_as_one() -> None:
    bench = _arrived201()
    bench.boot201("A", "PowerUp")
    bench.wait(5)
    told = {"transactionId": "T1", "stoppedReason": "PowerLoss"}
    bench.transaction201("A", "Ended", transactionInfo=told, offline=True)
    assert _count(bench, "power_loss") == 1
    bench.wait(600)
    bench.transaction201("A", "Ended", transactionInfo=told)
    assert _count(bench, "power_loss") == 2


# --- errors -----------------------------------------------------------------------------------------------------------


def test_an_error_counts_each_time_it_comes_and_not_each_time_it_is_told() -> None:
    bench = _arrived()
    for _ in range(3):
        bench.status("A", 1, "Faulted", "GroundFailure")
        bench.wait(10)
        bench.status("A", 1, "Faulted", "GroundFailure")
        bench.wait(10)
        bench.status("A", 1, "Available")
        bench.wait(10)
    assert _count(bench, "connector_error") == 3


def test_an_error_that_stands_over_a_reconnect_or_a_restart_of_ours_did_not_come_again() -> None:
    bench = _arrived()
    bench.status("A", 1, "Faulted", "InternalError")
    bench.drop("A")
    bench.connect("A")
    bench.status("A", 1, "Faulted", "InternalError")
    assert _count(bench, "connector_error") == 1
    after = bench.restarted()
    after.connect("A")
    after.status("A", 1, "Faulted", "InternalError")
    assert _count(after, "connector_error") == 1


def test_a_component_of_2x_counts_when_its_problem_is_news() -> None:
    bench = _arrived201()
    for cleared in (False, False, True, False):
        bench.problem201("A", 1, "CX010", cleared=cleared)
        bench.wait(10)
    assert _count(bench, "connector_error") == 2


def test_a_problem_that_is_told_again_after_a_reconnect_is_no_news() -> None:
    bench = _arrived201()
    bench.problem201("A", 1, "CX010")
    bench.drop("A")
    bench.connect("A", OcppVersion.V201)
    bench.problem201("A", 1, "CX010")
    assert _count(bench, "connector_error") == 1


@pytest.mark.parametrize("code", ["CX008", "CX015"])
def test_an_emergency_stop_and_a_loss_of_power_may_be_told_by_their_codes(code: str) -> None:
    event = {"CX008": "emergency_stop", "CX015": "power_loss"}[code]
    bench = _arrived()
    bench.status("A", 1, "Faulted", "OtherError", vendorErrorCode=code)
    assert _count(bench, event) == 1
    two = _arrived201()
    two.problem201("A", 1, code)
    assert _count(two, event) == 1


# --- emergency stop ---------------------------------------------------------------------------------------------------


def _stop(bench: Bench, transaction: object, reason: str = "Local", **more: object) -> None:
    said = {"transactionId": transaction, "meterStop": 9000, "timestamp": bench.stamp(), "reason": reason, **more}
    bench.say("A", "StopTransaction", said)


def test_an_emergency_stop_counts_and_locks_the_interlock() -> None:
    bench = _arrived()
    _stop(bench, bench.start_session("A"), "EmergencyStop")
    assert _count(bench, "emergency_stop") == 1
    assert bench.engine.chargers[A].latches[Target(A)].code == "EmergencyStop"


def test_so_does_one_of_2x() -> None:
    bench = _arrived201()
    bench.transaction201("A", "Started")
    bench.transaction201("A", "Ended", transactionInfo={"transactionId": "T1", "stoppedReason": "EmergencyStop"})
    assert _count(bench, "emergency_stop") == 1
    assert Target(A) in bench.engine.chargers[A].latches


def test_one_of_the_past_locks_but_does_not_count() -> None:
    bench = _arrived201()
    told = {"transactionId": "T1", "stoppedReason": "EmergencyStop"}
    bench.transaction201("A", "Ended", transactionInfo=told, offline=True)
    assert _count(bench, "emergency_stop") == 0
    assert Target(A) in bench.engine.chargers[A].latches


def test_an_everyday_end_locks_nothing() -> None:
    bench = _arrived()
    _stop(bench, bench.start_session("A"))
    assert _count(bench, "emergency_stop") == 0
    assert not bench.engine.chargers[A].latches


# --- plugs ------------------------------------------------------------------------------------------------------------


def test_a_plug_that_is_taken_and_free_again_at_once_is_a_phantom() -> None:
    bench = _arrived()
    bench.status("A", 1, "Preparing")
    bench.wait(20)
    bench.status("A", 1, "Available")
    assert _count(bench, "phantom_plug") == 1


def test_so_is_one_of_2x() -> None:
    bench = _arrived201()
    bench.status201("A", 1, "Occupied")
    bench.wait(20)
    bench.status201("A", 1, "Available")
    assert _count(bench, "phantom_plug") == 1


def test_somebody_who_took_his_time_showed_a_card_or_charged_was_there() -> None:
    bench = _arrived()
    bench.status("A", 1, "Preparing")
    bench.wait(61)
    bench.status("A", 1, "Available")
    bench.status("A", 1, "Preparing")
    bench.say("A", "Authorize", {"idTag": "A"})
    bench.status("A", 1, "Available")
    bench.status("A", 1, "Preparing")
    bench.status("A", 1, "Charging")
    bench.status("A", 1, "Available")
    assert _count(bench, "phantom_plug") == 0


def test_a_transaction_of_2x_was_somebody() -> None:
    bench = _arrived201()
    bench.status201("A", 1, "Occupied")
    bench.transaction201("A", "Started", "EVConnected")
    bench.transaction201("A", "Ended")
    bench.status201("A", 1, "Available")
    assert _count(bench, "phantom_plug") == 0


def test_a_plug_that_was_not_watched_in_between_tells_nothing() -> None:
    bench = _arrived()
    bench.status("A", 1, "Preparing")
    bench.drop("A")
    bench.connect("A")
    bench.status("A", 1, "Available")
    bench.status("A", 1, "Unavailable")
    bench.status("A", 1, "Preparing")
    bench.status("A", 1, "Unavailable")
    assert _count(bench, "phantom_plug") == 0


# --- tokens and ids ---------------------------------------------------------------------------------------------------


def test_a_token_that_we_refuse_is_a_failure_of_authorisation() -> None:
    bench = _arrived()
    bench.say("A", "Authorize", {"idTag": "A"})
    bench.start_session("A")
    assert _count(bench, "authorization_failure") == 0
    bench.give(TokensReplaced(TokenPolicy.nobody(bytes(32))))
    bench.say("A", "Authorize", {"idTag": "A"})
    bench.wait(10)
    bench.say("A", "StartTransaction", {"connectorId": 1, "idTag": "B", "meterStart": 0, "timestamp": bench.stamp()})
    assert _count(bench, "authorization_failure") == 2


def test_so_is_one_in_2x_but_not_one_of_the_past() -> None:
    bench = _arrived201()
    bench.give(TokensReplaced(TokenPolicy.nobody(bytes(32))))
    token = {"idToken": "A", "type": "ISO14443"}
    bench.transaction201("A", "Started", idToken=token, offline=True)
    assert _count(bench, "authorization_failure") == 0
    bench.transaction201("A", "Started", idToken=token)
    assert _count(bench, "authorization_failure") == 1


def test_an_end_as_not_authorised_is_a_failure_of_authorisation() -> None:
    bench = _arrived()
    _stop(bench, bench.start_session("A"), "DeAuthorized")
    assert _count(bench, "authorization_failure") == 1
    bench.wait(10)
    _stop(bench, 99, "DeAuthorized")
    assert _count(bench, "authorization_failure") == 1


@pytest.mark.parametrize("transaction", [-1, 0, 4711])
def test_an_end_that_names_no_transaction_of_ours_lost_its_id(transaction: int) -> None:
    bench = _arrived()
    _stop(bench, transaction)
    assert _count(bench, "lost_transaction_id") == 1


def test_an_end_that_is_told_twice_has_its_id() -> None:
    bench = _arrived()
    transaction = bench.start_session("A")
    _stop(bench, transaction)
    bench.wait(100)
    _stop(bench, transaction)
    assert _count(bench, "lost_transaction_id") == 0


def _metered(bench: Bench, energy_wh: float, **more: object) -> None:
    value = {"value": str(energy_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
    said = {"connectorId": 1, "meterValue": [{"timestamp": bench.stamp(), "sampledValue": [value]}], **more}
    bench.say("A", "MeterValues", said)


@pytest.mark.parametrize("transaction", [-1, None])
def test_readings_of_a_running_transaction_under_no_id_count_once_a_minute(transaction: int | None) -> None:
    bench = _arrived()
    bench.start_session("A")
    for _ in range(4):
        _metered(bench, 10.0, transactionId=transaction)
        bench.wait(30)
    assert _count(bench, "lost_transaction_id") == 2


def test_an_id_that_we_could_not_give_was_not_lost() -> None:
    bench = Bench.make()
    bench.store_gives_ids = False
    bench.arrive("A")
    while bench.start_session("A") > 0:
        bench.stop_session("A", -1)
    before = _count(bench, "lost_transaction_id")
    bench.wait(100)
    _stop(bench, -1)
    assert _count(bench, "lost_transaction_id") == before


def test_readings_that_need_no_id_have_lost_none() -> None:
    bench = _arrived()
    _metered(bench, 10.0, transactionId=-1)
    transaction = bench.start_session("A")
    _metered(bench, 10.0)
    _metered(bench, 10.0, transactionId=transaction)
    assert _count(bench, "lost_transaction_id") == 0


def test_2x_stations_give_the_ids_themselves() -> None:
    bench = _arrived201()
    bench.transaction201("A", "Ended")
    assert _count(bench, "lost_transaction_id") == 0


# --- meters -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("energy_wh", "jumps"), [(4_000.0, 1), (20_000.0, 1), (14_000.0, 0), (5_000.0, 0)])
def test_energy_that_goes_back_or_up_too_fast_is_a_jump(energy_wh: float, jumps: int) -> None:
    bench = _arrived()
    transaction = bench.start_session("A")
    _metered(bench, 5_000.0, transactionId=transaction)
    bench.wait(30)
    _metered(bench, energy_wh, transactionId=transaction)
    assert _count(bench, "meter_jump") == jumps


def test_readings_out_of_a_queue_are_not_judged() -> None:
    bench = _arrived()
    transaction = bench.start_session("A")
    for energy_wh in (5_000.0, 25_000.0, 45_000.0):
        _metered(bench, energy_wh, transactionId=transaction)
    bench.drop("A")
    bench.connect("A")
    bench.wait(20)
    _metered(bench, 95_000.0, transactionId=transaction)
    assert _count(bench, "meter_jump") == 0


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_messages_that_break_the_standard_count_once_a_minute() -> None:
    bench = _arrived()
    for _ in range(4):
        bench.say("A", "StatusNotification", {"connectorId": 1, "status": "Broken", "errorCode": "NoError"})
        bench.wait(30)
    assert _count(bench, "schema_violation") == 2


def test_so_does_what_is_no_ocpp_at_all() -> None:
    bench = _arrived()
    bench.give(FrameReceived(bench.connection("A"), "what?"))
    assert _count(bench, "schema_violation") == 1


def test_a_proper_message_breaks_nothing() -> None:
    bench = _arrived()
    assert _count(bench, "schema_violation") == 0


@pytest.mark.parametrize("status", ["DownloadFailed", "InstallationFailed"])
def test_a_failed_update_counts_once(status: str) -> None:
    bench = _arrived()
    for told in ("Downloading", status, status):
        bench.say("A", "FirmwareStatusNotification", {"status": told})
        bench.wait(10)
    assert _count(bench, "firmware_failure") == 1


@pytest.mark.parametrize("kind", sorted(ALARMING))
def test_alarming_security_events_count(kind: str) -> None:
    bench = _arrived()
    bench.say("A", "SecurityEventNotification", {"type": kind, "timestamp": STAMP})
    assert _count(bench, "security_event") == 1


def test_everyday_security_events_do_not() -> None:
    bench = _arrived201()
    bench.say("A", "SecurityEventNotification", {"type": "StartupOfTheDevice", "timestamp": STAMP})
    assert _count(bench, "security_event") == 0
    assert not bench.engine.chargers[A].latches


def test_tampering_locks_the_interlock() -> None:
    bench = _arrived()
    bench.say("A", "SecurityEventNotification", {"type": "TamperDetectionActivated", "timestamp": STAMP})
    assert Target(A) in bench.engine.chargers[A].latches


def test_a_flood_is_counted_once_a_second() -> None:
    bench = _arrived()
    for _ in range(50):
        bench.say("A", "SecurityEventNotification", {"type": "InvalidTLSVersion", "timestamp": STAMP})
    assert _count(bench, "security_event") == 1
    bench.wait(1)
    bench.say("A", "SecurityEventNotification", {"type": "InvalidTLSVersion", "timestamp": STAMP})
    assert _count(bench, "security_event") == 2


def test_what_was_counted_outlives_a_restart() -> None:
    bench = _arrived()
    bench.say("A", "SecurityEventNotification", {"type": "InvalidTLSVersion", "timestamp": STAMP})
    assert _count(bench.restarted(), "security_event") == 1


def test_a_rule_counts_them() -> None:
    rules = "rules: [{rule: ghosts, when: {event: phantom_plug, count: 2, within: 1h}, alert: ticket}]"
    bench = Bench.make(rules)
    bench.arrive("A")
    assert bench.now > START
    for _ in range(2):
        bench.status("A", 1, "Preparing")
        bench.wait(5)
        bench.status("A", 1, "Available")
    assert [alert.rule for alert in bench.alerts] == ["ghosts"]
