"""`healer token hash`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from healer import app
from healer.adapters.access import secret
from healer.cli import token as command
from healer.config import authorization
from healer.documents import Mistakes
from healer.fleet.tokens import TokenPolicy


def settings(tmp_path: Path) -> Path:
    file = tmp_path / "healer.yaml"
    text = f"authorization: accept\nocpp: {{security: {{secret: {tmp_path / 'healer.secret'}}}}}\n"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Settings of a daemon that has been started."""
    secret.load(tmp_path / "healer.secret")
    return settings(tmp_path)


def hashed(file: Path, text: str) -> Result:
    return CliRunner().invoke(command.token, ["hash", "--config", str(file)], input=text)


def test_what_it_prints_may_stand_in_a_list_of_tokens(file: Path, tmp_path: Path) -> None:
    result = hashed(file, "04A1B2\n\n card-2 \n")
    assert result.exit_code == 0
    policy = TokenPolicy.of(app.tokens_key(secret.load(tmp_path / "healer.secret")), result.stdout.split())
    assert [policy.accepts(token) for token in ("04a1b2", "CARD-2", "", "x")] == [True, True, True, False]
    assert "04A1B2" not in result.stdout


def test_lines_are_those_of_a_file_of_tokens(file: Path, tmp_path: Path) -> None:
    known = f"hmac-sha256${'ab' * 32}"
    result = hashed(file, f"# 04A1B2 of the fleet\n04A1B2 # Ada\n\n{known}  # Bob\n")
    assert result.exit_code == 0
    comment, ada, blank, bob = result.stdout.splitlines()
    assert (comment, blank, bob) == ("# 04A1B2 of the fleet", "", f"{known}  # Bob")
    policy = TokenPolicy.of(app.tokens_key(secret.load(tmp_path / "healer.secret")), [ada.removesuffix(" # Ada")])
    assert policy.accepts("04A1B2")
    assert authorization.listed(result.stdout, "tokens", Mistakes())[1] == known


def test_what_is_no_token_is_told_and_nothing_is_printed(file: Path) -> None:
    result = hashed(file, "04A1B2\nhmac-sha256$04A1B2\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "standard input:2:1: error: a hash is" in result.stderr


def test_a_secret_is_never_made_here(tmp_path: Path) -> None:
    result = hashed(settings(tmp_path), "04A1B2\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"{tmp_path / 'healer.secret'}: the daemon's secret is not there; "
        "start the daemon once, or run this in its directory\n"
    )
    assert not (tmp_path / "healer.secret").exists()


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
