"""Ids out of reserved blocks."""

from __future__ import annotations

from healer.healing.ids import BLOCK, Ids


def test_without_a_durable_block_there_is_no_id() -> None:
    assert Ids().take("intent") is None


def test_ids_come_in_order_through_all_blocks_and_then_end() -> None:
    ids = Ids()
    ids.add("intent", 10, 2)
    ids.add("intent", 50, 1)
    assert [ids.take("intent") for _ in range(4)] == [10, 11, 50, None]
    assert ids.take("incident") is None


def test_each_kind_is_asked_for_once_when_a_quarter_of_a_block_is_left() -> None:
    ids = Ids()
    assert {kind for kind, _ in ids.wanted()} == set(BLOCK)
    assert ids.wanted() == []
    for kind, count in BLOCK.items():
        ids.add(kind, 1, count)
    assert ids.wanted() == []
    for _ in range(BLOCK["intent"] * 3 // 4 - 1):
        ids.take("intent")
    assert ids.wanted() == []
    ids.take("intent")
    assert ids.wanted() == [("intent", BLOCK["intent"])]
    assert ids.wanted() == []


def test_what_was_asked_for_in_vain_is_asked_for_again() -> None:
    ids = Ids()
    ids.wanted()
    ids.ask_again()
    assert {kind for kind, _ in ids.wanted()} == set(BLOCK)
