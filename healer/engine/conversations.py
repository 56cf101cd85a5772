"""The open conversations with chargers: which connection is whose, what came in on it, and what goes out.

Frames become reports that `fleet.hearing` applies, and answers to our own commands; every report is answered here.
What follows from a change is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from healer.effects import Close, Effect, Notice, Send, SignCertificate
from healer.fleet import noticing, timestamps
from healer.fleet.charger import Charger, Facet
from healer.fleet.contact import ContactState
from healer.fleet.hearing import AnswerPolicy, restart_expected
from healer.fleet.streaks import WITH_ENERGY_WH
from healer.fleet.tokens import TokenPolicy
from healer.model import ChargerId, ConnectionId, Instant, OcppVersion, Seconds, Target
from healer.ocpp import messages
from healer.ocpp.session import Answered, Notified, Refusal, Refused, Reported, Session
from healer.tally import Tally

OUR_DOING = frozenset({"replaced", "shutdown", "error"})
"""Reasons for which a connection closed that say nothing about the charger or its link."""


@dataclass(slots=True)
class _Conversation:
    session: Session
    charger: Charger
    dropped: bool = False
    """We asked for its end."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one frame did."""

    charger: Charger
    changed: frozenset[Facet] | set[Facet]
    answered: Answered | None = None


