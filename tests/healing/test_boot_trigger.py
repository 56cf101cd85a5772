"""Asking for the boot that never comes: when, how often, and never where it does harm."""

from __future__ import annotations

from dataclasses import replace

import pytest

from healer.fleet.inventory import Inventory, Placement
from healer.fleet.profiles import Profile, ProfileEntry, Profiles
from healer.healing.boot_trigger import MOST_ASKS, BootTrigger
from healer.healing.inquiries import Inquiries
from healer.model import ChargerId, OcppVersion
from healer.ocpp.messages import Outcome, Result, Trigger, TriggerMessage
from tests.bench import Bench

A = ChargerId("A")
BOOT = "TriggerMessage BootNotification"
PROFILE = Profile(settle_s=10.0, boot_time_s=60.0)


def _bench(profile: Profile = PROFILE) -> Bench:
    return Bench.make("rules: []", profile=profile)


def _report(bench: Bench) -> None:
    """The charger comes, tells of its connectors, and tells so again when it is asked."""
    bench.connect("A")
    bench.statuses("A")
    bench.wait(10)
    bench.answer("A")
    bench.statuses("A")


def _asked(bench: Bench) -> int:
    return bench.commands("A").count(BOOT)


def test_a_charger_nobody_knows_is_asked_who_it_is_after_ten_seconds_and_once_a_connection() -> None:
    bench = _bench()
    _report(bench)
    bench.wait(9)
    assert bench.commands("A") == ["TriggerMessage StatusNotification"]
    bench.wait(1)
    assert _asked(bench) == 1
    bench.answer("A")
    bench.wait(3600)
    assert _asked(bench) == 1


def test_what_it_tells_then_is_believed_and_is_no_restart() -> None:
    bench = _bench()
    _report(bench)
    bench.wait(10)
    charger = bench.engine.chargers[A]
    epoch = charger.epoch
    bench.answer("A")
    bench.boot("A")
    assert (charger.vendor, charger.boot_accepted) == ("Acme", True)
    assert charger.epoch == epoch
    assert all(charger.is_fresh(plug) for plug in charger.connectors())
    assert "reboot" not in charger.events


def test_a_boot_long_after_the_question_is_one_of_its_own() -> None:
    bench = _bench()
    _report(bench)
    bench.wait(10)
    bench.answer("A")
    bench.wait(61)
    bench.boot("A")
    assert not any(bench.engine.chargers[A].is_fresh(plug) for plug in bench.engine.chargers[A].connectors())


def test_a_station_that_says_triggered_has_not_restarted() -> None:
    bench = _bench()
    bench.arrive201("A")
    charger = bench.engine.chargers[A]
    epoch, booted_at = charger.epoch, charger.booted_at
    bench.boot201("A", "Triggered")
    assert (charger.epoch, charger.booted_at) == (epoch, booted_at)
    assert all(charger.is_fresh(plug) for plug in charger.connectors())


def test_one_that_boots_by_itself_or_did_before_is_not_asked() -> None:
    bench = _bench()
    bench.arrive("A")
    bench.drop("A")
    bench.connect("A")
    bench.statuses("A")
    bench.wait(3600)
    assert _asked(bench) == 0


def test_it_is_asked_over_a_few_connections_and_then_left_alone() -> None:
    bench = _bench()
    for _ in range(MOST_ASKS + 2):
        bench.connect("A")
        bench.statuses("A")
        bench.wait(10)
        if bench.open_call("A"):
            bench.answer("A")
        bench.wait(60)
        bench.drop("A")
    assert _asked(bench) == MOST_ASKS


def test_one_that_does_not_know_the_question_is_asked_only_once() -> None:
    bench = _bench()
    _report(bench)
    bench.wait(10)
    bench.answer_error("A", "NotSupported")
    bench.wait(60)
    bench.drop("A")
    bench.connect("A")
    bench.statuses("A")
    bench.wait(3600)
    assert _asked(bench) == 1


def test_a_model_that_restarts_over_it_is_never_asked() -> None:
    bench = _bench(replace(PROFILE, trigger_boot_reboots=True))
    bench.connect("A")
    bench.statuses("A")
    bench.wait(3600)
    assert _asked(bench) == 0


def test_one_that_hung_up_over_it_is_never_asked_again_also_after_our_own_restart() -> None:
    bench = _bench()
    _report(bench)
    bench.wait(10)
    bench.answer("A")
    bench.wait(5)
    bench.drop("A")
    assert "disconnect" not in bench.engine.chargers[A].events
    bench.connect("A")
    bench.statuses("A")
    bench.wait(3600)
    assert _asked(bench) == 1
    again = bench.restarted("rules: []")
    again.connect("A")
    again.statuses("A")
    again.wait(3600)
    assert _asked(again) == 0


def test_the_restart_that_our_question_caused_is_our_doing() -> None:
    bench = _bench()
    _report(bench)
    bench.wait(10)
    bench.answer("A")
    bench.drop("A")
    bench.wait(30)
    bench.connect("A", OcppVersion.V16)
    bench.boot("A")
    charger = bench.engine.chargers[A]
    assert "reboot" not in charger.events
    assert charger.contact.boot_trigger_restarts


