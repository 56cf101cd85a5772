"""The settings of who may connect and how: TLS, security profiles, limits per address, the signing of certificates."""

from __future__ import annotations

import enum
import ipaddress
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from healer.config.values import Interval, Port, Positive, Section, Text, at_least, parsed, word
from healer.documents import Mistakes, Node, Scalar, shown

DAY_S: Final = 86_400.0


class ClientIdentity(enum.StrEnum):
    """What the common name of a client certificate says."""

    SERIAL = "serial"
    """The charger's serial number, as OCPP 2.0.1 and the security whitepaper of 1.6 want it."""
    IDENTITY = "identity"
    """The identity under which it connects."""


def _located(value: object, info: ValidationInfo) -> object:
    """A path in a settings file counts from the directory of that file."""
    base = (info.context or {}).get("base")
    return value if base is None or not isinstance(value, str) or not value.strip() else Path(base) / value


File = Annotated[Path, BeforeValidator(_located)]
"""A file to read."""


def _network(node: Node, mistakes: Mistakes) -> str | None:
    text = node.text.strip() if isinstance(node, Scalar) else ""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        hint = "write for example '10.0.0.5' or '10.0.0.0/8'"
        mistakes.error(node.mark, "E-ADDRESS", f"{shown(text)} is neither an IP address nor a network", hint)
        return None


Network = Annotated[str, parsed(_network)]


def complaint(message: str, hint: str) -> PydanticCustomError:
    """A mistake that lies in two settings which do not fit."""
    return PydanticCustomError("healer", "{message}", {"code": "E-CONFLICT", "message": message, "hint": hint})


class CertificateFiles(Section):
    """One certificate of the server."""

    certificate: File
    """PEM file: the server's certificate first, then those between it and the root."""
    key: File
    """PEM file of its private key, without a passphrase; readable by the daemon's user only."""


class TlsSettings(Section):
    """The encrypted port; there is none without a certificate. The files are read again on SIGHUP."""

    port: Port = 9443
    """TCP port; 0 takes a free one. Chargers connect to `wss://HOST:PORT/any/path/CHARGER-ID`."""
    certificates: tuple[CertificateFiles, ...] = ()
    """One, or one with an ECDSA key and one with an RSA key: there are chargers that know only either."""
    client_ca: File | None = None
    """PEM file of the authorities whose client certificates are accepted; without it none is asked for."""

    @property
    def enabled(self) -> bool:
        return bool(self.certificates)


class AuthoritySettings(Section):
    """The authority that signs chargers' certificates; without its files, their requests are rejected."""

    certificate: File | None = None
    """PEM file of the authority's certificate, followed by those above it, but not the root."""
    key: File | None = None
    """PEM file of its private key."""
    validity_s: Interval = 365 * DAY_S
    """How long a certificate is valid."""
    organization: Text | None = None
    """What the request must name as its organisation (O); without it any is taken."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise complaint("an authority needs both its certificate and its key", "write both, or none")
        return self


class SecuritySettings(Section):
    """Who may connect as a charger."""

    profile: Annotated[int, at_least(0, 3)] = 0
    """What is demanded of every charger, at least: 0 nothing, 1 a password, 2 a password and TLS, 3 a certificate.

    A charger whose secret is known must always show it, unless it proves itself by a certificate.
    """
    client_identity: Annotated[ClientIdentity, word(ClientIdentity, "client identity")] = ClientIdentity.SERIAL
    """What the common name of a client certificate must be: the charger's serial, or its identity."""
    secret: Path = Path("healer.secret")
    """File of the daemon's own secret, made at the first start; a relative path counts from the working directory."""
    trusted_proxies: tuple[Network, ...] = ()
    """Addresses or networks of proxies whose Forwarded or X-Forwarded-For names the client."""
    max_connections_per_address: Positive | None = None
    """Open connections from one address; only with `trusted_proxies`, for fleets share addresses behind NAT."""
    max_failures_per_address: Positive | None = None
    """Failed attempts from one address in ten minutes, before only the right key is heard; with `trusted_proxies`."""
    authority: AuthoritySettings = AuthoritySettings()

    @model_validator(mode="after")
    def _limits_know_whom_they_limit(self) -> Self:
        limited = self.max_connections_per_address is not None or self.max_failures_per_address is not None
        if limited and not self.trusted_proxies:
            hint = "write 'trusted_proxies', or leave the limits out"
            raise complaint("limits per address need to know whose addresses can be trusted", hint)
        return self
