"""Which rule files a command is about: those that are named, those of settings, or those that ship with healer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from healer import shipped
from healer.documents import Mark, Mistakes
from healer.errors import SettingsError
from healer.rules import effective, packs
from healer.rules.packs import Limits

CONFIG = click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The rules that these settings name, as the daemon would load them.",
)


@dataclass(frozen=True, slots=True)
class Sources:
    """Rule files, and what the settings say of them."""

    paths: tuple[Path, ...]
    limits: Limits | None = None

    def read(self, mistakes: Mistakes) -> list[tuple[str, str]]:
        """(file name, text) of each; a place without any is a mistake."""
        found = shipped.read_rules(self.paths, mistakes)
        if not found and not mistakes.errors:
            mistakes.error(Mark(str(self.paths[0]), 1, 1), "E-FILE", "there are no rule files here (*.yaml, *.yml)")
        return found

    def load(self) -> packs.Loaded:
        mistakes = Mistakes()
        today = datetime.now(UTC).date()
        return packs.load(self.read(mistakes), replace(self.limits or Limits(), today=today), mistakes)


def chosen(paths: tuple[Path, ...], config_file: Path | None) -> Sources:
    """The files that a command line means; raises ClickException with every mistake in the settings."""
    if paths and config_file is not None:
        raise click.UsageError("name files, or settings that name them, not both")
    if config_file is None:
        return Sources(paths or (shipped.rules(),))
    from healer.cli.run import load_settings  # loads what a look at files does not need
    from healer.rulebook import Rules

    try:
        rules = Rules.of(load_settings(config_file))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    return Sources(rules.paths, rules.limits)


def complete_rule(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names of rules, for a shell: of the files that the command line names so far."""
    try:
        sources = chosen(_paths(context.params.get("rules")), _path(context.params.get("config_file")))
        found = effective.names(sources.read(Mistakes()))
    except (click.ClickException, OSError):
        return []
    return sorted(name for name in found if name.startswith(incomplete))


def _paths(value: Any) -> tuple[Path, ...]:
    return tuple(Path(one) for one in value or ())


def _path(value: Any) -> Path | None:
    return None if value is None else Path(value)
