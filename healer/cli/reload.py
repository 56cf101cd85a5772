"""`healer reload`: the daemon reads its files again, and says what becomes of each incident."""

from __future__ import annotations

from typing import Any

import click

from healer.cli.daemon import Daemon, reaches_daemon, show_table


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell what it would do.")
@reaches_daemon
def reload(daemon: Daemon, dry_run: bool) -> None:
    """Have the daemon read rules, inventory, tokens and certificates again.

    Prints what becomes of every incident that is open or pending: unchanged, follows the new text from its next step,
    keeps its running step first, or is cancelled. Files with mistakes are refused, and every mistake is printed; what
    was in force of them stays in force. Talks to the daemon through its control socket.

    \b
    Exit status:
      0  reloaded, or would be
      1  some file has mistakes; those without are reloaded all the same
      2  the daemon cannot be reached, mistakes in the settings, or a wrong command line
    """
    daemon.order("/reload", _show, dry_run=dry_run)


def _show(told: Any) -> None:
    plan, rules = told["plan"], told["rules"]
    moved = [one for one in plan if one["outlook"] != "unchanged" or one["renamed_to"]]
    if moved:
        head = ("rule", "target", "state", "what happens")
        show_table(head, ((one["rule"], one["target"], one["state"], one["what"]) for one in moved))
    count = f"{rules} rule{'' if rules == 1 else 's'}"
    done = f"{count} would be in force" if told["dry_run"] else f"{count} in force"
    click.echo(f"{done}; incidents: {len(plan) - len(moved)} unchanged, {len(moved)} affected")