def test_a_replaced_connection_does_not_make_the_question_dangerous() -> None:
    bench = _bench()
    _report(bench)
    bench.wait(10)
    bench.answer("A")
    bench.connect("A")
    assert not bench.engine.chargers[A].contact.boot_trigger_restarts


def test_nobody_who_charges_is_put_at_risk() -> None:
    bench = _bench()
    bench.connect("A")
    bench.status("A", 1, "Charging")
    bench.wait(3600)
    assert _asked(bench) == 0
    bench.status("A", 1, "Available")
    bench.wait(120)
    assert _asked(bench) == 1


def test_an_open_transaction_forbids_it_wherever_it_runs() -> None:
    bench = _bench()
    bench.connect("A")
    bench.statuses("A")
    transaction = bench.start_session("A")
    bench.wait(3600)
    assert _asked(bench) == 0
    bench.stop_session("A", transaction)
    bench.status("A", 1, "Available")
    bench.wait(60)
    assert _asked(bench) == 1


@pytest.mark.parametrize("result", [Result.ACCEPTED, Result.REJECTED, Result.TIMEOUT])
def test_an_answer_alone_changes_nothing(result: Result) -> None:
    bench = _bench()
    bench.connect("A")
    charger = bench.engine.chargers[A]
    bench.statuses("A")
    trigger = BootTrigger(Inquiries())
    assert trigger.question(charger, bench.now + 10) == TriggerMessage(Trigger.BOOT)
    assert trigger.answered(1, Outcome(result), charger, bench.now) == set()
    assert trigger.conclude(charger, bench.now) == set()
    trigger.forget(A)
    assert charger.contact.boot_asks == 0


# --- what must not be restarted -------------------------------------------------------------------------------------


RESTARTS = Profile(settle_s=10.0, trigger_boot_reboots=True)


def _listed(*entries: ProfileEntry, vendor: str | None = "Acme", model: str | None = "DC50") -> Bench:
    """A charger of which the inventory says what it is, and these profiles."""
    place = Placement(A, "Depot", vendor=vendor, model=model)
    bench = Bench.make("rules: []", inventory=Inventory(chargers={A: place}))
    charger = bench.engine.chargers[A]
    charger.profiles = Profiles(entries, PROFILE)
    charger.profile = charger.profiles.find(None, None, None)
    return bench


@pytest.mark.parametrize(
    ("entries", "asked"),
    [
        ((), 1),
        ((ProfileEntry("Acme", RESTARTS),), 0),
        ((ProfileEntry("Acme", RESTARTS, model="DC*"),), 0),
        ((ProfileEntry("Acme", RESTARTS, model="AC*"),), 1),
        ((ProfileEntry("Other", RESTARTS),), 1),
        ((ProfileEntry("Acme", RESTARTS, model="DC50", firmware="1.*"),), 0),
        ((ProfileEntry("Acme", RESTARTS), ProfileEntry("Acme", PROFILE, model="DC50")), 1),
        ((ProfileEntry("Acme", RESTARTS), ProfileEntry("Acme", PROFILE, model="DC50", firmware="2.*")), 0),
    ],
)
def test_what_the_inventory_expects_is_judged_by_its_profile(entries: tuple[ProfileEntry, ...], asked: int) -> None:
    bench = _listed(*entries)
    _report(bench)
    bench.wait(60)
    assert _asked(bench) == asked


def test_of_a_vendor_whose_models_partly_restart_none_is_asked_while_its_model_is_unknown() -> None:
    entry = ProfileEntry("Acme", RESTARTS, model="DC50")
    for vendor, asked in (("Acme", 0), ("Other", 1), (None, 1)):
        bench = _listed(entry, vendor=vendor, model=None)
        _report(bench)
        bench.wait(60)
        assert _asked(bench) == asked


def test_it_is_not_asked_before_its_statuses_are_known() -> None:
    bench = _bench()
    bench.connect("A")
    for _ in range(60):
        bench.wait(60)
        if bench.open_call("A"):
            bench.answer("A")
    assert _asked(bench) == 0
    bench.statuses("A")
    bench.wait(30)
    assert _asked(bench) == 1


def test_a_car_at_a_plug_that_reports_only_when_asked_is_not_cut_off() -> None:
    bench = _bench()
    bench.connect("A")
    bench.status("A", 1, "Available")
    bench.wait(15)
    bench.answer("A")
    bench.wait(5)
    bench.status("A", 2, "Charging")
    bench.wait(3600)
    assert _asked(bench) == 0


def test_one_that_does_not_answer_for_its_statuses_is_asked_when_that_is_clear() -> None:
    bench = _bench()
    bench.connect("A")
    bench.statuses("A")
    bench.wait(10 + 30 + 9)
    assert _asked(bench) == 0
    bench.wait(1)
    assert _asked(bench) == 1


def test_what_is_dangerous_is_left_alone() -> None:
    bench = _bench()
    bench.connect("A")
    bench.status("A", 1, "Faulted", "GroundFailure")
    _report(bench)
    bench.wait(60)
    assert bench.engine.chargers[A].latches
    assert _asked(bench) == 0
