"""THE catalogue of quirks: ways in which chargers of the field break the standard, each as a behaviour to rehearse.

One entry a quirk: whose it is, what it does, what the daemon makes of it, and what it changes of a simulated charger.
Entries are facts about models, so a name says what happens and not to whom. `docs/quirks.md` is written from here.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from healer.behaviour import accent
from healer.behaviour.habits import Reaction
from healer.behaviour.quirk import Quirk
from healer.errors import LocalError
from healer.model import OcppVersion

_V201, _V21 = OcppVersion.V201, OcppVersion.V21
_FINISHING: Final[Mapping[str, Reaction]] = MappingProxyType(
    {"cycle-availability": Reaction.NO_EFFECT, "unlock": Reaction.NO_EFFECT}
)


def _table(*quirks: Quirk) -> Mapping[str, Quirk]:
    return MappingProxyType({quirk.name: quirk for quirk in quirks})


QUIRKS: Final = _table(
    # --- boots and links --------------------------------------------------------------------------------------------
    Quirk(
        "commanded-too-early",
        "Wallbox 6.1 and 6.7",
        "hangs up when it is given a command before its BootNotification was accepted, again and again",
        "a new connection is left alone until it has settled, longer than such a charger takes to boot",
        {"drops_unbooted_commands": True, "boot_after_s": 5.0},
        vendor="Wall Box Chargers",
        model="CPB1-S-2-4",
    ),
    Quirk(
        "no-boot-on-connect",
        "many",
        "sends BootNotification when it is switched on, and never at a new connection",
        "asked for one while nobody knows its make, and taken as it is when none comes",
    ),
    Quirk(
        "silent-after-reconnect",
        "many stacks of 1.6 and 2.0.1",
        "says nothing at a new connection until its next heartbeat is due",
        "the connection counts without a boot; the status of each connector is asked for",
        {"reports_on_reconnect": False},
    ),
    Quirk(
        "boot-trigger-restarts",
        "some",
        "really restarts when it is asked for a BootNotification",
        "not asked where its profile says so, nor again once it restarted over the question",
        {"boot_trigger_restarts": True, "reports_on_reconnect": False},
        vendor="Trigger",
    ),
    Quirk(
        "boots-for-ever",
        "Metron Duo",
        "sends BootNotification every 10 s for ever once the answer to a StopTransaction failed",
        "a boot loop, in which nothing is reset; StopTransaction is answered in the first place, whatever it names",
        {"boots_again_s": 10.0},
        vendor="Metron",
        model="Duo",
    ),
    Quirk(
        "talks-while-pending",
        "some",
        "stays away for more than a minute after a reset, and reports before its BootNotification was accepted",
        "each report is answered, and believed of one that is let in; its profile says how long a restart may take",
        {"boot_time_s": 100.0, "boot_after_s": 10.0, "talks_unbooted": True},
    ),
    Quirk(
        "never-redials",
        "Teison Smart MINI",
        "does not dial again after a lost link",
        "a ticket: no command can arrive, so none is tried",
        {"redials": False},
        vendor="Teison",
        model="Smart MINI",
    ),
    Quirk(
        "redials-late",
        "FoxESS A series",
        "speaks 2.0.1 but checks it with the schemas of 1.6, hides a plugged cable, and dials only after 19 minutes",
        "a CALLERROR is an outcome like any other; its profile says how long a restart may take",
        {"redial_s": 1140.0, "hides_cables": True, "accent": accent.ERRORS_FOR_ANSWERS},
        vendor="FoxESS",
        model="A011KS1",
        version=_V201,
    ),
    Quirk(
        "flaps",
        "Ocular LTE Plus, BS-EV22",
        "loses its link every few minutes for 25 s, sends readings after StopTransaction, stays in Finishing",
        "each lost link is counted; a reading of a transaction that has ended begins none",
        {
            "drops_link_every_s": 300.0,
            "redial_s": 25.0,
            "meters_after_stop": True,
            "heartbeat_s": 60.0,
            "unplug_after_s": 14_400.0,
        },
        live="its websocket handshake is broken, too; a simulated one is always right",
    ),
    Quirk(
        "two-sockets",
        "chargers at flaky links",
        "opens a second connection before the first is closed",
        "the newest wins; the end of the old one takes nothing from it",
        {"doubles_link_every_s": 250.0},
    ),
    Quirk(
        "names-no-version",
        "Grizzl-E",
        "its websocket handshake names no version of OCPP",
        "refused, unless the settings name a version for chargers that are known not to",
        {"names_no_version": True},
        vendor="United Chargers",
        model="GRS-*",
    ),
    Quirk(
        "lost-after-new-password",
        "libocpp 2.0.1",
        "accepts a new password, hangs up and never comes back",
        "old and new password are both good until the new one was seen; offline is told to people",
        {"lost_after_password": True},
        version=_V201,
    ),
    # --- deaf and slow ----------------------------------------------------------------------------------------------
    Quirk(
        "half-deaf",
        "several without websocket ping",
        "answers no command any more while heartbeats go on, until it connects anew",
        "three commands in a row without an answer while it is heard: half-deaf, which a new connection heals",
        {"deaf_after_s": 900.0, "heartbeat_s": 60.0},
    ),
    Quirk(
        "deaf-from-the-start",
        "MG, StarCharge",
        "comes back after a restart of the central system, answers pings and statuses, and no command ever",
        "a pong proves nothing about commands: half-deaf",
        {"deaf_after_s": 0.0, "heartbeat_s": 60.0},
        vendor="StarCharge",
    ),
    Quirk(
        "stray-answers",
        "MENNEKES, open stacks",
        "answers twice, sends errors without a message id, and takes more than a minute for an answer",
        "only the answer to the open CALL counts; what is late or foreign is counted and dropped",
        {"answers_after_s": 75.0, "accent": accent.STRAY_ANSWERS},
        vendor="MENNEKES",
    ),
    Quirk(
        "broken-answers",
        "Grizzl-E 5",
        "its answers are no JSON, and it restarts again and again",
        "a frame that is no JSON costs the frame; who restarts again and again is in a boot loop",
        {"accent": accent.BROKEN_ANSWERS, "reboots_every_s": 600.0},
        vendor="United Chargers",
        model="GRS-*",
    ),
    Quirk(
        "accepts-and-does-nothing",
        "open stacks",
        "accepts Reset, TriggerMessage and UpdateFirmware, and does nothing or stops half-way",
        "each Accepted has a time within which its evidence must be seen",
        {"ignores_resets": True, "installs": False},
        {"probe": Reaction.NO_EFFECT},
    ),
    Quirk(
        "wrong-connector-count",
        "Growatt THOR",
        "refuses to be asked for a status, and all its statuses are of one moment long ago",
        "a status counts from its arrival; what is refused is asked for ever more seldom",
        {"accent": accent.CLOCK_FROZEN, "reports_on_reconnect": False},
        {"probe": Reaction.REJECTED},
        vendor="Growatt",
        model="THOR",
    ),
    # --- Finishing and cables ---------------------------------------------------------------------------------------
    Quirk(
        "phantom-plug",
        "Wallbox Copper SB 6.7.38",
        "sees a car come and go twice within a minute where there is none, and then one that stays",
        "no session is counted; without a rule for it nothing is sent",
        {"phantom_after_s": 300.0},
        vendor="Wall Box Chargers",
        model="CPB1-S-2-4",
    ),
    Quirk(
        "slow-finishing",
        "Wallbox Pulsar Plus",
        "stays in Finishing for 90 s after a session, as it may; UnlockConnector is NotSupported",
        "nothing is done about Finishing; what is not supported is learnt and not tried again for a week",
        {"unplug_after_s": 90.0},
        {"unlock": Reaction.NOT_SUPPORTED},
        vendor="Wall Box Chargers",
        model="Pulsar Plus",
    ),
    Quirk(
        "hangs-in-finishing",
        "Phoenix Contact CHARX SEC-3xxx",
        "stays in Finishing after the car has gone",
        "freed by the shipped ladder; SuspendedEVSE is left alone",
        {"hangs_in_finishing": True},
        vendor="Phoenix Contact",
        model="CHARX SEC-3100",
    ),
    Quirk(
        "finishing-needs-reset",
        "Autel MaxiCharger",
        "stays in Finishing until it is reset, while connector 0 says Available; a full car stays plugged in",
        "each connector is judged by itself, and nothing is reset while a car is suspended",
        {"hangs_in_finishing": True, "suspends_after_s": 120.0},
        _FINISHING,
        vendor="Autel",
        model="MaxiCharger",
    ),
    Quirk(
        "finishing-until-replug",
        "Delta AC Max and others",
        "stays in Finishing until the driver unplugs, hours later",
        "it waits for the driver and is not ill: nothing is sent",
        {"unplug_after_s": 14_400.0},
        vendor="Delta",
        model="AC Max",
    ),
    Quirk(
        "ends-below-minimum",
        "EN+, Huawei SCharger, NEcharge",
        "ends the transaction when its limit falls below what a car may draw",
        "a pause of the load management is no fault: nothing is sent",
        {"ends_below_minimum": True},
        vendor="EN+",
    ),
    Quirk(
        "brief-available",
        "libocpp",
        "shows Available for a second between a transaction and the Unavailable that was scheduled",
        "what leaves service stays out until it is put back; a second of Available heals nothing",
        {"brief_available": True},
    ),
    # --- transactions -----------------------------------------------------------------------------------------------
    Quirk(
        "stops-unknown-transaction",
        "Wallbox in free charging",
        "ends transactions whose beginning it never told",
        "StopTransaction is always answered, never with an error",
        {"only_stops": True},
        vendor="Wall Box Chargers",
        model="PUP1-U-1-6",
    ),
    Quirk(
        "resends-start",
        "ABB Terra AC",
        "sends the StartTransaction of an open transaction again after a lost link, with its old time",
        "the same connector, time and meter is the same transaction: it gets the same id",
        {"resends_start": True},
        vendor="ABB",
        model="Terra AC",
    ),
    Quirk(
        "back-in-preparing",
        "Grizzl-E",
        "comes back from a restart in Preparing, and the end of its transaction is never told",
        "the transaction may still run until the connector is free or the next one begins; that one is accepted",
        {"loses_stops": True, "unplug_after_s": 600.0},
        vendor="United Chargers",
        model="GRS-*",
    ),
    Quirk(
        "orphan-transaction",
        "OpenEVSE, MicroOcpp",
        "is switched off in mid-session; its transaction hangs, and the same card comes again",
        "the orphan ends when its connector is free; the same card starts anew under another id",
        {"loses_stops": True},
    ),
    Quirk(
        "hard-reset-loses-stop",
        "1.6 in general",
        "a hard reset loses the StopTransaction",
        "soft is tried first; the transaction ends when its connector is seen free",
        {"loses_stops": True, "unplug_after_s": 5.0},
    ),
    Quirk(
        "ids-repeated",
        "Metron, EN+",
        "has two message ids and uses them in turn",
        "a message is known by what it says, never by its id",
        {"accent": accent.IDS_REPEATED},
        vendor="EN+",
    ),
    Quirk(
        "empty-samples",
        "Vestel EVC04",
        "its readings have no values",
        "the violation is counted, the message answered",
        {"accent": accent.NO_SAMPLES},
        vendor="Vestel",
        model="EVC04",
    ),
    # --- statuses ---------------------------------------------------------------------------------------------------
    Quirk(
        "clock-unset",
        "Chago, MicroOcpp, ocpp-go",
        "its first statuses are of 1970 or of the year 1, some without a zone",
        "a status counts from its arrival; the skew of its clock is a signal",
        {"accent": accent.CLOCK_UNSET},
    ),
    Quirk(
        "replays-statuses",
        "errata of 1.6",
        "tells the statuses of the time without a link when it is back, with the times of then",
        "the last word counts; what is old is not now until it was confirmed",
        {"replays_statuses": True},
    ),
    Quirk(
        "cause-hidden",
        "CTEK, DC chargers",
        "says Faulted with NoError; the cause is in the vendor's own code",
        "Faulted is believed whatever the error code says",
        {"accent": accent.CAUSE_HIDDEN},
        vendor="CTEK",
    ),
    Quirk(
        "no-error-spelled",
        "several",
        "spells that there is no error as an empty text, 0, 0x00 or 0,0,0,0 in the vendor's code",
        "all of them are no code",
        {"accent": accent.NO_ERROR_SPELLED},
        vendor="ABB",
        model="Terra AC",
    ),
    Quirk(
        "status-by-event",
        "some 2.1 stations",
        "tells its state only as AvailabilityState in NotifyEvent",
        "both ways lead to the same signal",
        {"status_by_event": True},
        version=_V21,
    ),
    # --- settings, availability, firmware ---------------------------------------------------------------------------
    Quirk(
        "reboots-on-write",
        "ABB Terra AC up to 1.8.21",
        "accepts each setting, crashes over it and forgets it",
        "boots that follow our own writes end the writing",
        {"reboots_on_write": True},
        vendor="ABB",
        model="CDT_TACW22::NET_WIFI",
    ),
    Quirk(
        "forgets-inoperative",
        "MicroOcpp",
        "is in service after each restart, whatever it was told before",
        "what is meant to be out of service is taken out again after each boot",
        {"forgets_inoperative": True},
    ),
    Quirk(
        "firmware-skips-states",
        "MicroOcpp",
        "tells Installing and Installed of an update, and nothing before",
        "states may be skipped",
        {"firmware_says": frozenset({"Installing", "Installed"})},
    ),
    Quirk(
        "firmware-never-installed",
        "several",
        "never says Installed; it boots with the new version",
        "an update has succeeded when the charger boots with the wanted version",
        {"firmware_says": frozenset({"Downloading", "Downloaded", "Installing"})},
    ),
    Quirk(
        "failed-update-unavailable",
        "libocpp, OpenEVSE",
        "is left out of service by a failed installation; a reset in the middle of one breaks it for good",
        "no reset while an update runs",
        {"fragile_updates": True},
        {"update-firmware": Reaction.NO_EFFECT},
    ),
)
"""Every quirk by its name."""

KNOWN: Final = 42
"""How many there are; a test counts them, so that none is dropped unnoticed."""


def find(name: str) -> Quirk:
    """The quirk of that name; LocalError, with the nearest name, if there is none."""
    if name in QUIRKS:
        return QUIRKS[name]
    near = difflib.get_close_matches(name, QUIRKS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(QUIRKS)}"
    raise LocalError(f"there is no quirk {name!r}; {hint}")


def markdown() -> str:
    """The catalogue as a document."""
    rows = [
        f"| `{quirk.name}` | {quirk.who} | {quirk.does}{_live(quirk)} | {quirk.daemon} |" for quirk in QUIRKS.values()
    ]
    head = [
        "# Quirks of chargers",
        "",
        "<!-- Written by `make docs` from healer/behaviour/quirks.py. -->",
        "",
        f"{len(QUIRKS)} ways in which chargers of the field break the standard. Each is a behaviour of the simulator "
        "(`healer simulate --quirk NAME`) and a test: the daemon neither loses such a charger nor misjudges it.",
        "",
        "| quirk | met in | what the charger does | what the daemon makes of it |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def _live(quirk: Quirk) -> str:
    return "" if quirk.live is None else f" ({quirk.live})"
