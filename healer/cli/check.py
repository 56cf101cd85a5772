"""`healer check`: every mistake of every rule file in one pass."""

from __future__ import annotations

import json
from pathlib import Path

import click

from healer import shipped
from healer.documents import Mark, Mistakes
from healer.errors import SettingsError
from healer.rules import packs
from healer.rules.packs import Limits

OK, ERRORS, FATAL_LINTS = 0, 1, 3
"""Exit statuses; 2 is click's, for a wrong command line."""


@click.command()
@click.argument("paths", metavar="[FILES_OR_DIRS]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check the rules that these settings name, as the daemon would load them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def check(context: click.Context, paths: tuple[Path, ...], config_file: Path | None, as_json: bool) -> None:
    """Read rule files strictly and tell every mistake with its place.

    Without FILES_OR_DIRS the rules that ship with healer are checked. Directories are searched for *.yaml and *.yml;
    tests of rules (*.test.yaml) are skipped. Needs no daemon and no store.

    \b
    Exit status:
      0  no mistakes, or only warnings and notes
      1  errors: these rules cannot be used
      2  wrong command line
      3  fatal lints: rules that can be used but are unsafe or never do what they say
    """
    if paths and config_file is not None:
        raise click.UsageError("name files, or settings that name them, not both")
    loaded = _load_named(config_file) if config_file is not None else _load(paths or (shipped.rules(),))
    if as_json:
        click.echo(json.dumps(_result(loaded), indent=2))
    else:
        _print(loaded)
    context.exit(_status(loaded.mistakes))


def _load_named(config_file: Path) -> packs.Loaded:
    """The rules the daemon would load. Mistakes in the settings themselves are told instead."""
    from healer.app import Rules  # loads what a check of files does not need
    from healer.cli.run import load_settings

    try:
        rules = Rules.of(load_settings(config_file))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    return _load(rules.paths, rules.limits)


def _load(paths: tuple[Path, ...], limits: Limits | None = None) -> packs.Loaded:
    mistakes = Mistakes()
    sources = shipped.read_rules(paths, mistakes)
    if not sources and not mistakes.errors:
        mistakes.error(Mark(str(paths[0]), 1, 1), "E-FILE", "there are no rule files here (*.yaml, *.yml)")
    return packs.load(sources, limits, mistakes)


def _status(mistakes: Mistakes) -> int:
    if mistakes.errors:
        return ERRORS
    return FATAL_LINTS if mistakes.fatal_lints else OK


def _print(loaded: packs.Loaded) -> None:
    if loaded.mistakes:
        click.echo(loaded.mistakes.render())
        click.echo()
    usable = len(loaded.rules.rules)
    rules = f"{loaded.written} rule{'' if loaded.written == 1 else 's'}"
    files = f"{len(loaded.packs)} file{'' if len(loaded.packs) == 1 else 's'}"
    some = "" if usable == loaded.written else f", {usable} usable"
    click.echo(f"{rules} in {files}{some}: {loaded.mistakes.summary()}")


def _result(loaded: packs.Loaded) -> dict[str, object]:
    return {
        "files": [pack.file for pack in loaded.packs],
        "rules": list(loaded.rules.rules),
        "written": loaded.written,
        "errors": loaded.mistakes.errors,
        "fatal_lints": loaded.mistakes.fatal_lints,
        "mistakes": [mistake.plain() for mistake in loaded.mistakes],
    }
