"""How commands speak to a running daemon, and how what it says reaches a terminal.

Chargers name themselves as they like: nothing they wrote reaches a terminal with its control characters.
"""

from __future__ import annotations

import asyncio
import functools
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from yarl import URL

from healer.cli.run import load_settings
from healer.errors import SettingsError

REFUSED, UNREACHABLE = 1, 2
"""Exit statuses besides 0."""

_CONFIG = click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings of the daemon, which name its control socket.",
)
_SOCKET = click.option("--socket", type=click.Path(path_type=Path), default="healer.sock", show_default=True)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the daemon's answer as JSON.")


def reaches_daemon(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options that say where the daemon is, and --json; it gets a `Daemon` for them."""

    @_CONFIG
    @_SOCKET
    @_JSON
    @functools.wraps(command)
    def reach(*, config_file: Path | None, socket: Path, as_json: bool, **arguments: Any) -> None:
        if config_file is not None:
            try:
                socket = load_settings(config_file).control.socket
            except SettingsError as error:
                click.echo(str(error), err=True)
                sys.exit(UNREACHABLE)
        command(daemon=Daemon(socket, as_json), **arguments)

    return reach


def is_signed(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say who does something, and why."""
    reason = click.option("--reason", required=True, help="Why; it is written into the ledger.")
    author = click.option("--author", default=getpass.getuser, help="Who says so; by default the current user.")
    return reason(author(command))


@dataclass(frozen=True, slots=True)
class Daemon:
    """The daemon behind a control socket. Where it does not answer, or refuses, the program ends with the reason."""

    socket: Path
    as_json: bool = False

    def ask(self, path: str, **query: str) -> Any:
        """What it answers to a question."""
        return self._exchange("GET", path, query, None)

    def tell(self, path: str, sentence: str, **body: object) -> None:
        """Have it do something, and say that it was done."""
        self.order(path, lambda _: click.echo(printable(sentence)), **body)

    def order(self, path: str, people: Callable[[Any], None], **body: object) -> None:
        """Have it do something, and show what it answers."""
        self.show(self._exchange("POST", path, {}, body), people)

    def show(self, found: Any, people: Callable[[Any], None]) -> None:
        """Print what was found: as JSON, or as people read it."""
        if self.as_json:
            click.echo(json.dumps(found, indent=2))
        else:
            people(found)

    def _exchange(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None) -> Any:
        try:
            status, said = asyncio.run(self._request(method, path, query, body))
        except (aiohttp.ClientError, OSError, TimeoutError, json.JSONDecodeError) as error:
            click.echo(f"no daemon answers on {printable(self.socket.absolute())}: {_why(error)}", err=True)
            click.echo("run this in the daemon's directory, or name its --config or --socket", err=True)
            sys.exit(UNREACHABLE)
        if status == 200:
            return said
        self.show(said, _tell_refusal)
        sys.exit(REFUSED)

    async def _request(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None
    ) -> tuple[int, Any]:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(str(self.socket)), timeout=aiohttp.ClientTimeout(total=10)
            ) as session,
            session.request(method, URL(f"http://healer{path}", encoded=True), params=query, json=body) as response,
        ):
            return response.status, await response.json(content_type=None)


def _why(error: Exception) -> str:
    """The system's own words, without those of the library around them."""
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return printable(error) or type(error).__name__


def _tell_refusal(problem: Any) -> None:
    told = problem if isinstance(problem, dict) else {}
    click.echo(f"not done: {printable(told.get('detail') or 'the daemon did not say why')}", err=True)
    for mistakes in (told.get("mistakes") or {}).values():
        for line in str(mistakes).splitlines():
            click.echo(printable(line), err=True)


def charger_path(charger: str, *rest: str) -> str:
    """The address of a charger, whatever is in its name; a dot could be taken for a way up."""
    return "/".join(("/chargers", quote(charger, safe="").replace(".", "%2E"), *rest))


# --- what is shown ----------------------------------------------------------------------------------------------------


def printable(value: object) -> str:
    """A value in one line, without control characters."""
    if value is None:
        return "-"
    return "".join(letter if letter.isprintable() else "�" for letter in str(value))


def moment(at: float | None) -> str:
    """`2026-03-31 08:15:00Z`."""
    return "-" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def show_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on a terminal; elsewhere lines with tabs, under the same head."""
    cells = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for line in ([name.upper() for name in head], *cells):
            click.echo("\t".join(line))
        return
    table = Table(*head, box=None, header_style="bold", pad_edge=False)
    for line in cells:
        table.add_row(*(Text(cell) for cell in line))
    Console().print(table)
