"""Opening hours."""

from __future__ import annotations

import pytest

from healer.config.hours import read_hours, write_hours
from healer.documents import Mistakes, parse
from healer.fleet.inventory import Period


def reading(text: str) -> tuple[tuple[Period, ...] | None, list[str]]:
    mistakes = Mistakes()
    node = parse(text, "hours.yaml", mistakes)
    assert node is not None
    return read_hours(node, mistakes), [mistake.message for mistake in mistakes]


def test_always_is_no_hours_at_all() -> None:
    assert reading("always") == (None, [])
    assert write_hours(None) == "always"


def test_a_range_of_days_may_go_over_the_end_of_the_week() -> None:
    periods, wrong = reading('{sat-mon: "08:00-12:00"}')
    assert wrong == []
    assert [period.weekday for period in periods or ()] == [0, 5, 6]


def test_hours_that_end_on_the_next_day_are_written_as_they_were_read() -> None:
    periods, _ = reading('{fri: "22:00-06:00"}')
    assert periods == (Period(4, 1320, 1800),)
    assert write_hours(periods) == {"fri": ["22:00-06:00"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{mon: "08:00-12:00", mon-fri: "11:00-13:00"}', "these hours overlap with others on mon"),
        ('{sun: "22:00-06:00", mon: "05:00-09:00"}', "these hours overlap with others on mon"),
        ('{mon: ["08:00-12:00", "10:00-11:00"]}', "these hours overlap with others on mon"),
        ('{monday: "08:00-12:00"}', "'monday' is not a weekday"),
        ('{mon-xyz: "08:00-12:00"}', "'xyz' is not a weekday"),
        ('{mon: "8-12"}', "'8-12' is not a time of opening"),
        ('{mon: "08:00-08:00"}', "'08:00-08:00' is no length of time on one day"),
        ('{mon: "08:00-25:00"}', "'08:00-25:00' is no length of time on one day"),
        ('{mon: "08:61-12:00"}', "'08:61-12:00' is no length of time on one day"),
        ("daily", "a mapping (key: value) belongs here, not 'daily'"),
    ],
)
def test_a_mistake_is_told(text: str, message: str) -> None:
    assert message in reading(text)[1]


def test_hours_that_meet_do_not_overlap() -> None:
    assert reading('{mon: ["08:00-12:00", "12:00-24:00"], tue: "00:00-24:00"}')[1] == []
