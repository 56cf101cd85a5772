"""The daemon's own secret: a file that nobody else may read, made at the first start. It is never shown."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from healer.errors import ResourceError

BYTES: Final = 32


class Secret:
    """Keys every hash that the daemon keeps of what others must not know: chargers' keys, drivers' tokens."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """ResourceError when the key is too short to be one."""
        if len(key) < BYTES:
            raise ResourceError(f"a secret has at least {BYTES} bytes, not {len(key)}")
        self._key = key

    def digest(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 of data; the same data has another digest for another purpose."""
        return hmac.digest(self._key, purpose.encode() + b"\0" + data, "sha256")

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> str:
        raise TypeError("the secret does not leave the process")


def load(path: Path) -> Secret:
    """The secret in a file, made there if there is none. ResourceError when it is short, or readable by others."""
    try:
        found = _read(path)
        if found is None:
            _make(path)
            found = _read(path)
    except OSError as error:
        raise ResourceError(f"{path}: the daemon's secret cannot be read or made: {error.strerror}") from error
    try:
        return Secret(found or b"")
    except ResourceError as error:
        hint = "restore it from a backup; without it, stored keys of chargers are lost"
        raise ResourceError(f"{path}: {error}; {hint}") from error


def _read(path: Path) -> bytes | None:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077:
            raise ResourceError(f"{path}: others may read the daemon's secret (mode {mode:04o}); run chmod 600 {path}")
        return file.read(4096)


def _make(path: Path) -> None:
    """Whole or not at all, and never over another: two daemons that start at once end up with one secret."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
