"""How a simulated charger lives and how it takes commands: settings only."""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields, replace
from typing import Final

from healer.behaviour.accent import PLAIN, Accent
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
    """The times of a charger, in seconds, and its manners. The defaults are those of one that keeps to the standard."""

    drop_after_s: Seconds = 1.0
    """From the answer to a reset until the link drops."""
    boot_time_s: Seconds = 45.0
    """From the loss of the link in a restart until it dials again."""
    boot_after_s: Seconds = 0.0
    """From a new connection until its BootNotification, where it sends one."""
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

    # --- bad manners: all of them were met in the field, see `quirks` -------------------------------------------------

    accent: Accent = PLAIN
    """How it spoils its frames."""
    names_no_version: bool = False
    """Its websocket handshake has no Sec-WebSocket-Protocol; in virtual time there is no handshake."""
    redials: bool = True
    """It dials again by itself after a lost link."""
    drops_link_every_s: Seconds | None = None
    """It hangs up by itself so long after each connection."""
    doubles_link_every_s: Seconds | None = None
    """It opens a new connection so long after the last one, and forgets to close that."""
    reboots_every_s: Seconds | None = None
    """It restarts by itself so long after each connection."""
    drops_unbooted_commands: bool = False
    """It hangs up when it is given a command before its BootNotification was accepted."""
    talks_unbooted: bool = False
    """It reports although its BootNotification was not accepted yet."""
    boots_again_s: Seconds | None = None
    """Once a StopTransaction failed it sends BootNotification again and again at this distance."""
    boot_trigger_restarts: bool = False
    """Asked for a BootNotification it really restarts."""
    replays_statuses: bool = False
    """Statuses that it could not tell are told when the link is back, with the times of then."""
    status_by_event: bool = False
    """2.x: it tells its state only as the AvailabilityState of a NotifyEvent."""
    answers_after_s: Seconds = 0.0
    """How much longer than usual it takes for each answer."""
    deaf_after_s: Seconds | None = None
    """So long after each connection it answers no command any more; all else goes on."""
    ignores_resets: bool = False
    """Reset is accepted, and nothing follows."""
    reboots_on_write: bool = False
    """A changed setting is accepted; then it crashes, and has the old one."""
    lost_after_password: bool = False
    """A new password is accepted; then it hangs up and never comes back."""
    ends_below_minimum: bool = False
    """A charging profile with less than 6 A (1380 W) ends the transaction."""
    hangs_in_finishing: bool = False
    """After each transaction it never notices the car go."""
    hides_cables: bool = False
    """It says Available although a cable is plugged in."""
    phantom_after_s: Seconds | None = None
    """So long after each connection it sees a car come and go twice where there is none, and a third that stays."""
    suspends_after_s: Seconds | None = None
    """So long after its beginning the car stops drawing power while the transaction goes on."""
    meters_after_stop: bool = False
    """It goes on to send readings of a transaction that has ended."""
    resends_start: bool = False
    """At a new connection it sends the StartTransaction of an open transaction again."""
    only_stops: bool = False
    """1.6: it tells the ends of transactions whose beginnings it kept for itself."""
    loses_stops: bool = False
    """A restart makes it forget its transactions: their ends are never told."""
    forgets_inoperative: bool = False
    """After a restart it is in service, whatever it was told before."""
    brief_available: bool = False
    """It shows Available for a moment between a transaction and the Unavailable that was scheduled for its end."""
    firmware_says: frozenset[str] | None = None
    """The firmware statuses that it tells; None: all."""
    installs: bool = True
    """False: it stops at Installing and says no more."""
    fragile_updates: bool = False
    """A failed installation leaves it out of service, and a reset in the middle of one breaks it for good."""

    def faster(self, factor: float) -> Habits:
        """The same charger with all its times divided by `factor`; its power is the same."""
        times = {
            field.name: value / factor
            for field in fields(self)
            if field.name.endswith("_s") and isinstance(value := getattr(self, field.name), float | int)
        }
        return replace(self, **times)  # type: ignore[arg-type]  # all of them are times
