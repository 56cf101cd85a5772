"""`healer clear`: a person has looked at a charger, and it is safe again."""

from __future__ import annotations

import asyncio
import getpass
import sys
from pathlib import Path
from urllib.parse import quote

import aiohttp
import click

from healer.cli.run import load_settings
from healer.errors import SettingsError

REFUSED, UNREACHABLE = 1, 2


@click.command()
@click.argument("charger")
@click.option("--reason", required=True, help="What was found and done; it is written into the ledger.")
@click.option("--author", default=getpass.getuser, help="Who says so; by default the current user.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings of the daemon, which name its control socket.",
)
@click.option("--socket", type=click.Path(path_type=Path), default="healer.sock", show_default=True)
def clear(charger: str, reason: str, author: str, config_file: Path | None, socket: Path) -> None:
    """Clear CHARGER after a person has looked at it.

    Closes its incidents that wait for a person, releases the safety interlock and puts back into service what healer
    took out. Refused while the charger still reports the fault. Talks to the daemon through its control socket.

    \b
    Exit status:
      0  cleared
      1  refused; the reason is printed
      2  the daemon cannot be reached, mistakes in the settings, or a wrong command line
    """
    if config_file is not None:
        try:
            socket = load_settings(config_file).control.socket
        except SettingsError as error:
            click.echo(str(error), err=True)
            sys.exit(UNREACHABLE)
    try:
        refused = asyncio.run(_ask(socket, charger, author, reason))
    except (aiohttp.ClientError, OSError) as error:
        click.echo(f"no daemon answers on {socket}: {error}", err=True)
        sys.exit(UNREACHABLE)
    click.echo(f"{charger} was not cleared: {refused}" if refused else f"{charger} is cleared")
    sys.exit(REFUSED if refused else 0)


async def _ask(socket: Path, charger: str, author: str, reason: str) -> str | None:
    """Why it was refused; None when it was done."""
    connector = aiohttp.UnixConnector(str(socket))
    url = f"http://healer/chargers/{quote(charger, safe='')}/clear"
    async with (
        aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.post(url, json={"author": author, "reason": reason}) as response,
    ):
        said = await response.json(content_type=None)
        return None if response.status == 200 else str(said.get("detail", response.reason))
