"""Records with every field filled, and somebody who listens to a store."""

from __future__ import annotations

import threading
from collections.abc import Callable

from healer.events import Event
from healer.fleet.charger import ChargerRecord, Latch
from healer.fleet.contact import Rival, Suspicion
from healer.fleet.enrolment import Decision, Enrolment
from healer.fleet.history import End, History, Presented, Start
from healer.fleet.learned import Learned
from healer.fleet.place import Transaction
from healer.fleet.problems import Problem
from healer.fleet.record import CautionRecord, ConfigurationRecord, SightingsRecord, Told
from healer.fleet.streaks import Streak
from healer.healing.clock import HeldTime
from healer.healing.incident import Incident, State, Taken
from healer.healing.records import Alert, AlertKind, Fate, Intent, IntentOutcome, Transition
from healer.healing.verdict import Verdict, Wake
from healer.model import ChargerId, OcppVersion, Severity, Target
from healer.ocpp.messages import ChargingState

NOW = 1_700_000_000.0
IDS = {"incident": 100, "intent": 100, "transaction": 1000}
PATIENCE_S = 30.0
"""How long a test waits for what must come; only a failing test waits so long."""


class Listener:
    """Takes what a store reports, from whichever thread."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._came = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._came:
            self.events.append(event)
            self._came.notify_all()

    def wait_until(self, condition: Callable[[list[Event]], bool]) -> list[Event]:
        """All events so far, once the condition holds of them."""
        with self._came:
            assert self._came.wait_for(lambda: condition(self.events), PATIENCE_S), self.events
            return list(self.events)

    def wait_for(self, *wanted: Event) -> list[Event]:
        return self.wait_until(lambda events: all(event in events for event in wanted))


def charger(name: str = "CP1", *, firmware: str = "1.0") -> ChargerRecord:
    place = Target(ChargerId(name), 1, 1)
    return ChargerRecord(
        charger=ChargerId(name),
        site="north",
        ocpp_version=OcppVersion.V16,
        vendor="Acme",
        model="X1",
        serial="42",
        firmware=firmware,
        last_seen_at=NOW - 1,
        connected=True,
        events={"boot": [NOW - 60, NOW - 1.5]},
        latches=[Latch("GroundFailure", place, NOW - 5, NOW - 2)],
        out_of_service=[place],
        put_back=[place],
        transactions=[
            Transaction("7", 1, 1, NOW - 50, meter_start_wh=1.5, charging_state=ChargingState.CHARGING, power_w=7.4e3),
            Transaction("8", None, None, NOW - 40, metered_at=NOW - 20, token_hash="5e" * 8, flat_since=NOW - 25),
            Transaction("9", 2, 1, NOW - 30, told_at=NOW - 31, number=4, doubted_since=NOW - 10),
        ],
        places=[(1, 1), (2, 1)],
        reconnects_without_boot=True,
        problems=[Problem(place, "GroundFaultProtection", "GroundFailure")],
        firmware_job="Installing",
        firmware_job_since=NOW - 30,
        configuration=ConfigurationRecord(NOW - 9, CautionRecord([NOW - 8], [NOW - 7, NOW - 6], True, False)),
        history=History(
            (Start(1, "5e" * 8, NOW - 50, 1.5, "7"),),
            (End("6", NOW - 60), End("5")),
            (Presented("5e" * 8, NOW - 51, accepted=True),),
        ),
        rivals=[Rival(Suspicion.SERIAL, "serial number 42 came after 41", NOW - 4, NOW + 86400)],
        boot_trigger_restarts=True,
        sightings=SightingsRecord(
            NOW - 900,
            NOW - 800,
            Told("Installed", NOW - 700),
            Told("MemoryExhaustion", NOW - 600),
            [Problem(place, "TokenReader", "ReaderFailure")],
        ),
        streaks={1: Streak(2, ("5e" * 8,), 1)},
    )


def enrolment(name: str = "CP1", *, decision: Decision = Decision.APPROVED) -> Enrolment:
    return Enrolment(ChargerId(name), decision, "ada", "seen on site", NOW, "north", ("ac", "bus"))


def learned(model: str = "X1", *, firmware: str = "1.0", at: float = NOW) -> Learned:
    told: dict[str, dict[ChargerId, float]] = {"Reset evse": {ChargerId("CP1"): NOW - 9, ChargerId("CP2"): NOW - 8}}
    key = {"Key": {ChargerId("CP1"): NOW - 7}}
    return Learned("Acme", model, firmware, at, told, key, {}, {}, ("Interval",), ("Interval",), (60.0, 61.5))


def incident(number: int = 1, *, state: State = State.ACTING, since: float = NOW) -> Incident:
    return Incident(
        id=number,
        rule="internal-error",
        rule_hash="abc",
        target=Target(ChargerId("CP1"), 1, 1),
        site="north",
        opened_at=NOW - 100,
        state=state,
        state_since=since,
        held=HeldTime(wanted=True, truth=True, since=NOW - 90, accumulated_s=3.25),
        fired_at=NOW - 30,
        step=1,
        attempt=2,
        intent=9,
        sent_at=NOW - 3,
        taken=[Taken(0, "reset soft", NOW - 20, 8, "no-effect", "still Faulted")],
        verdicts=(Verdict("session", True, "a car is charging", NOW + 60, (Wake("charger", "CP1"),)),),
        suppressed_since=NOW - 10,
        alerts={"firing": Severity.CRITICAL},
        reason="why not",
    )


def intent(number: int = 1, *, at: float = NOW, message_id: str | None = None) -> Intent:
    return Intent(
        id=number,
        message_id=message_id or f"healer-{number}",
        incident=1,
        rule="internal-error",
        rule_hash="abc",
        charger=ChargerId("CP1"),
        site="north",
        target=Target(ChargerId("CP1")),
        action="reset soft",
        disruptive=True,
        repeatable=False,
        step=0,
        attempt=1,
        at=at,
        facts=("status is Faulted",),
        verdicts=("pass  session      known idle",),
    )


def outcome(number: int = 1, *, fate: Fate = Fate.ACCEPTED) -> IntentOutcome:
    return IntentOutcome(number, fate, "Accepted", NOW + 1)


def transition(number: int = 1, *, state: State = State.ACTING, since: float = NOW) -> Transition:
    return Transition(
        at=since,
        before="recording",
        after=state.value,
        happening="intent stored, second check passed",
        action="reset soft",
        reason="every guard passes",
        verdicts=("pass  session      known idle",),
        incident=incident(number, state=state, since=since),
    )


def alert(key: str = "1/firing", *, active: bool = True) -> Alert:
    return Alert(
        key=key,
        kind=AlertKind.FIRING,
        active=active,
        severity=Severity.PAGE,
        rule="internal-error",
        site="north",
        target=Target(ChargerId("CP1"), 1),
        incident=1,
        summary="CP1 is faulted",
        reason="for 5m",
        at=NOW,
    )
