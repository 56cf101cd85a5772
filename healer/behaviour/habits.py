"""How a simulated charger lives and how it takes commands: settings only."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from healer.model import Seconds


class Reaction(enum.StrEnum):
    """What a command does to the charger; the words of `replies` in rule tests."""

    WORKS = "works"
    """Carried out, and what was wrong (and can be healed from afar) is gone."""
    NO_EFFECT = "no-effect"
    """Accepted and gone through with, but what was wrong stays. A probe or a log is accepted and never comes."""
    REJECTED = "rejected"
    SILENT = "silent"
    """Neither answered nor carried out."""
    OFFLINE = "offline"
    """Accepted; then the link drops and the charger never comes back."""
    NOT_SUPPORTED = "not-supported"


REACTING: Final = frozenset(
    {
        "reset",
        "reset soft",
        "reset hard",
        "unlock",
        "cycle-availability",
        "take-out-of-service",
        "put-in-service",
        "probe",
        "collect-diagnostics",
        "update-firmware",
    }
)
"""The keys of `replies`: actions of the rule language, `reset` with or without its argument."""


@dataclass(frozen=True, slots=True)
class Habits:
    """The times of a charger, in seconds, and its manners."""

    drop_after_s: Seconds = 1.0
    """From the answer to a reset until the link drops."""
    boot_time_s: Seconds = 45.0
    """From the loss of the link in a restart until it dials again."""
    status_after_boot_s: Seconds = 1.0
    """From its BootNotification until it reports its connectors."""
    heartbeat_s: Seconds | None = None
    """None: as the central system tells it in the answer to BootNotification, 300 until it does."""
    redial_s: Seconds = 5.0
    """From a lost link until it dials again."""
    retry_s: Seconds = 60.0
    """From a BootNotification or transaction message that got no answer until its repetition."""
    start_after_s: Seconds = 3.0
    """From plugging in until the transaction starts."""
    meter_every_s: Seconds = 60.0
    unplug_after_s: Seconds = 60.0
    """From the end of a transaction until the driver pulls the plug."""
    upload_s: Seconds = 15.0
    download_s: Seconds = 20.0
    install_s: Seconds = 30.0
    power_w: float = 11_000.0
    """What a charging car draws."""
    boots_on_reconnect: bool = False
    """It sends BootNotification at each new connection, as some models do."""
    reports_on_reconnect: bool = True
    """It repeats its connectors' statuses at a new connection without a boot; some models say nothing."""

    def faster(self, factor: float) -> Habits:
        """The same charger with all its times divided by `factor`; its power is the same."""
        return Habits(
            drop_after_s=self.drop_after_s / factor,
            boot_time_s=self.boot_time_s / factor,
            status_after_boot_s=self.status_after_boot_s / factor,
            heartbeat_s=None if self.heartbeat_s is None else self.heartbeat_s / factor,
            redial_s=self.redial_s / factor,
            retry_s=self.retry_s / factor,
            start_after_s=self.start_after_s / factor,
            meter_every_s=self.meter_every_s / factor,
            unplug_after_s=self.unplug_after_s / factor,
            upload_s=self.upload_s / factor,
            download_s=self.download_s / factor,
            install_s=self.install_s / factor,
            power_w=self.power_w,
            boots_on_reconnect=self.boots_on_reconnect,
            reports_on_reconnect=self.reports_on_reconnect,
        )
