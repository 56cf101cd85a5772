"""What a message shows beside the state that it sets: what can be counted, sessions in a row, sensors, last words.

`hear` stands before `hearing.hear` and looks at the charger before and after. What tells of the past is left out, but
for what is told late by its nature: a loss of power, a security event, a safety code (which locks at once).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from healer.fleet import codes, hearing, timestamps
from healer.fleet.charger import Charger
from healer.fleet.contact import LIVE_AFTER_S
from healer.fleet.facets import Facet
from healer.fleet.history import is_dated
from healer.fleet.place import IN_USE, NO_ID_YET, Connector, Finished
from healer.fleet.plugs import PHANTOM_S
from healer.fleet.problems import Problem
from healer.fleet.record import Told
from healer.fleet.sensed import Sense, Sensed
from healer.fleet.sessions import AnswerPolicy, Heard
from healer.fleet.sightings import TOLD_S
from healer.fleet.streaks import WITH_ENERGY_WH
from healer.model import Instant, OcppVersion, Seconds, Status, Target
from healer.ocpp import messages, salvage

APART_S: Final[Mapping[str, Seconds]] = {
    "schema_violation": 60.0,
    "lost_transaction_id": 60.0,
    "meter_jump": 60.0,
    "power_loss": 600.0,
}
"""Of events that come together one is counted; of all others one a second, so that no charger floods the store."""

FIRMWARE_FAILURES: Final = frozenset(
    {"DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature"}
)

ALARMING: Final = frozenset(
    {
        "AttemptedReplayAttacks",
        "CentralSystemFailedToAuthenticate",
        "CsmsFailedToAuthenticate",
        "FailedToAuthenticateAtCentralSystem",
        "FailedToAuthenticateAtCsms",
        "InvalidCentralSystemCertificate",
        "InvalidCsmsCertificate",
        "InvalidChargePointCertificate",
        "InvalidChargingStationCertificate",
        "InvalidFirmwareSignature",
        "InvalidFirmwareSigningCertificate",
        "InvalidTLSCipherSuite",
        "InvalidTLSVersion",
        "SecurityLogWasCleared",
        "TamperDetectionActivated",
    }
)
"""Kinds of security events that somebody has to look at; all others are everyday news."""

_BOOT_EVENTS: Final = {"Watchdog": "watchdog_reboot", "PowerUp": "power_loss"}

JUMP_WH: Final = 10_000.0
JUMP_W: Final = 1_000_000.0
"""Energy that rises by more than the one, faster than the other, was not charged by anybody."""

JUDGED_S: Final[Seconds] = 10.0
"""Readings that come closer together may have waited in a queue."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What the message will overwrite."""

    error: str | None = None
    """Of the place that reports; None where it had not reported while we watched."""
    lost_id: bool = False
    """It names a transaction that there is not."""
    metered: Mapping[str, tuple[float, Instant]] = field(default_factory=dict)
    """Energy and time of the last reading of each transaction."""


def hear(
    charger: Charger,
    report: messages.Report,
    policy: AnswerPolicy,
    next_transaction: Callable[[], int | None],
    now: Instant,
) -> Heard:
    """`hearing.hear`, and what the message shows beside."""
    before = _before(charger, report)
    heard = hearing.hear(charger, report, policy, next_transaction, now)
    changed: set[Facet] = set()
    for event in _events(charger, report, heard.reply, before, now):
        if happened(charger, event, now):
            changed.add(Facet.EVENTS)
    changed |= _note(charger, report, now)
    return Heard(heard.reply, heard.changed | changed)


def happened(charger: Charger, event: str, now: Instant) -> bool:
    """An event is to be counted; False if it belongs to the one before."""
    window = charger.window(event)
    if window.times and now < window.times[-1] + APART_S.get(event, 1.0):
        return False
    window.add(now)
    return True


# --- before -----------------------------------------------------------------------------------------------------------


def _before(charger: Charger, report: messages.Report) -> _Before:
    match report:
        case messages.StatusReported():
            place = _place(charger, report)
            known = place is not None and place.reported_at is not None
            return _Before(error=place.error_code if place is not None and known else None)
        case messages.MeterReported() | messages.TransactionUpdated():
            metered = {
                one.id: (one.energy_wh, one.metered_at)
                for one in charger.transactions()
                if one.energy_wh is not None and one.metered_at is not None
            }
            return _Before(lost_id=_loses_id(charger, report), metered=metered)
        case messages.TransactionEnded():
            return _Before(lost_id=_loses_id(charger, report))
        case _:
            return _Before()


def _place(charger: Charger, report: messages.StatusReported) -> Connector | None:
    if report.connector is None:
        return charger.itself
    evse = charger.evses.get(charger.evse_named(report.evse, report.connector) or 0)
    return None if evse is None else evse.connectors.get(report.connector)


