"""Asking for the status of places: when, how often, and what counts as asked in vain."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from healer.errors import LocalError
from healer.fleet.charger import Charger, Facet
from healer.fleet.inventory import Placement
from healer.fleet.place import Connector
from healer.healing.inquiries import Inquiries
from healer.model import ChargerId, ConnectionId, OcppVersion, Target
from healer.ocpp.messages import Outcome, Result, Trigger, TriggerMessage

A = ChargerId("A")
FIRST, SECOND = Target(A, 1, 1), Target(A, 2, 2)


@dataclass
class Silent(Charger):
    """A charger some of whose places do not report, and which forgets one that was asked in vain often enough."""

    unreported: list[Target] = field(default_factory=lambda: [FIRST])
    vain: list[Target] = field(default_factory=list)
    patience: int = 100

    def places_to_ask(self) -> list[Target]:
        return list(self.unreported)

    def asked_in_vain(self, place: Target, now: float) -> set[Facet]:
        self.vain.append(place)
        if len(self.vain) < self.patience:
            return set()
        self.unreported.remove(place)
        return {Facet.PLACES}


def _silent() -> Silent:
    charger = Silent(A, Placement(A, "Depot"), watched_since=0.0)
    charger.connect(ConnectionId("A#1"), OcppVersion.V16, 0.0)
    return charger


def _wanted(inquiries: Inquiries, charger: Charger, now: float) -> Target | None:
    """The place whose status would be asked for now."""
    match inquiries.question(charger, now):
        case TriggerMessage(Trigger.STATUS, _, None):
            return charger.target
        case TriggerMessage(Trigger.STATUS, _, connector):
            return Target(charger.id, connector, connector)
        case _:
            return None


def test_a_place_is_asked_for_by_its_own_number() -> None:
    charger, inquiries = _silent(), Inquiries()
    assert inquiries.question(charger, 0.0) == TriggerMessage(Trigger.STATUS, None, 1)
    inquiries.asked(7, charger, 0.0)
    assert inquiries.question(charger, 0.0) is None
    assert inquiries.deadline(charger) == 60.0


def test_nothing_can_be_asked_that_nobody_wants_to_know() -> None:
    charger, inquiries = _silent(), Inquiries()
    charger.unreported = []
    with pytest.raises(LocalError):
        inquiries.asked(7, charger, 0.0)


@pytest.mark.parametrize("result", [Result.ACCEPTED, Result.REJECTED])
def test_a_question_that_was_heard_and_brought_no_report_was_in_vain(result: Result) -> None:
    charger, inquiries = _silent(), Inquiries()
    inquiries.asked(1, charger, 0.0)
    inquiries.answered(1, Outcome(result), charger, 5.0)
    assert inquiries.deadline(charger) == 65.0
    assert _wanted(inquiries, charger, 64.0) is None
    assert inquiries.conclude(charger, 64.0) == set()
    assert charger.vain == []
    for now in (65.0, 66.0):
        assert inquiries.conclude(charger, now) == set()
        assert charger.vain == [FIRST]
        assert _wanted(inquiries, charger, now) == FIRST


@pytest.mark.parametrize("result", [Result.TIMEOUT, Result.ERROR, Result.LINK_LOST])
def test_a_question_that_was_not_heard_says_nothing_of_the_place(result: Result) -> None:
    charger, inquiries = _silent(), Inquiries()
    inquiries.asked(1, charger, 0.0)
    inquiries.answered(1, Outcome(result), charger, 30.0)
    assert inquiries.conclude(charger, 90.0) == set()
    assert _wanted(inquiries, charger, 90.0) == FIRST
    assert charger.vain == []


def test_a_charger_that_knows_no_such_question_is_left_alone_in_this_epoch() -> None:
    charger, inquiries = _silent(), Inquiries()
    inquiries.asked(1, charger, 0.0)
    inquiries.answered(1, Outcome(Result.NOT_SUPPORTED), charger, 5.0)
    assert inquiries.deadline(charger) is None
    charger.connect(ConnectionId("A#2"), OcppVersion.V16, 100.0)
    assert _wanted(inquiries, charger, 100.0) == FIRST


def test_a_place_that_was_asked_in_vain_too_often_is_asked_no_more_and_the_next_is() -> None:
    charger, inquiries = _silent(), Inquiries()
    charger.unreported, charger.patience = [FIRST, SECOND], 1
    inquiries.asked(1, charger, 0.0)
    inquiries.answered(1, Outcome(Result.REJECTED), charger, 1.0)
    assert inquiries.conclude(charger, 61.0) == {Facet.PLACES}
    assert _wanted(inquiries, charger, 61.0) == SECOND
    assert charger.vain == [FIRST]


def test_an_answer_from_a_former_epoch_counts_for_nothing() -> None:
    charger, inquiries = _silent(), Inquiries()
    inquiries.asked(1, charger, 0.0)
    charger.connect(ConnectionId("A#2"), OcppVersion.V16, 10.0)
    inquiries.answered(1, Outcome(Result.ACCEPTED), charger, 10.0)
    assert inquiries.conclude(charger, 100.0) == set()
    assert _wanted(inquiries, charger, 100.0) == FIRST
    assert charger.vain == []


def test_a_place_that_fell_silent_after_it_had_reported_is_asked_at_once() -> None:
    charger, inquiries = _silent(), Inquiries()
    for number in range(5):
        inquiries.asked(number, charger, number * 1e5)
        inquiries.answered(number, Outcome(Result.TIMEOUT), charger, number * 1e5)
    charger.unreported = []
    assert inquiries.deadline(charger) is None
    charger.unreported = [FIRST]
    assert _wanted(inquiries, charger, 4e5 + 1) == FIRST


def test_a_charger_that_tells_of_some_place_when_asked_as_a_whole_is_not_asked_again_in_this_epoch() -> None:
    charger, inquiries = _silent(), Inquiries()
    charger.unreported = [Target(A)]
    inquiries.asked(1, charger, 10.0)
    inquiries.answered(1, Outcome(Result.ACCEPTED), charger, 11.0)
    plug = charger.connector(1, 1)
    plug.epoch, plug.reported_at = charger.epoch, 12.0
    assert inquiries.deadline(charger) is None
    assert inquiries.conclude(charger, 100.0) == set()
    assert charger.vain == []
    charger.connect(ConnectionId("A#2"), OcppVersion.V16, 200.0)
    assert _wanted(inquiries, charger, 200.0) == Target(A)


def test_when_the_last_question_of_this_epoch_had_its_answer_is_known() -> None:
    charger, inquiries = _silent(), Inquiries()
    charger.unreported = [FIRST, SECOND]
    assert inquiries.asked_until(charger) == 0.0
    for number, result in enumerate((Result.ACCEPTED, Result.TIMEOUT), 1):
        inquiries.asked(number, charger, number * 10.0)
        inquiries.answered(number, Outcome(result), charger, number * 10.0 + 5)
    assert inquiries.asked_until(charger) == 25.0
    charger.connect(ConnectionId("A#2"), OcppVersion.V16, 100.0)
    assert inquiries.asked_until(charger) == 0.0


@dataclass
class Counting(Charger):
    """A charger that counts how often it is asked whether a plug has reported."""

    looks: int = 0

    def is_fresh(self, connector: Connector) -> bool:
        self.looks += 1
        return Charger.is_fresh(self, connector)


def _looks(places: int) -> int:
    """How often one look at a charger all of whose places were asked for in vain looks at a plug."""
    charger, inquiries = Counting(A, Placement(A, "Depot"), watched_since=0.0), Inquiries()
    for number in range(1, places + 1):
        charger.connector(number, number)
    charger.connect(ConnectionId("A#1"), OcppVersion.V16, 0.0)
    for number in range(places + 1):
        inquiries.asked(number, charger, 1.0)
        inquiries.answered(number, Outcome(Result.ACCEPTED), charger, 1.0)
    charger.looks = 0
    assert inquiries.question(charger, 2.0) is None
    assert inquiries.conclude(charger, 2.0) == set()
    assert inquiries.deadline(charger) == 61.0
    return charger.looks


def test_twice_as_many_places_are_no_more_than_twice_the_work() -> None:
    few, many = _looks(30), _looks(60)
    assert 0 < many <= 2 * few


def test_nothing_is_kept_of_a_charger_that_is_forgotten() -> None:
    charger, inquiries = _silent(), Inquiries()
    inquiries.asked(1, charger, 0.0)
    inquiries.forget(A)
    assert _wanted(inquiries, charger, 0.0) == FIRST
