"""What happens at the door."""

from __future__ import annotations

from healer.effects import Effect, Notice
from healer.engine.door import Door
from healer.events import CertificateSigned, ConnectionRefused, KeyOffered, KeyProved
from healer.fleet.charger import Charger
from healer.fleet.inventory import Placement
from healer.fleet.peer import Refusal
from healer.model import ChargerId
from healer.tally import Tally

A = ChargerId("A")


def _door() -> tuple[Door, Charger, Tally, list[Effect]]:
    charger, tally = Charger(A, Placement(A, "Depot"), watched_since=0.0), Tally()
    effects: list[Effect] = []
    return Door({A: charger}, tally, effects), charger, tally, effects


def test_who_was_not_let_in_is_counted_by_reason_and_not_remembered() -> None:
    door, _, tally, effects = _door()
    for name in ("A", "X", "Y"):
        assert door.take(ConnectionRefused(ChargerId(name), Refusal.WRONG_CREDENTIALS), 1.0) is None
    assert tally.numbers("connections_refused_total") == {("wrong-credentials",): 3.0}
    assert effects == []


def test_a_key_is_offered_and_proved_and_neither_notice_tells_it() -> None:
    door, charger, _, effects = _door()
    assert door.take(KeyOffered(A, "ab" * 20, "v1", None, "ada", "yearly"), 1.0) is charger
    charger.standing.accepted(2.0)
    assert door.take(KeyProved(A, "v1"), 3.0) is charger
    assert door.take(KeyProved(A, "v1"), 4.0) is None
    assert effects == [
        Notice("key.offered", A, (("author", "ada"), ("reason", "yearly"))),
        Notice("key.proved", A),
    ]


def test_what_is_about_a_charger_that_is_known_no_more_changes_nothing() -> None:
    door, _, _, effects = _door()
    assert door.take(CertificateSigned(ChargerId("gone"), "csr", "chain"), 1.0) is None
    assert effects == []
