"""`healer run` where it does not come to running; how it runs is told in `tests/e2e/test_process.py`."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from healer.cli import run as command
from healer.errors import SettingsError


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The command sets up logging for its whole process, which here is that of all tests."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def settings(tmp_path: Path, more: str = "", *, port: int = 0) -> Path:
    file = tmp_path / "healer.yaml"
    text = (
        "authorization: accept\n"
        f"ocpp: {{host: 127.0.0.1, port: {port}, security: {{secret: {tmp_path / 'healer.secret'}}}}}\n"
        "http: {host: 127.0.0.1, port: 0}\n"
        f"store: {{path: {tmp_path / 'healer.sqlite'}}}\n"
        f"control: {{socket: {tmp_path / 'healer.sock'}}}\n"
    )
    file.write_text(text + more, encoding="utf-8")
    return file


def run(file: Path) -> Result:
    return CliRunner().invoke(command.run, ["--config", str(file)])


def test_mistakes_in_the_settings_are_all_shown_and_end_it_with_2(tmp_path: Path) -> None:
    file = settings(tmp_path, "log: {level: loud, layout: json}\n")
    result = run(file)
    assert result.exit_code == 2
    assert f"{file}:6:14: error: 'loud' is not a known log level" in result.stderr
    assert f"{file}:6:20: error: 'layout'" in result.stderr
    assert result.stdout == ""


def test_mistakes_in_the_inventory_file_are_mistakes_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("sites: {Depot: {time_zone: Europe/Berln}}\n", encoding="utf-8")
    result = run(settings(tmp_path, "inventory: fleet.yaml\n"))
    assert result.exit_code == 2
    assert "fleet.yaml:1:28: error: 'Europe/Berln' is not a known time zone" in result.stderr


def test_mistakes_in_the_rules_end_it_with_1(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("rules: [{rule: a, when: offlin}]\n", encoding="utf-8")
    result = run(settings(tmp_path, "rules: [rules.yaml]\n"))
    assert result.exit_code == 1
    assert result.stderr.startswith("healer cannot start: ")
    assert "rules.yaml:1:25: error: 'offlin' is not a known signal" in result.stderr


def test_a_port_that_is_taken_ends_it_with_1(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run(settings(tmp_path, port=port))
    assert result.exit_code == 1
    wanted = f"healer cannot start: ocpp: cannot listen on 127.0.0.1 port {port}: address already in use\n"
    assert result.stderr.endswith(wanted)


def test_a_store_that_cannot_be_made_ends_it_with_1(tmp_path: Path) -> None:
    (tmp_path / "healer.sqlite").mkdir()
    result = run(settings(tmp_path))
    assert result.exit_code == 1
    assert f"healer cannot start: {tmp_path / 'healer.sqlite'} cannot be opened" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["--config", "no/such/file.yaml"], ["--config", "."]])
def test_a_wrong_command_line_ends_it_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(command.run, arguments).exit_code == 2


def test_settings_take_secrets_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOAD", "ftp://user:secret@logs/")
    file = settings(tmp_path, 'healing: {diagnostics_url: "${UPLOAD}"}\n')
    assert command.load_settings(file).healing.diagnostics_url == "ftp://user:secret@logs/"


def test_settings_that_cannot_be_read_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="the settings cannot be read"):
        command.load_settings(tmp_path)


def test_help_tells_the_exit_status() -> None:
    output = CliRunner().invoke(command.run, ["--help"]).output
    assert "2  mistakes in the settings" in output