def _loses_id(
    charger: Charger, report: messages.MeterReported | messages.TransactionUpdated | messages.TransactionEnded
) -> bool:
    """1.6, where we give the ids: whether it names none, or one that was never given."""
    if charger.ocpp_version is not OcppVersion.V16:
        return False
    open_ids = {one.id for one in charger.transactions()}
    if report.transaction is not None:
        known = open_ids | {one.transaction for one in charger.history.starts}
        return report.transaction not in known and not charger.history.has_ended(report.transaction)
    if not isinstance(report, messages.MeterReported):
        return NO_ID_YET not in open_ids  # if it is, we could give none
    evse = charger.evses.get(charger.evse_named(report.evse, report.connector) or 0)
    running = None if evse is None else evse.transaction
    return report.names_none and running is not None and running.id != NO_ID_YET


# --- what happened ----------------------------------------------------------------------------------------------------


def _events(  # noqa: C901 - one case a message
    charger: Charger, report: messages.Report, reply: messages.Reply | None, before: _Before, now: Instant
) -> Iterator[str]:
    match report:
        case messages.Booted(reason=reason) if reason in _BOOT_EVENTS and charger.booted_at == now:
            yield _BOOT_EVENTS[reason]
        case messages.StatusReported():
            yield from _of_status(charger, report, before, now)
        case messages.Authorize() if reply == messages.AuthorizationReply(False):
            yield "authorization_failure"
        case messages.TransactionStarted(offline=False) | messages.TransactionUpdated(offline=False) if _refused(reply):
            yield "authorization_failure"
        case messages.TransactionEnded():
            yield from _of_end(charger, report, now)
        case messages.ComponentsReported():
            for event in report.events:
                yield from _of_component(charger, event)
        case messages.FirmwareReported(status=status) if status in FIRMWARE_FAILURES:
            told = charger.sightings.firmware
            if told is None or told.word != status:
                yield "firmware_failure"
        case messages.SecurityReported(kind=kind) if kind in ALARMING:
            yield "security_event"
        case _:
            pass
    if before.lost_id:
        yield "lost_transaction_id"
    if before.metered and _jumped(charger, before, now):
        yield "meter_jump"


def _refused(reply: messages.Reply | None) -> bool:
    return isinstance(reply, messages.TransactionReply) and reply.accepted is False


def _of_status(charger: Charger, report: messages.StatusReported, before: _Before, now: Instant) -> Iterator[str]:
    place = _place(charger, report)
    if place is None or report.status is None or not charger.is_fresh(place):
        return
    if report.error_code is not None and before.error not in {None, place.error_code}:
        yield from _of_error(place.error_code, place.vendor_error_code)
    if place is charger.itself:
        return
    if place.vacant:
        seemed_s = place.watch.freed(charger.epoch, now)
        presented = charger.history.presented[-1:]
        somebody = any(seemed_s is not None and one.at >= now - seemed_s for one in presented)
        if seemed_s is not None and seemed_s <= PHANTOM_S and place.reported is Status.AVAILABLE and not somebody:
            yield "phantom_plug"
    elif place.reported is Status.PREPARING and charger.evses[place.evse].transaction is None:
        place.watch.taken(charger.epoch, now)
    elif place.reported is Status.FAULTED or place.status in IN_USE:
        place.watch.served()


def _of_error(code: str, vendor_code: str | None = None) -> Iterator[str]:
    """An error was told that was not before."""
    if code == codes.NO_ERROR:
        return
    yield "connector_error"
    named = {code, codes.MREC_NAMES.get(codes.mrec_of(vendor_code) or "")}
    if "EmergencyStop" in named:
        yield "emergency_stop"
    if "PowerLoss" in named:
        yield "power_loss"


def _of_component(charger: Charger, event: messages.ComponentEvent) -> Iterator[str]:
    if event.variable != "Problem" and event.tech_code is None:
        return
    place = Target(charger.id) if event.evse is None else Target(charger.id, event.evse, event.connector)
    if event.cleared or event.actual_value.lower() == "false":
        charger.sightings.well_again(place, event.component)
        return
    problem = Problem(place, event.component, codes.standard_name(event.tech_code or "OtherError"))
    if charger.sightings.in_trouble(problem):
        yield from _of_error(problem.code)


def _of_end(charger: Charger, report: messages.TransactionEnded, now: Instant) -> Iterator[str]:
    if report.reason == "PowerLoss":
        yield "power_loss"
    if _is_past(charger, report, now):
        return
    if report.reason == "EmergencyStop":
        yield "emergency_stop"
    if report.reason == "DeAuthorized" and charger.finished:
        yield "authorization_failure"


def _is_past(charger: Charger, report: messages.TransactionEnded, now: Instant) -> bool:
    return report.offline or timestamps.is_past(charger, report.charger_time, now)


