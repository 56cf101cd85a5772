"""Habits of models."""

from __future__ import annotations

from healer.fleet.profiles import BootMeaning, Profile, ProfileEntry, Profiles

SLOW = Profile(boot_time_s=1200.0)
HANGS = Profile(hangs_in_finishing=True)


def test_the_last_entry_that_matches_wins_and_nobody_matches_the_default() -> None:
    profiles = Profiles((ProfileEntry("Acme", SLOW), ProfileEntry("Acme", HANGS, model="DC*")), Profile(settle_s=5.0))
    assert profiles.find("Acme", "AC22", None) is SLOW
    assert profiles.find("Acme", "DC50", "1.0") is HANGS
    assert profiles.find(None, None, None).settle_s == 5.0


def test_an_operators_entries_beat_the_shipped_ones() -> None:
    shipped = Profiles((ProfileEntry("Acme", SLOW),))
    assert shipped.extended([ProfileEntry("A*", HANGS)]).find("Acme", "DC50", "1") is HANGS


def test_patterns_see_case_and_firmware() -> None:
    entry = ProfileEntry("Acme", SLOW, firmware="1.*")
    assert entry.matches("Acme", "any", "1.2")
    assert not entry.matches("ACME", "any", "1.2")
    assert not entry.matches("Acme", "any", "2.0")


def test_an_unknown_charger_follows_the_standard() -> None:
    assert Profile().boot_means is BootMeaning.EVIDENCE
    assert not Profile().unsupported
