"""`healer check`: every mistake of every rule file in one pass."""

from __future__ import annotations

import json
from pathlib import Path

import click

from healer.cli.sources import CONFIG, chosen
from healer.documents import Level, Mistakes
from healer.rules import audience, packs

OK, ERRORS, FATAL_LINTS = 0, 1, 3
"""Exit statuses; 2 is click's, for a wrong command line."""


@click.command()
@click.argument("paths", metavar="[FILES_OR_DIRS]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@CONFIG
@click.option(
    "--against",
    metavar="INVENTORY|SOCKET|fleet",
    help="Hold the rules against chargers, too: those of an inventory file (YAML or CSV), or those a running daemon "
    "knows, behind its control socket ('fleet': that of --config, else healer.sock).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def check(
    context: click.Context, paths: tuple[Path, ...], config_file: Path | None, against: str | None, as_json: bool
) -> None:
    """Read rule files strictly and tell every mistake with its place.

    Without FILES_OR_DIRS the rules that ship with healer are checked. Directories are searched for *.yaml and *.yml;
    tests of rules (*.test.yaml) are skipped. Needs no daemon and no store.

    With --against it also tells which 'where' matches no charger, and which sites, tags and chargers nobody has.

    \b
    Exit status:
      0  no mistakes, or only warnings and notes
      1  errors: these rules cannot be used; or mistakes in the settings or the inventory
      2  wrong command line, or the daemon cannot be reached
      3  fatal lints: rules that can be used but are unsafe or never do what they say
    """
    loaded = chosen(paths, config_file).load()
    if against is not None:
        from healer.cli.against import fleet  # loads what a check of files does not need

        audience.hold_against(loaded.rules, fleet(against, audience.asked(loaded.rules), config_file), loaded.mistakes)
    if as_json:
        click.echo(json.dumps(_result(loaded), indent=2))
    else:
        _print(loaded)
    context.exit(_status(loaded.mistakes))


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
        "warnings": loaded.mistakes.count(Level.WARNING),
        "notes": loaded.mistakes.count(Level.NOTE),
        "mistakes": [mistake.plain() for mistake in loaded.mistakes],
    }
