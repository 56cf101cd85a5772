"""The live view on terminals of several sizes."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.live import Live
from rich.screen import Screen

from healer.demo.tail import Line
from healer.demo.view import NARROW, Picture, summary_lines
from healer.healing.settings import StartupLimits
from tests.bench import Bench, healing

TALES = (("The first tale", True), ("The second tale", False))
LINES = [Line("12:00:00", "warning", f"step.number_{number}", "CP-1", "x" * 300) for number in range(50)]


@pytest.fixture
def bench() -> Bench:
    """CP-1 is held back by a session, CP-2 is well, CP-3 is away."""
    bench = Bench.make()
    for charger in ("CP-1", "CP-2", "CP-3"):
        bench.arrive(charger, connectors=2)
    bench.start_session("CP-1", 2)
    bench.status("CP-1", 1, "Faulted", "InternalError")
    bench.wait(300)
    bench.drop("CP-3")
    return bench


def drawn(bench: Bench, width: int, height: int) -> list[str]:
    """The screen, line by line."""
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    picture = Picture(bench.engine, bench.now, "42s   http://x/metrics", TALES, bench.alerts, LINES)
    with console.capture() as capture:
        console.print(Screen(picture), end="")
    return capture.get().split("\n")


def test_a_large_terminal_shows_the_table_the_story_and_the_log(bench: Bench) -> None:
    screen = drawn(bench, 160, 40)
    text = "\n".join(screen)
    assert len(screen) == 40
    assert screen[0].rstrip() == "healer demo   2/3 connected   1 open   0 healed   42s   http://x/metrics"
    row = row_of("CP-1", screen)
    assert "Faulted/InternalError  Available" in row
    assert "internal-error" in row
    assert "held back by session: a transaction is open at evse 2" in row
    assert "offline" in row_of("CP-3", screen)
    assert "✔ The first tale" in text
    assert "· The second tale" in text
    assert screen[-1].startswith("12:00:00 step.number_49")


def row_of(charger: str, screen: list[str]) -> str:
    return next(line for line in screen if line.startswith(f" {charger}"))


@pytest.mark.parametrize(("width", "height"), [(160, 50), (130, 40), (100, 30), (80, 24), (80, 10), (40, 12)])
def test_every_entry_is_one_line_and_the_screen_is_full(bench: Bench, width: int, height: int) -> None:
    screen = drawn(bench, width, height)
    assert len(screen) == height
    assert {len(line) for line in screen} == {width}
    assert sum(line.startswith(" CP-") for line in screen) == 3


def test_a_narrow_terminal_leaves_the_error_codes_out(bench: Bench) -> None:
    assert "Faulted  Available" in row_of("CP-1", drawn(bench, NARROW - 1, 30))


def test_a_low_terminal_leaves_the_story_out_and_keeps_the_log(bench: Bench) -> None:
    text = "\n".join(drawn(bench, 160, 17))
    assert "tale" not in text
    assert "step.number_49" in text


def test_a_charger_that_has_not_come_yet_is_not_called_offline() -> None:
    bench = Bench.make()
    bench.arrive("CP-1")
    again = bench.restarted(settings=healing(startup=StartupLimits()))
    assert "not yet connected" in "\n".join(drawn(again, 160, 30))


def test_the_alerts_that_stand_are_shown_the_loudest_first() -> None:
    bench = Bench.make(
        "rules:\n"
        "  - {rule: gone, when: offline, for: 1m, alert: ticket, stable_for: 1m}\n"
        "  - {rule: broken, when: {status: Faulted}, for: 1m, alert: page, stable_for: 1m}\n"
    )
    for charger in ("CP-1", "CP-2"):
        bench.arrive(charger)
    assert "alerts none" in "\n".join(drawn(bench, 160, 30))
    bench.status("CP-1", 1, "Faulted", "OtherError")
    bench.drop("CP-2")
    bench.wait(60)
    assert "alerts page broken CP-1 evse 1 connector 1, ticket gone CP-2" in "\n".join(drawn(bench, 160, 30))
    bench.connect("CP-2")
    bench.boot("CP-2")
    bench.wait(120)
    assert "alerts page broken CP-1 evse 1 connector 1  " in "\n".join(drawn(bench, 160, 30))


def test_it_can_be_drawn_live_again_and_again(bench: Bench) -> None:
    console = Console(file=io.StringIO(), width=100, height=30, force_terminal=True)
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for _ in range(3):
            live.update(Picture(bench.engine, bench.now, "", TALES, [], []), refresh=True)


def test_the_summary_says_what_came_out_as_told_and_what_did_not() -> None:
    lines = list(summary_lines(TALES, [("incidents", {"healed": 3, "open: firing": 1}), ("alerts raised", {})]))
    assert [line for _, line in lines] == [
        "  as told   The first tale",
        "  NOT YET   The second tale",
        "incidents: healed 3, open: firing 1",
        "alerts raised: none",
    ]
