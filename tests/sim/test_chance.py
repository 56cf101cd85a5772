"""Chance over simulated chargers, in virtual time and with a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from healer.behaviour import Dial, DropLink, Habits, Identity, Say, SimulatedCharger
from healer.model import ChargerId, Seconds, Status
from healer.ocpp import messages
from healer.sim.chance import Chance, FaultKind, Odds, drawn

T0 = 1_800_000_000.0


def the_chargers(count: int) -> list[SimulatedCharger]:
    return [SimulatedCharger(Identity(ChargerId(f"C{number}")), Habits()) for number in range(count)]


def live(chargers: list[SimulatedCharger], chance: Chance, for_s: Seconds) -> set[FaultKind]:
    """Let chance and chargers live; the faults that were seen."""
    seen: set[FaultKind] = set()
    for charger in chargers:
        charger.power_on(T0)
    chance.begin(T0)
    now = T0
    while now < T0 + for_s:
        chance.due(now)
        for charger in chargers:
            while actions := charger.due(now):
                _perform(charger, actions, now)
        seen |= set(chance.active())
        times = [chance.next_at(), *(charger.next_deadline() for charger in chargers)]
        now = max(now, min(at for at in times if at is not None))
    return seen


def _perform(charger: SimulatedCharger, actions: list[Say | DropLink | Dial], now: float) -> None:
    for action in actions:
        match action:
            case Dial():
                charger.connected(now)
            case DropLink():
                charger.disconnected(now)
            case Say(report):
                charger.answered(report, messages.Acknowledged(), now)


def of_all_kinds(chargers: list[SimulatedCharger]) -> Mapping[ChargerId, FaultKind]:
    return dict(zip((charger.id for charger in chargers), FaultKind, strict=False))


def test_each_kind_that_is_wanted_gets_its_share_and_at_least_one_charger() -> None:
    ids = [ChargerId(f"C{number}") for number in range(100)]
    shares = {FaultKind.OFFLINE: 0.1, FaultKind.BOOT_LOOP: 0.001, FaultKind.GROUND_FAILURE: 0.0}
    illness = list(drawn(ids, shares, random.Random(1)).values())
    assert illness.count(FaultKind.OFFLINE) == 10
    assert illness.count(FaultKind.BOOT_LOOP) == 1
    assert FaultKind.GROUND_FAILURE not in illness


def test_more_illness_than_chargers_makes_all_of_them_ill() -> None:
    illness = drawn([ChargerId("A"), ChargerId("B")], dict.fromkeys(FaultKind, 1.0), random.Random(1))
    assert set(illness) == {"A", "B"}


def test_every_kind_of_fault_befalls_its_charger() -> None:
    chargers = the_chargers(5)
    chance = Chance(chargers, of_all_kinds(chargers), random.Random(1))
    assert live(chargers, chance, 300) == set(FaultKind)


def test_what_no_command_heals_is_repaired_by_a_person() -> None:
    chargers = the_chargers(1)
    chance = Chance(chargers, {ChargerId("C0"): FaultKind.GROUND_FAILURE}, random.Random(1))
    live(chargers, chance, 60)
    assert chargers[0].status(1) is Status.FAULTED
    chargers = the_chargers(1)
    chance = Chance(
        chargers,
        {ChargerId("C0"): FaultKind.GROUND_FAILURE},
        random.Random(1),
        odds=Odds(again_after_s=1e9, idle_s=1e9),
    )
    live(chargers, chance, 3700)
    assert chargers[0].well


def test_a_charger_falls_ill_again_after_it_was_healed() -> None:
    chargers = the_chargers(1)
    chance = Chance(chargers, {ChargerId("C0"): FaultKind.BOOT_LOOP}, random.Random(1), odds=Odds(idle_s=1e9))
    live(chargers, chance, 6 * 3600)
    assert chargers[0].reboots > 10


def test_drivers_come_and_go_and_chance_repeats_itself_with_its_seed() -> None:
    def meters() -> list[float]:
        chargers = the_chargers(3)
        live(chargers, Chance(chargers, {}, random.Random(7)), 7200)
        return [charger.plugs[1].meter_wh for charger in chargers]

    assert meters() == meters()
    assert min(meters()) > 0


@pytest.mark.parametrize("speed", [1.0, 10.0])
def test_speed_divides_all_times(speed: float) -> None:
    chargers = the_chargers(1)
    chance = Chance(chargers, {ChargerId("C0"): FaultKind.OFFLINE}, random.Random(3), speed=speed)
    chance.begin(T0)
    first = chance.next_at()
    assert first is not None
    assert first - T0 <= 60 / speed
