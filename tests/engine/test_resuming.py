"""Going on where a former run stopped."""

from __future__ import annotations

from healer.model import ChargerId
from tests.bench import Bench, healing


def test_a_restarted_engine_knows_its_chargers_and_waits_for_those_that_were_connected() -> None:
    bench = Bench.make()
    bench.arrive("A")
    again = bench.restarted()
    charger = again.engine.chargers[ChargerId("A")]
    assert (charger.vendor, charger.connected) == ("Acme", False)
    assert again.engine.ward.startup.expected == {"A"}
    assert again.engine.ward.fleet_size == 1


def test_a_reset_that_was_sent_before_the_crash_still_explains_the_boot_after_it() -> None:
    bench = Bench.make(settings=healing())
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(360)
    assert bench.intents
    again = bench.restarted()
    charger = again.engine.chargers[ChargerId("A")]
    assert charger.boot_expected_until is not None
    again.arrive("A")
    assert "reboot" not in charger.events or not charger.events["reboot"].times
