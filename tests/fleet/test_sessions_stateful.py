"""Sessions that are told, told again and cut off: whatever happens, each is one, and is known while it runs.

The model knows what really happened at the plugs of one charger of 1.6, and what of it was heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from healer.fleet.place import NO_ID_YET
from healer.model import ChargerId
from tests.bench import START, Bench

A = ChargerId("A")
CONNECTORS = (1, 2)
REMEMBERED = 10
"""A charger tells only so many of its last sessions again; more than that are remembered."""

connectors = st.sampled_from(CONNECTORS)


@dataclass
class Session:
    """One that really happened."""

    connector: int
    started: dict[str, object]
    given: int | None = None
    """The id, once a start was answered with one."""
    over: bool = False
    """The car has gone, or another session has begun at the plug."""
    end_heard: bool = False
    doubtful: bool = False
    """Its plug was said to be free, so nobody can know that it runs."""


class Charger(RuleBasedStateMachine):
    """One charger with two connectors, and a daemon that restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench.make()
        self.sessions: list[Session] = []
        self.occupied = dict.fromkeys(CONNECTORS, False)
        self.counted_before = 0.0

    @initialize()
    def arrives(self) -> None:
        self.bench.arrive("A", connectors=len(CONNECTORS))

    # --- the charger ----------------------------------------------------------------------------------------------

    def _ask(self, action: str, payload: dict[str, object]) -> list[Any]:
        self.bench.say("A", action, payload)
        return [frame for to, frame in self.bench.sent if to == "A" and frame[0] in {3, 4}][-1]

    def _tell_start(self, session: Session) -> None:
        answer = self._ask("StartTransaction", session.started)
        if answer[0] == 4:
            return
        given = int(answer[2]["transactionId"])
        assert session.given in {None, given}, "the same session has two ids"
        assert 0 < given < 2**31
        session.given = given
        if not self.occupied[session.connector]:
            session.doubtful = True

    def _at(self, connector: int) -> list[Session]:
        return [one for one in self.sessions if one.connector == connector]

    def _report(self, connector: int) -> None:
        self.bench.status("A", connector, "Charging" if self.occupied[connector] else "Available")
        if not self.occupied[connector]:
            for session in self._at(connector):
                session.doubtful = True

    @rule(connector=connectors, card=st.sampled_from(["A", "B"]))
    def a_session_begins(self, connector: int, card: str) -> None:
        if not self.bench.connected("A"):
            return
        for former in self._at(connector):
            former.over = True
        self.occupied[connector] = True
        self._report(connector)
        moment = datetime.fromtimestamp(START + len(self.sessions), tz=UTC)
        started = {"connectorId": connector, "idTag": card, "meterStart": 0, "timestamp": moment.isoformat()}
        session = Session(connector, started)
        self.sessions.append(session)
        self._tell_start(session)

    @rule(back=st.integers(1, REMEMBERED))
    def a_start_is_told_again(self, back: int) -> None:
        if self.bench.connected("A") and back <= len(self.sessions):
            session = self.sessions[-back]
            if session.given is not None or session is self._at(session.connector)[-1]:
                self._tell_start(session)

    @rule(back=st.integers(1, REMEMBERED))
    def an_end_is_told(self, back: int) -> None:
        if not self.bench.connected("A") or back > len(self.sessions):
            return
        session = self.sessions[-back]
        if session.given is None:
            return
        session.over = session.end_heard = True
        said = {"transactionId": session.given, "meterStop": 9000, "timestamp": "2027-01-15T12:00:00Z"}
        assert self._ask("StopTransaction", said)[0] == 3

    @rule(nothing=st.sampled_from([None, -1, 0, 2**63 - 1, "?"]))
    def an_end_names_nothing(self, nothing: object) -> None:
        if self.bench.connected("A"):
            assert self._ask("StopTransaction", {"transactionId": nothing, "meterStop": 1})[0] == 3

    @rule(connector=connectors)
    def a_car_leaves(self, connector: int) -> None:
        self.occupied[connector] = False
        for session in self._at(connector):
            session.over = True
        if self.bench.connected("A"):
            self._report(connector)

    @rule(boots=st.booleans(), reports=st.booleans())
    def the_link_breaks(self, boots: bool, reports: bool) -> None:
        if self.bench.connected("A"):
            self.bench.drop("A")
        self.bench.connect("A")
        if boots:
            self.bench.boot("A")
        for connector in CONNECTORS if reports else ():
            self._report(connector)

    # --- the daemon -----------------------------------------------------------------------------------------------

    @rule(broken=st.booleans())
    def the_store_breaks_or_works(self, broken: bool) -> None:
        if broken:
            self.bench.break_store()
        else:
            self.bench.mend_store()

    @rule(told_again=st.integers(0, 3))
    def the_daemon_restarts(self, told_again: int) -> None:
        self.counted_before += self._counted()
        self.bench = self.bench.restarted()
        self.the_link_breaks(boots=False, reports=False)
        for back in range(told_again, 0, -1):
            self.a_start_is_told_again(back)

    @rule(seconds=st.sampled_from([1.0, 700.0, 90_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.bench.wait(seconds)

    # --- what holds -----------------------------------------------------------------------------------------------

    def _open(self) -> list[str]:
        return [one.id for one in self.bench.engine.chargers[A].transactions()]

    def _counted(self) -> float:
        counted = self.bench.engine.tally.of_charger(A)
        return sum(number for family, _, number in counted if family.name == "sessions_total")

    @invariant()
    def no_two_sessions_have_the_same_id(self) -> None:
        given = [one.given for one in self.sessions if one.given is not None]
        assert len(given) == len(set(given))

    @invariant()
    def what_has_ended_never_runs_again(self) -> None:
        ended = {str(one.given) for one in self.sessions if one.end_heard}
        assert not ended & set(self._open())

    @invariant()
    def what_runs_is_known_to_run(self) -> None:
        certain = {str(one.given) for one in self.sessions if one.given and not one.over and not one.doubtful}
        assert certain <= set(self._open())

    @invariant()
    def one_connector_has_one_transaction(self) -> None:
        named = [one for one in self._open() if one != NO_ID_YET]
        assert len(named) == len(set(named))
        assert len(self._open()) <= len(CONNECTORS)

    @invariant()
    def nothing_runs_where_every_plug_is_free(self) -> None:
        charger = self.bench.engine.chargers.get(A)
        if charger is not None and not any(one.given is None for one in self.sessions):
            heard = {one.connector: one for one in self.sessions}
            for connector, last in heard.items():
                free = charger.connector(connector, connector)
                if last.end_heard and charger.is_fresh(free) and free.vacant:
                    assert charger.evse(connector).transaction is None

    @invariant()
    def no_session_is_counted_twice(self) -> None:
        assert self._counted() + self.counted_before <= len(self.sessions)


TestCharger = Charger.TestCase
TestCharger.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
