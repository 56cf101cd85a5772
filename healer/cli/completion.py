"""`healer completion`: what a shell needs to complete commands, options, files and names of rules."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
      bash   eval "$(healer completion bash)"      in ~/.bashrc
      zsh    eval "$(healer completion zsh)"       in ~/.zshrc
      fish   healer completion fish | source       in ~/.config/fish/config.fish

    \b
    Exit status:
      0  printed
      2  wrong command line
    """
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click brings all three
    click.echo(found(context.find_root().command, {}, "healer", "_HEALER_COMPLETE").source())
