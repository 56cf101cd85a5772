"""Maintenance windows, by clocks that jump."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.documents import Mistakes, parse
from healer.fleet.inventory import Period
from healer.rules.windows import Window, find_window, read_windows

BERLIN = "Europe/Berlin"
NIGHT = "{days: mon-fri, from: 22:00, to: 05:00}"


def windows(text: str) -> dict[str, Window]:
    mistakes = Mistakes()
    node = parse(text, "a.yaml", mistakes)
    assert node is not None
    found = read_windows(node, mistakes)
    assert not mistakes, mistakes.render()
    return found


def window(body: str) -> Window:
    return windows(f"it: {body}\n")["it"]


def at(text: str, zone: str = BERLIN, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=fold).timestamp()


def shown(moment: float | None, zone: str = BERLIN) -> str:
    assert moment is not None
    return datetime.fromtimestamp(moment, zoneinfo.ZoneInfo(zone)).isoformat(" ", "minutes")[:-6]


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_window_may_go_over_midnight_and_have_several_times() -> None:
    assert window("{days: fri, from: 22:00, to: 05:00}").periods == (Period(4, 22 * 60, 29 * 60),)
    assert len(window("{from: 01:00, to: 02:00}").periods) == 7
    assert window("[{days: sat, from: 6:00, to: 24:00}, {days: [sun, mon], from: 00:00, to: 20:00}]").periods == (
        Period(5, 6 * 60, 24 * 60),
        Period(0, 0, 20 * 60),
        Period(6, 0, 20 * 60),
    )


def test_a_window_with_mistakes_never_opens() -> None:
    mistakes = Mistakes()
    node = parse("it: {from: 22:00, to: 5}\n", "a.yaml", mistakes)
    assert node is not None
    found = read_windows(node, mistakes)["it"]
    assert mistakes.errors == 1
    assert not found.is_open(at("2027-01-15T23:00"), BERLIN)
    assert found.opens_at(at("2027-01-15T23:00"), BERLIN) is None


def test_the_settings_win_over_the_pack() -> None:
    own, settings = windows(f"nights: {NIGHT}\n"), windows("nights: {from: 01:00, to: 02:00}\n")
    node = parse("nights", "a.yaml", Mistakes())
    assert node is not None
    assert find_window(node, own, settings, Mistakes()) == settings["nights"]
    assert find_window(node, own, {}, Mistakes()) == own["nights"]
    assert find_window(node, own, None, Mistakes()) == own["nights"]


@pytest.mark.parametrize(("known", "code"), [(False, "W-WINDOW"), (True, "E-UNKNOWN")])
def test_a_window_that_nobody_knows_is_an_error_where_the_settings_are_known(known: bool, code: str) -> None:
    settings = windows(f"nights: {NIGHT}\n")
    mistakes = Mistakes()
    node = parse("nihgts", "a.yaml", mistakes)
    assert node is not None
    found = find_window(node, {} if known else settings, settings if known else None, mistakes)
    assert found == Window("nihgts")
    assert [(mistake.code, mistake.hint) for mistake in mistakes] == [(code, "did you mean 'nights'?")]


# --- open and closed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        ("2027-01-15T21:59", False, "2027-01-15 22:00"),  # a Friday
        ("2027-01-15T22:00", True, "2027-01-15 22:00"),
        ("2027-01-16T04:59", True, "2027-01-16 04:59"),
        ("2027-01-16T05:00", False, "2027-01-18 22:00"),
        ("2027-01-17T23:00", False, "2027-01-18 22:00"),
        ("2027-01-18T03:00", False, "2027-01-18 22:00"),
    ],
)
def test_it_is_open_by_the_clock_of_the_site(moment: str, is_open: bool, opens: str) -> None:
    night = window(NIGHT)
    assert night.is_open(at(moment), BERLIN) is is_open
    assert shown(night.opens_at(at(moment), BERLIN)) == opens


def test_the_time_zone_decides() -> None:
    night, moment = window("{from: 22:00, to: 05:00}"), at("2027-01-15T23:00", "UTC")
    assert night.is_open(moment, "UTC")
    assert not night.is_open(moment, "Asia/Tokyo")
    assert night.is_open(moment, "America/St_Johns") is False


def test_utc_needs_no_data_about_time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    night, moment = window("{from: 22:00, to: 05:00}"), at("2027-01-15T23:00", "UTC")
    monkeypatch.delattr(zoneinfo, "ZoneInfo")
    assert night.is_open(moment, "UTC")
    assert night.opens_at(moment + 10 * 3600, "UTC") == moment + 23 * 3600


def test_an_hour_that_is_skipped_is_skipped() -> None:
    """On 2027-03-28 Berlin's clocks go from 02:00 to 03:00."""
    short = window("{days: sun, from: 02:00, to: 03:00}")
    assert shown(short.opens_at(at("2027-03-27T12:00"), BERLIN)) == "2027-04-04 02:00"
    longer = window("{days: sun, from: 02:30, to: 05:00}")
    assert shown(longer.opens_at(at("2027-03-27T12:00"), BERLIN)) == "2027-03-28 03:00"
    assert not longer.is_open(at("2027-03-28T03:00") - 1, BERLIN)


def test_an_hour_that_comes_twice_counts_once() -> None:
    """On 2027-10-31 Berlin's clocks go from 03:00 back to 02:00."""
    short = window("{days: sun, from: 02:00, to: 03:00}")
    assert short.is_open(at("2027-10-31T02:30"), BERLIN)
    assert not short.is_open(at("2027-10-31T02:30", fold=1), BERLIN)
    assert shown(short.opens_at(at("2027-10-31T02:30", fold=1), BERLIN)) == "2027-11-07 02:00"
    night = window("{from: 22:00, to: 05:00}")
    assert night.opens_at(at("2027-10-31T02:30", fold=1), BERLIN) == at("2027-10-31T03:00")


@given(
    st.integers(1_767_225_600, 1_830_297_600),  # 2026 and 2027
    st.integers(0, 6),
    st.integers(0, 95),
    st.integers(1, 95),
    st.sampled_from([BERLIN, "UTC", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata"]),
)
def test_it_opens_at_the_first_open_minute_and_not_before(
    now: int, day: int, start: int, length: int, zone: str
) -> None:
    one = Window("it", (Period(day, start * 15, start * 15 + length * 15),))
    opens_at = one.opens_at(now, zone)
    assert opens_at is not None
    assert one.is_open(opens_at, zone)
    assert now <= opens_at <= now + timedelta(days=15).total_seconds()
    # The minutes on the way are closed: looked at in steps no period is shorter than.
    steps = range(1, int((opens_at - now) // 300) + 1)
    assert not any(one.is_open(opens_at - step * 300, zone) for step in steps)
