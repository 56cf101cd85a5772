"""Maintenance windows: named times of the week, in the time zone of the site where they are asked about.

    windows:
      nights: {days: mon-fri, from: "22:00", to: "05:00"}
      weekend: [{days: sat, from: "06:00", to: "24:00"}, {days: sun, from: "00:00", to: "20:00"}]

A pack may bring windows of its own. Of those of one name the settings' win, then the file's own, then any other file's.
What stands on a clock that jumps is read off the clock: an hour that is skipped by daylight saving is skipped, one that
comes twice counts once.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from healer import documents
from healer.documents import Mistakes, Node, Scalar, fields, shown
from healer.fleet.inventory import MINUTES_A_DAY, MINUTES_A_WEEK, Period
from healer.model import Instant

_MINUTE_S: Final = 60.0
_LONGEST_CHANGE_MIN: Final = 24 * 60
"""No clock was ever put back or forward by more."""
_DAYS_AHEAD: Final = 15
"""A window of one hour a week may be skipped once."""


@dataclass(frozen=True, slots=True)
class Window:
    """A named window. Without periods it never opens: its name was not to be found."""

    name: str
    periods: tuple[Period, ...] = ()

    def is_open(self, now: Instant, time_zone: str) -> bool:
        """Whether it is open by the clock on the wall there."""
        return self._shown_open(datetime.fromtimestamp(now, _zone(time_zone)))

    def opens_at(self, now: Instant, time_zone: str) -> Instant | None:
        """The next moment at which it is open, `now` if it is; None if it never opens."""
        local = datetime.fromtimestamp(now, _zone(time_zone))
        if not self.periods or self._shown_open(local):
            return now if self.periods else None
        if local.fold:
            # Whatever began in the hour that comes twice goes on behind it.
            soon = self._first_open(now, now + 3600.0 * 3, local)
            if soon is not None:
                return soon
        return min((start for start in self._starts(local) if start > now), default=None)

    def _shown_open(self, local: datetime) -> bool:
        if local.fold:
            return False
        minute = local.weekday() * MINUTES_A_DAY + local.hour * 60 + local.minute
        return any(
            (minute - period.weekday * MINUTES_A_DAY - period.opens) % MINUTES_A_WEEK < period.closes - period.opens
            for period in self.periods
        )

    def _starts(self, local: datetime) -> Iterator[Instant]:
        """When the periods of the next days begin; one whose beginning is skipped begins behind the gap, or not."""
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        for ahead in range(_DAYS_AHEAD):
            day = midnight + timedelta(days=ahead)
            for period in self.periods:
                if period.weekday != day.weekday():
                    continue
                start = day + timedelta(minutes=period.opens)
                # In a skipped hour the two stand on either side of the gap; else the first is not before the second.
                other, first = start.replace(fold=1).timestamp(), start.timestamp()
                found = self._first_open(min(other, first), first + _MINUTE_S, local)
                if found is not None:
                    yield found

    def _first_open(self, start: Instant, end: Instant, local: datetime) -> Instant | None:
        """The first minute of a short time in which it is open."""
        minutes = min(int((end - start) // _MINUTE_S) + 1, _LONGEST_CHANGE_MIN)
        moments = (start - start % _MINUTE_S + number * _MINUTE_S for number in range(minutes))
        # The zone's clock is asked anew for each minute, since it jumps in between.
        return next((at for at in moments if self._shown_open(datetime.fromtimestamp(at, local.tzinfo))), None)


def _zone(name: str) -> tzinfo:
    # UTC is there on systems without any data about time zones, too.
    return UTC if name == "UTC" else zoneinfo.ZoneInfo(name)


# --- reading ----------------------------------------------------------------------------------------------------------

KEYS: Final = ("days", "from", "to")

_NIGHTS: Final = "'nights: {days: mon-fri, from: 22:00, to: 05:00}'"
_EXAMPLE: Final = f"write for example {_NIGHTS}"
_CLOCK: Final = re.compile(r"(\d\d?):(\d\d)")


def read_windows(node: Node, mistakes: Mistakes) -> dict[str, Window]:
    """All windows of a mapping by name. One that has mistakes never opens."""
    mapping = fields.mapping(node, mistakes, _EXAMPLE)
    return {key.text: _window(key, value, mistakes) for key, value in (mapping.entries if mapping else ())}


def _window(key: Scalar, node: Node, mistakes: Mistakes) -> Window:
    before = mistakes.errors
    items = node.items if isinstance(node, documents.Sequence) else (node,)
    if not items:
        mistakes.error(node.mark, "E-EMPTY", f"the window {shown(key.text)} never opens", _EXAMPLE)
    periods = tuple(period for item in items for period in _periods(item, mistakes))
    return Window(key.text, periods if mistakes.errors == before else ())


def _periods(node: Node, mistakes: Mistakes) -> list[Period]:
    mapping = fields.mapping(node, mistakes, _EXAMPLE)
    if mapping is None:
        return []
    found = fields.entries(mapping, KEYS, mistakes, "a window", {"until": "the end is called 'to'"})
    for key in ("from", "to"):
        if key not in found and not (key == "to" and mapping.get("until") is not None):
            mistakes.error(mapping.mark, "E-MISSING", f"a window needs '{key}'", _EXAMPLE)
    opens = _minutes(found["from"], mistakes) if "from" in found else None
    closes = _minutes(found["to"], mistakes) if "to" in found else None
    days = _days(found["days"], mistakes) if "days" in found else list(range(7))
    if opens is None or closes is None:
        return []
    if opens in (closes, MINUTES_A_DAY):
        mistakes.error(mapping.mark, "E-WINDOW", "the window has no length", "a whole day is from '00:00' to '24:00'")
        return []
    return [Period(day, opens, closes if closes > opens else closes + MINUTES_A_DAY) for day in days]


def _days(node: Node, mistakes: Mistakes) -> list[int]:
    named = fields.scalars(node, mistakes, "days such as mon-fri")
    return sorted({day for one in named for day in fields.weekdays(one, mistakes)})


def _minutes(node: Node, mistakes: Mistakes) -> int | None:
    """A time of day, in minutes."""
    written = fields.scalar(node, mistakes, "a time such as 22:00")
    if written is None:
        return None
    matched = _CLOCK.fullmatch(written.text)
    hour, minute = (int(part) for part in matched.groups()) if matched is not None else (99, 0)
    if minute > 59 or hour * 60 + minute > MINUTES_A_DAY:
        message = f"{shown(written.text)} is not a time of day"
        mistakes.error(written.mark, "E-WINDOW", message, "write for example '22:00'; times go from 00:00 to 24:00")
        return None
    return hour * 60 + minute


# --- naming -----------------------------------------------------------------------------------------------------------


def find_window(
    node: Node, files: Mapping[str, Window], settings: Mapping[str, Window] | None, mistakes: Mistakes
) -> Window | None:
    """The window a rule names: the settings' before those of the files. `settings` is None where nobody knows them."""
    name = fields.scalar(node, mistakes, "the name of a window")
    if name is None:
        return None
    known = {**files, **(settings or {})}
    if name.text in known:
        return known[name.text]
    hint = (
        fields.did_you_mean(name.text, known) or f"name it in the settings or in a file of rules, for example {_NIGHTS}"
    )
    if settings is None:
        message = f"no window {shown(name.text)} in these files: it opens only where the settings know it"
        mistakes.warn(name.mark, "W-WINDOW", message, hint)
    else:
        mistakes.error(name.mark, "E-UNKNOWN", f"there is no window {shown(name.text)}", hint)
    return Window(name.text)
