"""`healer token hash`."""

from __future__ import annotations

import os
from pathlib import Path

from click.testing import CliRunner, Result

from healer import app
from healer.adapters.access import secret
from healer.cli import token as command
from healer.fleet.tokens import TokenPolicy


def settings(tmp_path: Path) -> Path:
    file = tmp_path / "healer.yaml"
    text = f"authorization: accept\nocpp: {{security: {{secret: {tmp_path / 'healer.secret'}}}}}\n"
    file.write_text(text, encoding="utf-8")
    return file


def hashed(file: Path, text: str) -> Result:
    return CliRunner().invoke(command.token, ["hash", "--config", str(file)], input=text)


def test_what_it_prints_may_stand_in_a_list_of_tokens(tmp_path: Path) -> None:
    result = hashed(settings(tmp_path), "04A1B2\n\n card-2 \n")
    assert result.exit_code == 0
    policy = TokenPolicy.of(app.tokens_key(secret.load(tmp_path / "healer.secret")), result.stdout.split())
    assert [policy.accepts(token) for token in ("04a1b2", "CARD-2", "", "x")] == [True, True, True, False]
    assert "04A1B2" not in result.stdout


def test_a_secret_that_others_may_read_ends_it_with_1(tmp_path: Path) -> None:
    file = settings(tmp_path)
    (tmp_path / "healer.secret").write_bytes(os.urandom(32))
    (tmp_path / "healer.secret").chmod(0o644)
    result = hashed(file, "A\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "chmod 600" in result.stderr


def test_mistakes_in_the_settings_end_it_with_2(tmp_path: Path) -> None:
    file = tmp_path / "healer.yaml"
    file.write_text("ocpp: {}\n", encoding="utf-8")
    assert hashed(file, "A\n").exit_code == 2
