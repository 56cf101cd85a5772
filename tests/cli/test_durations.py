"""Durations as options of the command line."""

from __future__ import annotations

import click
import pytest

from healer.cli.durations import DURATION


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90.0), ("5m", 300.0), ("1h30m", 5400.0)])
def test_durations_are_written_as_in_rule_files(text: str, seconds: float) -> None:
    assert DURATION.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["90", "soon", "", "-5m"])
def test_anything_else_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(click.BadParameter):
        DURATION.convert(text, None, None)
