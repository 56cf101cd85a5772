"""Giving a charger a new key."""

from __future__ import annotations

from typing import Any

from healer.effects import ChangeKeys, RecordFact, RecordIntent
from healer.events import KeyOffered, KeyProved
from healer.fleet.charger import ChargerRecord
from healer.model import ChargerId, OcppVersion
from tests.bench import Bench

A = ChargerId("A")
KEY, VERIFIER = "ab" * 20, "hmac-sha256$1234"


def offer(bench: Bench, key: str = KEY, verifier: str = VERIFIER) -> None:
    bench.give(KeyOffered(A, key, verifier, None, "ada", "yearly"))


def calls(bench: Bench, action: str) -> list[list[Any]]:
    return [frame for _, frame in bench.sent if frame[0] == 2 and frame[2] == action]


def _offered(version: OcppVersion = OcppVersion.V16) -> Bench:
    bench = Bench.make()
    bench.arrive("A") if version is OcppVersion.V16 else bench.arrive201("A")
    offer(bench)
    return bench


def test_a_key_is_written_as_the_authorization_key_of_1_6() -> None:
    bench = _offered()
    assert [call[3] for call in calls(bench, "ChangeConfiguration")] == [{"key": "AuthorizationKey", "value": KEY}]


def test_a_key_is_written_as_the_password_of_2_x() -> None:
    bench = _offered(OcppVersion.V201)
    (call,) = calls(bench, "SetVariables")
    assert call[3]["setVariableData"] == [
        {
            "attributeValue": KEY,
            "component": {"name": "SecurityCtrlr"},
            "variable": {"name": "BasicAuthPassword"},
        }
    ]


def test_the_door_knows_the_new_key_for_good_before_the_charger_hears_of_it() -> None:
    bench = Bench.make()
    bench.arrive("A")
    offer(bench)
    kept = [
        place
        for place, record in enumerate(bench.journal)
        if isinstance(record, ChargerRecord) and VERIFIER in record.credential.pending
    ]
    sent = next(place for place, (_, frame) in enumerate(bench.sent) if frame[2] == "ChangeConfiguration")
    assert bench.sent_before[kept[0]] <= sent


def test_a_key_that_was_taken_is_not_sent_again_and_waits_for_its_proof() -> None:
    bench = _offered()
    bench.answer("A")
    bench.wait(3600)
    assert len(calls(bench, "ChangeConfiguration")) == 1
    standing = bench.engine.chargers[A].standing
    assert standing.credential.unproved
    bench.give(KeyProved(A, VERIFIER))
    assert standing.credential.current == VERIFIER
    assert bench.restarted().engine.chargers[A].standing.credential.current == VERIFIER


def test_a_key_that_was_refused_is_withdrawn() -> None:
    bench = _offered()
    bench.answer("A", "Rejected")
    bench.wait(3600)
    assert len(calls(bench, "ChangeConfiguration")) == 1
    assert bench.engine.chargers[A].standing.credential.pending == ()


def test_without_an_answer_the_same_key_is_sent_again() -> None:
    bench = _offered()
    bench.wait(200)
    assert [call[3]["value"] for call in calls(bench, "ChangeConfiguration")] == [KEY, KEY]
    assert bench.engine.chargers[A].standing.credential.pending == (VERIFIER,)


def test_after_a_crash_the_new_key_still_opens_the_door_and_is_sent_no_more() -> None:
    bench = _offered().restarted()
    bench.arrive("A")
    bench.wait(600)
    assert calls(bench, "ChangeConfiguration") == []
    assert bench.engine.chargers[A].standing.credential.pending == (VERIFIER,)


def test_neither_ledger_nor_log_tells_the_key() -> None:
    bench = _offered()
    bench.answer("A")
    assert KEY not in repr(bench.journal)
    assert KEY not in repr(bench.facts)
    assert KEY not in repr(bench.intents)


def test_a_key_that_may_have_arrived_is_not_withdrawn_by_a_refusal_later() -> None:
    bench = _offered()
    while len(calls(bench, "ChangeConfiguration")) < 2:
        bench.wait(1)
    bench.answer("A", "Rejected")
    standing = bench.engine.chargers[A].standing
    assert (standing.new_key, standing.credential.pending) == (None, (VERIFIER,))


def test_a_key_that_was_never_sent_is_gone_with_the_daemon() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.drop("A")
    offer(bench)
    again = bench.restarted()
    assert again.engine.chargers[A].standing.credential.pending == ()


def test_a_frame_is_not_sent_over_another_connection_than_it_was_planned_for() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.store_answers = False
    offer(bench)
    bench.connect("A", OcppVersion.V201)
    bench.store()
    assert calls(bench, "ChangeConfiguration") == []
    bench.store_answers = True
    bench.boot201("A")
    bench.wait(300)
    assert calls(bench, "SetVariables")
    assert not bench.engine.ward.quarantined


def test_the_door_is_told_before_the_charger() -> None:
    bench = Bench.make()
    bench.arrive("A")
    effects = bench.engine.handle(KeyOffered(A, KEY, VERIFIER, None, "ada", "yearly"), bench.now)
    kinds = [type(effect) for effect in effects]
    assert kinds.index(ChangeKeys) < kinds.index(RecordFact) < kinds.index(RecordIntent)
