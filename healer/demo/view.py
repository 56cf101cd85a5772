"""The live view: chargers and what is wrong with them, what is being done and why not, the story, the log.

Fills the terminal, whatever its size: the table comes first, then the story if there is room, and the log takes the
rest. Every entry is one line, so that nothing jumps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from healer.demo import words
from healer.demo.tail import Line
from healer.engine import Engine
from healer.fleet.charger import Charger
from healer.fleet.place import Connector
from healer.healing.incident import State
from healer.healing.records import Alert
from healer.model import UNKNOWN, Instant, Status

NARROW = 130
"""Columns below which error codes are left out of the statuses; the incident says the same."""

LEAST_LOG = 6
"""Lines of the log that the story must leave."""

_COLOURS = {
    Status.AVAILABLE: "green",
    Status.PREPARING: "cyan",
    Status.CHARGING: "blue",
    Status.SUSPENDED_EV: "cyan",
    Status.SUSPENDED_EVSE: "cyan",
    Status.FINISHING: "cyan",
    Status.RESERVED: "cyan",
    Status.UNAVAILABLE: "yellow",
    Status.FAULTED: "bold red",
}

_LEVELS = {"warning": "yellow", "error": "red", "critical": "bold red"}


@dataclass(frozen=True, slots=True)
class Picture:
    """What there is to be drawn at one moment."""

    engine: Engine
    now: Instant
    footing: str
    """How far the demo has come, and where the numbers are."""
    tales: Sequence[tuple[str, bool]]
    """The story: each tale, and whether it has come true."""
    alerts: Sequence[Alert]
    """All that were raised or resolved, in order."""
    lines: Sequence[Line]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, options.height or options.size.height
        table, rows = self._table(narrow=width < NARROW)
        parts: list[RenderableType] = [self._head(), table, self._alerts()]
        left = height - rows - 2
        if left >= len(self.tales) + 1 + LEAST_LOG:
            parts += [Text("story", style="bold"), *(_tale(*tale) for tale in self.tales)]
            left -= len(self.tales) + 1
        if left > 1:
            parts += [Text("log", style="bold"), *(_line(line) for line in list(self.lines)[1 - left :])]
        yield Group(*parts)

    # --- above and below the table ------------------------------------------------------------------------------------

    def _head(self) -> Text:
        chargers = self.engine.chargers.values()
        open_ones = sum(one.state.open for one in self.engine.incidents())
        ended = self.engine.tally.numbers("incidents_total").items()
        healed = sum(number for (_, resolution), number in ended if resolution == "healed")
        head = Text("healer demo", style="bold", no_wrap=True, overflow="ellipsis")
        connected = sum(charger.connected for charger in chargers)
        parts = (f"{connected}/{len(chargers)} connected", f"{open_ones} open", f"{healed:.0f} healed", self.footing)
        return head.append("   " + "   ".join(parts), style="not bold")

    def _alerts(self) -> Text:
        """What people know of now, the loudest first."""
        active: dict[str, Alert] = {}
        for alert in self.alerts:
            active.pop(alert.key, None)
            if alert.active:
                active[alert.key] = alert
        loudest = sorted(active.values(), key=lambda alert: -alert.severity.rank)
        told = Text("alerts ", style="bold", no_wrap=True, overflow="ellipsis")
        shown = ", ".join(f"{alert.severity} {alert.rule} {_whose(alert)}" for alert in loudest) or "none"
        return told.append(shown, style="red not bold" if active else "dim not bold")

    # --- the table ----------------------------------------------------------------------------------------------------

    def _table(self, *, narrow: bool) -> tuple[Table, int]:
        """The table, and how many lines it takes."""
        table = Table(expand=True, box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
        for title, width in (("charger", 9), ("ocpp", 5), ("connectors", 22 if narrow else 36), ("incident", 18)):
            table.add_column(title, no_wrap=True, min_width=width)  # of the usual contents, so that nothing moves
        table.add_column("what is being done, or why not", ratio=1, no_wrap=True, overflow="ellipsis")
        lines = 4  # the head with its rule, an empty line above and below
        for charger in sorted(self.engine.chargers.values(), key=lambda charger: (charger.site, charger.id)):
            found = self.engine.casebook.incidents(charger.id)
            incidents = [one for one in found if words.is_worth_showing(one, self.now)]
            doing = [
                Text(words.doing(self.engine, one, self.now), style=words.STYLES.get(one.state, ""))
                for one in incidents
            ]
            names = [Text(one.rule, style="dim" if one.state is State.RESOLVED else "bold") for one in incidents]
            version = charger.ocpp_version.value if charger.ocpp_version else ""
            table.add_row(charger.id, version, _places(charger, narrow), _stacked(names), _stacked(doing))
            lines += max(1, len(incidents))
        return table, lines


def _stacked(texts: Iterable[Text]) -> Text:
    return Text("\n").join(texts)


def _whose(alert: Alert) -> str:
    return str(alert.target) if alert.target is not None else alert.site or "fleet"


def _places(charger: Charger, narrow: bool) -> Text:
    if not charger.heard:
        return Text("not yet connected", style="dim") if charger.settling else Text("offline", style="bold red")
    return Text("  ").join(_place(charger, plug, narrow) for plug in charger.connectors())


def _place(charger: Charger, plug: Connector, narrow: bool) -> Text:
    if plug.status is None or not charger.is_fresh(plug):
        return Text("unknown", style="dim")
    code = charger.error_code(plug)
    bare = narrow or code is UNKNOWN or code == "NoError"
    return Text(plug.status.value if bare else f"{plug.status.value}/{code}", style=_COLOURS[plug.status])


def _tale(title: str, came_true: bool) -> Text:
    mark, style = ("✔", "green") if came_true else ("·", "dim")
    return Text(f"{mark} {title}", style=style, no_wrap=True, overflow="ellipsis")


def _line(line: Line) -> Text:
    text = Text(f"{line.time} ", style="dim", no_wrap=True, overflow="ellipsis")
    text.append(f"{line.event:<21} ", style=_LEVELS.get(line.level, "not dim"))
    text.append(f"{line.about:<10} ", style="bold not dim")
    return text.append(line.text, style="not dim")


def summary_lines(
    tales: Iterable[tuple[str, bool]], sections: Iterable[tuple[str, dict[str, int]]]
) -> Iterable[tuple[str, str]]:
    """(style, line) of the summary at the end."""
    for title, came_true in tales:
        yield ("green", f"  as told   {title}") if came_true else ("bold red", f"  NOT YET   {title}")
    for name, numbers in sections:
        told = ", ".join(f"{key} {number}" for key, number in numbers.items()) or "none"
        yield "", f"{name}: {told}"
