"""What a charger says, taken into what we believe of it, and the answer it gets.

One function a message. The answer is decided here as well, since it depends on the same facts: which transaction id
a StartTransaction gets, whether a token is accepted. What a charger's own clock says is stored, never trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from healer.fleet import codes
from healer.fleet.charger import Charger, Facet
from healer.fleet.place import Connector, Evse, Transaction
from healer.fleet.profiles import BootMeaning
from healer.model import Instant, Seconds, Status, Target
from healer.ocpp import messages

REBOOT_REASONS = frozenset({"ApplicationReset", "LocalReset", "PowerUp", "Unknown", "Watchdog"})
"""2.x boot reasons that count as a reboot nobody asked for; resets we or a schedule asked for do not."""

NO_ID_YET = ""
"""The id of a transaction that runs although we had no durable id to give: the charger will ask again for one."""

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


@dataclass(frozen=True, slots=True)
class AnswerPolicy:
    """What a standalone central system answers (no upstream decides)."""

    accept_tokens: bool
    heartbeat_interval_s: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message did."""

    reply: messages.Reply | None
    """None: we cannot answer responsibly now, so the charger must try again (a transaction without a durable id)."""
    changed: frozenset[Facet] = frozenset()


def hear(  # noqa: C901 - one case a message
    charger: Charger,
    report: messages.Report,
    policy: AnswerPolicy,
    next_transaction: Callable[[], int | None],
    now: Instant,
) -> Heard:
    """Apply one message. `next_transaction` hands out the next durable 1.6 transaction id, or None."""
    match report:
        case messages.Booted():
            return _booted(charger, report, policy, now)
        case messages.StatusReported():
            return Heard(messages.Acknowledged(), _status(charger, report, now))
        case messages.Authorize():
            return Heard(messages.AuthorizationReply(policy.accept_tokens), _authorized(charger, policy, now))
        case messages.TransactionStarted():
            return _started(charger, report, policy, next_transaction, now)
        case messages.TransactionUpdated():
            return _updated(charger, report, policy, now)
        case messages.TransactionEnded():
            return Heard(messages.TransactionReply(), _ended(charger, report, now))
        case messages.MeterReported():
            return Heard(messages.Acknowledged(), _metered(charger, report, now))
        case messages.ComponentsReported():
            return Heard(messages.Acknowledged(), _components(charger, report, now))
        case messages.FirmwareReported():
            charger.firmware_job = report.status if report.status in _FIRMWARE_BUSY else None
            return Heard(messages.Acknowledged(), frozenset({Facet.FIRMWARE_JOB}))
        case messages.UploadReported():
            charger.upload, charger.upload_at = report.status, now
            return Heard(messages.Acknowledged(), frozenset({Facet.UPLOAD}))
        case _:
            return Heard(messages.Acknowledged())


# --- boot ---------------------------------------------------------------------------------------------------------


def _booted(charger: Charger, report: messages.Booted, policy: AnswerPolicy, now: Instant) -> Heard:
    counted = _is_reboot(charger, report, now)
    charger.vendor = report.vendor or charger.vendor
    charger.model = report.model or charger.model
    charger.serial = report.serial or charger.serial
    charger.firmware = report.firmware or charger.firmware
    charger.profile = charger.profiles.find(charger.vendor, charger.model, charger.firmware)
    charger.restarted(now)
    changed = {Facet.IDENTITY, Facet.LINK, Facet.STATUS, Facet.TRANSACTION, Facet.FIRMWARE_JOB}
    if counted:
        charger.window("reboot").add(now)
        changed.add(Facet.EVENTS)
    reply = messages.BootReply(messages.Registration.ACCEPTED, policy.heartbeat_interval_s)
    return Heard(reply, frozenset(changed))


def _is_reboot(charger: Charger, report: messages.Booted, now: Instant) -> bool:
    """A boot is not a reboot: many chargers send BootNotification at each reconnect."""
    ours = charger.boot_expected_until is not None and now <= charger.boot_expected_until
    if ours:
        charger.boot_expected_until = None
        return False
    if report.reason is not None:
        return report.reason in REBOOT_REASONS
    meaning = charger.profile.boot_means
    if meaning is BootMeaning.EVIDENCE:
        # It has come back without a boot before, or boots while its link stands: then a boot is a restart.
        return charger.reconnects_without_boot or charger.boot_accepted
    return meaning is BootMeaning.REBOOT


