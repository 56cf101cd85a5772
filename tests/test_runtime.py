"""The runtime over a real engine, with a store, links and people that only remember."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs

from healer import effects, events
from healer.adapters.clock import SystemClock
from healer.engine import Engine, EngineSettings
from healer.fleet.hearing import AnswerPolicy
from healer.fleet.profiles import Profile, Profiles
from healer.fleet.tokens import TokenPolicy
from healer.healing.ids import BLOCK
from healer.healing.incident import Happening, Incident, State
from healer.healing.records import Alert, AlertKind, Fate, Intent, IntentOutcome, Transition
from healer.healing.settings import HealingSettings, StartupLimits
from healer.model import ChargerId, ConnectionId, Instant, Mode, OcppVersion, Severity, Target
from healer.rules import packs
from healer.rules.steps import Limits
from healer.runtime import Runtime
from healer.snapshot import IdBlock, Snapshot

PATIENCE_S = 10.0

RULES = """\
rules:
  - rule: internal-error
    when: {status: Faulted, error_code: InternalError}
    for: 1s
    heal:
      - reset: soft
        verify_within: 60s
    if_not_healed: ticket
"""

LINK = ConnectionId("link-1")
CHARGER = ChargerId("CP-1")


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, now: Instant = 1_000_000.0) -> None:
        self.at = now

    def now(self) -> Instant:
        return self.at


@dataclass
class FakeStore:
    """Remembers what it was given; says nothing by itself unless `report` is set."""

    intents: list[Intent] = field(default_factory=list)
    facts: list[effects.Fact] = field(default_factory=list)
    reserved: list[tuple[str, int]] = field(default_factory=list)
    report: Callable[[events.Event], None] | None = None
    """Where to say at once that an intent is stored."""

    def record_intent(self, intent: Intent) -> None:
        self.intents.append(intent)
        if self.report is not None:
            self.report(events.IntentStored(intent.id))

    def record_fact(self, fact: effects.Fact) -> None:
        self.facts.append(fact)

    def reserve_ids(self, kind: str, count: int) -> None:
        self.reserved.append((kind, count))

    def outcomes(self) -> list[tuple[Fate, str]]:
        return [(fact.fate, fact.detail) for fact in self.facts if isinstance(fact, IntentOutcome)]


@dataclass
class FakeLinks:
    """Takes every frame, unless it is deaf."""

    sent: list[list[Any]] = field(default_factory=list)
    closed: list[tuple[ConnectionId, int, str]] = field(default_factory=list)
    deaf: bool = False

    def send(self, connection: ConnectionId, data: str) -> bool:
        if not self.deaf:
            self.sent.append(json.loads(data))
        return not self.deaf

    def close(self, connection: ConnectionId, code: int, reason: str) -> None:
        self.closed.append((connection, code, reason))

    def commands(self) -> list[str]:
        return [frame[2] for frame in self.sent if frame[0] == 2 and frame[2] != "TriggerMessage"]


@dataclass
class FakePeople:
    told: list[Alert] = field(default_factory=list)

    def notify(self, alert: Alert) -> None:
        self.told.append(alert)


class BuggyEngine(Engine):
    """Meets a bug of ours on one frame."""

    def handle(self, event: events.Event, now: Instant) -> list[effects.Effect]:
        if isinstance(event, events.FrameReceived) and event.data == "poison":
            self.serving = CHARGER  # as `handle` knows from the connection
            raise ZeroDivisionError
        return super().handle(event, now)


@dataclass
class House:
    """A runtime with everything around it."""

    engine: Engine
    runtime: Runtime
    clock: FakeClock | SystemClock
    store: FakeStore
    links: FakeLinks
    people: FakePeople

    def hear(self, action: str, payload: dict[str, Any], connection: ConnectionId = LINK) -> None:
        self.runtime.report(events.FrameReceived(connection, json.dumps([2, "m", action, payload])))

    def connect(self, charger: ChargerId = CHARGER, connection: ConnectionId = LINK) -> None:
        self.runtime.report(events.ConnectionOpened(connection, charger, OcppVersion.V16))
        self.hear("BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "DC50"}, connection)
        self.status("Available", connection=connection)

    def status(self, status: str, error: str = "NoError", connection: ConnectionId = LINK) -> None:
        self.hear("StatusNotification", {"connectorId": 1, "status": status, "errorCode": error}, connection)

    def pass_time(self, seconds: float) -> None:
        assert isinstance(self.clock, FakeClock)
        self.clock.at += seconds
        self.runtime.report(events.TimePassed())

    def answer_commands(self, status: str = "Accepted") -> None:
        for kind, message_id, *_ in [frame for frame in self.links.sent if frame[0] == 2]:
            assert kind == 2
            self.runtime.report(events.FrameReceived(LINK, json.dumps([3, message_id, {"status": status}])))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = built()
    yield house
    house.runtime.stop()


def built(engine: type[Engine] = Engine, clock: FakeClock | SystemClock | None = None) -> House:
    clock = clock or FakeClock()
    rules = packs.load([("rules.yaml", RULES)], limits=Limits(1.0, 1.0)).rules
    healing = HealingSettings(mode=Mode.AUTO, startup=StartupLimits(0.0, 0.0, 0.0))
    made = engine(
        EngineSettings(AnswerPolicy(TokenPolicy.everybody(bytes(32)), heartbeat_interval_s=300), healing),
        rules,
        now=clock.now(),
        profiles=Profiles((), Profile(settle_s=0.0)),
    )
    store, links, people = FakeStore(), FakeLinks(), FakePeople()
    runtime = Runtime(made, clock, store, links, people)
    ids = {kind: IdBlock(1, count) for kind, count in BLOCK.items()}
    runtime.start(made.restore(Snapshot(ids=ids), clock.now()))
    return House(made, runtime, clock, store, links, people)


# --- performing -------------------------------------------------------------------------------------------------------


async def test_a_frame_is_answered_over_its_link(house: House) -> None:
    house.runtime.report(events.ConnectionOpened(LINK, CHARGER, OcppVersion.V16))
    house.hear("Heartbeat", {})
    kind, message_id, payload = house.links.sent[-1]
    assert (kind, message_id) == (3, "m")
    assert "currentTime" in payload


async def test_nothing_disruptive_is_sent_before_the_store_has_its_intent(house: House) -> None:
    house.connect()
    house.status("Faulted", "InternalError")
    house.pass_time(2.0)
    house.answer_commands()
    house.pass_time(0.0)
    (intent,) = house.store.intents
    assert intent.action == "reset soft"
    assert house.links.commands() == []
    house.runtime.report(events.IntentStored(intent.id))
    assert house.links.commands() == ["Reset"]
    assert house.links.sent[-1][1] == intent.message_id


async def test_an_event_reported_while_another_is_handled_comes_right_after_it(house: House) -> None:
    house.store.report = house.runtime.report  # the store says yes in the middle of the call
    house.connect()
    house.status("Faulted", "InternalError")
    house.pass_time(2.0)
    house.answer_commands()
    house.pass_time(0.0)
    assert house.links.commands() == ["Reset"]


async def test_a_frame_that_the_link_does_not_take_gives_its_budget_back(house: House) -> None:
    house.connect()
    house.answer_commands()
    house.status("Faulted", "InternalError")
    house.pass_time(2.0)
    (intent,) = house.store.intents
    house.links.deaf = True
    house.runtime.report(events.IntentStored(intent.id))
    assert house.store.outcomes() == [(Fate.UNSENT, "the connection did not take the frame")]
    assert house.engine.ward.bookings.matching(CHARGER, 3600.0, house.clock.now()) == []


async def test_each_effect_goes_to_whom_it_is_for(house: House) -> None:
    alert = Alert("k", AlertKind.FIRING, True, Severity.PAGE, "r", None, None, None, "summary", "reason", 0.0)
    with capture_logs() as logs:
        house.runtime.start(
            [
                effects.Close(LINK, 1000, "replaced"),
                effects.ReserveIds("intent", 7),
                effects.Notify(alert),
                effects.RecordFact(effects.Watching(5.0)),
                effects.Notice("charger.booted", CHARGER, (("model", "DC50"),)),
            ]
        )
    assert house.links.closed == [(LINK, 1000, "replaced")]
    assert house.store.reserved == [("intent", 7)]
    assert house.people.told == [alert]
    assert effects.Watching(5.0) in house.store.facts
    assert {"event": "charger.booted", "charger": CHARGER, "model": "DC50", "log_level": "info"} in logs


@pytest.mark.parametrize("happening", list(Happening))
async def test_whatever_happens_to_an_incident_has_a_name_in_the_log(house: House, happening: Happening) -> None:
    incident = Incident(9, "internal-error", "hash", Target(CHARGER, 1, 1), "Depot", 0.0, State.FIRING)
    change = Transition(0.0, "firing", "firing", happening.value, "why", "reset soft", (), incident)
    with capture_logs() as logs:
        house.runtime.start([effects.RecordFact(change)])
    (line,) = [line for line in logs if line.get("incident") == 9]
    assert line["event"] != "incident.recorded"
    assert (line["charger"], line["rule"], line["reason"]) == (CHARGER, "internal-error", "why")


async def test_the_log_follows_an_incident_by_names(house: House) -> None:
    with capture_logs() as logs:
        house.connect()
        house.answer_commands()
        house.status("Faulted", "InternalError")
        house.pass_time(2.0)
        house.runtime.report(events.IntentStored(house.store.intents[0].id))
        house.answer_commands()
    told = [line["event"] for line in logs if line.get("incident") is not None]
    assert told == ["incident.noticed", "incident.fired", "step.proposed", "step.sent", "step.accepted"]


# --- time -------------------------------------------------------------------------------------------------------------


async def test_its_one_timer_wakes_the_engine_at_its_deadline() -> None:
    house = built(clock=SystemClock())
    house.connect()
    house.status("Faulted", "InternalError")
    async with asyncio.timeout(PATIENCE_S):
        while not house.store.intents:
            await asyncio.sleep(0.01)
            house.answer_commands()
    house.runtime.stop()


async def test_once_stopped_it_keeps_no_more_time_but_still_takes_events(house: House) -> None:
    loop = asyncio.get_running_loop()
    house.connect()
    house.runtime.stop()
    house.hear("Heartbeat", {})
    assert "currentTime" in house.links.sent[-1][2]
    assert [handle for handle in loop._scheduled if not handle.cancelled()] == []  # type: ignore[attr-defined]


async def test_it_is_quiet_while_nobody_owes_an_answer(house: House) -> None:
    assert house.runtime.quiet.is_set()
    house.store.report = house.runtime.report
    house.connect()
    house.answer_commands()
    house.status("Faulted", "InternalError")
    house.pass_time(2.0)
    assert house.links.commands() == ["Reset"]
    assert not house.runtime.quiet.is_set()
    house.answer_commands()
    assert house.runtime.quiet.is_set()


async def test_it_measures_every_event(house: House) -> None:
    seen = house.engine.tally.histograms("engine_handle_seconds")[()].counts
    before = sum(seen)
    house.connect()
    assert sum(seen) == before + 3


# --- bugs of ours -----------------------------------------------------------------------------------------------------


async def test_a_bug_that_one_charger_meets_holds_that_charger_and_no_other() -> None:
    house = built(BuggyEngine)
    other = ConnectionId("link-2")
    house.connect()
    house.connect(ChargerId("CP-2"), other)
    with capture_logs() as logs:
        house.runtime.report(events.FrameReceived(LINK, "poison"))
    (line,) = [line for line in logs if line["event"] == "event.failed"]
    assert (line["charger"], line["event_type"], line["log_level"]) == (CHARGER, "FrameReceived", "error")
    assert house.engine.ward.quarantined == {CHARGER}
    assert [(connection, code) for connection, code, _ in house.links.closed] == [(LINK, 1012)]
    assert house.engine.tally.numbers("chargers_quarantined_total")[()] == 1
    house.links.sent.clear()
    house.hear("Heartbeat", {}, other)
    assert "currentTime" in house.links.sent[-1][2]
