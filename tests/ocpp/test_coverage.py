"""The document that says which message is handled is the one that the code would write."""

from __future__ import annotations

from pathlib import Path

from healer.ocpp import coverage

DOCUMENT = Path(__file__).parents[2] / "docs" / "ocpp-messages.md"


def test_the_document_is_fresh() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == coverage.markdown(), "run `make docs`"


def test_each_message_says_how_it_is_handled_in_each_version() -> None:
    rows = {cells[1]: cells[2:5] for cells in map(_cells, coverage.markdown().splitlines()) if len(cells) == 6}
    assert rows["StatusNotification"] == ["read", "read", "read"]
    assert rows["NotifyDisplayMessages"] == ["", "answered", "answered"]
    assert rows["NotifyPeriodicEventStream"] == ["", "", "noted"]
    assert rows["ExtendedTriggerMessage"] == ["TriggerMessage", "", ""]
    assert rows["ReserveNow"] == ["-", "-", "-"]
    assert rows["GetConfiguration"] == ["ReadConfiguration, ReportConfiguration", "", ""]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]
