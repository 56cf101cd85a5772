"""Connectors that share evses in another way than before."""

from __future__ import annotations

from healer.fleet.inventory import Placement
from healer.fleet.place import Connector, Evse, Transaction
from healer.fleet.remapping import Move, remap
from healer.model import ChargerId, Target

A = ChargerId("A")
TOGETHER = Placement(A, "Depot", connectors={2: 1})


def _evses() -> dict[int, Evse]:
    return {number: Evse(number, {number: Connector(number, number)}) for number in (1, 2)}


def test_connectors_and_their_transactions_move_to_the_evse_they_share() -> None:
    evses = _evses()
    evses[2].transaction = Transaction("7", 2, 2, 0.0)
    evses[2].authorized_at = 5.0
    moved, homeless = remap(evses, TOGETHER)
    assert sorted(moved[1].connectors) == [1, 2]
    assert [plug.evse for plug in moved[1].connectors.values()] == [1, 1]
    assert moved[1].transaction is not None
    assert (moved[1].transaction.id, moved[1].transaction.evse, moved[1].authorized_at) == ("7", 1, 5.0)
    assert homeless == []


def test_a_transaction_that_finds_no_place_of_its_own_has_none() -> None:
    evses = _evses()
    evses[1].transaction, evses[2].transaction = Transaction("6", 1, 1, 0.0), Transaction("7", 2, 2, 0.0)
    assert [one.id for one in remap(evses, TOGETHER)[1]] == ["7"]
    evses = _evses()
    evses[1].transaction = Transaction("6", 1, None, 0.0)
    assert [one.id for one in remap(evses, TOGETHER)[1]] == ["6"]


def test_targets_move_along() -> None:
    join = Move(_evses(), TOGETHER)
    assert join.places(Target(A, 2, 2)) == [Target(A, 1, 2)]
    assert join.places(Target(A, 2)) == [Target(A, 1)]
    assert join.places(Target(A)) == [Target(A)]
    split = Move(remap(_evses(), TOGETHER)[0], Placement(A, "Depot"))
    assert split.keys({Target(A, 1): 3.0}) == {Target(A, 1): 3.0, Target(A, 2): 3.0}
