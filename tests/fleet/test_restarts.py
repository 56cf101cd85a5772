"""What a restart says of what we did before it, and of the time it took."""

from __future__ import annotations

import pytest

from healer.fleet import restarts
from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.hearing import restart_expected
from healer.fleet.inventory import Placement
from healer.fleet.profiles import BootMeaning, Profile
from healer.model import ChargerId, ConnectionId, OcppVersion

A = ChargerId("A")


def charger(boot_means: BootMeaning = BootMeaning.EVIDENCE) -> Charger:
    made = Charger(A, Placement(A, "Depot"), watched_since=0.0)
    made.vendor, made.model, made.firmware = "Acme", "DC50", "1.0"
    made.profile = Profile(boot_means=boot_means)
    made.connect(ConnectionId("A#1"), OcppVersion.V16, 0.0)
    return made


def boot(
    one: Charger, now: float, *, asked_for: bool = False, reason: str | None = None, counted: bool = False
) -> set[Facet]:
    return restarts.booted(one, "1.0", asked_for=asked_for, reason=reason, counted=counted, now=now)


def loop(one: Charger, **how: object) -> bool:
    for now in (0.0, 100.0):
        one.configuration.caution.wrote(["X"], now)
        boot(one, now + 50, **how)  # type: ignore[arg-type]  # tests name single fields
    return one.configuration.caution.writes_held


def test_boots_after_writes_are_held_against_what_was_written() -> None:
    one = charger()
    assert loop(one)
    assert one.learned.dangerous_to(A) == ["X"]
    restarts.trust_again(one, 300.0)
    assert not one.configuration.caution.writes_held
    assert one.learned.dangerous_to(A) == []


@pytest.mark.parametrize(
    ("boot_means", "how", "held"),
    [
        (BootMeaning.EVIDENCE, {"counted": True}, True),
        (BootMeaning.EVIDENCE, {"asked_for": True}, False),
        (BootMeaning.EVIDENCE, {"reason": "ScheduledReset"}, False),
        (BootMeaning.EVIDENCE, {"reason": "Watchdog", "counted": True}, True),
        (BootMeaning.RECONNECT, {}, False),
        (BootMeaning.REBOOT, {"counted": True}, True),
    ],
)
def test_what_counts_as_a_restart_that_nobody_asked_for(
    boot_means: BootMeaning, how: dict[str, object], held: bool
) -> None:
    assert loop(charger(boot_means), **how) is held


def test_a_boot_at_each_reconnect_does_not_make_a_value_count() -> None:
    one = charger(BootMeaning.RECONNECT)
    one.configuration.reboot_required_since = 1.0
    assert boot(one, 10.0) == {Facet.CONFIGURATION}
    assert one.configuration.reboot_required_since == 1.0
    boot(one, 20.0, asked_for=True)
    assert one.configuration.reboot_required_since is None


def test_another_firmware_starts_anew() -> None:
    one = charger()
    assert loop(one)
    restarts.booted(one, "0.9", asked_for=False, reason=None, counted=False, now=200.0)
    assert not one.configuration.caution.writes_held


def test_a_restart_is_timed_from_the_loss_of_the_link() -> None:
    one = charger()
    restart_expected(one, 600.0, 100.0)
    one.disconnect(ConnectionId("A#1"), 110.0)
    one.connect(ConnectionId("A#2"), OcppVersion.V16, 400.0)
    boot(one, 410.0, asked_for=True)
    assert one.learned.boot_times_s == (300.0,)
    assert one.boot_time_s == 300.0
    boot(one, 500.0)
    assert one.learned.boot_times_s == (300.0,)


def test_a_restart_whose_link_was_never_seen_to_break_is_timed_from_the_reset() -> None:
    one = charger()
    restart_expected(one, 600.0, 100.0)
    one.disconnect(ConnectionId("A#1"), 400.0)
    one.connect(ConnectionId("A#2"), OcppVersion.V16, 400.0)
    boot(one, 401.0, asked_for=True)
    assert one.learned.boot_times_s == (301.0,)


def test_a_profile_that_says_more_stands() -> None:
    one = charger()
    one.learning.booted(one.kind, 60.0, 1.0)
    assert one.boot_time_s == one.profile.boot_time_s == 180.0
