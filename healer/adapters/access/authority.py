"""Signs the certificates that chargers ask for: SignCertificate of OCPP 2.x and of the whitepaper of 1.6.

What comes in is a request as any charger may send it, so everything in it is looked at; what goes out is a chain in
PEM, the charger's certificate first. A refusal is a value that says why.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from healer.adapters.access import pem
from healer.config.security import AuthoritySettings
from healer.errors import SettingsError
from healer.model import Instant, Seconds

LONGEST_REQUEST: Final = 16_000
"""Characters; OCPP 2.0.1 allows 5,500, and a 4096 bit RSA request has 1,700."""

# OCPP 2.0.1 part 2 A00: as strong as a symmetric key of 112 bits.
_LEAST_RSA_BITS: Final = 2048
_LEAST_EC_BITS: Final = 224
_CLOCK_SKEW_S: Final = 3600.0

_SigningKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a request is not signed."""

    reason: str
    """Short and enumerable: `unreadable`, `wrong-signature`, `weak-key`, `wrong-name`, `wrong-organization`,
    `authority-expired`."""
    detail: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate for a charger."""

    chain: str
    """PEM: the charger's certificate, then the authority's and those above it but the root."""
    name: str
    expires_at: Instant


class Authority:
    """A local authority whose key is at hand."""

    def __init__(
        self, chain: tuple[x509.Certificate, ...], key: _SigningKey, *, validity_s: Seconds, organization: str | None
    ) -> None:
        self._chain = chain
        self._key = key
        self._validity_s = validity_s
        self._organization = organization

    def sign(self, request: str, now: Instant, *, name: str | None = None) -> Signed | Rejected:
        """The certificate that a request in PEM asks for. `name`: the common name that it must have, if it is known."""
        found = _read_request(request)
        if isinstance(found, Rejected):
            return found
        subject = _check(found, name, self._organization)
        if isinstance(subject, Rejected):
            return subject
        ours = self._chain[0]
        expires_at = min(now + self._validity_s, ours.not_valid_after_utc.timestamp())
        if expires_at <= now:
            return Rejected("authority-expired", "the authority's own certificate has expired")
        certificate = (
            x509.CertificateBuilder()
            .subject_name(found.subject)
            .issuer_name(ours.subject)
            .public_key(found.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_utc(now - _CLOCK_SKEW_S))  # the clock of a charger is not ours
            .not_valid_after(_utc(expires_at))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_KEY_USAGE, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(found.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        chain = "".join(_pem(one) for one in (certificate, *self._chain) if not _is_root(one))
        return Signed(chain, subject, certificate.not_valid_after_utc.timestamp())

    def __repr__(self) -> str:
        return f"Authority({self._chain[0].subject.rfc4514_string()!r})"


_KEY_USAGE: Final = x509.KeyUsage(
    digital_signature=True,
    key_encipherment=False,
    content_commitment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def load(settings: AuthoritySettings) -> Authority | None:
    """The authority of the settings, None if there is none. SettingsError with the file and what is wrong with it."""
    if settings.certificate is None or settings.key is None:
        return None
    chain = pem.certificates(settings.certificate)
    key = _load_key(settings.key)
    if _public(key.public_key()) != _public(chain[0].public_key()):
        raise SettingsError(f"{settings.key}: the key does not belong to {settings.certificate}")
    if not _may_sign(chain[0]):
        raise SettingsError(f"{settings.certificate}: the first certificate is not that of an authority (CA:TRUE)")
    return Authority(chain, key, validity_s=settings.validity_s, organization=settings.organization)


def _load_key(file: Path) -> _SigningKey:
    try:
        key = serialization.load_pem_private_key(pem.read(file), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingsError(f"{file}: this is no PEM file with an unencrypted private key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SettingsError(f"{file}: an authority signs with an ECDSA or an RSA key")
    return key


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


# --- what is asked for ------------------------------------------------------------------------------------------------


def _read_request(request: str) -> x509.CertificateSigningRequest | Rejected:
    if len(request) > LONGEST_REQUEST:
        return Rejected("unreadable", f"the request has more than {LONGEST_REQUEST} characters")
    try:
        found = x509.load_pem_x509_csr(request.encode())
        signed = found.is_signature_valid
        found.public_key()
        str(found.subject)
    except (ValueError, UnsupportedAlgorithm, InvalidSignature, TypeError) as error:
        return Rejected("unreadable", f"the request cannot be read: {type(error).__name__}")
    return found if signed else Rejected("wrong-signature", "the request is not signed by the key it shows")


def _check(request: x509.CertificateSigningRequest, name: str | None, organization: str | None) -> str | Rejected:
    """The common name of a request that may be signed."""
    weakness = _weakness(request)
    if weakness is not None:
        return Rejected("weak-key", weakness)
    names = [str(part.value) for part in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if len(names) != 1 or not names[0].strip():
        return Rejected("wrong-name", f"the request has {len(names)} common names, one is needed")
    if name is not None and names[0] != name:
        return Rejected("wrong-name", "the common name is not the one expected of this charger")
    units = [str(part.value) for part in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    if organization is not None and units != [organization]:
        return Rejected("wrong-organization", "the organisation is not the one that the settings name")
    return names[0]


def _weakness(request: x509.CertificateSigningRequest) -> str | None:
    key = request.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        least = _LEAST_RSA_BITS
    elif isinstance(key, ec.EllipticCurvePublicKey):
        least = _LEAST_EC_BITS
    else:
        return "only ECDSA and RSA keys are signed"
    return None if key.key_size >= least else f"the key has {key.key_size} bits, {least} are needed"


# --- small things -----------------------------------------------------------------------------------------------------


def _utc(at: Instant) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at, datetime.UTC)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _public(key: object) -> bytes:
    assert hasattr(key, "public_bytes")  # noqa: S101 - every public key of the library has it
    found: bytes = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return found


def _is_root(certificate: x509.Certificate) -> bool:
    return certificate.issuer == certificate.subject
