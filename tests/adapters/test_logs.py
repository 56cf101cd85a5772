"""What log lines look like."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from healer.adapters import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_machines_get_one_json_object_a_line() -> None:
    out = io.StringIO()
    logs.configure(stream=out)
    structlog.get_logger("healer.test").info("charger.connected", charger="CP-1", odd=b"\xff")
    line = json.loads(out.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "charger.connected",
        "charger": "CP-1",
        "odd": "b'\\xff'",
        "level": "info",
        "logger": "healer.test",
    }


def test_exceptions_stay_one_line_in_json() -> None:
    out = io.StringIO()
    logs.configure(stream=out)
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger().exception("connection.failed")
    assert out.getvalue().count("\n") == 1
    assert json.loads(out.getvalue())["exception"][0]["exc_value"] == "broken"


def test_a_terminal_gets_text() -> None:
    out = Terminal()
    logs.configure(stream=out)
    structlog.get_logger().warning("charger.lost", charger="CP-1")
    assert "charger.lost" in out.getvalue()
    assert not out.getvalue().startswith("{")
    json_out = Terminal()
    logs.configure(format="json", stream=json_out)
    structlog.get_logger().warning("charger.lost")
    assert json.loads(json_out.getvalue())["event"] == "charger.lost"


def test_lines_of_libraries_take_the_same_way_and_say_less() -> None:
    out = io.StringIO()
    logs.configure(stream=out)
    logging.getLogger("websockets.server").info("connection open")
    logging.getLogger("websockets.server").error("broken %s", "pipe")
    logging.getLogger("elsewhere").info("hello")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["broken pipe", "hello"]


def test_the_level_is_obeyed() -> None:
    out = io.StringIO()
    logs.configure(level="warning", format="console", stream=out)
    structlog.get_logger().info("charger.connected")
    assert out.getvalue() == ""
