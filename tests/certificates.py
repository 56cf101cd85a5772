"""Certificates made in a test: authorities, servers and chargers, valid or not."""

from __future__ import annotations

import datetime
import functools
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from healer.config.security import CertificateFiles

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

HOST = "127.0.0.1"


def ecdsa_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """One for all: making it takes long, and no test asks for two."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@dataclass(frozen=True)
class Holder:
    """A certificate and its key, in files."""

    certificate: Path
    key: Path
    private: Key
    x509: x509.Certificate

    @property
    def files(self) -> CertificateFiles:
        return CertificateFiles(certificate=self.certificate, key=self.key)


class Issuer:
    """An authority, and what it has signed."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self.folder = folder
        self.own = self._write(name, ecdsa_key(), authority=True)

    def holder(
        self,
        name: str,
        key: Key | None = None,
        *,
        days: float = 30,
        file: str | None = None,
        organization: str = "Acme",
    ) -> Holder:
        """A certificate with a common name; negative days have passed since it expired."""
        return self._write(name, key or ecdsa_key(), days=days, file=file, organization=organization)

    def _write(
        self,
        name: str,
        key: Key,
        *,
        authority: bool = False,
        days: float = 30,
        file: str | None = None,
        organization: str = "Acme",
    ) -> Holder:
        signer, issuer = (key, subject(name)) if authority else (self.own.private, self.own.x509.subject)
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject(name, organization) if not authority else issuer)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=100))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
            .sign(signer, hashes.SHA256())
        )
        stem = file or name.replace(" ", "-")
        paths = self.folder / f"{stem}.pem", self.folder / f"{stem}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(pem_of(key))
        return Holder(*paths, key, certificate)


def subject(name: str, organization: str = "Acme") -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


def pem_of(key: Key, passphrase: bytes | None = None) -> bytes:
    lock = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


def request(name: str, key: Key | None = None, organization: str = "Acme") -> str:
    """A certificate signing request in PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject(name, organization))
    return builder.sign(key or ecdsa_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
