"""What a charger says of people who charge: authorisations, transactions and meter readings.

A car that charges must be known whatever the charger leaves out: a transaction whose start we missed runs all the
same, one whose place nobody said runs somewhere on the charger, and energy that flows is a transaction without a name.

What a charger tells again is recognised by its content, never by the id of the message: the same start gets the same
transaction id for ever, and neither begins nor counts anything twice. Each message is answered, whatever it names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from healer.fleet.charger import Charger, Facet
from healer.fleet.history import Presented, Start, is_dated
from healer.fleet.place import NO_ID_YET, Evse, Transaction
from healer.fleet.tokens import TokenPolicy
from healer.model import Instant, Seconds
from healer.ocpp import messages

OLD_S: Seconds = 600.0
"""A start that was dated so long ago is told after the fact: its end may be the next thing that is heard."""


@dataclass(frozen=True, slots=True)
class AnswerPolicy:
    """What a standalone central system answers (no upstream decides)."""

    tokens: TokenPolicy
    heartbeat_interval_s: int
    signs_certificates: bool = False
    """Whether requests for certificates are looked at."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message did."""

    reply: messages.Reply | None
    """None: we cannot answer responsibly now, so the charger must try again (a transaction without a durable id)."""
    changed: frozenset[Facet] = frozenset()


def authorized(charger: Charger, report: messages.Authorize, policy: AnswerPolicy, now: Instant) -> Heard:
    # Authorize does not say at which evse: somebody may be about to charge at any, also at one not heard of yet.
    token = report.token or None
    accepted = policy.tokens.accepts(token)
    charger.history = charger.history.with_presented(Presented(policy.tokens.hash(token), now, accepted))
    reply = messages.AuthorizationReply(accepted)
    if not accepted:
        return Heard(reply)
    charger.authorized_at = now
    for evse in charger.evses.values():
        evse.authorized_at = now
    return Heard(reply, frozenset({Facet.METER}))


def _verdict(policy: AnswerPolicy, token: str | None) -> bool | None:
    """What is answered about the token of a message; None where it names none."""
    return None if token is None else policy.tokens.accepts(token)


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
        return {Facet.TRANSACTION, Facet.STATUS}
    if evse.transaction is not None and evse.transaction.id not in {NO_ID_YET, transaction.id}:
        charger.history = charger.history.with_end(evse.transaction.id)
    given_up = evse.begin(transaction)
    if given_up is not None:
        charger.finished.append(given_up.finished())
    evse.refine(now)
    return {Facet.TRANSACTION, Facet.STATUS}


def _is_free(charger: Charger, evse: Evse, connector: int | None) -> bool:
    """Whether nobody is plugged in, by the last word of the plug, or of all where it is not known which."""
    plug = evse.connectors.get(connector or 0)
    return charger.are_vacant(evse.connectors.values() if plug is None else (plug,))


def doubt(charger: Charger, now: Instant) -> None:
    """The charger booted: what ran may have ended unseen, or go on. It is over when its plug is free or another begins.

    Some chargers take up after a restart what ran before, others forget it without a word.
    """
    for transaction in charger.transactions():
        transaction.doubt(now)


# --- transactions ---------------------------------------------------------------------------------------------------


def started(
    charger: Charger,
    report: messages.TransactionStarted,
    policy: AnswerPolicy,
    next_transaction: Callable[[], int | None],
    now: Instant,
) -> Heard:
    if report.transaction is None:
        return _started_16(charger, report, policy, next_transaction, now)
    reply = messages.TransactionReply(None, _verdict(policy, report.token))
    if _is_over(charger, report):
        return Heard(reply)
    evse, changed = _evse_at(charger, report.evse, report.connector)
    known = _open(charger, report.transaction)
    if known is not None or _is_past(evse, report) or reply.accepted is False:
        return Heard(reply, frozenset(changed))
    return Heard(reply, frozenset(changed | _begin(charger, evse, report.transaction, report, policy, now)))


def _started_16(
    charger: Charger,
    report: messages.TransactionStarted,
    policy: AnswerPolicy,
    next_transaction: Callable[[], int | None],
    now: Instant,
) -> Heard:
    """StartTransaction, which gets its id here, for a refused token as well (section 4.8): the charger then stops."""
    accepted = _verdict(policy, report.token)
    evse, changed = _evse_at(charger, report.evse, report.connector)
    said = Start(report.connector, policy.tokens.hash(report.token), report.charger_time, report.meter_start_wh)
    told_before = _told_before(charger, said)
    if told_before is not None:
        given: str | None = told_before.transaction
    else:
        given = _new_id(charger, said, next_transaction)
        changed.add(Facet.TRANSACTION)
    reply = None if given is None else messages.TransactionReply(int(given), accepted)
    goes_on = told_before is None or _goes_on(charger, evse, told_before)
    if not goes_on or accepted is False:
        return Heard(reply, frozenset(changed))
    _forget_nameless(charger, said)
    return Heard(reply, frozenset(changed | _begin(charger, evse, given or NO_ID_YET, report, policy, now)))


def _told_before(charger: Charger, said: Start) -> Start | None:
    """The start that this one repeats. A charger that does not know the time repeats only one that still runs."""
    known = charger.history.given(said)
    if known is None or (not is_dated(said.charger_time) and _open(charger, known.transaction) is None):
        return None
    return known


def _new_id(charger: Charger, said: Start, next_transaction: Callable[[], int | None]) -> str | None:
    number = next_transaction()
    if number is None:
        return None
    charger.history = charger.history.with_start(replace(said, transaction=str(number)))
    return str(number)


