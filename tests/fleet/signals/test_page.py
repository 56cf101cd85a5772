"""`docs/signals.md` says what the catalogue says."""

from __future__ import annotations

from pathlib import Path

from healer.fleet.signals import EVENTS, SIGNALS, EventSignal, Signal, page
from healer.fleet.signals.faults import FAULTS

DOC = Path(__file__).parents[3] / "docs" / "signals.md"


def test_the_page_is_fresh() -> None:
    assert DOC.read_text(encoding="utf-8") == page.markdown(), "run `make docs`"


def test_every_signal_and_event_has_a_section_with_its_help_and_example() -> None:
    told = page.markdown()
    entries: list[tuple[str, Signal | EventSignal]] = [*SIGNALS.items(), *EVENTS.items()]
    for name, entry in entries:
        section = told.split(f"### `{name}`\n", 1)[1].split("\n#", 1)[0]
        assert entry.help[1:] in section
        assert entry.example in section


def test_every_fault_has_its_row() -> None:
    assert all(f"| {fault.name} | " in page.markdown() for fault in FAULTS)
