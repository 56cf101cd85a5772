"""The last words on firmware and security."""

from __future__ import annotations

from healer.fleet.signals import SIGNALS, Reading
from healer.model import UNKNOWN, ChargerId, Target
from tests.bench import STAMP, Bench

A = ChargerId("A")
DAY = 86_400.0
FAILED = "rules: [{rule: failed, when: {firmware_status: InstallationFailed}, stable_for: 0s, alert: ticket}]"


def _read(bench: Bench, name: str) -> Reading:
    return SIGNALS[name].read(bench.engine.chargers[A], Target(A), bench.now)


def test_nothing_told_is_unknown_until_it_was_watched_for_a_day() -> None:
    bench = Bench.make()
    bench.arrive("A")
    assert (_read(bench, "firmware_status"), _read(bench, "last_security_event")) == (UNKNOWN, UNKNOWN)
    bench.wait(DAY)
    assert (_read(bench, "firmware_status"), _read(bench, "last_security_event")) == ("Idle", "")


def test_the_last_word_stands_for_a_day() -> None:
    bench = Bench.make()
    bench.arrive("A")
    for status in ("Downloading", "InstallationFailed"):
        bench.say("A", "FirmwareStatusNotification", {"status": status})
    bench.say("A", "SecurityEventNotification", {"type": "MemoryExhaustion", "timestamp": STAMP})
    assert (_read(bench, "firmware_status"), _read(bench, "last_security_event")) == (
        "InstallationFailed",
        "MemoryExhaustion",
    )
    bench.wait(DAY)
    assert (_read(bench, "firmware_status"), _read(bench, "last_security_event")) == ("Idle", "")


def test_an_everyday_event_does_not_hide_an_alarm_of_the_day() -> None:
    bench = Bench.make()
    bench.arrive("A")
    for kind in ("ResetOrReboot", "TamperDetectionActivated", "SettingSystemTime"):
        bench.say("A", "SecurityEventNotification", {"type": kind, "timestamp": STAMP})
    assert _read(bench, "last_security_event") == "TamperDetectionActivated"
    bench.wait(DAY - 100)
    bench.say("A", "SecurityEventNotification", {"type": "TamperDetectionActivated", "timestamp": STAMP})
    bench.wait(DAY - 100)
    assert _read(bench, "last_security_event") == "TamperDetectionActivated"
    bench.wait(100)
    bench.say("A", "SecurityEventNotification", {"type": "SettingSystemTime", "timestamp": STAMP})
    assert _read(bench, "last_security_event") == "SettingSystemTime"


def test_it_outlives_a_restart() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.say("A", "FirmwareStatusNotification", {"status": "InstallationFailed"})
    bench.say("A", "SecurityEventNotification", {"type": "InvalidTLSVersion", "timestamp": STAMP})
    after = bench.restarted()
    assert (_read(after, "firmware_status"), _read(after, "last_security_event")) == (
        "InstallationFailed",
        "InvalidTLSVersion",
    )


def test_a_rule_hears_that_it_is_forgotten_by_time_alone() -> None:
    bench = Bench.make(FAILED)
    bench.arrive("A")
    bench.say("A", "FirmwareStatusNotification", {"status": "InstallationFailed"})
    assert [alert.active for alert in bench.alerts] == [True]
    bench.wait(DAY + 60)
    assert [alert.active for alert in bench.alerts] == [True, False]
