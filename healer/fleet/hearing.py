"""What a charger says, taken into what we believe of it, and the answer it gets.

One function a message; those about people who charge are in `sessions`. The answer is decided here as well, since it
depends on the same facts: which transaction id a StartTransaction gets, whether a token is accepted. What a charger's
own clock says is stored, never trusted.
"""

from __future__ import annotations

from collections.abc import Callable

from healer.fleet import codes, restarts, sessions, timestamps
from healer.fleet.charger import Charger, Facet
from healer.fleet.contact import DRAINED_AFTER_S, Rival, Suspicion
from healer.fleet.peer import Proof
from healer.fleet.place import FREE, Connector, Evse
from healer.fleet.problems import Problem
from healer.fleet.profiles import BootMeaning
from healer.fleet.sessions import AnswerPolicy, Heard
from healer.model import Instant, Seconds, Status, Target
from healer.ocpp import messages

__all__ = ["AnswerPolicy", "Heard", "hear", "restart_expected"]

REBOOT_REASONS = frozenset({"ApplicationReset", "LocalReset", "PowerUp", "Unknown", "Watchdog"})
"""2.x boot reasons that count as a reboot nobody asked for; resets we or a schedule asked for do not."""

_FIRMWARE_BUSY = frozenset(
    {
        "Downloading",
        "Downloaded",
        "DownloadScheduled",
        "DownloadPaused",
        "Installing",
        "InstallRebooting",
        "InstallScheduled",
        "SignatureVerified",
    }
)


def hear(  # noqa: C901 - one case a message
    charger: Charger,
    report: messages.Report,
    policy: AnswerPolicy,
    next_transaction: Callable[[], int | None],
    now: Instant,
) -> Heard:
    """Apply one message. `next_transaction` hands out the next durable 1.6 transaction id, or None."""
    if not isinstance(report, messages.Booted) and not charger.boot_accepted:
        charger.spoke_unbooted = True
    match report:
        case messages.Booted():
            return _booted(charger, report, policy, now)
        case messages.StatusReported():
            return Heard(messages.Acknowledged(), _status(charger, report, now))
        case messages.Authorize():
            return sessions.authorized(charger, report, policy, now)
        case messages.TransactionStarted():
            return sessions.started(charger, report, policy, next_transaction, now)
        case messages.TransactionUpdated():
            return sessions.updated(charger, report, policy, now)
        case messages.TransactionEnded():
            return sessions.ended(charger, report, policy, now)
        case messages.MeterReported():
            return Heard(messages.Acknowledged(), sessions.metered(charger, report, now))
        case messages.ComponentsReported():
            return Heard(messages.Acknowledged(), _components(charger, report, now))
        case messages.FirmwareReported():
            return Heard(messages.Acknowledged(), _firmware(charger, report, now))
        case messages.ConfigurationReported():
            charger.outlook()
            charger.configuration.was_told(report.settings, now)
            return Heard(messages.Acknowledged(), frozenset({Facet.CONFIGURATION}))
        case messages.CertificateRequested():
            taken = policy.signs_certificates and charger.standing.take_request(report, now)
            return Heard(messages.SigningReply(taken), frozenset({Facet.STANDING}))
        case messages.UploadReported():
            charger.upload, charger.upload_at = report.status, now
            return Heard(messages.Acknowledged(), frozenset({Facet.UPLOAD}))
        case _:
            return Heard(messages.Acknowledged())


# --- boot ---------------------------------------------------------------------------------------------------------


def _booted(charger: Charger, report: messages.Booted, policy: AnswerPolicy, now: Instant) -> Heard:
    triggered = report.reason == "Triggered" or charger.contact.is_boot_answer(now)
    asked_for, firmware = is_expected(charger, now), charger.firmware
    counted = not triggered and _is_reboot(charger, report, now)
    _compare_serial(charger, report, now)
    charger.contact.booted()
    charger.vendor = report.vendor or charger.vendor
    charger.model = report.model or charger.model
    charger.serial = report.serial or charger.serial
    charger.firmware = report.firmware or charger.firmware
    charger.profile = charger.profiles.find(charger.vendor, charger.model, charger.firmware)
    changed = {Facet.IDENTITY, Facet.LINK, Facet.CONTACT}
    if triggered:
        charger.boot_accepted = True  # it said who it is, and has not restarted for it
    else:
        charger.restarted(now)
        sessions.doubt(charger, now)
        changed |= {Facet.STATUS, Facet.TRANSACTION, Facet.FIRMWARE_JOB}
        changed |= restarts.booted(
            charger, firmware, asked_for=asked_for, reason=report.reason, counted=counted, now=now
        )
    if counted:
        charger.window("reboot").add(now)
        changed.add(Facet.EVENTS)
    reply = messages.BootReply(messages.Registration.ACCEPTED, policy.heartbeat_interval_s)
    return Heard(reply, frozenset(changed))