class Conversations:
    """All open connections."""

    def __init__(
        self,
        policy: AnswerPolicy,
        next_transaction: Callable[[], int | None],
        tally: Tally,
        *,
        call_timeout_s: Seconds,
        max_frame_bytes: int,
    ) -> None:
        self._policy = policy
        self._next_transaction = next_transaction
        self._tally = tally
        self._call_timeout_s = call_timeout_s
        self._max_frame_bytes = max_frame_bytes
        self._open: dict[ConnectionId, _Conversation] = {}
        self.effects: list[Effect] = []
        self.busy: set[ChargerId] = set()
        """Chargers that owe us an answer."""

    def replace_tokens(self, tokens: TokenPolicy) -> None:
        """From now on others may charge."""
        self._policy = replace(self._policy, tokens=tokens)

    def open(self, connection: ConnectionId, charger: Charger, version: OcppVersion, now: Instant) -> list[Turn]:
        """A websocket is open. Of two connections of one charger the newest wins."""
        turns = []
        former = charger.connection
        if former is not None:
            changed = {Facet.CONTACT} if charger.contact.replaced(now) else set[Facet]()
            self.effects.append(Close(former, 1000, "replaced by a newer connection of the same charger"))
            turns += [Turn(charger, changed), *self.close(former, "replaced", now)]
        session = Session(version, call_timeout_s=self._call_timeout_s, max_frame_bytes=self._max_frame_bytes)
        self._open[connection] = _Conversation(session, charger)
        self._tally.count("charger_connections_total", charger=charger.id)
        self._notice("charger.connected", charger, ocpp_version=version.value, connection=connection)
        turns.append(Turn(charger, charger.connect(connection, version, now)))
        return turns

    def close(self, connection: ConnectionId, reason: str, now: Instant, *, settled: bool = True) -> list[Turn]:
        """A websocket is gone; unknown ones (replaced before) are no news.

        Before we have `settled` after our own start, links come and go without it being a fault.
        """
        conversation = self._open.pop(connection, None)
        if conversation is None:
            return []
        charger = conversation.charger
        self._tally.count("charger_disconnects_total", charger=charger.id, reason=reason)
        self._notice("charger.disconnected", charger, reason=reason, connection=connection)
        changed = set[Facet]()
        if reason not in OUR_DOING and not conversation.dropped:
            changed |= _lost(charger, now, counted=settled)
        turn = self._ended(charger, conversation.session.close(now), changed, now)
        return [Turn(charger, turn.changed | charger.disconnect(connection, now), turn.answered)]

    def heard(self, connection: ConnectionId, now: Instant) -> list[Turn]:
        """A pong: a sign of life."""
        conversation = self._open.get(connection)
        return [Turn(conversation.charger, conversation.charger.seen(now))] if conversation is not None else []

    def receive(self, connection: ConnectionId, data: str | bytes, now: Instant) -> list[Turn]:
        """One frame. A connection we no longer know is ignored."""
        conversation = self._open.get(connection)
        if conversation is None:
            return []
        charger = conversation.charger
        changed = set(charger.seen(now))
        match conversation.session.receive(data, now):
            case Reported() | Notified() as reported:
                changed |= self._report(connection, conversation, reported, now)
                return [Turn(charger, changed)]
            case Answered() as answered:
                return [self._ended(charger, answered, changed, now)]
            case Refused() as refused:
                self._refuse(connection, charger, refused)
                if refused.reason is Refusal.MALFORMED and noticing.happened(charger, "schema_violation", now):
                    changed.add(Facet.EVENTS)
                if refused.reason is Refusal.LATE and charger.contact.call_answered():
                    changed.add(Facet.CONTACT)  # too late to be worth anything, but it hears us
                return [Turn(charger, changed)]

    def owner(self, connection: ConnectionId) -> ChargerId | None:
        """Whose connection it is, while it is open."""
        conversation = self._open.get(connection)
        return conversation.charger.id if conversation is not None else None

    def expire(self, charger: Charger, now: Instant) -> Turn:
        """Time has passed: the charger may be silent now, and its open CALL without an answer."""
        conversation = self._of(charger)
        expired = conversation.session.expire(now) if conversation is not None else None
        return self._ended(charger, expired, charger.fall_silent(now), now)

    def deadline(self, charger: Charger) -> Instant | None:
        conversation = self._of(charger)
        return conversation.session.deadline if conversation is not None else None

    def call(
        self, charger: Charger, command: messages.Command, message_id: str, intent: int | None, now: Instant
    ) -> str | None:
        """Send a command now; why not, if it cannot be sent. A command is never queued."""
        conversation = self._of(charger)
        if conversation is None or charger.connection is None:
            return "the charger is not connected"
        frame = conversation.session.call(command, message_id, now)
        if frame is None:
            return "the charger still owes an answer"
        self.busy.add(charger.id)
        _note_question(charger, command, now)
        self.effects.append(Send(charger.connection, frame, intent))
        return None

    def drop(self, charger: Charger, reason: str) -> None:
        """Ask for the charger's connection to be closed."""
        conversation = self._of(charger)
        if conversation is not None and charger.connection is not None:
            conversation.dropped = True
            self.effects.append(Close(charger.connection, 1012, reason))

    # --- inside ---------------------------------------------------------------------------------------------------

    def _of(self, charger: Charger) -> _Conversation | None:
        return self._open.get(charger.connection) if charger.connection is not None else None

    def _ended(self, charger: Charger, answered: Answered | None, changed: set[Facet], now: Instant) -> Turn:
        """The end of our open CALL, if it has come to one, beside what has changed already."""
        if answered is None:
            return Turn(charger, changed)
        self.busy.discard(charger.id)
        changed |= _learn(charger, answered, now)
        action, outcome = answered.action, answered.outcome.result.value
        self._tally.count("ocpp_messages_total", direction="out", action=action, result=outcome)
        self._tally.observe("ocpp_call_duration_seconds", answered.duration_s, action=action, outcome=outcome)
        return Turn(charger, changed, answered)

    def _report(
        self, connection: ConnectionId, conversation: _Conversation, reported: Reported | Notified, now: Instant
    ) -> frozenset[Facet]:
        charger = conversation.charger
        report = timestamps.without_past_readings(charger, reported.report, now)
        heard = noticing.hear(charger, report, self._policy, self._next_transaction, now)
        if isinstance(reported, Notified):
            result = "noted"
        else:
            result = "answered" if heard.reply is not None else "deferred"
        self._tally.count("ocpp_messages_total", direction="in", action=reported.action, result=result)
        for _ in reported.violations:
            self._tally.count(
                "ocpp_schema_violations_total", vendor=charger.vendor, model=charger.model, action=reported.action
            )
        violated = bool(reported.violations) and noticing.happened(charger, "schema_violation", now)
        if isinstance(reported, Reported):
            # The charger keeps what was not answered and tries again, as the standard asks for transactions.
            session, reply = conversation.session, heard.reply
            frame = session.defer(reported) if reply is None else session.reply(reported, reply, now)
            self.effects.append(Send(connection, frame))
        if heard.reply == messages.SigningReply(True) and isinstance(report, messages.CertificateRequested):
            self.effects.append(SignCertificate(charger.id, report.csr, charger.placement.serial))
        self._count(charger, report)
        changed = heard.changed | timestamps.note_clock(charger, reported.report, now)
        changed |= timestamps.believe_untold(charger, now)
        return changed | {Facet.EVENTS} if violated else changed

    def _count(self, charger: Charger, report: messages.Report) -> None:
        self._count_sessions(charger)
        match report:
            case messages.Booted():
                self._tally.count("charger_boots_total", charger=charger.id, reason=report.reason)
                self._notice(
                    "charger.booted",
                    charger,
                    vendor=report.vendor,
                    model=report.model,
                    firmware=report.firmware,
                    reason=report.reason,
                )
            case messages.StatusReported() if report.error_code not in {None, "NoError"} and report.connector:
                evse = report.evse or charger.placement.evse_of(report.connector)
                self._tally.count(
                    "connector_errors_total",
                    charger=charger.id,
                    evse=evse,
                    connector=report.connector,
                    error_code=report.error_code,
                )
            case _:
                pass

    def _count_sessions(self, charger: Charger) -> None:
        for ended in charger.finished:
            result = "energy" if ended.energy_wh >= WITH_ENERGY_WH else "no-energy"
            self._tally.count("sessions_total", charger=charger.id, evse=ended.evse, result=result)
            self._tally.count("energy_joules_total", ended.energy_wh * 3600, charger=charger.id, evse=ended.evse)
        charger.finished.clear()

    def _refuse(self, connection: ConnectionId, charger: Charger, refused: Refused) -> None:
        self._tally.count(
            "ocpp_messages_total", direction="in", action=refused.action or "", result=refused.reason.value
        )
        defect = refused.defect.value if refused.defect is not None else None
        self._notice("frame.refused", charger, reason=refused.reason.value, defect=defect)
        if refused.reply is not None:
            self.effects.append(Send(connection, refused.reply))

    def _notice(self, event: str, charger: Charger, **fields: str | int | float | bool | None) -> None:
        self.effects.append(Notice(event, charger.id, tuple(fields.items())))