# --- status -------------------------------------------------------------------------------------------------------


def _status(charger: Charger, report: messages.StatusReported, now: Instant) -> frozenset[Facet]:
    connector = _reporting_place(charger, report)
    if connector is None or report.status is None:
        return frozenset()
    changed = {Facet.STATUS, Facet.METER}
    if connector.reported_at is None:
        changed.add(Facet.PLACES)
    occupied_before = connector.reported not in {None, Status.AVAILABLE, Status.UNAVAILABLE}
    connector.reported, connector.occupied = report.status, report.occupied
    connector.info = report.info
    connector.epoch, connector.reported_at = charger.epoch, now
    if report.status is Status.UNAVAILABLE:
        connector.unavailable_at = now
    evse = charger.evses.get(connector.evse)
    if evse is not None and _is_vacant(evse, connector):
        if evse.transaction is not None:
            changed.add(Facet.TRANSACTION)
        _vacate(evse)
    elif evse is not None and not occupied_before:
        evse.ended_since_occupied = False
    if connector is charger.itself:
        connector.refine(None, ended=False, now=now)
    elif evse is not None:
        evse.refine(now)
    if _note_error(charger, connector, report, now):
        changed.add(Facet.SAFETY)
    return frozenset(changed)


def _reporting_place(charger: Charger, report: messages.StatusReported) -> Connector | None:
    if report.connector is None:
        return charger.itself
    evse = report.evse if report.evse is not None else charger.placement.evse_of(report.connector)
    return charger.connector(evse, report.connector) if charger.believes_in(evse, report.connector) else None


_FREE = frozenset({Status.AVAILABLE, Status.UNAVAILABLE})


def _is_vacant(evse: Evse, told: Connector) -> bool:
    """Nobody is plugged in: every plug of the evse is free, or the one of its transaction says so."""
    of_transaction = evse.transaction is not None and evse.transaction.connector == told.connector
    plugs = (told,) if of_transaction else evse.connectors.values()
    return all(plug.reported in _FREE for plug in plugs)


def _vacate(evse: Evse) -> None:
    """Whatever we thought was running on the evse has ended unseen; its end may still be told."""
    evse.closing = evse.transaction or evse.closing
    evse.transaction = None
    evse.authorized_at = None
    evse.ended_since_occupied = False
    evse.power_w = None


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
        place = Target(charger.id, event.evse, event.connector)
        if event.variable == "AvailabilityState" and event.evse is not None:
            changed |= _availability(charger, event, now)
        elif event.variable == "Problem" or event.tech_code is not None:
            key = (place, event.component)
            active = not event.cleared and event.actual_value.lower() != "false"
            if not active:
                charger.problems.pop(key, None)
                continue
            charger.problems[key] = codes.standard_name(event.tech_code or "OtherError")
            if codes.is_safety(event.tech_code, charger.problems[key]):
                charger.latch(place, charger.problems[key], now)
                changed.add(Facet.SAFETY)
    return frozenset(changed)


def _availability(charger: Charger, event: messages.ComponentEvent, now: Instant) -> frozenset[Facet]:
    """Some stations tell their state only as the AvailabilityState of a Connector or EVSE component."""
    occupied = event.actual_value == "Occupied"
    known = {status.value: status for status in Status}
    status = Status.PREPARING if occupied else known.get(event.actual_value)
    if status is None:
        return frozenset()
    return _status(charger, messages.StatusReported(event.evse, event.connector or 1, status, occupied), now)


# --- authorisation and transactions -------------------------------------------------------------------------------


def _authorized(charger: Charger, policy: AnswerPolicy, now: Instant) -> frozenset[Facet]:
    # Authorize does not say at which evse: somebody may be about to charge at any of them.
    if not policy.accept_tokens:
        return frozenset()
    for evse in charger.evses.values():
        evse.authorized_at = now
    return frozenset({Facet.METER})


