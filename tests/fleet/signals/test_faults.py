"""Every fault of the field is seen by something, or the table says why not."""

from __future__ import annotations

from healer.fleet.signals import EVENTS, SIGNALS
from healer.fleet.signals.faults import FAULTS, served

FIELD = [
    "offline",
    "half_deaf",
    "half_open",
    "flapping",
    "boot_loop",
    "silent_after_boot",
    "stuck_preparing",
    "stuck_finishing",
    "phantom_plug",
    "stuck_suspended_evse",
    "stuck_unavailable",
    "faulted_generic",
    "zombie_tx_start",
    "eternal_tx",
    "zero_energy_sessions",
    "no_progress",
    "repeated_short_sessions",
    "auth_failures_spike",
    "connector_lock_failure",
    "ground_failure",
    "contactor_or_weld",
    "emergency_stop",
    "tilt_water_door_cut",
    "over_current",
    "over_under_voltage",
    "power_loss",
    "high_temperature",
    "ev_communication_error",
    "reader_failure",
    "payment_terminal",
    "meter_failure",
    "weak_signal",
    "clock_drift",
    "lost_tx_id",
    "firmware_failed",
    "cert_expiry",
    "config_drift",
    "duplicate_identity",
    "security_event",
    "reset_failure",
    "never_used",
    "central_system_fault",
]
"""The ids of the field's catalogue, in its order."""


def test_no_fault_of_the_field_is_left_out() -> None:
    assert [fault.name for fault in FAULTS] == FIELD


def test_each_is_seen_by_signals_that_there_are_or_says_why_not() -> None:
    for fault in FAULTS:
        assert fault.seen_by or fault.unseen
        assert set(fault.seen_by) <= {*SIGNALS, *EVENTS}


def test_the_faults_that_a_signal_serves_are_found() -> None:
    assert served("disconnect") == ["half_open", "flapping", "weak_signal"]
    assert served("vendor") == []
