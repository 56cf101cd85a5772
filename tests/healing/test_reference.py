"""The reference pages say what the code says."""

from __future__ import annotations

from pathlib import Path

from healer.fleet.signals import SIGNALS
from healer.healing import reference
from healer.healing.guards import GUARDS
from healer.healing.incident import TABLE
from healer.rules.actions import ACTIONS

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_reference_is_fresh() -> None:
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == reference.reference(), "run `make docs`"


def test_the_diagram_of_an_incident_is_fresh() -> None:
    assert (DOCS / "incident.md").read_text(encoding="utf-8") == reference.incident(), "run `make docs`"


def test_every_signal_action_and_guard_has_its_row() -> None:
    page = reference.reference()
    for name in (*SIGNALS, *(guard.name for guard in GUARDS), *(t.name for t in ACTIONS.values() if t.available)):
        assert f"| `{name}`" in page


def test_every_arrow_of_the_table_is_drawn() -> None:
    arrows = [line for line in reference.incident().splitlines() if "-->" in line]
    assert len(arrows) == 1 + sum(len(row) for row in TABLE.values())
