"""Opening hours as an operator writes them.

hours: always
hours: {mon-fri: "06:00-22:00", sat: ["08:00-12:00", "13:00-18:00"], sun: closed}
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from healer.documents import Mistakes, Node, Scalar, fields, shown
from healer.fleet.inventory import MINUTES_A_DAY, Period

ALWAYS: Final = "always"
CLOSED: Final = "closed"

_PERIOD: Final = re.compile(r"(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)")
_HINT: Final = "write 'always', or for example {mon-fri: '06:00-22:00', sat: '08:00-12:00'}"


def read_hours(node: Node, mistakes: Mistakes) -> tuple[Period, ...] | None:
    """The periods, in the order of the week; None: always open."""
    if isinstance(node, Scalar) and node.text == ALWAYS:
        return None
    found = fields.mapping(node, mistakes, _HINT)
    if found is None:
        return None
    periods = [
        (period, value)
        for key, value in found.entries
        for day in fields.weekdays(key, mistakes)
        for period in _periods(day, value, mistakes)
    ]
    for (one, _), (other, place) in itertools.combinations(periods, 2):
        if one.overlaps(other):
            mistakes.error(place.mark, "E-HOURS", f"these hours overlap with others on {fields.DAYS[other.weekday]}")
    return tuple(sorted((period for period, _ in periods), key=lambda period: (period.weekday, period.opens)))


def _periods(day: int, node: Node, mistakes: Mistakes) -> list[Period]:
    if isinstance(node, Scalar) and node.text == CLOSED:
        return []
    found = [_period(day, written, mistakes) for written in fields.scalars(node, mistakes, "hours such as 06:00-22:00")]
    return [period for period in found if period is not None]


def _period(day: int, written: Scalar, mistakes: Mistakes) -> Period | None:
    matched = _PERIOD.fullmatch(written.text)
    if matched is None:
        hint = "write for example '06:00-22:00', or 'closed'"
        mistakes.error(written.mark, "E-HOURS", f"{shown(written.text)} is not a time of opening", hint)
        return None
    from_hour, from_minute, to_hour, to_minute = (int(part) for part in matched.groups())
    opens, closes = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if max(from_minute, to_minute) > 59 or opens >= MINUTES_A_DAY or closes > MINUTES_A_DAY or opens == closes:
        hint = "hours go from 00:00 to 24:00; past midnight write '22:00-06:00'"
        mistakes.error(written.mark, "E-HOURS", f"{shown(written.text)} is no length of time on one day", hint)
        return None
    return Period(day, opens, closes if closes > opens else closes + MINUTES_A_DAY)


def write_hours(hours: tuple[Period, ...] | None) -> str | dict[str, list[str]]:
    """The same as it would be written."""
    if hours is None:
        return ALWAYS
    written: dict[str, list[str]] = {}
    for period in hours:
        closes = period.closes if period.closes <= MINUTES_A_DAY else period.closes - MINUTES_A_DAY
        written.setdefault(fields.DAYS[period.weekday], []).append(f"{_clock(period.opens)}-{_clock(closes)}")
    return written


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
