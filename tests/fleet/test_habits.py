"""The profile in force, with where each habit comes from."""

from __future__ import annotations

from healer.fleet.charger import Charger
from healer.fleet.habits import Habit, habits
from healer.fleet.inventory import Placement
from healer.fleet.profiles import BootMeaning, Profile, ProfileEntry, Profiles
from healer.model import ChargerId
from healer.ocpp.messages import Outcome, Result, UnlockConnector


def charger(*entries: ProfileEntry) -> Charger:
    made = Charger(ChargerId("A"), Placement(ChargerId("A"), "Depot"), watched_since=0.0, profiles=Profiles(entries))
    made.vendor, made.model, made.firmware = "Acme", "DC50", "1.0"
    made.profile = made.profiles.find("Acme", "DC50", "1.0")
    return made


def by_name(one: Charger) -> dict[str, Habit]:
    return {habit.name: habit for habit in habits(one)}


def test_what_nobody_said_is_the_default() -> None:
    assert {habit.source for habit in habits(charger())} == {"default"}
    assert by_name(charger())["boot_means"] == Habit("boot_means", "evidence", "default")


def test_what_an_entry_says_has_its_source() -> None:
    shipped = ProfileEntry("Acme", Profile(boot_means=BootMeaning.REBOOT), source="shipped")
    found = by_name(charger(shipped))
    assert found["boot_means"] == Habit("boot_means", "reboot", "shipped")
    assert found["settle_s"].source == "default"
    own = ProfileEntry("Acme", Profile(settle_s=5.0, unsupported=frozenset({"unlock"})))
    found = by_name(charger(shipped, own))
    assert found["settle_s"] == Habit("settle_s", 5.0, "settings")
    assert found["unsupported"] == Habit("unsupported", ("unlock",), "settings")


def test_what_was_learnt_is_shown_as_such() -> None:
    one = charger()
    one.learning.booted(one.kind, 400.0, 1.0)
    one.learning.answered(
        one.kind, one.id, UnlockConnector(None, 1), Outcome(Result.NOT_SUPPORTED, "NotSupported"), 1.0
    )
    found = by_name(one)
    assert found["boot_time_s"] == Habit("boot_time_s", 400.0, "learned")
    assert found["unsupported"] == Habit("unsupported", ("UnlockConnector",), "learned")
