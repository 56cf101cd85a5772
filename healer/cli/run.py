"""`healer run`: the daemon."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click

from healer import config
from healer.adapters import logs, process
from healer.app import App
from healer.errors import ResourceError, SettingsError
from healer.rulebook import Rules

STARTED_NOT, BAD_SETTINGS = 1, 2
"""Exit statuses besides 0."""


@click.command()
@click.option(
    "--config",
    "config_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings file; config.example.yaml shows every setting.",
)
def run(config_file: Path) -> None:
    """Run the daemon until SIGTERM or Ctrl-C; SIGHUP reads rules, inventory and tokens again.

    \b
    Exit status:
      0  stopped by a signal
      1  could not start: port taken, store locked or broken, mistakes in the rules, and no
         last good ones are kept
      2  mistakes in the settings, or a wrong command line
    """
    try:
        settings = load_settings(config_file)
        logs.configure(settings.log.level.value, settings.log.format.value)
        process.run(_serve(settings))
    except SettingsError as error:  # of the inventory's own file, too, which is read at the start
        click.echo(str(error), err=True)
        sys.exit(BAD_SETTINGS)
    except (ResourceError, OSError) as error:
        click.echo(f"healer cannot start: {error}", err=True)
        sys.exit(STARTED_NOT)


def load_settings(file: Path) -> config.Settings:
    """Read a settings file; raises SettingsError with every mistake."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SettingsError(f"{file}: the settings cannot be read: {error.strerror}") from error
    return config.load(text, str(file), os.environ, lambda path: path.read_text(encoding="utf-8"))


async def _serve(settings: config.Settings) -> None:
    app = App(settings, Rules.of(settings))
    stopping = asyncio.Event()
    with process.signals(stop=stopping.set, reload=app.ask_reload):
        await app.start()
        try:
            await stopping.wait()
        finally:
            await app.stop()
