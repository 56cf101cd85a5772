"""The fleet that `healer check --against` means: an inventory file, or the chargers a running daemon knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from healer import config
from healer.cli.daemon import Daemon, charger_path
from healer.cli.run import load_settings
from healer.config import sheet
from healer.config.reading import shipped_profiles
from healer.errors import SettingsError
from healer.fleet.charger import Charger
from healer.fleet.inventory import Inventory, Placement
from healer.fleet.profiles import Profiles
from healer.model import ChargerId, OcppVersion
from healer.rules.audience import Fleet

LIVE = "fleet"
"""The word for the chargers of the running daemon."""

_PAGE = "1000"


def fleet(against: str, signals: frozenset[str], config_file: Path | None) -> Fleet:
    """What is known of the chargers; raises ClickException where that cannot be found out.

    `signals` are those that rules ask for: what only a look at each single charger would tell is not asked in vain.
    """
    path = Path(against)
    if against == LIVE:
        path = Path("healer.sock") if config_file is None else _settings(config_file).control.socket
    if against == LIVE or path.is_socket():
        return _live(Daemon(path), signals)
    if not path.is_file():
        raise click.UsageError(f"--against: there is no file {path}; for a running daemon write 'fleet' or its socket")
    return _listed(_inventory(path), path)


def _settings(config_file: Path) -> config.Settings:
    try:
        return load_settings(config_file)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


# --- an inventory -----------------------------------------------------------------------------------------------------


def _inventory(file: Path) -> Inventory:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}") from error
    if file.suffix == ".csv":
        mistakes = sheet.SheetMistakes()
        found = sheet.read_sheet(text, str(file), mistakes)
        if mistakes.errors:
            raise click.ClickException(f"{mistakes.render()}\n{mistakes.summary()}")
        return found
    try:
        return config.load_inventory(text, str(file), os.environ, config.read_file).inventory
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _listed(inventory: Inventory, file: Path) -> Fleet:
    profiles = shipped_profiles()
    chargers = [_charger(one, profiles, one.vendor, one.model) for one in inventory.chargers.values()]
    return Fleet(file.name, tuple(chargers), frozenset(inventory.sites))


def _charger(
    placement: Placement, profiles: Profiles, vendor: str | None, model: str | None, firmware: str | None = None
) -> Charger:
    charger = Charger(placement.charger, placement, watched_since=0.0)
    charger.vendor, charger.model, charger.firmware = vendor, model, firmware
    charger.profile = profiles.find(vendor, model, firmware)
    return charger


# --- a running daemon -------------------------------------------------------------------------------------------------


def _live(daemon: Daemon, signals: frozenset[str]) -> Fleet:
    rows: list[Mapping[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = daemon.ask("/chargers", after=after, limit=_PAGE)
        rows += [row for row in page["chargers"] if row["membership"] == "member"]
        after = page["next"]
    closely, profiles = bool(signals & {"tag", "ocpp"}), shipped_profiles()
    return Fleet("the running fleet", tuple(_known(daemon, row, profiles, closely) for row in rows))


def _known(daemon: Daemon, row: Mapping[str, Any], profiles: Profiles, closely: bool) -> Charger:
    tags: frozenset[str] = frozenset()
    version: OcppVersion | None = None
    if closely:
        portrait = daemon.ask(charger_path(row["charger"]))
        tags = frozenset(portrait["placement"]["tags"])
        told = (portrait["link"] or {}).get("ocpp_version")
        version = None if told is None else OcppVersion(told)
    placement = Placement(ChargerId(row["charger"]), row["site"] or row["charger"], tags)
    charger = _charger(placement, profiles, row["vendor"], row["model"], row["firmware"])
    charger.ocpp_version = version
    return charger
