"""`healer token`: tokens of drivers as the settings may hold them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from healer import app
from healer.adapters.access import secret
from healer.cli.run import BAD_SETTINGS, STARTED_NOT, load_settings
from healer.config import authorization
from healer.documents import Mistakes
from healer.errors import ResourceError, SettingsError
from healer.fleet import tokens


@click.group()
def token() -> None:
    """Tokens of drivers, which `authorization` of the settings may list."""


@token.command("hash")
@click.option(
    "--config",
    "config_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings of the daemon, which name its secret.",
)
def hash_tokens(config_file: Path) -> None:
    """Read tokens from standard input, one a line, and print the list with each token as its keyed hash.

    Lines are those of `tokens_file`: comments, blank lines and what is a hash already stay as they are. The hashes are
    good only as long as the daemon keeps its secret, which it makes when it first starts.

    \b
    Exit status:
      0  every token was hashed
      1  the daemon's secret cannot be read, or a line is no token; nothing is printed
      2  mistakes in the settings, or a wrong command line
    """
    try:
        own = _secret(load_settings(config_file).ocpp.security.secret)
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_SETTINGS)
    except ResourceError as error:
        click.echo(str(error), err=True)
        sys.exit(STARTED_NOT)
    text, mistakes = sys.stdin.read(), Mistakes()
    authorization.listed(text, "standard input", mistakes)
    if mistakes.errors:
        click.echo(f"{mistakes.render()}\n{mistakes.summary()}", err=True)
        sys.exit(STARTED_NOT)
    key = app.tokens_key(own)
    for line in text.splitlines():
        click.echo(_hashed(line, key))


def _secret(path: Path) -> secret.Secret:
    """The daemon's own. One that is made here would be another: what it hashes fits nowhere."""
    if not path.exists():
        hint = "start the daemon once, or run this in its directory"
        raise ResourceError(f"{path.absolute()}: the daemon's secret is not there; {hint}")
    return secret.load(path)


def _hashed(line: str, key: bytes) -> str:
    entry = authorization.without_comment(line)
    if not entry or tokens.hash_in(entry) is not None:
        return line
    return line.replace(entry, tokens.written(key, entry), 1)
