"""The daemon's own secret: made once, kept from others, never shown."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from healer.adapters.access import secret
from healer.adapters.access.secret import Secret
from healer.errors import ResourceError


def test_it_is_made_at_the_first_start_and_found_at_the_next(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "healer.secret"
    first = secret.load(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_bytes()) == 32
    assert secret.load(file).digest("x", b"data") == first.digest("x", b"data")
    assert list(file.parent.iterdir()) == [file]


def test_two_daemons_have_two_secrets(tmp_path: Path) -> None:
    one, two = secret.load(tmp_path / "a"), secret.load(tmp_path / "b")
    assert one.digest("x", b"data") != two.digest("x", b"data")


def test_the_same_data_has_another_digest_for_another_purpose() -> None:
    key = Secret(bytes(32))
    assert key.digest("a", b"data") != key.digest("b", b"data")


@pytest.mark.parametrize("content", [b"", b"short", bytes(31)])
def test_a_secret_that_is_too_short_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "healer.secret"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ResourceError, match="at least 32 bytes") as refused:
        secret.load(file)
    assert str(file) in str(refused.value)
    assert file.read_bytes() == content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_secret_that_others_may_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "healer.secret"
    file.write_bytes(bytes(32))
    file.chmod(mode)
    with pytest.raises(ResourceError, match=f"chmod 600 {file}"):
        secret.load(file)


def test_a_path_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match=str(tmp_path)):
        secret.load(tmp_path)


def test_it_is_never_shown() -> None:
    key = b"0123456789abcdef0123456789abcdef"
    assert "0123" not in f"{Secret(key)!r} {Secret(key)}"
    with pytest.raises(TypeError):
        pickle.dumps(Secret(key))
