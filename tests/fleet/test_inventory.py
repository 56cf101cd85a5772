"""The chargers an operator says there are."""

from __future__ import annotations

import pytest

from healer.fleet.inventory import Inventory, Period, Placement
from healer.model import ChargerId


def test_a_charger_nobody_listed_is_a_site_of_its_own() -> None:
    assert Inventory().placement(ChargerId("A")) == Placement(ChargerId("A"), "A")


def test_a_listed_charger_stands_where_it_is_listed() -> None:
    placement = Placement(ChargerId("A"), "Depot", connectors={2: 1})
    inventory = Inventory(chargers={ChargerId("A"): placement})
    assert inventory.placement(ChargerId("A")) is placement
    assert (placement.evse_of(2), placement.evse_of(3)) == (1, 3)


def test_another_serial_is_a_mismatch() -> None:
    placement = Placement(ChargerId("A"), "Depot", serial="AB42")
    assert placement.mismatch("Acme", None, "ab43") == "Acme tells serial ab43, the inventory expects AB42"
    assert placement.mismatch(None, None, "7") == "it tells serial 7, the inventory expects AB42"


@pytest.mark.parametrize("told", ["AB42", " ab42 ", None, "", " "])
def test_case_and_blanks_and_silence_are_none(told: str | None) -> None:
    assert Placement(ChargerId("A"), "Depot", serial="AB42").mismatch("Acme", "DC50", told) is None


def test_who_is_not_expected_to_tell_a_serial_may_tell_any() -> None:
    assert Placement(ChargerId("A"), "Depot").mismatch("Acme", "DC50", "7") is None


def test_another_model_is_odd_and_no_mismatch() -> None:
    placement = Placement(ChargerId("A"), "Depot", vendor="Acme", model="DC60")
    assert placement.mismatch("Other", "DC50", "7") is None
    assert placement.oddity("ACME", "DC50") == "it tells model DC50 where DC60 is expected"
    assert placement.oddity("Other", "DC50") == (
        "it tells vendor Other where Acme is expected and model DC50 where DC60 is expected"
    )
    assert placement.oddity("acme ", None) is None


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (Period(0, 480, 720), Period(0, 720, 800), False),
        (Period(0, 480, 720), Period(0, 719, 800), True),
        (Period(6, 1320, 1800), Period(0, 300, 400), True),
        (Period(6, 1320, 1800), Period(0, 360, 400), False),
        (Period(0, 480, 720), Period(1, 480, 720), False),
    ],
)
def test_periods_overlap_over_the_end_of_days_and_weeks(one: Period, other: Period, overlap: bool) -> None:
    assert one.overlaps(other) is other.overlaps(one) is overlap
