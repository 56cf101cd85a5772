"""Plugs that seem to be taken."""

from __future__ import annotations

from healer.fleet.plugs import PlugWatch


def test_it_tells_for_how_long_a_plug_seemed_to_be_taken() -> None:
    watch = PlugWatch()
    watch.freed(1, 0.0)
    watch.taken(1, 10.0)
    watch.taken(1, 20.0)
    assert watch.freed(1, 30.0) == 20.0
    assert watch.freed(1, 40.0) is None


def test_a_plug_that_was_not_seen_free_before_tells_nothing() -> None:
    watch = PlugWatch()
    watch.taken(1, 10.0)
    assert watch.freed(1, 30.0) is None
    watch.taken(2, 40.0)
    assert watch.freed(2, 50.0) is None
    watch.taken(2, 60.0)
    assert watch.freed(3, 70.0) is None


def test_nothing_is_told_once_somebody_was_served() -> None:
    watch = PlugWatch()
    watch.freed(1, 0.0)
    watch.taken(1, 10.0)
    watch.served()
    assert watch.freed(1, 30.0) is None
