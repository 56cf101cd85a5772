"""Which rule files a command is about."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from healer import shipped
from healer.cli.show import show
from healer.cli.sources import chosen, complete_rule
from healer.documents import Mistakes


def names(incomplete: str, **params: object) -> list[str]:
    context = click.Context(show)
    context.params = params
    return complete_rule(context, show.params[0], incomplete)


def test_named_files_come_before_the_shipped_ones(tmp_path: Path) -> None:
    assert chosen((tmp_path,), None).paths == (tmp_path,)
    assert chosen((), None).paths == (shipped.rules(),)


def test_a_place_without_rules_is_a_mistake(tmp_path: Path) -> None:
    mistakes = Mistakes()
    assert chosen((tmp_path,), None).read(mistakes) == []
    assert mistakes.errors == 1
    assert chosen((tmp_path,), None).load().mistakes.errors == 1


def test_files_and_settings_cannot_both_be_named(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError):
        chosen((tmp_path,), tmp_path / "healer.yaml")


def test_settings_with_mistakes_are_told(tmp_path: Path) -> None:
    settings = tmp_path / "healer.yaml"
    settings.write_text("authorisation: accept\n", encoding="utf-8")
    with pytest.raises(click.ClickException, match="did you mean 'authorization'"):
        chosen((), settings)
    assert names("", config_file=str(settings)) == []


def test_names_of_rules_are_completed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("rules: [{rule: hot, when: offline}, {rule: cold, when: x}]", encoding="utf-8")
    assert names("", rules=(str(tmp_path),)) == ["cold", "hot"]
    assert names("h", rules=(str(tmp_path),)) == ["hot"]
    assert "boot-loop" in names("boot")
