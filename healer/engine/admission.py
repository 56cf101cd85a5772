"""Who is let in: events of those who are no members end here, and a person's decision moves a charger in or out.

Stands before everything else in the engine, so that nothing of a charger that waits for approval is ever believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from healer.effects import Close, Effect, Notice, RecordFact
from healer.engine.lobby import POLICY_VIOLATION, Lobby
from healer.engine.roster import Roster
from healer.engine.settings import EngineSettings
from healer.events import (
    ChargerEnrolled,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    FrameReceived,
    InventoryReplaced,
    PongReceived,
    StoreChanged,
)
from healer.fleet.charger import Charger
from healer.fleet.enrolment import Decision, Enrolment, Membership
from healer.healing.casebook import Casebook
from healer.healing.incident import Happening, State
from healer.model import ChargerId, Instant

NOT_OURS = "this charger is not known here"


class Admission:
    """The engine's gate."""

    def __init__(
        self,
        settings: EngineSettings,
        roster: Roster,
        casebook: Casebook,
        effects: list[Effect],
        *,
        look_at: Callable[[ChargerId], None],
        dismissed: Callable[[ChargerId, Instant], None],
    ) -> None:
        self.lobby = Lobby(settings)
        self._roster = roster
        self._casebook = casebook
        self._effects = effects
        self._look_at = look_at
        self._dismissed = dismissed

    def admit(self, event: Event, now: Instant) -> Iterator[Event]:
        """What the rest of the engine is to see of an event; each is to be handled before the next is asked for."""
        match event:
            case ConnectionOpened() if not self._roster.is_member(event.charger):
                self._hold(event, now)
            case FrameReceived() if self.lobby.holds(event.connection):
                self._effects += self.lobby.hear(event.connection, event.data, now)
            case PongReceived() if self.lobby.holds(event.connection):
                self.lobby.seen(event.connection, now)
            case ConnectionClosed() if self.lobby.holds(event.connection):
                self.lobby.lost(event.connection)
            case StoreChanged(True, reason) if reason:
                self._effects += map(RecordFact, self._roster.enrolments.values())  # some may be among what was lost
                yield event
            case ChargerEnrolled():
                yield from self._enrol(event.enrolment, now)
            case InventoryReplaced():
                yield event
                yield from self._review([*self.lobby.waiting, *self._roster.chargers], now)
            case _:
                yield event

    def why_not_enrol(self, charger_id: ChargerId, site: str | None = None) -> str | None:
        """Why `ChargerEnrolled` would be wrong now; None when it is right."""
        if charger_id in self._roster.inventory.chargers:
            return "the inventory lists it, and that wins over a decision: change it there"
        known = self._roster.inventory.sites
        if site is not None and known and site not in known:
            return f"there is no site {site} in the inventory; known are {', '.join(sorted(known))}"
        return None

    def _hold(self, opened: ConnectionOpened, now: Instant) -> None:
        if self._roster.is_welcome(opened.charger):
            self._effects += self.lobby.enter(opened, now)
            self._notice("charger.held", opened.charger, ocpp_version=opened.version.value)
        else:
            self._effects.append(Close(opened.connection, POLICY_VIOLATION, NOT_OURS))

    def _enrol(self, enrolment: Enrolment, now: Instant) -> Iterator[Event]:
        self._effects.append(RecordFact(enrolment))
        event = "charger.approved" if enrolment.decision is Decision.APPROVED else "charger.rejected"
        self._notice(event, enrolment.charger, author=enrolment.author, reason=enrolment.reason)
        self._roster.enrol(enrolment)
        return self._review([enrolment.charger], now)

    def _review(self, charger_ids: Iterable[ChargerId], now: Instant) -> Iterator[Event]:
        """Bring in who has become a member, and out who is none any more."""
        self._casebook.ward.fleet_size = self._roster.size
        for charger_id in charger_ids:
            membership = self._roster.membership(charger_id)
            charger = self._roster.chargers.get(charger_id)
            if membership is Membership.MEMBER:
                opened = self.lobby.let_in(charger_id)
                if opened is not None:
                    yield opened
                elif charger is not None:
                    self._look_at(charger_id)
                continue
            if membership is Membership.REFUSED:
                self._effects += self.lobby.leave(charger_id, POLICY_VIOLATION, NOT_OURS)
            if charger is not None:
                yield from self._dismiss(charger, now)

    def _dismiss(self, charger: Charger, now: Instant) -> Iterator[Event]:
        """It was one of us. It may dial again, and is held or refused then."""
        if charger.connection is not None:
            self._effects.append(Close(charger.connection, POLICY_VIOLATION, NOT_OURS))
            yield ConnectionClosed(charger.connection, "dismissed")
        close_incidents(self._casebook, charger.id, now)
        self._dismissed(charger.id, now)

    def _notice(self, event: str, charger: ChargerId, **fields: str) -> None:
        self._effects.append(Notice(event, charger, tuple(fields.items())))


def close_incidents(casebook: Casebook, charger_id: ChargerId, now: Instant) -> None:
    """Nothing more is done for a charger that is no member."""
    for incident in list(casebook.incidents(charger_id)):
        if incident.state not in {State.INACTIVE, State.RESOLVED, State.CANCELLED}:
            casebook.move(incident, Happening.CANCELLED, "the charger is no longer one of ours", now)
        casebook.drop(incident)
        casebook.leave_storm(incident)
