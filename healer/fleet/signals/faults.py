"""The faults of the field, by which signals and events each is seen, and what of it OCPP does not show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Fault:
    """One known fault of chargers."""

    name: str
    seen_by: tuple[str, ...]
    """Signals and events; the first says it, the others tell it from its like."""
    unseen: str = ""
    """What of it is not visible in OCPP, or not a matter of rules; empty where nothing is missing."""


FAULTS: Final = (
    Fault("offline", ("offline", "online"), "why it is away: its power, router and SIM card are not seen"),
    Fault("half_deaf", ("half_deaf",)),
    Fault(
        "half_open", ("offline", "disconnect"), "pings and pongs are the server's; without a pong the link is closed"
    ),
    Fault("flapping", ("disconnect",)),
    Fault("boot_loop", ("reboot", "watchdog_reboot"), "1.6 names no reason for a boot"),
    Fault("silent_after_boot", ("silent_after_boot",)),
    Fault(
        "stuck_preparing", ("status", "transaction_open", "session_active"), "whether a car stands there for a reason"
    ),
    Fault("stuck_finishing", ("status", "session_active", "profile.hangs_in_finishing"), "whether the car has gone"),
    Fault("phantom_plug", ("phantom_plug",)),
    Fault(
        "stuck_suspended_evse", ("status", "no_progress"), "limits that another system or the charger itself has set"
    ),
    Fault("stuck_unavailable", ("status", "out_of_service"), "who but us asked for it: a technician, opening hours"),
    Fault("faulted_generic", ("status", "error_code", "vendor_error_code", "problem")),
    Fault("zombie_tx_start", ("transaction_open", "status", "no_progress")),
    Fault("eternal_tx", ("transaction_open", "no_progress", "status")),
    Fault("zero_energy_sessions", ("zero_energy_sessions", "zero_energy_tokens")),
    Fault("no_progress", ("no_progress", "status", "state_of_charge")),
    Fault("repeated_short_sessions", ("short_sessions",), "attempts of one driver at other chargers of the site"),
    Fault("auth_failures_spike", ("authorization_failure",)),
    Fault(
        "connector_lock_failure", ("error_code", "mrec", "problem"), "an unlock that failed is the verdict of its step"
    ),
    Fault("ground_failure", ("error_code", "mrec", "connector_error")),
    Fault("contactor_or_weld", ("error_code", "mrec")),
    Fault("emergency_stop", ("emergency_stop", "mrec")),
    Fault("tilt_water_door_cut", ("vendor_error_code", "mrec", "last_security_event")),
    Fault("over_current", ("error_code", "mrec", "connector_error")),
    Fault("over_under_voltage", ("error_code", "mrec", "lowest_voltage", "highest_voltage")),
    Fault("power_loss", ("power_loss", "offline"), "a 1.6 boot does not tell that it followed a loss of power"),
    Fault("high_temperature", ("temperature", "error_code", "mrec")),
    Fault("ev_communication_error", ("error_code", "mrec", "connector_error"), "which car it was"),
    Fault("reader_failure", ("error_code", "problem", "days_without_session"), "a reader that nobody has tried"),
    Fault("payment_terminal", ("problem", "vendor_error_code"), "card payments, which do not pass through OCPP"),
    Fault("meter_failure", ("error_code", "meter_jump", "zero_energy_sessions")),
    Fault("weak_signal", ("error_code", "mrec", "disconnect"), "the strength of the radio, and how long pongs take"),
    Fault("clock_drift", ("clock_skew", "last_security_event")),
    Fault("lost_tx_id", ("lost_transaction_id",), "2.x stations give the ids themselves"),
    Fault("firmware_failed", ("firmware_failure", "firmware_status", "firmware")),
    Fault(
        "cert_expiry", ("certificate_days_left",), "certificates inside the charger that it does not show at the door"
    ),
    Fault("config_drift", ("config_drift", "config_reboot_required", "config_held")),
    Fault("duplicate_identity", ("duplicate_identity",)),
    Fault("security_event", ("security_event", "last_security_event")),
    Fault(
        "reset_failure", ("error_code",), "a reset that did nothing is the verdict of its step: the next one follows"
    ),
    Fault("never_used", ("days_without_session", "site_days_without_session")),
    Fault("central_system_fault", (), "our own trouble is no signal: it holds all healing (guard its-us, guard store)"),
)
"""In the order of the field's catalogue."""


def served(name: str) -> list[str]:
    """The faults that a signal or an event helps to see."""
    return [fault.name for fault in FAULTS if name in fault.seen_by]
