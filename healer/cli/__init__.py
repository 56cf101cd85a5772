"""The command line: one module a command or group of commands.

May not enter: anything another way in (the API, a test) would need as well. Each command is loaded when it is called,
so that `healer check` does not wait for what only the daemon needs.
"""

from __future__ import annotations

import importlib

import click

import healer

_COMMANDS = {
    "charger": "healer.cli.charger",
    "check": "healer.cli.check",
    "clear": "healer.cli.clear",
    "completion": "healer.cli.completion",
    "demo": "healer.cli.demo",
    "fmt": "healer.cli.fmt",
    "inventory": "healer.cli.inventory",
    "reload": "healer.cli.reload",
    "run": "healer.cli.run",
    "schema": "healer.cli.schema",
    "show": "healer.cli.show",
    "simulate": "healer.cli.simulate",
    "test": "healer.cli.test",
    "token": "healer.cli.token",
}


class _Lazy(click.Group):
    """A group that imports a command's module only when the command is used or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(_COMMANDS[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is ours
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(healer.__version__, prog_name="healer")
def main() -> None:
    """Watch EV chargers over OCPP, heal what can be healed from afar, and prove it."""
