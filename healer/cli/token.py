"""`healer token`: tokens of drivers as the settings may hold them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from healer import app
from healer.adapters.access import secret
from healer.cli.run import BAD_SETTINGS, STARTED_NOT, load_settings
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
    """Read tokens from standard input, one a line, and print the keyed hash of each.

    A list of tokens may hold these in place of the tokens. They are good only as long as the daemon keeps its secret,
    which is made if there is none yet.

    \b
    Exit status:
      0  every token was hashed
      1  the daemon's secret cannot be read or made
      2  mistakes in the settings, or a wrong command line
    """
    try:
        own = secret.load(load_settings(config_file).ocpp.security.secret)
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_SETTINGS)
    except ResourceError as error:
        click.echo(str(error), err=True)
        sys.exit(STARTED_NOT)
    key = app.tokens_key(own)
    for line in sys.stdin:
        if line.strip():
            click.echo(tokens.written(key, line))
