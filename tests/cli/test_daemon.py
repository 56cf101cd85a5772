"""What a command shows on a terminal."""

from __future__ import annotations

import pytest

from healer.cli import daemon


def test_on_a_terminal_a_table_is_drawn_and_nothing_in_it_is_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    daemon.show_table(("charger", "model"), [("A", "[red]\x1b[2J"), ("B", None)])
    shown = capsys.readouterr().out
    assert "[red]�[2J" in shown
    assert "\x1b[2J" not in shown


def test_a_value_is_one_line_without_control_characters() -> None:
    assert daemon.printable("a\r\nb\t\x9b") == "a��b��"
    assert daemon.printable(None) == "-"
