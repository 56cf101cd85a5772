"""The log as the live view shows it: one short line each."""

from __future__ import annotations

import json

from healer.demo.tail import KEPT, Line, Tail


def written(**fields: object) -> Line:
    tail = Tail()
    tail.write(json.dumps({"time": "2026-11-20T13:45:53+00:00", "level": "info", **fields}) + "\n")
    (line,) = tail.lines
    return line


def test_a_line_has_its_place_its_rule_and_its_reason() -> None:
    line = written(event="step.sent", charger="CP-1", rule="internal-error", reason="reset soft is sent", incident=7)
    assert (line.event, line.about, line.level) == ("step.sent", "CP-1", "info")
    assert line.text == "internal-error: reset soft is sent"
    assert line.time.count(":") == 2


def test_an_alert_is_told_by_its_severity_and_summary() -> None:
    line = written(event="alert.raised", site="Mall", severity="page", summary="it burns", rule="fire", reason="smoke")
    assert (line.about, line.text) == ("Mall", "page: it burns")


def test_other_lines_are_told_by_their_fields_without_those_that_say_nothing() -> None:
    line = written(event="charger.booted", charger="CP-1", connection="x-1", model="DC50", reason=None, logger="healer")
    assert line.text == "model=DC50"


def test_what_is_no_log_line_is_shown_as_it_is() -> None:
    tail = Tail()
    assert tail.write("Segmentation fault\n\n[1, 2]\n") == len("Segmentation fault\n\n[1, 2]\n")
    assert [line.text for line in tail.lines] == ["Segmentation fault", "[1, 2]"]


def test_only_the_last_lines_are_kept() -> None:
    tail = Tail()
    for number in range(KEPT + 5):
        tail.write(json.dumps({"event": f"e.{number}"}) + "\n")
    assert [tail.lines[0].event, tail.lines[-1].event] == ["e.5", f"e.{KEPT + 4}"]
    assert tail.lines[0].time == ""
