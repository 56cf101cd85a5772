"""The reference pages say what the code says."""

from __future__ import annotations

from pathlib import Path

from healer.healing import reference
from healer.healing.guards import GUARDS
from healer.healing.incident import TABLE
from healer.rules import reader, tightening
from healer.rules.actions import ACTIONS
from healer.rules.clauses import FITTING
from healer.rules.steps import OPTIONS

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_reference_is_fresh() -> None:
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == reference.reference(), "run `make docs`"


def test_the_diagram_of_an_incident_is_fresh() -> None:
    assert (DOCS / "incident.md").read_text(encoding="utf-8") == reference.incident(), "run `make docs`"


def test_every_action_and_guard_has_its_row() -> None:
    page = reference.reference()
    for name in (*(guard.name for guard in GUARDS), *(t.name for t in ACTIONS.values() if t.available)):
        assert f"| `{name}`" in page


def test_every_key_and_matcher_of_the_language_is_there() -> None:
    page = reference.reference()
    assert all(f"| `{key}` | " in page for key in reader.KEYS)
    operators = {operator for kind in FITTING.values() for operator in kind}
    assert all(f"`{{{operator}: ...}}`" in page for operator in operators)
    assert all(f"`{word}`" in page for word in (*OPTIONS, *tightening.KEYS))


def test_every_arrow_of_the_table_is_drawn() -> None:
    arrows = [line for line in reference.incident().splitlines() if "-->" in line]
    assert len(arrows) == 1 + sum(len(row) for row in TABLE.values())
