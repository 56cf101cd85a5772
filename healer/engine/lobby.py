"""Chargers that wait for approval: connected, answered, counted, and not believed.

BootNotification is answered Pending, so that the charger asks again before long (OCPP 1.6 section 4.2, 2.0.1 use case
B02); whatever it says beside is answered, as chargers exist that do not wait. No driver is let charge.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from healer.effects import Close, Effect, Send
from healer.engine.settings import EngineSettings
from healer.events import ConnectionOpened
from healer.model import ChargerId, ConnectionId, Instant
from healer.ocpp import messages
from healer.ocpp.session import Notified, Refused, Reported, Session

NO_TRANSACTION = 0
"""1.6 demands an id in the answer to StartTransaction even where the driver is refused: one that no transaction has."""

POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013


@dataclass(slots=True)
class Waiting:
    """One charger in the lobby."""

    opened: ConnectionOpened
    """Its last connection."""
    session: Session
    since: Instant
    last_seen_at: Instant
    connected: bool = True
    boot: messages.Booted = field(default_factory=messages.Booted)
    """What it told of itself; nothing before it has booted."""
    heard: int = 0
    """Messages since it came."""


class Lobby:
    """Everybody who waits, by identity."""

    def __init__(self, settings: EngineSettings) -> None:
        self._admission = settings.admission
        self._call_timeout_s = settings.call_timeout_s
        self._max_frame_bytes = settings.max_frame_bytes
        self.waiting: dict[ChargerId, Waiting] = {}
        self._connections: dict[ConnectionId, Waiting] = {}

    def holds(self, connection: ConnectionId) -> bool:
        """Whether the connection is that of somebody who waits."""
        return connection in self._connections

    def enter(self, opened: ConnectionOpened, now: Instant) -> list[Effect]:
        """Somebody dialled who has to wait. Of two connections of one charger the newest wins."""
        effects: list[Effect] = []
        former = self.waiting.get(opened.charger)
        if former is not None and former.connected:
            reason = "replaced by a newer connection of the same charger"
            effects += self._hang_up(former, 1000, reason)
        if former is None and len(self.waiting) >= self._admission.most_pending:
            quietest = min(self.waiting.values(), key=lambda one: (one.connected, one.last_seen_at))
            effects += self.leave(quietest.opened.charger, TRY_AGAIN_LATER, "too many wait for approval")
        session = Session(opened.version, call_timeout_s=self._call_timeout_s, max_frame_bytes=self._max_frame_bytes)
        came = Waiting(opened, session, now if former is None else former.since, now)
        if former is not None:
            came.boot, came.heard = former.boot, former.heard
        self.waiting[opened.charger] = self._connections[opened.connection] = came
        return effects

    def hear(self, connection: ConnectionId, data: str | bytes, now: Instant) -> list[Effect]:
        """A frame of somebody who waits: it is answered."""
        one = self.seen(connection, now)
        one.heard += 1
        match one.session.receive(data, now):
            case Reported() as reported:
                if isinstance(reported.report, messages.Booted):
                    one.boot = reported.report
                return [Send(connection, one.session.reply(reported, self._answer(reported.report), now))]
            case Notified(_, messages.Booted() as boot):
                one.boot = boot
            case Refused(_, str() as reply):
                return [Send(connection, reply)]
            case _:
                pass
        return []

    def seen(self, connection: ConnectionId, now: Instant) -> Waiting:
        """A sign of life."""
        one = self._connections[connection]
        one.last_seen_at = now
        return one

    def lost(self, connection: ConnectionId) -> None:
        """A connection is gone; who waited is remembered."""
        self._connections.pop(connection).connected = False

    def let_in(self, charger_id: ChargerId) -> ConnectionOpened | None:
        """It waits no longer; its connection if that still stands."""
        one = self.waiting.pop(charger_id, None)
        if one is None or not one.connected:
            return None
        del self._connections[one.opened.connection]
        return one.opened

    def leave(self, charger_id: ChargerId, code: int, reason: str) -> list[Effect]:
        """It is forgotten, and its connection closed."""
        one = self.waiting.pop(charger_id, None)
        return [] if one is None or not one.connected else self._hang_up(one, code, reason)

    def _hang_up(self, one: Waiting, code: int, reason: str) -> list[Effect]:
        self.lost(one.opened.connection)
        return [Close(one.opened.connection, code, reason)]

    def _answer(self, report: messages.Report) -> messages.Reply:
        match report:
            case messages.Booted():
                return messages.BootReply(messages.Registration.PENDING, max(1, round(self._admission.retry_s)))
            case messages.Authorize():
                return messages.AuthorizationReply(False)
            case messages.TransactionStarted():
                given = NO_TRANSACTION if report.transaction is None else None
                return messages.TransactionReply(given, None if report.token is None else False)
            case messages.TransactionUpdated():
                return messages.TransactionReply(None, None if report.token is None else False)
            case messages.TransactionEnded():
                return messages.TransactionReply()
            case _:
                return messages.Acknowledged()
