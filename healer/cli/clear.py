"""`healer clear`: a person has looked at a charger, and it is safe again."""

from __future__ import annotations

import click

from healer.cli.daemon import Daemon, charger_path, is_signed, reaches_daemon


@click.command()
@click.argument("charger")
@is_signed
@reaches_daemon
def clear(daemon: Daemon, charger: str, **signed: str) -> None:
    """Clear CHARGER after a person has looked at it; the reason is what was found and done.

    Closes its incidents that wait for a person, releases the safety interlock and puts back into service what healer
    took out. Refused while the charger still reports the fault. Talks to the daemon through its control socket.

    \b
    Exit status:
      0  cleared
      1  refused; the reason is printed
      2  the daemon cannot be reached, mistakes in the settings, or a wrong command line
    """
    daemon.tell(charger_path(charger, "clear"), f"{charger} is cleared", **signed)
