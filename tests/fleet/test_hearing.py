"""What a charger says, and what we then believe and answer."""

from __future__ import annotations

from typing import Any

import pytest

from healer.fleet.charger import FIRMWARE_JOB_S, Charger
from healer.fleet.latches import MOST_LATCHES
from healer.fleet.profiles import BootMeaning, Profile
from healer.model import ChargerId, Status, Target
from tests.bench import STAMP, Bench, healing

A = ChargerId("A")
STARTED = {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": STAMP}


def _bench(**changes: object) -> Bench:
    bench = Bench.make(settings=healing(), profile=Profile(settle_s=30.0, boot_time_s=60.0, **changes))  # type: ignore[arg-type]
    bench.arrive("A")
    return bench


def _charger(bench: Bench) -> Charger:
    return bench.engine.chargers[A]


def _reboots(bench: Bench) -> int:
    return _charger(bench).window("reboot").count(86400.0, bench.now)


def _reply(bench: Bench) -> Any:
    """Our last answer to the charger."""
    return next(frame for _, frame in reversed(bench.sent) if frame[0] != 2)


# --- boots ----------------------------------------------------------------------------------------------------------


def test_a_boot_is_accepted_and_tells_who_the_charger_is() -> None:
    bench = _bench()
    bench.boot("A", chargePointVendor="Other", firmwareVersion="2.0")
    charger = _charger(bench)
    assert (charger.vendor, charger.model, charger.firmware) == ("Other", "DC50", "2.0")
    assert charger.boot_accepted
    assert _reply(bench)[2]["status"] == "Accepted"
    assert _reply(bench)[2]["interval"] == 300


def test_a_boot_at_each_connection_is_no_reboot() -> None:
    bench = _bench()
    for _ in range(5):
        bench.restart("A")
    assert _reboots(bench) == 0


def test_a_boot_of_a_charger_that_reconnects_without_one_is_a_reboot() -> None:
    bench = _bench()
    bench.drop("A")
    bench.come_back("A")
    bench.wait(60)
    bench.drop("A")
    bench.come_back("A")
    bench.restart("A")
    assert _reboots(bench) == 1


def test_a_boot_on_the_standing_link_is_a_reboot() -> None:
    bench = _bench()
    bench.boot("A")
    assert _reboots(bench) == 1


@pytest.mark.parametrize(("meaning", "count"), [(BootMeaning.REBOOT, 2), (BootMeaning.RECONNECT, 0)])
def test_a_profile_may_say_what_a_boot_means(meaning: BootMeaning, count: int) -> None:
    bench = _bench(boot_means=meaning)
    before = _reboots(bench)
    for _ in range(2):
        bench.restart("A")
    assert _reboots(bench) - before == count


@pytest.mark.parametrize(
    ("reason", "count"),
    [
        ("PowerUp", 1),
        ("Watchdog", 1),
        ("LocalReset", 1),
        ("ApplicationReset", 1),
        ("Unknown", 1),
        ("RemoteReset", 0),
        ("ScheduledReset", 0),
        ("FirmwareUpdate", 0),
        ("Triggered", 0),
    ],
)
def test_in_2x_the_reason_tells(reason: str, count: int) -> None:
    bench = Bench.make()
    bench.arrive201("A")
    before = _reboots(bench)
    bench.boot201("A", reason)
    assert _reboots(bench) - before == count


def test_the_boot_after_a_reset_of_ours_is_not_counted_and_the_next_one_is() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    before = _reboots(bench)
    bench.problem201("A", 1, "InternalError")
    bench.status201("A", 1, "Faulted")
    bench.wait(301)
    assert bench.resets("A") == ["Reset OnIdle"]
    bench.answer("A")
    bench.boot201("A", "PowerUp")
    assert _reboots(bench) == before
    bench.boot201("A", "PowerUp")
    assert _reboots(bench) == before + 1


def test_a_link_that_breaks_before_the_boot_is_no_reconnect_without_one() -> None:
    bench = _bench()
    for _ in range(4):
        bench.drop("A")
        bench.connect("A")
        bench.restart("A")
    assert _reboots(bench) == 0


def test_a_reset_that_was_rejected_excuses_no_reboot() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    before = _reboots(bench)
    bench.problem201("A", 1, "InternalError")
    bench.status201("A", 1, "Faulted")
    bench.wait(301)
    while bench.open_call("A") is not None:
        bench.answer("A", "Rejected")
    bench.boot201("A", "Watchdog")
    assert _reboots(bench) == before + 1


# --- statuses -------------------------------------------------------------------------------------------------------


def test_connector_zero_is_the_charger_itself() -> None:
    bench = _bench()
    bench.status("A", 0, "Unavailable")
    assert _charger(bench).itself.status is Status.UNAVAILABLE
    assert list(_charger(bench).evses) == [1]


def test_a_status_nobody_knows_changes_nothing() -> None:
    bench = _bench()
    bench.status("A", 1, "Sulking")
    assert _charger(bench).connector(1, 1).status is Status.AVAILABLE


def test_an_empty_place_ends_whatever_ran_there() -> None:
    bench = _bench()
    bench.status("A", 1, "Charging")
    bench.start_session("A")
    bench.status("A", 1, "Available")
    assert list(_charger(bench).transactions()) == []


def test_an_error_stands_since_it_came() -> None:
    bench = _bench()
    bench.status("A", 1, "Faulted", "InternalError")
    since = bench.now
    bench.wait(60)
    bench.status("A", 1, "Faulted", "InternalError")
    plug = _charger(bench).connector(1, 1)
    assert (plug.error_code, plug.error_since, plug.status_since) == ("InternalError", since, since)


def test_a_safety_code_in_a_2x_event_latches_its_place() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    bench.problem201("A", 1, "CX017")
    assert {place: latch.code for place, latch in _charger(bench).latches.items()} == {
        Target(A, 1, 1): "EVSEContactorFault"
    }


# --- transactions ---------------------------------------------------------------------------------------------------


def test_a_transaction_gets_a_durable_id_and_a_repeated_start_the_same() -> None:
    bench = _bench()
    bench.status("A", 1, "Preparing")
    first = bench.start_session("A")
    assert bench.start_session("A") == first
    bench.say("A", "StartTransaction", {**STARTED, "meterStart": 5})
    assert _reply(bench)[2]["transactionId"] != first


def test_without_a_durable_id_the_charger_asks_again_but_the_car_is_known_to_charge() -> None:
    bench = _bench()
    bench.status("A", 1, "Preparing")
    bench.break_store()
    assert bench.start_session("A") == -1
    assert _reply(bench)[0] == 4
    assert [transaction.id for transaction in _charger(bench).transactions()] == [""]
    assert bench.start_session("A") == -1
    bench.mend_store()
    given = bench.start_session("A")
    assert [transaction.id for transaction in _charger(bench).transactions()] == [str(given)]
    bench.stop_session("A", given)
    assert list(_charger(bench).transactions()) == []


def test_a_2x_transaction_whose_start_we_missed_runs_all_the_same() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    bench.status201("A", 1, "Occupied")
    bench.transaction201("A", "Updated")
    charger = _charger(bench)
    assert [transaction.id for transaction in charger.transactions()] == ["T1"]
    assert charger.connector(1, 1).status is Status.CHARGING
    bench.transaction201("A", "Ended", "EVConnected")
    assert charger.connector(1, 1).status is Status.FINISHING


def test_an_update_about_the_past_opens_nothing() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    bench.transaction201("A", "Updated", offline=True)
    assert list(_charger(bench).transactions()) == []


def test_the_end_of_a_transaction_never_seen_is_answered() -> None:
    bench = _bench()
    bench.stop_session("A", 4711)
    assert _reply(bench)[0] == 3


# --- work -----------------------------------------------------------------------------------------------------------


def test_a_firmware_job_runs_until_it_ends_or_the_charger_boots() -> None:
    bench = _bench()
    for status, job in [("Downloading", "Downloading"), ("Installed", None), ("Installing", "Installing")]:
        bench.say("A", "FirmwareStatusNotification", {"status": status})
        assert _charger(bench).firmware_job == job
    bench.boot("A")
    assert _charger(bench).firmware_job is None


def test_an_upload_is_remembered_with_its_time() -> None:
    bench = _bench()
    bench.say("A", "DiagnosticsStatusNotification", {"status": "Uploaded"})
    assert (_charger(bench).upload, _charger(bench).upload_at) == ("Uploaded", bench.now)


def test_a_firmware_job_whose_end_was_lost_does_not_run_for_ever() -> None:
    bench = _bench()
    charger = _charger(bench)
    bench.say("A", "FirmwareStatusNotification", {"status": "Downloading"})
    bench.wait(3600)
    bench.say("A", "FirmwareStatusNotification", {"status": "Downloading"})
    assert charger.firmware_job_at(bench.now) == "Downloading"
    assert charger.firmware_job_until == bench.now - 3600 + FIRMWARE_JOB_S
    bench.wait(FIRMWARE_JOB_S - 3600)
    assert charger.firmware_job_at(bench.now) is None
    bench.say("A", "FirmwareStatusNotification", {"status": "Downloading"})
    assert charger.firmware_job_at(bench.now) == "Downloading"
    bench.say("A", "FirmwareStatusNotification", {"status": "Installed"})
    assert charger.firmware_job_until is None


def test_a_link_that_broke_soon_after_it_spoke_is_no_reconnect_without_a_boot() -> None:
    bench = _bench()
    for _ in range(4):
        bench.drop("A")
        bench.come_back("A")
        bench.wait(5)
        bench.restart("A")
    assert _reboots(bench) == 0


def test_more_problems_than_can_be_kept_latch_the_charger_as_a_whole() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    for evse in range(1, 1000):
        bench.problem201("A", evse, "InternalError")
    assert list(_charger(bench).latches) == [Target(A)]
    for evse in range(1, 1000):
        bench.problem201("A", evse, "CX002")
    assert len(_charger(bench).latches) <= MOST_LATCHES + 1


def test_faulted_after_a_boot_without_a_word_of_its_cause_is_no_ground_for_a_reset() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    bench.problem201("A", 1, "InternalError")
    bench.status201("A", 1, "Faulted")
    bench.wait(200)
    bench.boot201("A")
    bench.status201("A", 1, "Faulted")
    bench.wait(3600)
    assert bench.resets("A") == []
    bench.problem201("A", 1, "InternalError")
    bench.wait(301)
    assert bench.resets("A") == ["Reset OnIdle"]
