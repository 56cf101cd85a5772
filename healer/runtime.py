"""Event -> engine -> ledger -> link: the loop's side of the engine, with its one timer.

Stamps `now` on every event, performs the effects in their order, and sleeps for nothing but the engine's next deadline.
A bug that one charger's event meets ends here: that charger is quarantined, the others never notice.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from typing import Final

import structlog

from healer import effects, events
from healer.engine import Engine
from healer.healing.incident import Happening, State
from healer.healing.records import IntentOutcome, Transition
from healer.model import Instant, Seconds
from healer.ports import Clock, Doorkeeper, Links, Notifier, Store

LONGEST_SLEEP_S: Final[Seconds] = 60.0
"""The timer looks at the clock at least this often: a suspended machine must not oversleep."""

_NAMES: Final[Mapping[str, str]] = {
    Happening.CONDITION_TRUE: "incident.noticed",
    Happening.CONDITION_FALSE: "incident.calmed",
    Happening.HELD: "incident.fired",
    Happening.BLOCKED: "step.suppressed",
    Happening.PASSED: "step.proposed",
    Happening.TAKEN: "step.taken",
    Happening.STORED: "step.sent",
    Happening.REFUSED: "step.refused",
    Happening.UNSENT: "step.unsent",
    Happening.ACCEPTED: "step.accepted",
    Happening.DECLINED: "step.declined",
    Happening.UNCERTAIN: "step.unanswered",
    Happening.CURED: "incident.cured",
    Happening.DONE: "step.done",
    Happening.DEADLINE: "step.failed",
    Happening.LADDER_ENDED: "incident.exhausted",
    Happening.STABLE: "incident.resolved",
    Happening.STABLE_BY_HAND: "incident.healed",
    Happening.CLEARED: "incident.cleared",
    Happening.CANCELLED: "incident.cancelled",
}
"""What each happening is called in the log."""

_QUIET: Final = {State.PENDING, State.INACTIVE, State.RECORDING}

_log = structlog.get_logger("healer.runtime")


class Runtime:
    """Runs an engine in an event loop. `report` is how every adapter hands in its events, in the loop's thread."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        store: Store,
        links: Links,
        notifier: Notifier,
        door: Doorkeeper | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._store = store
        self._links = links
        self._notifier = notifier
        self._door = door
        self._events: deque[events.Event] = deque()
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self.quiet = asyncio.Event()
        """Set while no charger owes us an answer."""

    def start(self, restored: list[effects.Effect]) -> None:
        """Perform what `Engine.restore` asked for, and begin to keep time."""
        self._perform(restored, self._clock.now())
        self.report(events.TimePassed())

    def stop(self) -> None:
        """Keep no more time. Events still reported are handled: connections close, the store answers."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def report(self, event: events.Event) -> None:
        """Take in an event now, or right after the one that is being handled."""
        self._events.append(event)
        if self._busy:
            return
        self._busy = True
        try:
            while self._events:
                self._handle(self._events.popleft())
        finally:
            self._busy = False
        if self._engine.conversations.busy:
            self.quiet.clear()
        else:
            self.quiet.set()
        self._set_timer()

    def _handle(self, event: events.Event) -> None:
        now = self._clock.now()
        began = time.perf_counter()
        try:
            done = self._engine.handle(event, now)
        except Exception:  # noqa: BLE001 - a bug met by one charger's event must not stop the others
            _log.exception("event.failed", event_type=type(event).__name__, charger=self._engine.serving)
            done = self._engine.recover(now)
        self._engine.tally.observe("engine_handle_seconds", time.perf_counter() - began)
        self._perform(done, now)

    def _perform(self, todo: list[effects.Effect], now: Instant) -> None:
        for effect in todo:
            match effect:
                case effects.Send(connection, data, intent):
                    if not self._links.send(connection, data) and intent is not None:
                        self._events.append(events.FrameUnsent(intent, "the connection did not take the frame"))
                case effects.Close(connection, code, reason):
                    self._links.close(connection, code, reason)
                case effects.RecordIntent() | effects.RecordFact() | effects.ReserveIds():
                    self._keep(effect)
                case effects.SignCertificate() | effects.ChangeKeys():
                    self._tell_door(effect)
                case effects.Notify(alert):
                    self._notifier.notify(alert)
                case effects.Notice(event, charger, fields):
                    _log.info(event, charger=charger, **dict(fields))

    def _tell_door(self, effect: effects.SignCertificate | effects.ChangeKeys) -> None:
        if self._door is None:
            return
        match effect:
            case effects.SignCertificate():
                self._door.sign(effect)
            case effects.ChangeKeys():
                self._door.change_keys(effect)

    def _keep(self, effect: effects.RecordIntent | effects.RecordFact | effects.ReserveIds) -> None:
        match effect:
            case effects.RecordIntent(intent):
                self._store.record_intent(intent)
            case effects.RecordFact(fact):
                self._store.record_fact(fact)
                self._tell(fact)
            case effects.ReserveIds(kind, count):
                self._store.reserve_ids(kind, count)

    def _tell(self, fact: effects.Fact) -> None:
        match fact:
            case Transition():
                state = State(fact.after)
                level = _log.debug if state in _QUIET else _log.info
                incident = fact.incident
                level(
                    _NAMES.get(fact.happening, "incident.recorded"),
                    charger=incident.target.charger,
                    target=str(incident.target),
                    rule=incident.rule,
                    incident=incident.id,
                    action=fact.action or None,
                    reason=fact.reason,
                )
            case IntentOutcome():
                _log.debug("intent.ended", intent=fact.intent, fate=fact.fate.value, detail=fact.detail)
            case _:
                pass

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._engine.next_deadline()
        if due is None or self._stopped:
            return
        delay = min(max(0.0, due - self._clock.now()), LONGEST_SLEEP_S)
        self._timer = asyncio.get_running_loop().call_later(delay, self.report, events.TimePassed())
