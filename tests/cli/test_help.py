"""What every command says of itself."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from healer.cli import main


def _commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, *path, name)
        else:
            yield (*path, name)


def _find(path: tuple[str, ...]) -> list[click.Command]:
    """The command with the groups around it."""
    found: list[click.Command] = [main]
    for name in path:
        group = found[-1]
        assert isinstance(group, click.Group)
        command = group.get_command(click.Context(group), name)
        assert command is not None
        found.append(command)
    return found[1:]


@pytest.mark.parametrize("path", list(_commands(main)), ids=" ".join)
def test_every_command_says_what_it_does_and_how_it_ends(path: tuple[str, ...]) -> None:
    commands = _find(path)
    assert (commands[-1].help or "").strip()
    assert any("Exit status" in (command.help or "") for command in commands)


@pytest.mark.parametrize("name", ["check", "completion", "fmt", "schema", "show", "test"])
def test_every_option_of_rule_commands_is_explained(name: str) -> None:
    options = [option for option in _find((name,))[-1].params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_every_rule_command_that_prints_data_prints_json() -> None:
    for name in ("check", "test", "show", "fmt"):
        assert "--json" in {word for option in _find((name,))[-1].params for word in option.opts}, name
