"""`healer show`: a rule as it is in force."""

from __future__ import annotations

import json
from pathlib import Path

import click

from healer.cli.sources import CONFIG, chosen, complete_rule
from healer.documents import Mistakes, suggest
from healer.rules import effective, packs
from healer.rules.effective import Effective
from healer.rules.rule import Rule

OK, UNUSABLE = 0, 1
"""Exit statuses; 2 is click's, for a wrong command line."""


@click.command()
@click.argument("rule", shell_complete=complete_rule)
@click.option(
    "--rules",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Rule files or directories, instead of the rules that ship with healer; may be given again.",
)
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def show(context: click.Context, rule: str, rules: tuple[Path, ...], config_file: Path | None, as_json: bool) -> None:
    """Show RULE as it is in force: the text of its pack, changed by overrides, and where each field is written.

    Without --rules or --config it is looked for among the rules that ship with healer. Needs no daemon.

    \b
    Exit status:
      0  shown
      1  there is no such rule, it has errors, or the settings have mistakes
      2  wrong command line
    """
    sources = chosen(rules, config_file)
    mistakes = Mistakes()
    texts = sources.read(mistakes)
    found = effective.effective(texts, rule)
    loaded = packs.load(texts, sources.limits, mistakes)
    if found is None:
        raise click.ClickException(_unknown(rule, effective.names(texts), mistakes))
    usable = loaded.rules.rules.get(rule)
    if as_json:
        click.echo(json.dumps(_plain(found, usable), indent=2))
    else:
        _print(found, usable)
    context.exit(OK if usable is not None else UNUSABLE)


def _unknown(rule: str, known: list[str], mistakes: Mistakes) -> str:
    guess = suggest(rule, known)
    hint = f"did you mean '{guess}'?" if guess is not None else f"{len(known)} rules are loaded"
    if mistakes.errors:
        hint += f"; the files have {mistakes.summary()}, see `healer check`"
    return f"there is no rule '{rule}': {hint}"


def _print(found: Effective, usable: Rule | None) -> None:
    """The rule as YAML, with the place of each field beside it."""
    of = f" of {found.pack}" if found.pack else ""
    click.echo(f"# {found.name}{of}, {found.mark.file}:{found.mark.line}")
    shown: list[tuple[str, str]] = []
    for field in found.fields:
        first, *rest = effective.lines(field)
        place = f"{field.mark.file}:{field.mark.line}" + (" (override)" if field.overridden else "")
        shown += [(first, place), *((line, "") for line in rest)]
    width = min(60, max(len(line) for line, _ in shown))
    for line, place in shown:
        click.echo(f"{line:<{width}}  # {place}" if place else line)
    if usable is None:
        click.echo("# not usable: it has errors, see `healer check`")
        return
    unwritten = effective.defaults(usable, (field.key for field in found.fields))
    click.echo("# not written: " + ", ".join(f"{key} {amount}" for key, amount in unwritten.items()))
    click.echo(f"# one incident for each {usable.scope.name.lower()}, version {usable.hash}")


def _plain(found: Effective, usable: Rule | None) -> dict[str, object]:
    return {
        "rule": found.name,
        "file": found.mark.file,
        "line": found.mark.line,
        "pack": found.pack or None,
        "usable": usable is not None,
        "scope": None if usable is None else usable.scope.name.lower(),
        "hash": None if usable is None else usable.hash,
        "fields": [
            {
                "key": field.key,
                "value": effective.plain(field.value),
                "file": field.mark.file,
                "line": field.mark.line,
                "overridden": field.overridden,
            }
            for field in found.fields
        ],
        "defaults": {} if usable is None else effective.defaults(usable, (field.key for field in found.fields)),
    }