def _note_question(charger: Charger, command: messages.Command, now: Instant) -> None:
    """What is told from now on may be the answer."""
    match command:
        case messages.TriggerMessage(messages.Trigger.BOOT):
            charger.contact.boot_asked_at = now


def _learn(charger: Charger, answered: Answered, now: Instant) -> set[Facet]:
    """What the end of one of our CALLs says of the charger, whatever it was for."""
    charger.learning.answered(charger.kind, charger.id, answered.command, answered.outcome, now)
    changed: set[Facet] = set()
    match answered.outcome.result:
        case messages.Result.LINK_LOST:
            return changed
        case messages.Result.TIMEOUT:
            news = charger.contact.call_timed_out(now - answered.duration_s, now)
        case _:
            news = charger.contact.call_answered()
    if news:
        changed.add(Facet.CONTACT)
    match answered.command:
        case messages.TriggerMessage(messages.Trigger.STATUS, evse, connector):
            number = charger.evse_named(evse, connector)
            place = charger.target if number is None else Target(charger.id, number, connector)
            _learn_of_status(charger.contact, place, answered.outcome)
            changed |= timestamps.believe_untold(charger, now)
        case _:
            pass
    return changed


def _learn_of_status(contact: ContactState, place: Target, outcome: messages.Outcome) -> None:
    """Whether it tells the status of a place. If not, what it told of its own is all there is."""
    match outcome.result:
        case messages.Result.ACCEPTED:
            contact.status_promised(place)
        case messages.Result.REJECTED:
            contact.status_refused(place)
        case messages.Result.NOT_SUPPORTED if outcome.detail.casefold() == "unknownconnector":
            contact.status_untold.add(place)
        case messages.Result.NOT_SUPPORTED:
            contact.status_unsupported = True
        case _:
            pass


def _lost(charger: Charger, now: Instant, *, counted: bool) -> set[Facet]:
    """A link was lost that nobody gave up; what that says of the charger."""
    if charger.contact.lost_by_boot_trigger(now):
        restart_expected(charger, 0.0, now)
    if not counted or (charger.boot_expected_until is not None and now <= charger.boot_expected_until):
        return set()
    charger.window("disconnect").add(now)
    return {Facet.EVENTS}
