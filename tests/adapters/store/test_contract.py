"""What every store does: the same stories over the real one and over its twin in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from healer import ports
from healer.adapters.store import sqlite
from healer.adapters.store.memory import MemoryStore
from healer.effects import Watching
from healer.events import IdsReserved, IntentRefused, IntentStored
from healer.fleet.enrolment import Decision
from healer.healing.incident import State
from healer.healing.records import Fate
from healer.model import ChargerId, Target
from healer.snapshot import IdBlock, Snapshot
from tests.adapters.store import samples
from tests.adapters.store.samples import IDS, NOW

DAY_S = 86_400.0


class House(Protocol):
    """A store, and what happens to it between two runs of the daemon."""

    listener: samples.Listener

    def start(self, now: float = NOW) -> tuple[ports.Store, Snapshot]: ...

    def crash(self) -> None: ...

    def stop(self) -> None: ...


class MemoryHouse:
    def __init__(self) -> None:
        self.listener = samples.Listener()
        self.store = MemoryStore(self.listener)
        self.now = NOW

    def start(self, now: float = NOW) -> tuple[ports.Store, Snapshot]:
        self.now = now
        return self.store, self.store.snapshot(now, ids=IDS)

    def crash(self) -> None:
        """Nothing is lost: all is stored at once."""

    def stop(self) -> None:
        self.store.stop(self.now)


class SqlHouse:
    def __init__(self, path: Path) -> None:
        self.listener = samples.Listener()
        self.path = path
        self.barriers = 0
        self.store: sqlite.SqlStore | None = None

    def start(self, now: float = NOW) -> tuple[ports.Store, Snapshot]:
        self.store, snapshot = sqlite.open(self.path, deliver=self.listener, ids=IDS, now=lambda: now)
        return self.store, snapshot

    def crash(self) -> None:
        """What was given is written, and the file goes on as a crash would have left it: a copy without `stopped`."""
        assert self.store is not None
        self.barriers += 1
        self.store.reserve_ids("barrier", 1)
        self.listener.wait_for(IdsReserved("barrier", self.barriers, 1))
        copy = self.path.with_name("after-" + self.path.name)
        for ending in ("", "-wal"):
            Path(f"{copy}{ending}").write_bytes(Path(f"{self.path}{ending}").read_bytes())
        self.store.close()
        self.path = copy

    def stop(self) -> None:
        if self.store is not None:
            self.store.close()


@pytest.fixture(params=["memory", "sqlite"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    made: House = MemoryHouse() if request.param == "memory" else SqlHouse(tmp_path / "healer.db")
    yield made
    made.stop()


def restarted(house: House, now: float = NOW) -> Snapshot:
    house.crash()
    return house.start(now)[1]


def test_an_empty_store_knows_nothing_and_has_ids(house: House) -> None:
    _, snapshot = house.start()
    assert snapshot == Snapshot(ids={kind: IdBlock(1, count) for kind, count in IDS.items()})


def test_what_was_recorded_is_known_after_a_restart(house: House) -> None:
    store, _ = house.start()
    store.record_fact(samples.charger())
    store.record_fact(samples.enrolment())
    store.record_fact(samples.learned())
    store.record_fact(samples.transition())
    store.record_intent(samples.intent(1))
    store.record_intent(samples.intent(2))
    store.record_fact(samples.outcome(1))
    store.record_fact(samples.alert())
    snapshot = restarted(house)
    assert snapshot.chargers == (samples.charger(),)
    assert snapshot.enrolments == (samples.enrolment(),)
    assert snapshot.learned == (samples.learned(),)
    assert snapshot.incidents == (samples.incident(),)
    assert snapshot.intents == ((samples.intent(1), samples.outcome(1)), (samples.intent(2), None))
    assert snapshot.alerts == (samples.alert(),)


def test_an_intent_is_reported_as_stored(house: House) -> None:
    store, _ = house.start()
    store.record_intent(samples.intent(5))
    house.listener.wait_for(IntentStored(5))


def test_intents_are_reported_in_their_order(house: House) -> None:
    store, _ = house.start()
    for number in range(1, 200):
        store.record_intent(samples.intent(number))
    events = house.listener.wait_for(IntentStored(199))
    assert events == [IntentStored(number) for number in range(1, 200)]


def test_the_latest_word_on_a_charger_holds(house: House) -> None:
    store, _ = house.start()
    store.record_fact(samples.charger(firmware="1.0"))
    store.record_fact(samples.charger(firmware="1.1"))
    assert [record.firmware for record in restarted(house).chargers] == ["1.1"]


def test_the_latest_decision_about_a_charger_holds(house: House) -> None:
    store, _ = house.start()
    store.record_fact(samples.enrolment("B"))
    store.record_fact(samples.enrolment("A"))
    store.record_fact(samples.enrolment("A", decision=Decision.REJECTED))
    assert [(one.charger, one.decision) for one in restarted(house).enrolments] == [
        ("A", Decision.REJECTED),
        ("B", Decision.APPROVED),
    ]


def test_the_latest_of_what_was_learnt_of_a_model_holds(house: House) -> None:
    store, _ = house.start()
    store.record_fact(samples.learned("B"))
    store.record_fact(samples.learned("A", firmware="1.1", at=1.0))
    store.record_fact(samples.learned("A"))
    store.record_fact(samples.learned("A", firmware="1.1", at=2.0))
    assert [(one.model, one.firmware, one.at) for one in restarted(house).learned] == [
        ("A", "1.0", samples.NOW),
        ("A", "1.1", 2.0),
        ("B", "1.0", samples.NOW),
    ]


def test_a_record_is_kept_as_it_was_when_it_was_given(house: House) -> None:
    store, _ = house.start()
    record = samples.charger()
    store.record_fact(record)
    record.transactions[0].energy_wh = 1e6
    record.places.clear()
    assert restarted(house).chargers == (samples.charger(),)


def test_a_message_id_is_used_once(house: House) -> None:
    store, _ = house.start()
    store.record_intent(samples.intent(1, message_id="same"))
    store.record_intent(samples.intent(2, message_id="same"))
    events = house.listener.wait_until(lambda events: len(events) == 2)
    assert events[0] == IntentStored(1)
    assert isinstance(events[1], IntentRefused)
    assert events[1].intent == 2
    assert [intent.id for intent, _ in restarted(house).intents] == [1]


def test_an_intent_that_is_durable_is_never_reported_as_refused(house: House) -> None:
    store, _ = house.start()
    store.record_intent(samples.intent(1))
    store.record_intent(samples.intent(1, message_id="other"))
    store.record_intent(samples.intent(2))
    assert house.listener.wait_for(IntentStored(2)) == [IntentStored(1), IntentStored(2)]
    assert restarted(house).intents[0] == (samples.intent(1), None)


def test_the_first_outcome_of_an_intent_stands(house: House) -> None:
    store, _ = house.start()
    store.record_intent(samples.intent(1))
    store.record_fact(samples.outcome(1, fate=Fate.UNCERTAIN))
    store.record_fact(samples.outcome(1, fate=Fate.ACCEPTED))
    store.record_fact(samples.charger())
    snapshot = restarted(house)
    assert snapshot.intents == ((samples.intent(1), samples.outcome(1, fate=Fate.UNCERTAIN)),)
    assert snapshot.chargers == (samples.charger(),)


def test_an_outcome_without_its_intent_is_left_out(house: House) -> None:
    store, _ = house.start()
    store.record_fact(samples.outcome(77))
    store.record_fact(samples.charger())
    snapshot = restarted(house)
    assert snapshot.intents == ()
    assert snapshot.chargers == (samples.charger(),)


def test_text_that_cannot_be_written_harms_no_other_record(house: House) -> None:
    store, _ = house.start()
    store.record_fact(samples.charger("\ud800"))
    store.record_intent(samples.intent(1, message_id="\ud800"))
    store.record_intent(samples.intent(2))
    events = house.listener.wait_for(IntentStored(2))
    assert [type(event) for event in events] == [IntentRefused, IntentStored]
    snapshot = restarted(house)
    assert snapshot.chargers == ()
    assert [intent.id for intent, _ in snapshot.intents] == [2]


@pytest.mark.parametrize("state", [State.INACTIVE, State.CANCELLED])
def test_an_incident_that_is_over_is_not_remembered(house: House, state: State) -> None:
    store, _ = house.start()
    store.record_fact(samples.transition(1, state=State.PENDING))
    store.record_fact(samples.transition(1, state=state))
    assert restarted(house).incidents == ()


def test_a_resolved_incident_is_remembered_for_a_day(house: House) -> None:
    store, _ = house.start()
    store.record_fact(samples.transition(1, state=State.RESOLVED, since=NOW))
    assert [incident.id for incident in restarted(house, NOW + DAY_S).incidents] == [1]
    assert restarted(house, NOW + DAY_S + 1).incidents == ()


def test_an_open_incident_is_remembered_for_ever(house: House) -> None:
    store, _ = house.start()
    store.record_fact(samples.transition(1, state=State.EXHAUSTED))
    assert len(restarted(house, NOW + 1000 * DAY_S).incidents) == 1


def test_intents_are_remembered_for_seven_days_oldest_first(house: House) -> None:
    store, _ = house.start()
    for number, age in ((1, 8), (2, 7), (3, 0)):
        store.record_intent(samples.intent(number, at=NOW - age * DAY_S))
    assert [intent.id for intent, _ in restarted(house).intents] == [2, 3]


def test_an_alert_that_was_resolved_is_not_remembered(house: House) -> None:
    store, _ = house.start()
    store.record_fact(samples.alert("a"))
    store.record_fact(samples.alert("b"))
    store.record_fact(samples.alert("a", active=False))
    assert [alert.key for alert in restarted(house).alerts] == ["b"]


def test_the_watching_mark_bounds_what_was_unobserved(house: House) -> None:
    store, _ = house.start()
    store.record_fact(Watching(NOW + 10))
    store.record_fact(Watching(NOW + 20))
    snapshot = restarted(house, NOW + 100)
    assert (snapshot.watched_until, snapshot.stopped_cleanly) == (NOW + 20, False)


def test_a_run_that_crashed_at_once_watched_until_its_start(house: House) -> None:
    house.start(NOW)
    assert restarted(house, NOW + 50).watched_until == NOW
    assert restarted(house, NOW + 99).watched_until == NOW + 50


def test_an_orderly_stop_is_known(house: House) -> None:
    house.start(NOW)
    house.stop()
    _, snapshot = house.start(NOW + 60)
    assert (snapshot.watched_until, snapshot.stopped_cleanly) == (NOW, True)
    snapshot = restarted(house, NOW + 70)
    assert (snapshot.watched_until, snapshot.stopped_cleanly) == (NOW + 60, False)


def test_ids_are_never_given_twice(house: House) -> None:
    store, first = house.start()
    store.reserve_ids("intent", 50)
    store.reserve_ids("intent", 50)
    house.listener.wait_for(IdsReserved("intent", 101, 50), IdsReserved("intent", 151, 50))
    assert first.ids["intent"] == IdBlock(1, 100)
    assert restarted(house).ids["intent"] == IdBlock(201, 100)


def test_a_place_that_cannot_be_is_still_a_place(house: House) -> None:
    store, _ = house.start()
    record = samples.charger("CP\x00 \u2028'\";--")
    record.out_of_service.append(Target(ChargerId("CP1"), 10**30, -1))
    store.record_fact(record)
    assert restarted(house).chargers == (record,)