def _compare_serial(charger: Charger, report: messages.Booted, now: Instant) -> None:
    """Another serial number than the one listed, or than the last one where none is: another box under this name?"""
    listed, old, new = charger.placement.serial, charger.serial, report.serial
    if new is None:
        return
    mismatch = charger.placement.mismatch(report.vendor, report.model, new)
    if mismatch is not None:
        charger.contact.suspect(Rival(Suspicion.SERIAL, mismatch, now))
    elif listed is not None:
        charger.contact.trust(Suspicion.SERIAL)
    elif old is not None and old.strip().casefold() != new.strip().casefold():
        charger.contact.serial_changed(old, new, now)
    _compare_certificate(charger, new, now)


def _compare_certificate(charger: Charger, serial: str, now: Instant) -> None:
    """A client certificate names the serial number (2.0.1 A00, the whitepaper of 1.6), or the identity."""
    peer = charger.standing.peer
    if peer.proof is not Proof.CERTIFICATE or peer.certificate_name is None:
        return
    if peer.certificate_name in {charger.id, serial}:
        charger.contact.trust(Suspicion.CERTIFICATE)
    else:
        why = f"it tells serial number {serial[:50]}, its certificate is of {peer.certificate_name[:50]}"
        charger.contact.suspect(Rival(Suspicion.CERTIFICATE, why, now))


def is_expected(charger: Charger, now: Instant) -> bool:
    """Whether a boot of now is our own doing."""
    return charger.boot_expected_until is not None and now <= charger.boot_expected_until


def _is_reboot(charger: Charger, report: messages.Booted, now: Instant) -> bool:
    """A boot is not a reboot: many chargers send BootNotification at each reconnect."""
    if is_expected(charger, now):
        charger.boot_expected_until = None
        return False
    if report.reason is not None:
        return report.reason in REBOOT_REASONS
    meaning = charger.profile.boot_means
    if meaning is BootMeaning.EVIDENCE:
        # It has come back without a boot before, or boots while its link stands: then a boot is a restart.
        return charger.reconnects_without_boot or charger.boot_accepted
    return meaning is BootMeaning.REBOOT


def _firmware(charger: Charger, report: messages.FirmwareReported, now: Instant) -> frozenset[Facet]:
    job = report.status if report.status in _FIRMWARE_BUSY else None
    if job == charger.firmware_job and charger.firmware_job_at(now) == job:
        return frozenset()  # no progress: the job's time runs on
    charger.firmware_job, charger.firmware_job_since = job, None if job is None else now
    return frozenset({Facet.FIRMWARE_JOB})


_UNPLUGGED = frozenset({Status.AVAILABLE, Status.RESERVED})


# --- status -------------------------------------------------------------------------------------------------------


def _status(charger: Charger, report: messages.StatusReported, now: Instant) -> frozenset[Facet]:
    connector = _reporting_place(charger, report)
    if connector is None or report.status is None:
        return frozenset()
    changed = {Facet.STATUS, Facet.METER}
    if connector.reported_at is None:
        changed.add(Facet.PLACES)
    was_occupied = connector.reported is not None and not connector.vacant
    _put_down(charger, connector, report, now)
    evse = charger.evses.get(connector.evse)
    if evse is None:
        connector.refine(None, ended=False, now=now)
    else:
        if _is_vacant(charger, evse, connector):
            _vacate(charger, evse, changed, was_occupied=was_occupied)
        elif not was_occupied:
            evse.ended_epoch = None
        evse.refine(now)
        if evse.transaction is not None and connector.in_use and charger.is_fresh(connector):
            evse.transaction.confirm()
    if charger.somewhere and charger.are_vacant(charger.connectors()):
        charger.somewhere.clear()
        changed.add(Facet.TRANSACTION)
    if _note_error(charger, connector, report, now):
        changed.add(Facet.SAFETY)
    return frozenset(changed)


