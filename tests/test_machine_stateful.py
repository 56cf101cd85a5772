"""Random fleets, random faults, random luck: what must never happen does not happen.

The model below knows only what went over the wire and what the store said; it judges every command that the engine
sent by that, at the moment at which it was sent.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from healer.healing.incident import State
from healer.healing.records import Fate, Intent
from healer.healing.settings import BackoffLimits, ParallelLimits, StormLimit, StormLimits
from healer.model import ChargerId
from tests.bench import Bench, healing, placements, words

RULES = """
rules:
  - rule: internal-error
    when: {status: Faulted, error_code: InternalError}
    for: 1m
    heal:
      - reset: soft
        verify_within: 2m
      - reset: hard
        verify_within: 2m
    if_not_healed: ticket
    stable_for: 2m

  - rule: hangs
    when: {status: Finishing, session_active: no}
    for: 1m
    heal:
      - cycle-availability
      - unlock
      - reset: soft
    if_not_healed: warning
    stable_for: 2m

  - rule: ground-failure
    when: {status: Faulted, error_code: GroundFailure}
    for: 1m
    forbid: [reset, unlock]
    heal:
      - take-out-of-service: connector
    alert: page
    clear: by-hand
    stable_for: 2m
"""

CHARGERS = ("A", "B", "C")
"""All at one site."""
CONNECTORS = (1, 2)
PER_SITE = 2
ENDS_SESSION = {"Reset", "UnlockConnector"}
DEAD_AFTER_S = 600.0
LATCH_CLEARS_AFTER_S = 600.0
HOUR = 3600.0

chargers = st.sampled_from(CHARGERS)
connectors = st.sampled_from(CONNECTORS)
conditions = st.sampled_from(
    [
        ("Available", "NoError"),
        ("Available", "NoError"),
        ("Preparing", "NoError"),
        ("Charging", "NoError"),
        ("Finishing", "NoError"),
        ("Finishing", "NoError"),
        ("Faulted", "InternalError"),
        ("Faulted", "InternalError"),
        ("Faulted", "InternalError"),
        ("Faulted", "OtherError"),
        ("Faulted", "GroundFailure"),
        ("Unavailable", "NoError"),
    ]
)


@dataclass
class Plug:
    """What the wire told of one connector."""

    fresh: bool = False
    """Reported since the charger came back."""
    status: str = ""
    error: str = ""
    changed_at: float = 0.0
    session: int | None = None
    moved_at: float = 0.0
    doubted_since: float | None = None
    """Since when the session may have ended unseen: the charger booted, or ended one without saying which."""
    latched: bool = False
    good_since: float | None = None

    @property
    def delivering_now(self) -> bool:
        return self.status in {"Charging", "SuspendedEV", "SuspendedEVSE"}

    def harmless(self, now: float) -> bool:
        """Whether nobody's charging can be ended here, as far as the wire told."""
        if not self.fresh:
            return False
        if self.session is None:
            return not self.delivering_now
        if self.delivering_now or not (self.status == "Faulted" or self.doubted_since is not None):
            return False
        return now >= max(self.moved_at, self.changed_at, self.doubted_since or 0.0) + DEAD_AFTER_S

    def doubt(self, now: float) -> None:
        if self.session is not None and self.doubted_since is None:
            self.doubted_since = now

    def danger(self, now: float) -> bool:
        return self.latched and not (self.good_since is not None and now >= self.good_since + LATCH_CLEARS_AFTER_S)


def _plugs() -> dict[str, dict[int, Plug]]:
    return {charger: {connector: Plug() for connector in CONNECTORS} for charger in CHARGERS}


@dataclass
class World:
    """What the wire and the store told of everything."""

    plugs: dict[str, dict[int, Plug]] = field(default_factory=_plugs)
    refused: set[int] = field(default_factory=set)
    """Intents that the store refused, or that died with the daemon before they were stored."""
    judged: int = 0
    """Frames that were judged already."""


