"""`docs/signals.md`, written from the catalogue itself; `make docs` renews it and a test sees to that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from healer.fleet.signals import EVENTS, SIGNALS, EventSignal, Signal, Source
from healer.fleet.signals.faults import FAULTS, Fault, served


def markdown() -> str:
    """Every signal and event that rules can ask for, and the faults of the field that they are for."""
    return "\n".join(
        (
            "# Signals and events",
            "",
            "Written by `make docs`, from the catalogue in `healer/fleet/signals/`.",
            "",
            "A rule asks for signals: in `when` for what is wrong, in `where` for which chargers. A value may be",
            "*unknown*, and unknown never fires, heals or resolves anything. Where a signal comes from says when:",
            "",
            *(f"- **{source.value}**: {_SOURCES[source]}" for source in Source),
            "",
            "How long a thing must stand is said by the rule's `for`, not by a signal: a connector that is stuck is",
            "`when: {status: Preparing}` with `for: 2h`.",
            "",
            *_table(("signal", "type", "unit", "of", "source", "in"), map(_row, SIGNALS.values())),
            "",
            *(line for signal in SIGNALS.values() for line in _signal(signal)),
            "## Events",
            "",
            "Things that happen at a moment are counted: `{event: reboot, count: 4, within: 1h}`. All are of the",
            "charger as a whole, and those within one second may count as one. A count is unknown while `within`",
            "reaches back before healer watched, unless it is reached all the same; what was counted outlives a",
            "restart of healer.",
            "",
            *(line for event in EVENTS.values() for line in _event(event)),
            "## The faults of the field",
            "",
            *_table(("fault", "seen by", "not visible in OCPP"), map(_fault, FAULTS)),
            "",
        )
    )


_SOURCES = {
    Source.REPORTED: "by the charger; unknown while it is away, and until it tells again after it came back",
    Source.LINK: "known to healer always, but for the time in which it settles after its own start",
    Source.DERIVED: "worked out by healer from what it saw",
    Source.INVENTORY: "told by a person, or in the boot; stands until told otherwise",
}


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _place(signal: Signal) -> str:
    return "where" if signal.filter_only else "when, where" if signal.source is Source.INVENTORY else "when"


def _row(signal: Signal) -> tuple[str, ...]:
    unit = signal.unit or ("s, m, h, d" if signal.type.value == "duration" else "-")
    scope = signal.scope.name.lower()
    return (f"`{signal.name}`", signal.type.value, unit, scope, signal.source.value, _place(signal))


def _signal(signal: Signal) -> Iterator[str]:
    yield f"### `{signal.name}`"
    yield ""
    yield f"{signal.help[0].upper()}{signal.help[1:]}."
    yield ""
    if signal.choices:
        words = ", ".join(f"`{choice}`" for choice in signal.choices)
        yield f"Words: {words}" + ("; vendors add their own." if signal.open_choices else ".")
        yield ""
    yield from _example("where" if signal.filter_only else "when", signal.name, signal.example)


def _event(event: EventSignal) -> Iterator[str]:
    yield f"### `{event.name}`"
    yield ""
    yield f"{event.help[0].upper()}{event.help[1:]}."
    yield ""
    yield from _example("when", event.name, event.example)


def _example(key: str, name: str, example: str) -> Iterator[str]:
    faults = ", ".join(served(name))
    yield f"Example: `{key}: {example}`" + (f" · serves {faults}" if faults else "")
    yield ""


def _fault(fault: Fault) -> tuple[str, ...]:
    return (fault.name, ", ".join(f"`{name}`" for name in fault.seen_by) or "-", fault.unseen or "-")