def _jumped(charger: Charger, before: _Before, now: Instant) -> bool:
    """Whether the energy of a transaction went back, or up faster than any charger can."""
    if charger.connected_at is None or now < charger.connected_at + LIVE_AFTER_S:
        return False
    for transaction in charger.transactions():
        energy_wh, at = before.metered.get(transaction.id, (None, now))
        if energy_wh is None or transaction.energy_wh is None or now < at + JUDGED_S:
            continue
        rise_wh = transaction.energy_wh - energy_wh
        if rise_wh < 0 or (rise_wh > JUMP_WH and rise_wh * 3600 / (now - at) > JUMP_W):
            return True
    return False


# --- what is noted ----------------------------------------------------------------------------------------------------


def _note(charger: Charger, report: messages.Report, now: Instant) -> set[Facet]:
    changed: set[Facet] = set()
    sightings = charger.sightings
    match report:
        case messages.Booted() if charger.booted_at == now:
            sightings.restarted()
        case messages.TransactionStarted() | messages.TransactionUpdated() if any(charger.transactions()):
            _use(charger, now)
        case messages.FirmwareReported(status=status):
            if sightings.firmware is None or sightings.firmware.word != status:
                sightings.firmware = Told(status[:50], now)
                changed.add(Facet.FIRMWARE_JOB)
        case messages.SecurityReported(kind=kind) if _matters(sightings.security, kind, now):
            sightings.security = Told(kind[:50], now)
            changed.add(Facet.EVENTS)
        case _:
            pass
    danger = _danger(report)
    if danger is not None:
        charger.latch(charger.target, danger, now)
        changed.add(Facet.SAFETY)
    if _sense(charger, report, now):
        changed.add(Facet.METER)
    if charger.finished:
        _use(charger, now)
        _lengthen(charger, report, now)
        changed.add(Facet.TRANSACTION)
    return changed


def _matters(told: Told | None, kind: str, now: Instant) -> bool:
    """Whether a security event is the one to remember: an everyday one does not hide an alarm."""
    if told is None or now >= told.at + TOLD_S:
        return True
    if kind == told.word:
        return now >= told.at + 60.0
    return kind in ALARMING or told.word not in ALARMING


def _danger(report: messages.Report) -> str | None:
    """The word by which a message tells of danger at the charger as a whole, if it does."""
    match report:
        case messages.TransactionEnded(reason="EmergencyStop"):
            return "EmergencyStop"
        case messages.SecurityReported(kind="TamperDetectionActivated"):
            return "TamperDetectionActivated"
        case _:
            return None


def _use(charger: Charger, now: Instant) -> None:
    charger.sightings.used_at = now
    charger.sightings.neighbours.used(charger.site, charger.id, now)
    for evse in charger.evses.values():
        if evse.transaction is not None:
            for plug in evse.connectors.values():
                plug.watch.served()


def _lengthen(charger: Charger, report: messages.Report, now: Instant) -> None:
    """Sessions are over: what they add to the rows of their evses."""
    end = report if isinstance(report, messages.TransactionEnded) else None
    if end is not None and (end.reason == "DeAuthorized" or _is_past(charger, end, now)):
        return
    for ended in charger.finished:
        evse = charger.evses.get(ended.evse or 0)
        if evse is None:
            continue
        # Of one whose end was never told the last reading is only the least that it got.
        known = ended.metered and (end is not None or ended.energy_wh >= WITH_ENERGY_WH)
        lasted_s = None if end is None else _lasted_s(ended, end.charger_time, now)
        evse.streak = evse.streak.after(ended.energy_wh if known else None, lasted_s, ended.token_hash)


def _lasted_s(ended: Finished, said: Instant | None, now: Instant) -> Seconds | None:
    """How long it took, by the longer of our time and the charger's: what waited in a queue seems short to us."""
    if ended.charger_time is None:
        return None  # its start was missed
    by_us = now - ended.begun_at
    if said is None or not is_dated(said) or not is_dated(ended.charger_time):
        return by_us
    return max(by_us, said - ended.charger_time)


def _sense(charger: Charger, report: messages.Report, now: Instant) -> bool:
    """Take in what sensors show; True if anything was told."""
    match report:
        case messages.MeterReported() | messages.TransactionUpdated(offline=False):
            number = charger.evse_named(report.evse, report.connector)
            sensed = _sensed(charger, number)
            if sensed is None:
                return False
            for meter in report.meters:
                sensed.take(meter, now)
            return bool(report.meters)
        case messages.ComponentsReported():
            told = [_sense_component(charger, event, now) for event in report.events]
            return any(told)
        case _:
            return False


def _sensed(charger: Charger, number: int | None) -> Sensed | None:
    """Of an evse, or of the charger as a whole; None for an evse that is not known."""
    if number is None:
        return charger.sightings.sensed
    evse = charger.evses.get(number)
    return None if evse is None else evse.sensed


def _sense_component(charger: Charger, event: messages.ComponentEvent, now: Instant) -> bool:
    if (event.component, event.variable) != ("TemperatureSensor", "Temperature"):
        return False
    value, sensed = salvage.number(event.actual_value), _sensed(charger, event.evse)
    if value is None or sensed is None:
        return False
    sensed.note(Sense.TEMPERATURE_C, value, now)
    return True
