"""A bench for the engine without an event loop: raw OCPP frames in, effects out, a store that says yes at once.

Frames are written here by hand, as a charger would, so that the engine is not tested with its own codec. Events that
follow from effects (the store's word, a link that was closed) come after all effects of the event before, as in the
runtime.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from healer.effects import Close, Effect, Fact, Notify, RecordFact, RecordIntent, ReserveIds, Send, Watching
from healer.engine import Engine, EngineSettings
from healer.events import (
    ChargerCleared,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    FrameReceived,
    IdsReserved,
    IncidentCleared,
    IntentRefused,
    IntentStored,
    PongReceived,
    StoreChanged,
    TimePassed,
)
from healer.fleet.baseline import Baseline
from healer.fleet.charger import ChargerRecord
from healer.fleet.enrolment import AdmissionSettings, Enrolment
from healer.fleet.hearing import AnswerPolicy
from healer.fleet.inventory import Inventory, Placement
from healer.fleet.learned import Learned, Model
from healer.fleet.profiles import Profile, Profiles
from healer.fleet.tokens import TokenPolicy
from healer.healing.incident import Incident, State
from healer.healing.records import Alert, Intent, IntentOutcome, Transition
from healer.healing.settings import HealingSettings, StartupLimits
from healer.model import ChargerId, ConnectionId, Instant, Mode, OcppVersion, Target
from healer.rules import packs
from healer.rules.rule import RuleSet
from healer.snapshot import Snapshot

START: Instant = 1_800_000_000.0

STAMP = "2027-01-15T08:00:00Z"
"""What the clocks say that stand still; a charger's clock decides nothing."""

EVERYBODY = TokenPolicy.everybody(bytes(32))
"""Who may charge unless a test says otherwise."""

PONG_EVERY_S = 240.0
"""A connected charger answers the server's pings; one that does not counts as silent after 600 s."""

INTERNAL_ERROR = """
rules:
  - rule: internal-error
    when: {status: Faulted, error_code: InternalError}
    for: 5m
    heal:
      - reset: soft
      - reset: hard
    if_not_healed: ticket
"""

Durable: TypeAlias = Fact | Intent


def rules(text: str = INTERNAL_ERROR) -> RuleSet:
    """The rules of a text that must be without errors."""
    loaded = packs.load([("rules.yaml", text)])
    assert not loaded.mistakes.errors, loaded.mistakes.render()
    return loaded.rules


def healing(**changes: object) -> HealingSettings:
    """Healing that acts, and has settled from the start unless told otherwise."""
    given: dict[str, object] = {"mode": Mode.AUTO, "startup": StartupLimits(0.0, 0.0, 0.0), **changes}
    return HealingSettings(**given)  # type: ignore[arg-type]  # tests name single fields


def placements(*chargers: str, site: str = "Depot") -> Inventory:
    return Inventory(chargers={ChargerId(one): Placement(ChargerId(one), site) for one in chargers})


def place(charger: str, connector: int | None = 1) -> Target:
    """A connector of 1.6, which is an evse of its own; None: the charger."""
    return Target(ChargerId(charger)) if connector is None else Target(ChargerId(charger), connector, connector)


# --- what a store remembers -----------------------------------------------------------------------------------------


def snapshot_of(journal: Iterable[Durable]) -> Snapshot:
    """What a store that holds exactly these records gives a starting daemon."""
    chargers: dict[str, ChargerRecord] = {}
    incidents: dict[int, Incident] = {}
    intents: dict[int, Intent] = {}
    outcomes: dict[int, IntentOutcome] = {}
    alerts: dict[str, Alert] = {}
    enrolments: dict[str, Enrolment] = {}
    learned: dict[Model, Learned] = {}
    watched_until: Instant | None = None
    for record in copy.deepcopy(list(journal)):
        match record:
            case ChargerRecord():
                chargers[record.charger] = record
            case Transition():
                incidents[record.incident.id] = record.incident
            case Intent():
                intents[record.id] = record
            case IntentOutcome():
                outcomes.setdefault(record.intent, record)
            case Enrolment():
                enrolments[record.charger] = record
            case Learned(vendor, model, firmware):
                learned[Model(vendor, model, firmware)] = record
            case Alert():
                alerts[record.key] = record
            case Watching(at):
                watched_until = at
    gone = {State.INACTIVE, State.CANCELLED}
    return Snapshot(
        chargers=tuple(chargers.values()),
        incidents=tuple(incident for incident in incidents.values() if incident.state not in gone),
        intents=tuple((intents[number], outcomes.get(number)) for number in sorted(intents)),
        alerts=tuple(alert for alert in alerts.values() if alert.active),
        enrolments=tuple(enrolments.values()),
        learned=tuple(learned.values()),
        watched_until=watched_until,
    )


