"""`healer demo`: see it heal in a minute, without a charger."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live

from healer.adapters import logs, process
from healer.adapters.alerts import LogNotifier
from healer.cli.durations import DURATION
from healer.demo.stage import Stage, Summary, temporary_store
from healer.demo.tail import Tail
from healer.demo.view import Picture, summary_lines
from healer.errors import ResourceError
from healer.model import Seconds, format_duration

NOT_AS_TOLD = 1
FRAME_S: Seconds = 0.25


@click.command()
@click.option("--for", "for_s", type=DURATION, help="End by itself after this time, e.g. 90s; the story takes 75s.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON; log lines go to standard error.")
@click.option(
    "--store", type=click.Path(path_type=Path), help="Keep the store in this file instead of a temporary one."
)
def demo(for_s: Seconds | None, as_json: bool, store: Path | None) -> None:
    """Run the daemon with the shipped rules and twelve simulated chargers that fall ill by script.

    On a terminal a live table shows what is wrong, what is being done and why not; elsewhere log lines tell it.

    \b
    Exit status:
      0  every scripted fault came out as told, or it was ended by hand
      1  with --for: something did not come out as told; or it could not start
    """
    screen = Console()
    live = screen.is_terminal and not screen.is_dumb_terminal and not as_json
    tail = Tail() if live else None
    logs.configure("info", "console" if tail is None else "json", stream=tail)
    try:
        with _store(store) as path:
            summary = process.run(_play(path, for_s, screen, tail))
    except (ResourceError, OSError) as error:
        click.echo(f"the demo cannot start: {error}", err=True)
        sys.exit(1)
    _print(summary, as_json=as_json)
    sys.exit(NOT_AS_TOLD if for_s is not None and not summary.as_told else 0)


def _store(path: Path | None) -> contextlib.AbstractContextManager[Path]:
    return temporary_store() if path is None else contextlib.nullcontext(path)


async def _play(store: Path, for_s: Seconds | None, screen: Console, tail: Tail | None) -> Summary:
    stage = Stage(store, LogNotifier(lambda target, result: None))
    stopping = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    def opened(stage: Stage) -> None:
        metrics = f"{stage.app.http_url}/metrics"
        if tail is None:
            click.echo(f"metrics: {metrics}", err=True)
        else:
            tasks.append(asyncio.create_task(_show(stage, screen, tail, metrics, for_s)))

    with process.signals(stop=stopping.set, reload=stage.app.ask_reload):
        try:
            return await stage.run(for_s, stopping, opened)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _show(stage: Stage, screen: Console, tail: Tail, metrics: str, for_s: Seconds | None) -> None:
    began = stage.now()
    with Live(console=screen, screen=True, auto_refresh=False) as live:
        while True:
            now = stage.now()
            elapsed = format_duration(now - began)
            footing = (
                f"{elapsed if for_s is None else f'{elapsed} of {format_duration(for_s)}'}   {metrics}   Ctrl-C ends"
            )
            picture = Picture(stage.app.engine, now, footing, stage.tales(), stage.notes.alerts, tail.lines)
            live.update(picture, refresh=True)
            await asyncio.sleep(FRAME_S)


def _print(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**asdict(summary), "as_told": summary.as_told}, indent=2))
        return
    console = Console(highlight=False)
    sections = (
        ("incidents", summary.incidents),
        ("actions sent", summary.actions),
        ("refusals by guard", summary.refusals),
        ("alerts raised", summary.alerts),
    )
    for style, line in summary_lines(summary.tales, sections):
        console.print(line, style=style, soft_wrap=True)