def _goes_on(charger: Charger, evse: Evse | None, start: Start) -> bool:
    """Whether a start that is told again begins again: we took it to be over when its plug was free, and it is not."""
    if _open(charger, start.transaction) is not None or charger.history.has_ended(start.transaction):
        return False
    free = evse is not None and _is_free(charger, evse, start.connector)
    return not free and charger.history.is_latest(start)


def _forget_nameless(charger: Charger, said: Start) -> None:
    """The start for which no id could be given is told again."""
    nameless = charger.somewhere.get(NO_ID_YET)
    same = (said.charger_time, said.meter_start_wh)
    if nameless is not None and (nameless.charger_time, nameless.meter_start_wh) == same:
        del charger.somewhere[NO_ID_YET]


def _is_over(charger: Charger, report: messages.TransactionStarted) -> bool:
    """2.x: whether its end was heard before. Some stations begin to count anew, and give the same id once more."""
    assert report.transaction is not None  # noqa: S101 - the caller's case
    end = charger.history.end_of(report.transaction)
    if end is None:
        return False
    if not report.offline and is_dated(end.charger_time) and (report.charger_time or 0.0) > (end.charger_time or 0.0):
        charger.history = charger.history.without_end(report.transaction)
        return False
    return True


def _is_past(evse: Evse | None, report: messages.TransactionStarted) -> bool:
    """2.x: told after the fact, and another one has begun since then: one evse has one transaction at a time."""
    running = None if evse is None else evse.transaction
    if running is None or not report.offline or report.charger_time is None or running.charger_time is None:
        return False
    return report.charger_time < running.charger_time


def _begin(
    charger: Charger,
    evse: Evse | None,
    name: str,
    report: messages.TransactionStarted,
    policy: AnswerPolicy,
    now: Instant,
) -> set[Facet]:
    transaction = Transaction(
        id=name,
        evse=None if evse is None else evse.number,
        connector=report.connector,
        started_at=now,
        meter_start_wh=report.meter_start_wh,
        charger_time=report.charger_time,
        charging_state=report.charging_state,
        energy_wh=report.meter_start_wh,
        token_hash=policy.tokens.hash(report.token),
        told_at=report.charger_time,
        number=report.number,
    )
    old = is_dated(report.charger_time) and now - (report.charger_time or now) > OLD_S
    if old and evse is not None and _is_free(charger, evse, report.connector):
        transaction.doubt(now)
    return _run(charger, evse, transaction, now)


def updated(charger: Charger, report: messages.TransactionUpdated, policy: AnswerPolicy, now: Instant) -> Heard:
    reply = messages.TransactionReply(None, _verdict(policy, report.token))
    transaction = _open(charger, report.transaction)
    late = transaction is not None and transaction.is_late(report.number, report.charger_time)
    if report.offline or late or charger.history.has_ended(report.transaction):
        return Heard(reply)
    evse, changed = _evse_at(charger, report.evse, report.connector)
    if transaction is None or (transaction.evse is None and evse is not None):
        # We missed its start (a restart of ours), or where it runs: it runs all the same.
        number = None if evse is None else evse.number
        transaction = transaction or Transaction(report.transaction, number, report.connector, started_at=now)
        transaction.evse, transaction.connector = number, report.connector
        changed |= _run(charger, evse, transaction, now)
    _tell(transaction, report, policy, now)
    changed.add(Facet.METER)
    if transaction.evse is not None and charger.evse(transaction.evse).refine(now):
        changed.add(Facet.STATUS)
    return Heard(reply, frozenset(changed))


def _tell(transaction: Transaction, report: messages.TransactionUpdated, policy: AnswerPolicy, now: Instant) -> None:
    transaction.confirm()
    transaction.told_at, transaction.number = report.charger_time, report.number
    transaction.token_hash = policy.tokens.hash(report.token) or transaction.token_hash
    transaction.charging_state = report.charging_state or transaction.charging_state
    for meter in report.meters:
        transaction.meter(meter.energy_wh, meter.power_w, now)


def _open(charger: Charger, transaction: str) -> Transaction | None:
    return next((one for one in charger.transactions() if one.id == transaction), None)


def ended(charger: Charger, report: messages.TransactionEnded, policy: AnswerPolicy, now: Instant) -> Heard:
    """Always answered: a charger that is not keeps its StopTransaction for ever, and some restart because of it."""
    reply = messages.TransactionReply(accepted=_verdict(policy, report.token))
    changed: set[Facet] = set()
    over: list[Transaction | None] = []
    if report.transaction is None:
        doubt(charger, now)  # it says no id, or never learnt one: what ended cannot be told
    else:
        charger.history = charger.history.with_end(report.transaction, report.charger_time)
        over.append(charger.somewhere.pop(report.transaction, None))
    if any(over):
        changed.add(Facet.TRANSACTION)
    for evse in charger.evses.values():
        if evse.closing is not None and evse.closing.id == report.transaction:
            over.append(evse.closing)
            evse.closing = None
        if evse.transaction is not None and _is_end_of(report, evse, evse.transaction):
            over.append(evse.transaction)
            evse.end(charger.epoch)
            evse.refine(now)
            changed |= {Facet.TRANSACTION, Facet.STATUS}
    charger.finished += [one.finished(report.meter_stop_wh) for one in over if one is not None]
    return Heard(reply, frozenset(changed))


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
    if named is None or charger.history.has_ended(named):
        return set()
    known = _open(charger, named)
    if known is not None:
        known.confirm()
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