def _started(
    charger: Charger,
    report: messages.TransactionStarted,
    policy: AnswerPolicy,
    next_transaction: Callable[[], int | None],
    now: Instant,
) -> Heard:
    connector = report.connector or 1
    number = report.evse if report.evse is not None else charger.placement.evse_of(connector)
    believed = charger.believes_in(number, connector)
    evse = charger.evse(number) if believed else Evse(number)
    accepted = policy.accept_tokens if report.token is not None else None
    known = _resent(evse, report)
    if known is not None and known.id != NO_ID_YET:
        reply_id = int(known.id) if report.transaction is None else None
        return Heard(messages.TransactionReply(reply_id, accepted))
    given = next_transaction() if report.transaction is None else None
    reply = None if report.transaction is None and given is None else messages.TransactionReply(given, accepted)
    if accepted is False or not believed:
        # 1.6 section 4.8: the id is given even for a refused token; the charger stops by itself.
        return Heard(reply)
    charger.connector(number, connector)
    evse.transaction = Transaction(
        id=report.transaction or (NO_ID_YET if given is None else str(given)),
        evse=number,
        connector=connector,
        started_at=now,
        meter_start_wh=report.meter_start_wh,
        charger_time=report.charger_time,
        charging_state=report.charging_state,
        energy_wh=report.meter_start_wh,
    )
    evse.authorized_at = None
    evse.refine(now)
    return Heard(reply, frozenset({Facet.TRANSACTION, Facet.STATUS}))


def _resent(evse: Evse, report: messages.TransactionStarted) -> Transaction | None:
    """Chargers re-send a start whose answer was lost, with the same time and meter: it is the same transaction."""
    open_one = evse.transaction
    if open_one is None:
        return None
    if report.transaction is not None:
        return open_one if open_one.id == report.transaction else None
    same = (open_one.charger_time, open_one.meter_start_wh) == (report.charger_time, report.meter_start_wh)
    return open_one if same and report.charger_time is not None else None


def _updated(charger: Charger, report: messages.TransactionUpdated, policy: AnswerPolicy, now: Instant) -> Heard:
    accepted = policy.accept_tokens if report.token is not None else None
    reply = messages.TransactionReply(None, accepted)
    if report.offline:
        return Heard(reply)
    transaction = next((t for t in charger.transactions() if t.id == report.transaction), None)
    changed = {Facet.METER}
    if transaction is None and report.evse is not None and charger.believes_in(report.evse, report.connector or 1):
        changed.add(Facet.TRANSACTION)
        # We missed its start (a restart of ours): it runs all the same.
        connector = report.connector or 1
        transaction = Transaction(report.transaction, report.evse, connector, started_at=now)
        charger.connector(report.evse, connector)
        charger.evse(report.evse).transaction = transaction
    if transaction is None:
        return Heard(reply)
    transaction.charging_state = report.charging_state or transaction.charging_state
    for meter in report.meters:
        transaction.meter(meter.energy_wh, meter.power_w, now)
    if charger.evse(transaction.evse).refine(now):
        changed.add(Facet.STATUS)
    return Heard(reply, frozenset(changed))


def _ended(charger: Charger, report: messages.TransactionEnded, now: Instant) -> frozenset[Facet]:
    for evse in charger.evses.values():
        if evse.closing is not None and evse.closing.id == report.transaction:
            evse.closing = None
        if evse.transaction is not None and evse.transaction.id == report.transaction:
            evse.transaction = None
            evse.ended_since_occupied = True
            evse.power_w = None
            evse.refine(now)
            return frozenset({Facet.TRANSACTION, Facet.STATUS})
    return frozenset()


def _metered(charger: Charger, report: messages.MeterReported, now: Instant) -> frozenset[Facet]:
    connector = report.connector
    if report.evse is None and connector is None:
        return frozenset()
    number = report.evse if report.evse is not None else charger.placement.evse_of(connector or 0)
    evse = charger.evses.get(number)
    if evse is None:
        return frozenset()
    for meter in report.meters:
        if meter.power_w is not None:
            evse.power_w, evse.power_at = meter.power_w, now
        if evse.transaction is not None:
            evse.transaction.meter(meter.energy_wh, meter.power_w, now)
    return frozenset({Facet.METER})


def restart_expected(charger: Charger, extra_s: Seconds, now: Instant) -> None:
    """We have just told the charger to restart: its next boot is our doing."""
    charger.boot_expected_until = now + charger.profile.boot_time_s + extra_s
