"""What a charger says of people who charge: authorisations, transactions and meter readings.

A car that charges must be known whatever the charger leaves out: a transaction whose start we missed runs all the
same, one whose place nobody said runs somewhere on the charger, and energy that flows is a transaction without a name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from healer.fleet.charger import NO_ID_YET, Charger, Facet
from healer.fleet.place import Evse, Transaction
from healer.model import Instant
from healer.ocpp import messages


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


def authorized(charger: Charger, policy: AnswerPolicy, now: Instant) -> frozenset[Facet]:
    # Authorize does not say at which evse: somebody may be about to charge at any, also at one not heard of yet.
    if not policy.accept_tokens:
        return frozenset()
    charger.authorized_at = now
    for evse in charger.evses.values():
        evse.authorized_at = now
    return frozenset({Facet.METER})


# --- where ----------------------------------------------------------------------------------------------------------


def _evse_at(charger: Charger, evse: int | None, connector: int | None) -> tuple[Evse | None, set[Facet]]:
    """The evse that a message is about, known from now on, and what that changed; None where it cannot be told.

    A place that was never heard of is one whose status we do not know. Where no plug is named it has at least the
    first (OCPP 2.0.1 part 1 section 7: the plugs of an evse are counted from 1).
    """
    number = charger.evse_named(evse, connector)
    if number is None:
        return None, set()
    known = charger.evses.get(number)
    if known is not None and (connector is None or connector in known.connectors):
        return known, set()
    if not charger.believes_in(number, connector or 1):
        return known, set()
    charger.connector(number, connector or 1)
    return charger.evses[number], {Facet.PLACES, Facet.STATUS}


def _run(charger: Charger, evse: Evse | None, transaction: Transaction, now: Instant) -> set[Facet]:
    """It runs from now on, at this evse where it is known."""
    charger.somewhere.pop(transaction.id, None)
    if evse is None:
        charger.run_somewhere(transaction)
    else:
        evse.begin(transaction)
        evse.refine(now)
    return {Facet.TRANSACTION, Facet.STATUS}


# --- transactions ---------------------------------------------------------------------------------------------------


def started(
    charger: Charger,
    report: messages.TransactionStarted,
    policy: AnswerPolicy,
    next_transaction: Callable[[], int | None],
    now: Instant,
) -> Heard:
    accepted = policy.accept_tokens if report.token is not None else None
    if report.transaction is not None and report.transaction in charger.ended:
        return Heard(messages.TransactionReply(None, accepted))
    evse, changed = _evse_at(charger, report.evse, report.connector)
    known = _resent(charger, evse, report)
    if known is not None and known.id != NO_ID_YET:
        reply_id = int(known.id) if report.transaction is None else None
        return Heard(messages.TransactionReply(reply_id, accepted), frozenset(changed))
    given = next_transaction() if report.transaction is None else None
    reply = None if report.transaction is None and given is None else messages.TransactionReply(given, accepted)
    if accepted is False:
        # 1.6 section 4.8: the id is given even for a refused token; the charger stops by itself.
        return Heard(reply, frozenset(changed))
    if known is not None:
        charger.somewhere.pop(NO_ID_YET, None)
    transaction = Transaction(
        id=report.transaction or (NO_ID_YET if given is None else str(given)),
        evse=None if evse is None else evse.number,
        connector=report.connector,
        started_at=now,
        meter_start_wh=report.meter_start_wh,
        charger_time=report.charger_time,
        charging_state=report.charging_state,
        energy_wh=report.meter_start_wh,
    )
    return Heard(reply, frozenset(changed | _run(charger, evse, transaction, now)))


def _resent(charger: Charger, evse: Evse | None, report: messages.TransactionStarted) -> Transaction | None:
    """Chargers re-send a start whose answer was lost, with the same time and meter: it is the same transaction."""
    for open_one in charger.somewhere.values() if evse is None else (evse.transaction,):
        if open_one is None:
            continue
        if report.transaction is not None:
            if open_one.id == report.transaction:
                return open_one
            continue
        same = (open_one.charger_time, open_one.meter_start_wh) == (report.charger_time, report.meter_start_wh)
        if same and report.charger_time is not None:
            return open_one
    return None


def updated(charger: Charger, report: messages.TransactionUpdated, policy: AnswerPolicy, now: Instant) -> Heard:
    accepted = policy.accept_tokens if report.token is not None else None
    reply = messages.TransactionReply(None, accepted)
    if report.offline or report.transaction in charger.ended:
        return Heard(reply)
    evse, changed = _evse_at(charger, report.evse, report.connector)
    transaction = _open(charger, report.transaction)
    if transaction is None or (transaction.evse is None and evse is not None):
        # We missed its start (a restart of ours), or where it runs: it runs all the same.
        number = None if evse is None else evse.number
        transaction = transaction or Transaction(report.transaction, number, report.connector, started_at=now)
        transaction.evse, transaction.connector = number, report.connector
        changed |= _run(charger, evse, transaction, now)
    transaction.charging_state = report.charging_state or transaction.charging_state
    for meter in report.meters:
        transaction.meter(meter.energy_wh, meter.power_w, now)
    changed.add(Facet.METER)
    if transaction.evse is not None and charger.evse(transaction.evse).refine(now):
        changed.add(Facet.STATUS)
    return Heard(reply, frozenset(changed))


def _open(charger: Charger, transaction: str) -> Transaction | None:
    return next((one for one in charger.transactions() if one.id == transaction), None)


def ended(charger: Charger, report: messages.TransactionEnded, now: Instant) -> frozenset[Facet]:
    changed: set[Facet] = set()
    if report.transaction is not None:
        charger.ended.append(report.transaction)
        if charger.somewhere.pop(report.transaction, None) is not None:
            changed.add(Facet.TRANSACTION)
    for evse in charger.evses.values():
        if evse.closing is not None and evse.closing.id == report.transaction:
            evse.closing = None
        if evse.transaction is not None and _is_end_of(report, evse, evse.transaction):
            evse.end(charger.epoch)
            evse.refine(now)
            changed |= {Facet.TRANSACTION, Facet.STATUS}
    return frozenset(changed)


def _is_end_of(report: messages.TransactionEnded, evse: Evse, transaction: Transaction) -> bool:
    nameless = transaction.id == NO_ID_YET and report.evse == evse.number
    return nameless or transaction.id == report.transaction


# --- meters ---------------------------------------------------------------------------------------------------------


def metered(charger: Charger, report: messages.MeterReported, now: Instant) -> frozenset[Facet]:
    evse, changed = _evse_at(charger, report.evse, report.connector)
    for plug in evse.connectors.values() if evse is not None else ():
        plug.vain_boots = 0  # it exists, though it does not tell how it is
    changed |= _named_in_meter(charger, evse, report, now)
    if evse is None:
        return frozenset(changed)
    flows = False
    for meter in report.meters:
        if evse.transaction is not None:
            evse.transaction.meter(meter.energy_wh, meter.power_w, now)
        elif evse.meter(meter.energy_wh, meter.power_w, now):
            flows = True
    if flows and not charger.are_vacant(evse.connectors.values()):
        nameless = Transaction(NO_ID_YET, evse.number, report.connector, started_at=now, progress_at=now)
        changed |= _run(charger, evse, nameless, now)
    return frozenset(changed | {Facet.METER})


def _named_in_meter(charger: Charger, evse: Evse | None, report: messages.MeterReported, now: Instant) -> set[Facet]:
    """1.6: a reading that names a transaction which is not known to be open tells that it runs."""
    named = report.transaction
    if named is None or named in charger.ended:
        return set()
    known = _open(charger, named)
    if known is not None and (known.evse is not None or evse is None):
        return set()
    if evse is not None and evse.transaction is not None:
        if evse.transaction.id == NO_ID_YET:
            evse.transaction.id = named
        return {Facet.TRANSACTION}
    closing = evse is not None and evse.closing is not None and evse.closing.id == named
    if evse is not None and closing and charger.are_vacant(evse.connectors.values()):
        return set()  # its end is still to come
    number, connector = (None, None) if evse is None else (evse.number, report.connector)
    transaction = known or Transaction(named, number, connector, started_at=now)
    transaction.evse, transaction.connector = number, connector
    return _run(charger, evse, transaction, now)
