"""`healer demo` as a user starts it: without a terminal, with one, ended by its time and by a signal."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner

from healer.cli.demo import demo
from healer.demo import story
from tests.e2e.daemon import PATIENCE_S, fetch, samples, series, until
from tests.shipped_rules import SHIPPED_RULES

pytestmark = pytest.mark.e2e

COMMAND = (sys.executable, "-m", "healer", "demo")

FIRST_HEAL_WITHIN_S = 20.0

SPARE_S = 10.0
"""How much longer than the story the demo runs here: this machine has other tests to do meanwhile."""


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The command sets up logging for its whole process, which in some tests is that of all tests."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


# --- the whole story, in the background of all other tests ------------------------------------------------------------


@dataclass
class Telling:
    """A demo under way, without a terminal."""

    process: subprocess.Popen[bytes]
    out: Path
    log: Path

    def said(self, pattern: str) -> list[str]:
        return re.findall(pattern, self.log.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="session")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telling]:
    folder = tmp_path_factory.mktemp("demo")
    out, log = folder / "out.json", folder / "log"
    with out.open("wb") as stdout, log.open("wb") as stderr:
        length = f"{story.LENGTH_S + SPARE_S:.0f}s"
        process = subprocess.Popen([*COMMAND, "--for", length, "--json"], stdout=stdout, stderr=stderr)
    yield Telling(process, out, log)
    if process.poll() is None:
        process.kill()
    process.wait()


@pytest.fixture
def told(telling: Telling) -> dict[str, Any]:
    """The summary of the demo, once it has ended by itself."""
    telling.process.wait(story.LENGTH_S + SPARE_S + PATIENCE_S)
    summary = json.loads(telling.out.read_text(encoding="utf-8"))
    assert isinstance(summary, dict)
    return summary


async def test_it_tells_where_its_metrics_are(telling: Telling) -> None:
    await until(lambda: telling.said(r"^metrics: (\S+)$"), "the address is told")
    (address,) = telling.said(r"^metrics: (\S+)$")
    status, text = await fetch(address)
    assert status == 200
    assert dict(samples(text))[series("healer_rules_loaded")] == SHIPPED_RULES


def test_every_tale_comes_out_as_told(telling: Telling, told: dict[str, Any]) -> None:
    assert [title for title, came_true in told["tales"] if not came_true] == []
    assert len(told["tales"]) == 7
    assert told["as_told"] is True
    assert telling.process.returncode == 0


def test_the_summary_counts_incidents_actions_refusals_and_alerts(told: dict[str, Any]) -> None:
    assert told["incidents"]["healed"] == 3
    assert told["actions"]["reset soft: healed"] == 1
    assert told["actions"]["reset hard: healed"] == 1
    assert told["actions"]["unlock: healed"] == 1
    assert told["refusals"]["storm"] == 4
    assert told["refusals"]["interlock"] >= 1
    assert told["alerts"] == {"critical": 1, "page": 1, "ticket": 1, "warning": 1}


def test_the_first_heal_is_seen_within_twenty_seconds(telling: Telling, told: dict[str, Any]) -> None:
    (began,) = telling.said(r"^(\S+) \[info +\] daemon\.started")
    healed = telling.said(r"^(\S+) \[info +\] incident\.resolved .*healed by reset soft")
    assert (_seconds(healed[0]) - _seconds(began)) % 86_400 <= FIRST_HEAL_WITHIN_S


def _seconds(clock: str) -> int:
    hours, minutes, seconds = map(int, clock.split(":"))
    return (hours * 60 + minutes) * 60 + seconds


def test_nothing_went_wrong_in_the_log(telling: Telling, told: dict[str, Any]) -> None:
    assert telling.said(r"^.*Traceback.*$") == []
    assert telling.said(r"^.*(?:event|connection)\.failed.*$") == []
    # The boot loop's alert is an error and the ground failure's is critical; nobody else says so.
    loud = telling.said(r"^\S+ \[(?:error|critical) *\] (\S+)")
    assert loud == ["alert.raised", "alert.raised"]


# --- shorter ones -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_cleanly_with_a_summary(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(*COMMAND, stdout=-1, stderr=-1)
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_S):
        while b"metrics: " not in await process.stderr.readline():
            pass
        process.send_signal(number)
        out, err = await process.communicate()
    assert process.returncode == 0
    assert b"NOT YET   Harbour-1 hangs in InternalError; a soft reset heals it\n" in out
    assert b"\nincidents: " in out
    assert b"daemon.stopped" in err
    assert b"Traceback" not in err


async def test_on_a_terminal_it_draws_and_a_time_too_short_for_the_story_ends_it_with_1() -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--for", "5s", stdin=theirs, stdout=theirs, stderr=theirs, env=environment | {"TERM": "xterm"}
    )
    os.close(theirs)
    reading = asyncio.create_task(asyncio.to_thread(_all_of, ours))
    async with asyncio.timeout(PATIENCE_S):
        status, screen = await process.wait(), await reading
    assert status == 1
    drawn, _, summary = screen.rpartition("\x1b[?1049l")  # the live view is on the terminal's other screen
    for word in ("what is being done", "Harbour-1", "Mall-4", "12/12 connected", "/metrics", "story", "log"):
        assert word in drawn
    assert "Faulted/InternalError" in drawn
    assert summary.count("NOT YET") == 7
    assert "charger.connected" not in summary


def _all_of(terminal: int) -> str:
    """Everything that is written to a terminal until nobody holds it any more."""
    parts = []
    with os.fdopen(terminal, "rb", buffering=0) as reader, contextlib.suppress(OSError):
        while part := reader.read(65_536):
            parts.append(part)
    return b"".join(parts).decode()


def test_the_store_can_be_kept_and_cannot_be_shared(tmp_path: Path) -> None:
    (tmp_path / "demo.sqlite").mkdir()
    result = CliRunner().invoke(demo, ["--for", "1s", "--store", str(tmp_path / "demo.sqlite")])
    assert result.exit_code == 1
    assert "the demo cannot start: " in result.stderr


def test_a_wrong_duration_is_a_wrong_command_line() -> None:
    result = CliRunner().invoke(demo, ["--for", "soon"])
    assert result.exit_code == 2
    assert "'soon' is not a duration" in result.stderr
