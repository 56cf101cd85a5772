"""PEM files of certificates, or a SettingsError that names the file and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from healer.errors import SettingsError


def read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from error


def certificates(file: Path) -> tuple[x509.Certificate, ...]:
    """All certificates of a file, in order; at least one."""
    try:
        return tuple(x509.load_pem_x509_certificates(read(file)))
    except ValueError as error:
        raise SettingsError(f"{file}: this is no PEM file with a certificate") from error
