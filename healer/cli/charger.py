"""`healer charger`: who is there, what is known of one, and who is let in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from healer.cli.daemon import Daemon, charger_path, is_signed, moment, printable, reaches_daemon, show_table

PAGE = 1000
"""Chargers that are asked for at once."""


@click.group()
def charger() -> None:
    """Look at chargers, let them in or keep them out.

    Talks to the daemon through its control socket.

    \b
    Exit status of all commands:
      0  done
      1  refused; the reason is printed
      2  the daemon cannot be reached, mistakes in the settings, or a wrong command line
    """


@charger.command("list")
@click.option("--pending", is_flag=True, help="Only those that wait for approval.")
@click.option("--offline", is_flag=True, help="Only those that are ours and not connected.")
@click.option("--site", help="Only those that stand there.")
@reaches_daemon
def list_chargers(daemon: Daemon, pending: bool, offline: bool, site: str | None) -> None:
    """List chargers: those that are watched, those that wait, those that were rejected."""
    asked = {"pending": "1" if pending else None, "offline": "1" if offline else None, "site": site}
    query = {"limit": str(PAGE), **{key: value for key, value in asked.items() if value is not None}}
    found: list[Mapping[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = daemon.ask("/chargers", after=after, **query)
        found += page["chargers"]
        after = page["next"]
    daemon.show(found, _show_list)


@charger.command()
@click.argument("charger")
@reaches_daemon
def show(daemon: Daemon, charger: str) -> None:
    """Show everything that is known of CHARGER."""
    daemon.show(daemon.ask(charger_path(charger)), _show_one)


@charger.command()
@click.argument("charger")
@click.option("--site", help="Where it stands; without it, it is a site of its own.")
@click.option("--tag", "tags", multiple=True, help="A tag, for rules to ask for; may be given again.")
@is_signed
@reaches_daemon
def approve(daemon: Daemon, charger: str, site: str | None, tags: Sequence[str], **signed: str) -> None:
    """Let CHARGER in, now and for ever.

    One that waits is in at once, and boots with us when it asks again; one that never dialled is awaited. A charger
    that the inventory lists needs no approval.
    """
    path, sentence = charger_path(charger, "approve"), f"{charger} is approved"
    daemon.tell(path, sentence, site=site, tags=list(tags), **signed)


@charger.command()
@click.argument("charger")
@is_signed
@reaches_daemon
def reject(daemon: Daemon, charger: str, **signed: str) -> None:
    """Keep CHARGER out: its connection is closed, and it is refused from now on.

    `healer charger approve` takes it back. A charger that the inventory lists is kept out by taking it off there.
    """
    daemon.tell(charger_path(charger, "reject"), f"{charger} is rejected", **signed)


@charger.command("rotate-key")
@click.argument("charger")
@is_signed
@reaches_daemon
def rotate_key(daemon: Daemon, charger: str, **signed: str) -> None:
    """Give CHARGER a new random key (AuthorizationKey, BasicAuthPassword).

    The key is written into the charger once it is connected and has settled (30 s by default), and nobody is told it.
    Until the charger has come back with the new key, the old one opens the door as well; `healer charger show` tells
    how far it is. Try it on one charger of a model first: some take a key and never come back.
    """
    daemon.tell(charger_path(charger, "rotate-key"), f"a new key for {charger} is on its way", **signed)


@charger.command("forget-key")
@click.argument("charger")
@is_signed
@reaches_daemon
def forget_key(daemon: Daemon, charger: str, **signed: str) -> None:
    """Let the inventory's password of CHARGER count again, and no key that a rotation gave it.

    For a box that was replaced, or reset to what it was delivered with. A password that is changed in the inventory
    after a rotation counts by itself.
    """
    daemon.tell(charger_path(charger, "forget-key"), f"the inventory's password of {charger} counts again", **signed)


# --- for people -------------------------------------------------------------------------------------------------------


def _show_list(found: Sequence[Mapping[str, Any]]) -> None:
    keys = ("charger", "state", "site", "vendor", "model", "firmware", "incidents", "last_seen_at")
    show_table(keys, ([_cell(key, {**one, "state": _state(one)}[key]) for key in keys] for one in found))


def _state(one: Mapping[str, Any]) -> str:
    membership = str(one["membership"])
    if membership == "member":
        return "online" if one["connected"] else "offline"
    if membership == "refused":
        return "rejected"
    return membership if one["connected"] or membership != "pending" else "pending, away"


def _show_one(found: Mapping[str, Any]) -> None:
    """Section by section, whatever sections there are; what is empty is left out."""
    for section, value in found.items():
        title = section.replace("_", " ")
        if value is None or value in ([], {}):
            continue
        if isinstance(value, dict):
            told = {key: entry for key, entry in value.items() if entry is not None and entry not in ([], {})}
            if told:
                click.secho(title, bold=True)
            for key, entry in told.items():
                click.echo(f"  {printable(key).replace('_', ' '):<24} {_cell(key, entry)}")
        elif isinstance(value, list) and isinstance(value[0], dict):
            click.secho(title, bold=True)
            show_table(list(value[0]), ([_cell(key, entry) for key, entry in one.items()] for one in value))
        else:
            click.echo(f"{click.style(title, bold=True)}  {_cell(section, value)}")


def _cell(key: str, value: object) -> str:
    if isinstance(value, float) and key.endswith(("_at", "since")):
        return moment(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return printable(", ".join(f"{name}: {entry}" for name, entry in value.items()))
    if isinstance(value, list):
        return printable(", ".join(map(str, value)))
    return printable(value)
