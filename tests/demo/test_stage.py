"""The run as a whole, for a second or two: the story itself takes longer and is told in `tests/cli/test_demo.py`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from healer.adapters.store import schema
from healer.demo import story
from healer.demo.stage import Memory, Stage, Summary, temporary_store
from healer.healing.records import Alert, AlertKind
from healer.model import Severity
from tests.e2e.daemon import Heard, fetch, rows, until

pytestmark = pytest.mark.e2e

ALERT = Alert("k", AlertKind.FIRING, True, Severity.PAGE, "r", None, None, None, "summary", "reason", 0.0)


def test_alerts_are_remembered_and_handed_on() -> None:
    heard = Heard()
    memory = Memory(heard)
    memory.notify(ALERT)
    assert memory.alerts == heard.alerts == [ALERT]


def test_a_summary_is_as_told_when_every_tale_is() -> None:
    def summary(*came_true: bool) -> Summary:
        return Summary(tuple(("a tale", one) for one in came_true), {}, {}, {}, {})

    assert summary(True, True).as_told
    assert not summary(True, False).as_told


def test_the_store_of_a_demo_goes_with_it() -> None:
    with temporary_store() as path:
        path.write_text("x", encoding="utf-8")
    assert not path.parent.exists()


async def test_the_fleet_connects_and_a_stopped_demo_tells_how_it_stands(tmp_path: Path) -> None:
    stage, stopping, opened = Stage(tmp_path / "demo.sqlite", Heard()), asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(stage.run(None, stopping, lambda _: opened.set()))
    await opened.wait()
    await until(lambda: stage.fleet.connected == len(story.fleet()), "all chargers are connected")
    assert (await fetch(f"{stage.app.http_url}/readyz"))[0] == 200
    assert [title for title, _ in stage.tales()] == [tale.title for tale in story.TALES]
    stopping.set()
    summary = await running
    assert len(summary.tales) == len(story.TALES)
    assert not summary.as_told
    assert "stopped" in {mark["kind"] for mark in rows(tmp_path / "demo.sqlite", schema.MARKS)}


async def test_it_ends_by_itself_when_its_time_is_over(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "demo.sqlite", Heard())
    summary = await stage.run(0.2, asyncio.Event(), lambda _: None)
    assert not summary.as_told
    assert (summary.incidents, summary.actions) == ({}, {})
