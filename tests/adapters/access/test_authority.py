"""Requests of chargers for certificates: what is signed, and what is not and why."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.access import authority
from healer.adapters.access.authority import Authority, Rejected, Signed
from healer.config.security import DAY_S, AuthoritySettings
from healer.errors import SettingsError
from tests.certificates import Holder, Issuer, ecdsa_key, pem_of, request, rsa_key

NOW = time.time()


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


def settings(holder: Holder, **more: object) -> AuthoritySettings:
    return AuthoritySettings.model_validate({"certificate": holder.certificate, "key": holder.key, **more})


def loaded(holder: Holder, **more: object) -> Authority:
    found = authority.load(settings(holder, **more))
    assert found is not None
    return found


def rejection(found: Signed | Rejected) -> str:
    assert isinstance(found, Rejected)
    return found.reason


def chain_of(found: Signed | Rejected) -> list[x509.Certificate]:
    assert isinstance(found, Signed)
    return x509.load_pem_x509_certificates(found.chain.encode())


@pytest.mark.parametrize("key", [ecdsa_key(), rsa_key(), ec.generate_private_key(ec.SECP224R1())])
def test_a_charger_gets_a_certificate_for_its_key_and_name(issuer: Issuer, key: ec.EllipticCurvePrivateKey) -> None:
    found = loaded(issuer.own, validity_s=7 * DAY_S).sign(request("SN-1", key), NOW, name="SN-1")
    assert isinstance(found, Signed)
    (leaf,) = chain_of(found)
    assert (found.name, leaf.public_key()) == ("SN-1", key.public_key())
    assert found.expires_at == leaf.not_valid_after_utc.timestamp() == pytest.approx(NOW + 7 * DAY_S, abs=1)
    leaf.verify_directly_issued_by(issuer.own.x509)
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_the_chain_holds_what_stands_between_leaf_and_root(issuer: Issuer, tmp_path: Path) -> None:
    below = issuer._write("Below", ecdsa_key())
    authority_below = issuer.folder / "both.pem"
    authority_below.write_bytes(below.certificate.read_bytes() + issuer.own.certificate.read_bytes())
    chain = tuple(x509.load_pem_x509_certificates(authority_below.read_bytes()))
    assert isinstance(below.private, ec.EllipticCurvePrivateKey)
    found = Authority(chain, below.private, validity_s=DAY_S, organization=None).sign(request("SN-1"), NOW)
    leaf, between = chain_of(found)
    assert between == below.x509
    leaf.verify_directly_issued_by(between)


def test_no_certificate_outlives_its_authority(issuer: Issuer) -> None:
    found = loaded(issuer.own, validity_s=999 * DAY_S).sign(request("SN-1"), NOW)
    assert isinstance(found, Signed)
    assert found.expires_at == issuer.own.x509.not_valid_after_utc.timestamp()
    assert rejection(loaded(issuer.own).sign(request("SN-1"), NOW + 31 * DAY_S)) == "authority-expired"


@pytest.mark.parametrize(
    ("pem", "reason"),
    [
        ("", "unreadable"),
        ("rubbish", "unreadable"),
        ("x" * 20_000, "unreadable"),
        (request("SN-1", rsa_key(1024)), "weak-key"),
        (request("SN-1", ec.generate_private_key(ec.SECP192R1())), "weak-key"),
        (request("SN-2"), "wrong-name"),
        (request("sn-1"), "wrong-name"),
        (request(" "), "wrong-name"),
        (request("SN-1", organization="Other"), "wrong-organization"),
    ],
)
def test_a_request_is_rejected_with_the_reason(issuer: Issuer, pem: str, reason: str) -> None:
    assert rejection(loaded(issuer.own, organization="Acme").sign(pem, NOW, name="SN-1")) == reason


def test_a_key_of_another_kind_is_not_signed(issuer: Issuer) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "SN-1")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, None)
    pem = csr.public_bytes(Encoding.PEM).decode()
    assert rejection(loaded(issuer.own).sign(pem, NOW)) == "weak-key"


def test_a_request_that_its_own_key_did_not_sign_is_rejected(issuer: Issuer) -> None:
    der = x509.load_pem_x509_csr(request("SN-1").encode()).public_bytes(Encoding.DER)
    forged = x509.load_der_x509_csr(der[:-1] + bytes([der[-1] ^ 1]))  # a request ends with its signature
    pem = forged.public_bytes(Encoding.PEM).decode()
    assert rejection(loaded(issuer.own).sign(pem, NOW)) == "wrong-signature"


@given(st.text(max_size=200) | st.integers(0, 400).map(lambda at: request("SN-1")[:at] + "A" + request("SN-1")[at:]))
def test_no_request_breaks_it(pem: str) -> None:
    found = authority._read_request(pem)
    assert isinstance(found, Rejected | x509.CertificateSigningRequest)


def test_without_files_there_is_no_authority() -> None:
    assert authority.load(AuthoritySettings()) is None


def test_files_that_do_not_fit_are_refused_by_name(issuer: Issuer) -> None:
    charger, other = issuer.holder("SN-1"), issuer.holder("SN-2")
    with pytest.raises(SettingsError, match=r"SN-2\.key: the key does not belong to .*SN-1\.pem"):
        authority.load(AuthoritySettings(certificate=charger.certificate, key=other.key))
    with pytest.raises(SettingsError, match=r"SN-1\.pem: the first certificate is not that of an authority"):
        authority.load(settings(charger))
    other.key.write_bytes(pem_of(other.private, b"hunter2"))
    with pytest.raises(SettingsError, match=r"SN-2\.key: this is no PEM file with an unencrypted private key"):
        authority.load(settings(other))
    other.certificate.unlink()
    with pytest.raises(SettingsError, match=r"SN-2\.pem: cannot be read"):
        authority.load(settings(other))


def test_the_repr_shows_no_key(issuer: Issuer) -> None:
    assert repr(loaded(issuer.own)) == "Authority('CN=Test CA,O=Acme')"