def _put_down(charger: Charger, connector: Connector, report: messages.StatusReported, now: Instant) -> None:
    """What is dated long before is only a claim: the place is stale until it tells better or cannot.

    Its danger counts at once.
    """
    past = timestamps.is_past(charger, report.charger_time, now)
    claimed = past and not _is_odd_clock(charger, connector, report, now)
    known = charger.is_fresh(connector) and connector.claimed_epoch != charger.epoch
    if report.occupied and connector.reported in _UNPLUGGED and known and not past:
        connector.plugged_epoch = charger.epoch
    connector.reported, connector.occupied, connector.info = report.status, report.occupied, report.info
    connector.epoch = -1 if claimed else charger.epoch
    connector.claimed_epoch = charger.epoch if past else -1
    connector.reported_at, connector.vain_boots = now, 0
    if report.status is Status.UNAVAILABLE and not claimed:
        connector.unavailable_at = now


def _is_odd_clock(charger: Charger, connector: Connector, report: messages.StatusReported, now: Instant) -> bool:
    """Whether an old date only says that the clock is wrong: the charger is long back, and told of the place since.

    Not of a plug that would be free by it where a car charges: a long queue may say so.
    """
    drained = charger.epoch_since is not None and now > charger.epoch_since + DRAINED_AFTER_S
    busy = connector.in_use or any(one.evse in {None, connector.evse} for one in charger.transactions())
    return drained and charger.is_fresh(connector) and not (busy and report.status in FREE)


def _reporting_place(charger: Charger, report: messages.StatusReported) -> Connector | None:
    if report.connector is None:
        return charger.itself
    evse = charger.evse_named(report.evse, report.connector)
    if evse is None or not charger.believes_in(evse, report.connector):
        return None
    return charger.connector(evse, report.connector)


def _is_vacant(charger: Charger, evse: Evse, told: Connector) -> bool:
    """Nobody is plugged in: every plug of the evse is free, or the one of its transaction says so."""
    of_transaction = evse.transaction is not None and evse.transaction.connector == told.connector
    plugs = (told,) if of_transaction else evse.connectors.values()
    return charger.are_vacant(plugs)


def _vacate(charger: Charger, evse: Evse, changed: set[Facet], *, was_occupied: bool) -> None:
    if evse.transaction is not None:
        changed.add(Facet.TRANSACTION)
    given_up = evse.vacate()
    if given_up is not None:
        charger.finished.append(given_up.finished())
    if was_occupied:
        evse.authorized_at = None  # who was authorised has gone; else the car may still be on its way to the plug


def _note_error(charger: Charger, connector: Connector, report: messages.StatusReported, now: Instant) -> bool:
    """Take in the error; True when a safety code was seen."""
    if report.error_code is not None and (connector.error_code != report.error_code or connector.error_since is None):
        connector.error_code, connector.error_since = report.error_code, now
    connector.vendor_error_code = report.vendor_error_code
    if not codes.is_safety(report.error_code, report.vendor_error_code):
        return False
    worst = report.error_code if codes.is_safety(report.error_code) else report.vendor_error_code
    charger.latch(charger.place(connector), worst or "", now)
    return True


def _components(charger: Charger, report: messages.ComponentsReported, now: Instant) -> frozenset[Facet]:
    changed = {Facet.STATUS}
    for event in report.events:
        if event.variable == "AvailabilityState" and event.evse is not None:
            changed |= _availability(charger, event, now)
        elif event.variable == "Problem" or event.tech_code is not None:
            changed |= _problem(charger, event, now)
    return frozenset(changed)


def _problem(charger: Charger, event: messages.ComponentEvent, now: Instant) -> set[Facet]:
    place = Target(charger.id) if event.evse is None else Target(charger.id, event.evse, event.connector)
    if event.cleared or event.actual_value.lower() == "false":
        return {Facet.SAFETY} if charger.problems.end(place, event.component) else set()
    told = Problem(place, event.component, codes.standard_name(event.tech_code or "OtherError"))
    kept = charger.problems.tell(told)
    if kept == told and not codes.is_safety(told.code):
        return set()
    charger.latch(kept.place, kept.code, now)
    return {Facet.SAFETY}


def _availability(charger: Charger, event: messages.ComponentEvent, now: Instant) -> frozenset[Facet]:
    """Some stations tell their state only as the AvailabilityState of a Connector or EVSE component."""
    occupied = event.actual_value == "Occupied"
    known = {status.value: status for status in Status}
    status = Status.PREPARING if occupied else known.get(event.actual_value)
    if status is None:
        return frozenset()
    told = messages.StatusReported(event.evse, event.connector or 1, status, occupied, charger_time=event.charger_time)
    return _status(charger, told, now)


def restart_expected(charger: Charger, extra_s: Seconds, now: Instant) -> None:
    """We have just told the charger to restart: its next boot is our doing."""
    charger.boot_expected_until = now + charger.boot_time_s + extra_s
    charger.reset_sent_at = now