class Fleet(RuleBasedStateMachine):
    """Three chargers on one site, a moody store, and a daemon that may die at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        never = StormLimit(100, 1.0, 600.0)
        limits = healing(
            backoff=BackoffLimits(first_s=30.0, factor=2.0, longest_s=600.0),
            parallel=ParallelLimits(PER_SITE, 1.0),
            storm=StormLimits(never, never, never),
        )
        self.bench = Bench.make(RULES, limits, placements(*CHARGERS))

    @initialize()
    def everybody_arrives(self) -> None:
        for charger in CHARGERS:
            self._dial(charger, boots=True, reports=True)
        self._wait(60)

    # --- the wire -------------------------------------------------------------------------------------------------

    def _report(self, charger: str, connector: int, status: str, error: str) -> None:
        plug = self.world.plugs[charger][connector]
        if (plug.status, plug.error) != (status, error) or not plug.fresh:
            plug.changed_at = self.bench.now if plug.status != status else plug.changed_at
        plug.fresh, plug.status, plug.error = True, status, error
        if status in {"Available", "Unavailable"}:
            plug.session = None
        if plug.delivering_now:
            plug.doubted_since = None
        good = (status, error) == ("Available", "NoError")
        if error == "GroundFailure":
            plug.latched = True
        if not good:
            self._release(plug)
            plug.good_since = None
        elif plug.good_since is None:
            plug.good_since = self.bench.now
        self.bench.status(charger, connector, status, error)
        self._judge()

    def _release(self, plug: Plug) -> None:
        plug.latched = plug.danger(self.bench.now)

    def _stale(self, charger: str) -> None:
        for plug in self.world.plugs[charger].values():
            self._release(plug)
            plug.fresh, plug.good_since = False, None

    def _dial(self, charger: str, *, boots: bool, reports: bool) -> None:
        self._stale(charger)
        self.bench.connect(charger)
        if boots:
            for plug in self.world.plugs[charger].values():
                plug.doubt(self.bench.now)
            self.bench.boot(charger)
        if reports:
            for connector, plug in self.world.plugs[charger].items():
                self._report(charger, connector, plug.status or "Available", plug.error or "NoError")

    def _wait(self, seconds: float) -> None:
        self.bench.wait(seconds)
        self._judge()

    # --- what happens ---------------------------------------------------------------------------------------------

    @rule(charger=chargers, connector=connectors, condition=conditions)
    def a_connector_reports(self, charger: str, connector: int, condition: tuple[str, str]) -> None:
        if self.bench.connected(charger):
            self._report(charger, connector, *condition)

    @rule(charger=chargers, connector=connectors)
    def a_fault_stands_for_a_while(self, charger: str, connector: int) -> None:
        if self.bench.connected(charger):
            self._report(charger, connector, "Faulted", "InternalError")
            self._wait(61)

    @rule(charger=chargers)
    def both_connectors_fail(self, charger: str) -> None:
        if self.bench.connected(charger):
            for connector in CONNECTORS:
                self._report(charger, connector, "Faulted", "InternalError")
            self._wait(61)

    @rule(charger=chargers, first=st.sampled_from(CONNECTORS))
    def danger_is_seen_beside_another_fault(self, charger: str, first: int) -> None:
        if self.bench.connected(charger):
            self._report(charger, first, "Faulted", "InternalError")
            self._report(charger, 3 - first, "Faulted", "GroundFailure")
            self._report(charger, 3 - first, "Faulted", "OtherError")
            self._wait(61)

    @rule(charger=chargers, connector=connectors, what=st.sampled_from(["session", "danger", "loss"]))
    def something_comes_between_ledger_and_frame(self, charger: str, connector: int, what: str) -> None:
        if not self.bench.connected(charger):
            return
        self.bench.store_answers = False
        self._report(charger, connector, "Faulted", "InternalError")
        self._wait(61)
        if what == "session":
            self._report(charger, 3 - connector, "Charging", "NoError")
        elif what == "danger":
            self._report(charger, 3 - connector, "Faulted", "GroundFailure")
        else:
            self._stale(charger)
            self.bench.drop(charger)
            self.bench.connect(charger)
        for intent in self._pending():
            self._store(intent)
        self.bench.store_answers = True

    @rule(charger=chargers, connector=connectors)
    def a_session_begins(self, charger: str, connector: int) -> None:
        plug = self.world.plugs[charger][connector]
        empty = plug.session is None and plug.status in {"Preparing", "Charging", "Finishing", "Faulted"}
        if self.bench.connected(charger) and empty:
            plug.moved_at, plug.doubted_since = self.bench.now, None
            plug.session = -1
            plug.session = self.bench.start_session(charger, connector)
            self._judge()

    @rule(charger=chargers, connector=connectors, energy=st.integers(1, 10**6))
    def energy_flows(self, charger: str, connector: int, energy: int) -> None:
        plug = self.world.plugs[charger][connector]
        if self.bench.connected(charger) and plug.session is not None:
            self.bench.meter(charger, energy, connector)
            self._judge()

    @rule(charger=chargers, connector=connectors)
    def a_session_ends(self, charger: str, connector: int) -> None:
        plug = self.world.plugs[charger][connector]
        if self.bench.connected(charger) and plug.session is not None:
            session, plug.session = plug.session, None
            if session == -1:
                for other in self.world.plugs[charger].values():
                    other.doubt(self.bench.now)
            self.bench.stop_session(charger, session)
            self._judge()

    @rule(charger=chargers)
    def a_link_is_lost(self, charger: str) -> None:
        if self.bench.connected(charger):
            self._stale(charger)
            self.bench.drop(charger)
            self._judge()

    @rule(charger=chargers, boots=st.booleans(), reports=st.sampled_from([True, True, False]))
    def a_charger_dials(self, charger: str, boots: bool, reports: bool) -> None:
        self._dial(charger, boots=boots, reports=reports)
        self._judge()

    @rule(charger=chargers, word=st.sampled_from(["Accepted", "Rejected", "NotSupported", "Scheduled", "?"]))
    def a_charger_answers(self, charger: str, word: str) -> None:
        if self.bench.open_call(charger) is not None:
            self.bench.answer(charger, word)
            self._judge()

    @rule(charger=chargers, heals=st.booleans())
    def a_charger_obeys(self, charger: str, heals: bool) -> None:
        call = self.bench.open_call(charger)
        if call is None:
            return
        self.bench.answer(charger)
        command = words(call)
        if command.startswith("Reset"):
            self._stale(charger)
            self.bench.drop(charger)
            self._wait(20)
            if heals:
                for plug in self.world.plugs[charger].values():
                    plug.status, plug.error = "Available", "NoError"
            self._dial(charger, boots=True, reports=True)
        elif command == "ChangeAvailability Inoperative":
            for connector in CONNECTORS:
                self._report(charger, connector, "Unavailable", "NoError")
        self._judge()

    @rule(seconds=st.sampled_from([1.0, 35.0, 65.0, 130.0, 700.0, 4000.0, 30_000.0]))
    def time_passes(self, seconds: float) -> None:
        self._wait(seconds)

    # --- the store and the daemon ---------------------------------------------------------------------------------

    def _pending(self) -> list[Intent]:
        known = self.world.refused | {record.id for record in self.bench.journal if isinstance(record, Intent)}
        return [one for one in self.bench.intents if one.id not in known]

    @rule(slow=st.booleans())
    def the_store_changes_its_pace(self, slow: bool) -> None:
        for intent in self._pending():
            self._store(intent)
        self.bench.store_answers = not slow

    @rule(yes=st.sampled_from([True, True, False]))
    def the_store_answers(self, yes: bool) -> None:
        for intent in self._pending():
            if yes:
                self._store(intent)
            else:
                self.world.refused.add(intent.id)
                self.bench.refuse(intent=intent)
        self._judge()

    def _store(self, intent: Intent) -> None:
        self.bench.store(intent)
        self._judge()

    @rule(down=st.booleans())
    def the_store_fails_or_recovers(self, down: bool) -> None:
        self.bench.break_store() if down else self.bench.mend_store()
        self._judge()

    @rule(seconds=st.sampled_from([5.0, 120.0, 5000.0]))
    def the_daemon_dies_and_comes_back(self, seconds: float) -> None:
        self._restart(RULES, seconds)

    def _restart(self, text: str, seconds: float) -> None:
        self.world.refused |= {intent.id for intent in self._pending()}  # they died with it
        for charger in CHARGERS:
            self._stale(charger)
        former = self.bench
        self.bench = former.restarted(text, after_s=seconds)
        self.bench.sent, self.bench.sent_at = [*former.sent, *self.bench.sent], [*former.sent_at, *self.bench.sent_at]
        self.bench.intents = [*former.intents, *self.bench.intents]
        self.bench.store_answers = True
        for charger in CHARGERS:
            self._dial(charger, boots=False, reports=True)
        self._wait(31)

    # --- the judgement --------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        """Every CALL that left since the last look, by what was known when it left."""
        stored = {record.id for record in self.bench.journal if isinstance(record, Intent)}
        intents = {intent.message_id: intent for intent in self.bench.intents}
        for at in range(self.world.judged, len(self.bench.sent)):
            charger, frame = self.bench.sent[at]
            if frame[0] != 2:
                continue
            intent = intents.get(str(frame[1]))
            if intent is None:
                assert frame[2] == "TriggerMessage", f"{frame} left without an intent"
                continue
            assert intent.id in stored, f"{words(frame)} left before it was written down"
            self._judge_command(charger, frame, self.bench.sent_at[at])
        self.world.judged = len(self.bench.sent)

    def _judge_command(self, charger: str, frame: list[object], now: float) -> None:
        if frame[2] not in ENDS_SESSION:
            return
        plugs = self.world.plugs[charger]
        payload = frame[3]
        assert isinstance(payload, dict)
        touched = plugs.values() if frame[2] == "Reset" else [plugs[payload["connectorId"]]]
        assert all(plug.harmless(now) for plug in touched), f"{words(frame)} while {plugs}"
        assert not any(plug.danger(now) for plug in plugs.values()), f"{words(frame)} under an interlock: {plugs}"

    @invariant()
    def no_command_leaves_twice(self) -> None:
        ids = Counter(str(frame[1]) for _, frame in self.bench.sent if frame[0] == 2)
        assert max(ids.values(), default=1) == 1

    @invariant()
    def one_step_at_a_time_on_a_charger_and_few_disruptive_at_a_site(self) -> None:
        at_charger, at_site = Counter[str](), Counter[str]()
        for incident in self.bench.engine.casebook.incidents():
            step = self.bench.engine.casebook.step_of(incident)
            if incident.state.in_flight and step is not None:
                at_charger[incident.target.charger] += 1
                # One that the charger scheduled for later has given its place at the site to others.
                scheduled = incident.state is State.VERIFYING and incident.taken[-1].result == Fate.SCHEDULED
                recorded = self.bench.engine.casebook.open_intents.get(incident.intent or 0)
                # What is recorded may be another step than the one that rules changed since would take.
                disruptive = recorded[0].disruptive if recorded is not None else step.action.trait.disruptive
                at_site[incident.site] += disruptive and not scheduled
        assert max(at_charger.values(), default=0) <= 1, at_charger
        assert max(at_site.values(), default=0) <= PER_SITE, at_site
        bookings = self.bench.engine.ward.bookings
        assert {site for site, count in at_site.items() if count} == set(bookings.busy_sites())

    @invariant()
    def budgets_hold(self) -> None:
        intents = {intent.message_id: intent for intent in self.bench.intents}
        uses: dict[str, list[tuple[float, str]]] = {charger: [] for charger in CHARGERS}
        for at, (charger, frame) in zip(self.bench.sent_at, self.bench.sent, strict=True):
            intent = intents.get(str(frame[1])) if frame[0] == 2 else None
            if intent is not None and intent.disruptive:
                uses[charger].append((at, intent.action))
        for times in uses.values():
            for begin, _ in times:
                assert sum(begin <= at < begin + 24 * HOUR for at, _ in times) <= 3
                assert sum(begin <= at < begin + 6 * HOUR and what == "reset hard" for at, what in times) <= 1

    @invariant()
    def no_intent_has_two_outcomes_and_only_stored_ones_have_one(self) -> None:
        fates = Counter(outcome.intent for outcome in self.bench.outcomes())
        assert max(fates.values(), default=1) == 1
        assert set(fates) <= {record.id for record in self.bench.journal if isinstance(record, Intent)}

    @invariant()
    def dangerous_chargers_are_latched(self) -> None:
        for charger, plugs in self.world.plugs.items():
            danger = any(plug.danger(self.bench.now) for plug in plugs.values())
            assert not danger or self.bench.engine.chargers[ChargerId(charger)].latches

    def teardown(self) -> None:
        """Once everything has settled, every stored intent has its outcome and nothing is owed any more."""
        for intent in self._pending():
            self.bench.store(intent)
        self.bench.store_answers = True
        for charger in CHARGERS:
            if self.bench.connected(charger):
                self.bench.drop(charger)
        self.bench.wait(60)
        fates = {outcome.intent for outcome in self.bench.outcomes()}
        assert fates == {record.id for record in self.bench.journal if isinstance(record, Intent)}
        states = {incident.state for incident in self.bench.engine.casebook.incidents()}
        assert State.ACTING not in states
        assert State.RECORDING not in states


Fleet.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestFleet = Fleet.TestCase
