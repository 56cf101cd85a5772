"""`healer inventory`: check it, bring it in from CSV and out again, have the daemon read it anew."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from healer import config
from healer.cli.daemon import Daemon, reaches_daemon
from healer.cli.run import load_settings
from healer.config import sheet
from healer.config.discretion import InventoryMistakes
from healer.config.inventory import read_document
from healer.config.variables import Variables
from healer.documents import Mistakes
from healer.errors import SettingsError
from healer.fleet.inventory import Inventory

MISTAKES, UNUSABLE = 1, 2
"""Exit statuses besides 0."""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def inventory() -> None:
    """The list of sites and chargers: check it, import and export it as CSV, have it read again."""


@inventory.command()
@click.argument("file", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def check(file: Path, as_json: bool) -> None:
    """Read the inventory FILE (YAML, or CSV if it is named *.csv) and tell every mistake with its place.

    Variables are put in as for the daemon, so that secrets that cannot be read are told, too.

    \b
    Exit status:
      0  no mistakes, or only warnings
      1  mistakes
      2  the file cannot be read, or a wrong command line
    """
    found, mistakes = _read(file)
    if as_json:
        told = [mistake.plain() for mistake in mistakes]
        click.echo(json.dumps({"sites": len(found.sites), "chargers": len(found.chargers), "mistakes": told}, indent=2))
    else:
        if mistakes:
            click.echo(mistakes.render() + "\n")
        click.echo(f"{_counted(found)}: {mistakes.summary()}")
    sys.exit(MISTAKES if mistakes.errors else 0)


@inventory.command("import")
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write there, not to the screen.")
@click.option("--force", is_flag=True, help="Replace the output file if there is one.")
def import_csv(file: Path, output: Path | None, force: bool) -> None:
    """Turn FILE.csv into an inventory file, if it is without mistakes.

    \b
    One row a charger; the first line names the columns:
      charger           identity under which it connects; the only column that must be there, in any case
      site              where it stands; empty: it is a site of its own
      time_zone         that of the site
      tags              separated by blanks
      connectors        OCPP 1.6 connector:evse, such as 1:1 2:1
      power_stages      evse:stage, such as 1:A 2:A
      vendor, model, serial     what it is expected to tell when it boots
      commissioned      such as 2025-03-31
      security_profile  0 to 3, the least under which it may connect

    Opening hours, contacts and secrets are not in it: write them into the inventory file.

    \b
    Exit status:
      0  written
      1  mistakes, nothing is written
      2  a file cannot be read or written, or a wrong command line
    """
    mistakes = sheet.SheetMistakes()
    found = sheet.read_sheet(_text(file), str(file), mistakes)
    if mistakes:
        click.echo(mistakes.render(), err=True)
    if mistakes.errors:
        click.echo(mistakes.summary(), err=True)
        sys.exit(MISTAKES)
    written = sheet.write_inventory(found)
    if output is None:
        click.echo(written, nl=False)
        return
    try:
        with output.open("w" if force else "x", encoding="utf-8") as out:
            out.write(written)
    except FileExistsError:
        _give_up(f"{output} exists; name another file, or say --force")
    except OSError as error:
        _give_up(f"{output} cannot be written: {error.strerror}")
    click.echo(f"{_counted(found)} in {output}", err=True)


@inventory.command()
@click.option("--from", "file", type=_FILE, help="The inventory file.")
@click.option("--config", "config_file", type=_FILE, help="Settings that hold the inventory, or name its file.")
def export(file: Path | None, config_file: Path | None) -> None:
    """Print an inventory as CSV; the columns are those of `healer inventory import`.

    Secrets are not in it, nor opening hours and contacts. A cell that a spreadsheet would take for a formula gets an
    apostrophe in front, which import takes off again.

    \b
    Exit status:
      0  printed
      1  mistakes in the inventory or the settings
      2  a file cannot be read, or a wrong command line
    """
    if (file is None) == (config_file is None):
        raise click.UsageError("name an inventory file by --from, or settings by --config")
    try:
        found = _configured(config_file) if config_file is not None else _load(file or Path())
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(MISTAKES)
    click.echo(sheet.write_sheet(found), nl=False)


@inventory.command()
@reaches_daemon
def reload(daemon: Daemon) -> None:
    """Have the daemon read inventory, rules and its other files again, as SIGHUP does.

    \b
    Exit status:
      0  read, and in force
      1  some file has mistakes; what was in force of it stays in force
      2  the daemon cannot be reached, mistakes in the settings, or a wrong command line
    """
    daemon.tell("/reload", "the files are read and in force")


# --- files ------------------------------------------------------------------------------------------------------------


def _read(file: Path) -> tuple[Inventory, Mistakes]:
    text = _text(file)
    if file.suffix.lower() == ".csv":
        of_sheet = sheet.SheetMistakes()
        return sheet.read_sheet(text, str(file), of_sheet), of_sheet
    mistakes = InventoryMistakes()
    variables = Variables(os.environ, config.read_file, file.parent)
    return read_document(text, str(file), mistakes, variables).inventory, mistakes


def _load(file: Path) -> Inventory:
    return config.load_inventory(_text(file), str(file), os.environ, config.read_file).inventory


def _configured(config_file: Path) -> Inventory:
    settings = load_settings(config_file)
    return settings.inventory if settings.inventory_file is None else _load(settings.inventory_file)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        _give_up(f"{file} cannot be read: {error.strerror}")


def _give_up(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(UNUSABLE)


def _counted(found: Inventory) -> str:
    chargers, sites = len(found.chargers), len(found.sites)
    return f"{chargers} charger{'' if chargers == 1 else 's'} at {sites} site{'' if sites == 1 else 's'}"