# --- the bench ------------------------------------------------------------------------------------------------------


@dataclass
class Bench:
    """An engine, its clock, and everything that came out of it."""

    engine: Engine
    now: Instant = START
    store_answers: bool = True
    """Whether intents are stored at once; else they wait in `intents` for `store` or `refuse`."""
    store_gives_ids: bool = True
    """Whether blocks of ids are reserved at once, or never."""
    sent: list[tuple[str, list[object]]] = field(default_factory=list)
    """(charger, frame) of all frames, answers included."""
    sent_at: list[Instant] = field(default_factory=list)
    """When each frame of `sent` left."""
    intents: list[Intent] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    facts: list[object] = field(default_factory=list)
    closed: list[ConnectionId] = field(default_factory=list)
    journal: list[Durable] = field(default_factory=list)
    """Everything durable, in order; an intent from the moment at which it is stored."""
    sent_before: list[int] = field(default_factory=list)
    """For each entry of `journal`: how many frames had been sent when it was made."""
    _connections: dict[ConnectionId, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _next_ids: Counter[str] = field(default_factory=Counter)
    _answered: set[str] = field(default_factory=set)
    _queue: deque[Event] = field(default_factory=deque)
    _handling: bool = False
    _pong_at: Instant = START
    _ended_sessions: int = 0

    @classmethod
    def make(
        cls,
        text: str = INTERNAL_ERROR,
        settings: HealingSettings | None = None,
        inventory: Inventory | None = None,
        profile: Profile | None = None,
        admission: AdmissionSettings | None = None,
        baseline: Baseline | None = None,
    ) -> Bench:
        profile = profile or Profile(settle_s=30.0, boot_time_s=60.0)
        answers = AnswerPolicy(EVERYBODY, heartbeat_interval_s=300)
        engine = Engine(
            EngineSettings(
                answers,
                settings or healing(),
                admission=admission or AdmissionSettings(),
                baseline=baseline or Baseline(),
            ),
            rules(text),
            now=START,
            inventory=inventory,
            profiles=Profiles(default=profile),
        )
        bench = cls(engine)
        bench.give(TimePassed())
        return bench

    def restarted(
        self,
        text: str = INTERNAL_ERROR,
        *,
        journal: Iterable[Durable] | None = None,
        after_s: float = 60.0,
        settings: HealingSettings | None = None,
    ) -> Bench:
        """Another daemon over what this one made durable (or `journal`), started `after_s` later."""
        records = list(self.journal if journal is None else journal)
        now = self.now + after_s
        engine = Engine(
            replace(self.engine.settings, healing=settings or self.engine.settings.healing),
            rules(text),
            now=now,
            inventory=self.engine.roster.inventory,
            profiles=self.engine.roster.profiles,
        )
        # Ids that were reserved and not used are never used again.
        bench = Bench(engine, now, journal=records, _next_ids=self._next_ids.copy(), _pong_at=now)
        bench._ended_sessions = self._ended_sessions
        bench.sent_before = [0] * len(records)
        bench._perform(engine.restore(snapshot_of(records), now))
        bench._serve()
        bench.give(TimePassed())
        return bench

    # --- time and events ------------------------------------------------------------------------------------------

    def give(self, event: Event) -> None:
        """Hand an event to the engine, and then what follows from its effects."""
        self._queue.append(event)
        if not self._handling:
            self._serve()

    def _serve(self) -> None:
        self._handling = True
        try:
            while self._queue:
                self._perform(self.engine.handle(self._queue.popleft(), self.now))
        finally:
            self._handling = False

    def recover(self) -> None:
        """What the runtime does after the engine raised."""
        self._perform(self.engine.recover(self.now))

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send():
                    self.sent.append((self._connections[effect.connection], json.loads(effect.data)))
                    self.sent_at.append(self.now)
                case RecordIntent(intent):
                    self.intents.append(intent)
                    if self.store_answers:
                        self._keep(intent)
                        self._queue.append(IntentStored(intent.id))
                case Notify():
                    self.alerts.append(effect.alert)
                case Close():
                    self.closed.append(effect.connection)
                    self._queue.append(ConnectionClosed(effect.connection, "closed"))
                case RecordFact(fact):
                    self.facts.append(fact)
                    self._keep(fact)
                    if isinstance(fact, Transition):
                        self.transitions.append(fact)
                case ReserveIds() if self.store_gives_ids:
                    self._queue.append(IdsReserved(effect.kind, self._next_ids[effect.kind] + 1, effect.count))
                    self._next_ids[effect.kind] += effect.count
                case _:
                    pass

    def _keep(self, record: Durable) -> None:
        # A charger's record shows transactions that still change; all other records stand still.
        self.journal.append(copy.deepcopy(record) if isinstance(record, ChargerRecord) else record)
        self.sent_before.append(len(self.sent))

    def wait(self, seconds: float, *, silent: Collection[str] = ()) -> None:
        """Let time pass, serving each deadline at its moment. Connected chargers answer pings, but for `silent`."""
        end = self.now + seconds
        for _ in range(50_000):
            due = self.engine.next_deadline()
            moment = min(due if due is not None else end, self._pong_at)
            if moment > end:
                break
            self.now = max(self.now, moment)
            if self._pong_at <= self.now:
                self._pong_at = self.now + PONG_EVERY_S
                self._pongs(silent)
            elif due is not None:
                self.give(TimePassed())
            else:
                break
        else:
            raise AssertionError("the engine's deadlines never end")
        self.now = end

    def _pongs(self, silent: Collection[str]) -> None:
        for charger in list(self.engine.chargers.values()):
            if charger.connection is not None and charger.id not in silent:
                self.give(PongReceived(charger.connection))

    # --- the store and people -------------------------------------------------------------------------------------

    def store(self, intent: Intent | None = None) -> None:
        """The store's yes to an intent, by default the last."""
        intent = intent or self.intents[-1]
        self._keep(intent)
        self.give(IntentStored(intent.id))

    def refuse(self, reason: str = "disk full", intent: Intent | None = None) -> None:
        self.give(IntentRefused((intent or self.intents[-1]).id, reason))

    def break_store(self, reason: str = "disk full") -> None:
        self.give(StoreChanged(False, reason))

    def mend_store(self) -> None:
        self.give(StoreChanged(True))

    def clear(self, rule: str, charger: str, connector: int | None = 1) -> None:
        """A person clears an incident."""
        self.give(IncidentCleared(rule, place(charger, connector), "ada"))

    def clear_charger(self, charger: str) -> None:
        """A person clears a charger."""
        self.give(ChargerCleared(ChargerId(charger), "ada", "seen on site"))

    # --- a charger ------------------------------------------------------------------------------------------------

    def connect(self, charger: str, version: OcppVersion = OcppVersion.V16) -> ConnectionId:
        connection = ConnectionId(f"{charger}#{next(self._numbers)}")
        self._connections[connection] = charger
        self.give(ConnectionOpened(connection, ChargerId(charger), version))
        return connection

    def connection(self, charger: str) -> ConnectionId:
        waiting = self.engine.admission.lobby.waiting.get(ChargerId(charger))
        if waiting is not None:
            return waiting.opened.connection
        found = self.engine.chargers[ChargerId(charger)].connection
        assert found is not None
        return found

    def connected(self, charger: str) -> bool:
        known = self.engine.chargers.get(ChargerId(charger))
        return known is not None and known.connected

    def drop(self, charger: str) -> None:
        self.give(ConnectionClosed(self.connection(charger), "closed"))

    def say(self, charger: str, action: str, payload: Mapping[str, object]) -> None:
        frame = [2, f"c{next(self._numbers)}", action, payload]
        self.give(FrameReceived(self.connection(charger), json.dumps(frame)))

    def boot(self, charger: str, **payload: str) -> None:
        given = {"chargePointVendor": "Acme", "chargePointModel": "DC50", "firmwareVersion": "1.0", **payload}
        self.say(charger, "BootNotification", given)

    def status(self, charger: str, connector: int, status: str, error: str = "NoError", **more: str) -> None:
        said = {"connectorId": connector, "status": status, "errorCode": error, **more}
        self.say(charger, "StatusNotification", said)

    def statuses(self, charger: str, connectors: int = 1, *, faulted: str | None = None) -> None:
        """All connectors report Available; with `faulted`, connector 1 reports that error."""
        for connector in range(connectors + 1):
            if faulted is not None and connector == 1:
                self.status(charger, connector, "Faulted", faulted)
            else:
                self.status(charger, connector, "Available")

    def arrive(self, charger: str, connectors: int = 1) -> None:
        """Connect, boot, report every connector Available, and settle."""
        self.connect(charger)
        self.boot(charger)
        self.statuses(charger, connectors)
        self.wait(60)

    def arrive201(self, charger: str, evses: int = 1) -> None:
        """The same in OCPP 2.0.1."""
        self.connect(charger, OcppVersion.V201)
        self.boot201(charger)
        for evse in range(1, evses + 1):
            self.status201(charger, evse, "Available")
        self.wait(60)

    def boot201(self, charger: str, reason: str = "PowerUp") -> None:
        station = {"vendorName": "Acme", "model": "DC50", "firmwareVersion": "1.0"}
        self.say(charger, "BootNotification", {"reason": reason, "chargingStation": station})

    def stamp(self) -> str:
        """What a clock that is right shows now."""
        return datetime.fromtimestamp(self.now, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def status201(self, charger: str, evse: int, status: str, connector: int = 1) -> None:
        said = {
            "evseId": evse,
            "connectorId": connector,
            "connectorStatus": status,
            "timestamp": self.stamp(),
        }
        self.say(charger, "StatusNotification", said)

    def problem201(self, charger: str, evse: int | None, tech_code: str, *, cleared: bool = False) -> None:
        """NotifyEvent: a component of an evse (or of the station) is in trouble, or no longer."""
        where: dict[str, object] = {} if evse is None else {"evse": {"id": evse, "connectorId": 1}}
        event = {
            "eventId": 1,
            "timestamp": self.stamp(),
            "trigger": "Alerting",
            "actualValue": "false" if cleared else "true",
            "cleared": cleared,
            "techCode": tech_code,
            "component": {"name": "Connector", **where},
            "variable": {"name": "Problem"},
            "eventNotificationType": "HardWiredNotification",
        }
        said = {"generatedAt": self.stamp(), "seqNo": 0, "eventData": [event]}
        self.say(charger, "NotifyEvent", said)

    def transaction201(self, charger: str, kind: str, state: str = "Charging", **more: object) -> None:
        """TransactionEvent of transaction T1 on evse 1."""
        said = {
            "eventType": kind,
            "timestamp": self.stamp(),
            "triggerReason": "ChargingStateChanged",
            "seqNo": 0,
            "transactionInfo": {"transactionId": "T1", "chargingState": state},
            "evse": {"id": 1, "connectorId": 1},
            **more,
        }
        self.say(charger, "TransactionEvent", said)

    def start_session(self, charger: str, connector: int = 1) -> int:
        """StartTransaction; the transaction id we gave, or -1 when the charger was told to try again.

        It is told again, as it was, until a session has been stopped.
        """
        hours, minutes = divmod(8 * 60 + self._ended_sessions, 60)
        stamp = f"2027-01-{15 + hours // 24:02}T{hours % 24:02}:{minutes:02}:00Z"
        started = {"connectorId": connector, "idTag": "A", "meterStart": 0, "timestamp": stamp}
        self.say(charger, "StartTransaction", started)
        answers: list[Any] = [frame for to, frame in self.sent if to == charger and frame[0] in {3, 4}]
        return int(answers[-1][2]["transactionId"]) if answers[-1][0] == 3 else -1

    def stop_session(self, charger: str, transaction: int) -> None:
        self._ended_sessions += 1
        stopped = {"transactionId": transaction, "meterStop": 9000, "timestamp": "2027-01-15T09:00:00Z"}
        self.say(charger, "StopTransaction", stopped)

    def meter(self, charger: str, energy_wh: float, connector: int = 1) -> None:
        value = {"value": str(energy_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
        said = {
            "connectorId": connector,
            "meterValue": [{"timestamp": STAMP, "sampledValue": [value]}],
        }
        self.say(charger, "MeterValues", said)

    def power(self, charger: str, watts: float, connector: int = 1) -> None:
        value = {"value": str(watts), "measurand": "Power.Active.Import", "unit": "W"}
        said = {
            "connectorId": connector,
            "meterValue": [{"timestamp": STAMP, "sampledValue": [value]}],
        }
        self.say(charger, "MeterValues", said)

    def answer(self, charger: str, status: str = "Accepted", *, call: list[object] | None = None) -> None:
        """Answer the last CALL of ours, or `call`."""
        self.answer_with(charger, {"status": status}, call=call)

    def answer_with(self, charger: str, payload: Mapping[str, object], *, call: list[object] | None = None) -> None:
        """The same with a payload of its own."""
        call = call or self.calls(charger)[-1]
        self._answered.add(str(call[1]))
        self.give(FrameReceived(self.connection(charger), json.dumps([3, call[1], payload])))

    def answer_error(self, charger: str, code: str = "InternalError") -> None:
        call = self.calls(charger)[-1]
        self._answered.add(str(call[1]))
        self.give(FrameReceived(self.connection(charger), json.dumps([4, call[1], code, "", {}])))

    def restart(self, charger: str, connectors: int = 1, *, faulted: str | None = None) -> None:
        """Drop the link, come back, boot and report; with `faulted`, connector 1 reports that error."""
        self.drop(charger)
        self.wait(20)
        self.connect(charger)
        self.boot(charger)
        self.statuses(charger, connectors, faulted=faulted)

    def come_back(self, charger: str, connectors: int = 1, *, faulted: str | None = None) -> None:
        """After a restart of the daemon: dial again without having booted, and repeat what stands."""
        self.connect(charger)
        self.statuses(charger, connectors, faulted=faulted)

    def serve(self, charger: str, seconds: float, connectors: int = 1, *, faulted: str | None = None) -> None:
        """Let a charger of 1.6 do what it is told: it restarts when it is reset, and stays ill if `faulted`."""
        end = self.now + seconds
        while self.now < end:
            self.wait(min(5.0, end - self.now))
            call = self.open_call(charger)
            if call is None:
                continue
            self.answer(charger, call=call)
            match call[2]:
                case "Reset":
                    self.restart(charger, connectors, faulted=faulted)
                case "TriggerMessage":
                    self.statuses(charger, connectors, faulted=faulted)
                case "ChangeAvailability":
                    operative = isinstance(call[3], dict) and call[3]["type"] == "Operative"
                    for connector in range(1, connectors + 1):
                        self.status(charger, connector, "Available" if operative else "Unavailable")
                case _:
                    pass

    # --- questions ------------------------------------------------------------------------------------------------

    def calls(self, charger: str) -> list[list[object]]:
        """The CALLs we sent to a charger."""
        return [frame for to, frame in self.sent if to == charger and frame[0] == 2]

    def open_call(self, charger: str) -> list[object] | None:
        """The CALL that a connected charger has not answered yet."""
        calls = self.calls(charger)
        if not calls or str(calls[-1][1]) in self._answered or not self.connected(charger):
            return None
        return calls[-1] if ChargerId(charger) in self.engine.conversations.busy else None

    def commands(self, charger: str) -> list[str]:
        """Our CALLs to a charger in words: `Reset Soft`."""
        return [words(call) for call in self.calls(charger)]

    def resets(self, charger: str) -> list[str]:
        return [command for command in self.commands(charger) if command.startswith("Reset")]

    def incident(self, rule: str, charger: str, connector: int | None = 1) -> Incident:
        target = place(charger, connector)
        found = self.engine.casebook.find(rule, target)
        assert found is not None, f"no incident of {rule} at {target}"
        return found

    def state(self, rule: str, charger: str, connector: int | None = 1) -> State:
        return self.incident(rule, charger, connector).state

    def blocked_by(self, rule: str, charger: str, connector: int | None = 1) -> set[str]:
        return {verdict.guard for verdict in self.incident(rule, charger, connector).blocking()}

    def outcomes(self) -> list[IntentOutcome]:
        return [record for record in self.journal if isinstance(record, IntentOutcome)]

    def raised(self, kind: str) -> list[Alert]:
        """Alerts of a kind that went up."""
        return [alert for alert in self.alerts if alert.active and alert.kind.value == kind]

    def resolved(self, kind: str) -> list[Alert]:
        """Alerts of a kind that came down."""
        return [alert for alert in self.alerts if not alert.active and alert.kind.value == kind]


def words(call: list[object]) -> str:
    """A CALL in words: `Reset Soft`, `TriggerMessage StatusNotification`, `ChangeAvailability Inoperative`."""
    action, payload = call[2], call[3]
    assert isinstance(payload, dict)
    return " ".join([str(action), *(str(payload[key]) for key in ("type", "requestedMessage") if key in payload)])
