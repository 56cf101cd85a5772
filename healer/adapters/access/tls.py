"""The server's side of TLS: its certificates, what chargers' certificates are worth, and new files without a new start.

`ReloadableContext` is what a listener is given once. Each connection is made by the context that was in force when it
came; a reload puts another one in its place, and who is connected stays connected.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from healer.adapters.access import pem
from healer.config.security import TlsSettings
from healer.errors import SettingsError
from healer.model import Instant

CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
)
"""Of TLS 1.2; TLS 1.3 has its own, all good. OCPP 2.0.1 part 2 A00 and the whitepaper of 1.6 demand the first two and
the last two; those between are the last two with forward secrecy."""

_KINDS: Final = {ec.EllipticCurvePublicKey: "ECDSA", rsa.RSAPublicKey: "RSA"}


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a client certificate says, once TLS has verified it."""

    name: str | None
    """Its common name, if it has exactly one."""
    expires_at: Instant | None

    @classmethod
    def of(cls, found: Mapping[str, Any] | None) -> Certificate | None:
        """From what `getpeercert` gives; None when there is none, or one that was not verified."""
        if not found:
            return None
        parts = [part for group in found.get("subject", ()) for part in group]
        names = [value for key, value in parts if key == "commonName"]
        until = found.get("notAfter")
        expires_at = None if until is None else float(ssl.cert_time_to_seconds(until))
        return cls(names[0] if len(names) == 1 else None, expires_at)


class ReloadableContext(ssl.SSLContext):
    """A server's context whose files can be read again. asyncio and uvloop make each connection by `wrap_bio`."""

    _settings: TlsSettings
    _inner: ssl.SSLContext
    _expiries: tuple[Instant, ...]

    def __new__(cls, settings: TlsSettings) -> ReloadableContext:
        """SettingsError with the file and what is wrong with it."""
        self = super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)
        self._settings = settings
        self.reload()
        return self

    def reload(self) -> None:
        """Read the files again. After SettingsError, what was in force stays."""
        self._inner, self._expiries = _context(self._settings)

    def wrap_bio(self, *args: Any, **more: Any) -> ssl.SSLObject:
        """A connection, made by the context in force."""
        return self._inner.wrap_bio(*args, **more)

    @property
    def expires_at(self) -> Instant:
        """When the first of the server's certificates ends."""
        return min(self._expiries)


def _context(settings: TlsSettings) -> tuple[ssl.SSLContext, tuple[Instant, ...]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers(":".join(CIPHERS))
    expiries, kinds = [], set[str]()
    for files in settings.certificates:
        kind, expires_at = _look_at(files.certificate)
        if kind in kinds:
            raise SettingsError(f"{files.certificate}: a second {kind} certificate; one of each kind can be served")
        kinds.add(kind)
        expiries.append(expires_at)
        _load_pair(context, files.certificate, files.key)
    if settings.client_ca is not None:
        context.verify_mode = ssl.CERT_OPTIONAL  # whether it is demanded is the gate's to say, charger by charger
        _load_authorities(context, settings.client_ca)
    return context, tuple(expiries)


def _look_at(file: Path) -> tuple[str, Instant]:
    """The kind of a certificate's key, and when it expires."""
    found = pem.certificates(file)[0]
    key = found.public_key()
    kind = next((name for type_, name in _KINDS.items() if isinstance(key, type_)), None)
    if kind is None:
        raise SettingsError(f"{file}: chargers know certificates with ECDSA and RSA keys only")
    return kind, found.not_valid_after_utc.timestamp()


def _load_pair(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    _look_at_key(key)
    try:
        # Asked for a passphrase, OpenSSL would read it from the terminal.
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise SettingsError(f"{key}: the key does not belong to {certificate}") from error
        raise SettingsError(f"{certificate}: OpenSSL does not take it or its key: {error.reason or error}") from error


def _look_at_key(file: Path) -> None:
    try:
        load_pem_private_key(pem.read(file), password=None)
    except TypeError as error:
        raise SettingsError(f"{file}: the private key has a passphrase; write it without one") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SettingsError(f"{file}: this is no PEM file with a private key") from error


def _load_authorities(context: ssl.SSLContext, file: Path) -> None:
    try:
        context.load_verify_locations(cadata=pem.read(file).decode("ascii", errors="replace"))
    except (ssl.SSLError, ValueError) as error:
        raise SettingsError(f"{file}: this is no PEM file with the certificates of authorities") from error
    if not context.cert_store_stats()["x509_ca"]:
        raise SettingsError(f"{file}: none of its certificates is that of an authority")
