"""The server's certificates: what is loaded, what is refused, what stays. On sockets: tests/e2e/test_security."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from healer.adapters.access.tls import Certificate, ReloadableContext
from healer.config.security import DAY_S, CertificateFiles, TlsSettings
from healer.errors import SettingsError
from tests.certificates import HOST, Holder, Issuer, pem_of, rsa_key


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


def settings(*holders: Holder, client_ca: Path | None = None) -> TlsSettings:
    return TlsSettings(certificates=tuple(holder.files for holder in holders), client_ca=client_ca)


def refusal(given: TlsSettings) -> str:
    with pytest.raises(SettingsError) as refused:
        ReloadableContext(given)
    return str(refused.value)


def test_an_ecdsa_and_an_rsa_certificate_stand_side_by_side(issuer: Issuer) -> None:
    ReloadableContext(settings(issuer.holder("ecdsa"), issuer.holder("rsa", rsa_key())))


def test_it_tells_when_the_first_certificate_expires(issuer: Issuer) -> None:
    context = ReloadableContext(settings(issuer.holder("a", days=20), issuer.holder("b", rsa_key(), days=10)))
    assert (context.expires_at - time.time()) / DAY_S == pytest.approx(10, abs=0.1)


def test_a_second_certificate_of_a_kind_is_refused(issuer: Issuer) -> None:
    one, two = issuer.holder("one"), issuer.holder("two")
    assert (
        refusal(settings(one, two)) == f"{two.certificate}: a second ECDSA certificate; one of each kind can be served"
    )


def test_a_key_of_another_certificate_is_refused(issuer: Issuer) -> None:
    one, two = issuer.holder("one"), issuer.holder("two")
    files = CertificateFiles(certificate=one.certificate, key=two.key)
    assert refusal(TlsSettings(certificates=(files,))) == f"{two.key}: the key does not belong to {one.certificate}"


def test_a_key_behind_a_passphrase_is_refused_without_asking_for_it(issuer: Issuer) -> None:
    holder = issuer.holder("locked")
    holder.key.write_bytes(pem_of(holder.private, b"hunter2"))
    assert refusal(settings(holder)) == f"{holder.key}: the private key has a passphrase; write it without one"


def test_a_file_without_a_key_is_refused(issuer: Issuer) -> None:
    holder = issuer.holder("server")
    files = CertificateFiles(certificate=holder.certificate, key=holder.certificate)
    said = refusal(TlsSettings(certificates=(files,)))
    assert said == f"{holder.certificate}: this is no PEM file with a private key"


def test_a_certificate_that_is_too_weak_is_not_blamed_on_its_key(issuer: Issuer) -> None:
    holder = issuer.holder("weak", rsa_key(1024))
    assert refusal(settings(holder)) == f"{holder.certificate}: OpenSSL does not take it or its key: EE_KEY_TOO_SMALL"


@pytest.mark.parametrize("which", ["certificate", "key", "client_ca"])
@pytest.mark.parametrize("content", [None, b"", b"rubbish"])
def test_a_file_that_is_missing_or_broken_is_named(issuer: Issuer, which: str, content: bytes | None) -> None:
    holder = issuer.holder("server")
    file = issuer.own.certificate if which == "client_ca" else getattr(holder, which)
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    said = refusal(settings(holder, client_ca=issuer.own.certificate))
    assert said.startswith(f"{file}: ")
    assert ("cannot be read" in said) == (content is None)


def test_a_client_ca_that_is_no_authority_is_refused(issuer: Issuer) -> None:
    holder = issuer.holder("server")
    assert "none of its certificates is that of an authority" in refusal(settings(holder, client_ca=holder.certificate))


def test_other_kinds_of_keys_are_refused(issuer: Issuer) -> None:
    holder = issuer.holder("odd", ed25519.Ed25519PrivateKey.generate())  # type: ignore[arg-type]
    assert "ECDSA and RSA keys only" in refusal(settings(holder))


def test_after_a_reload_that_fails_the_old_ones_stay_in_force(issuer: Issuer) -> None:
    holder = issuer.holder("server", days=10)
    context = ReloadableContext(settings(holder))
    good = holder.certificate.read_bytes()
    holder.certificate.write_bytes(b"rubbish")
    with pytest.raises(SettingsError, match=r"server\.pem"):
        context.reload()
    assert (context.expires_at - time.time()) / DAY_S == pytest.approx(10, abs=0.1)
    holder.certificate.write_bytes(good)
    issuer.holder("server", days=20)
    context.reload()
    assert (context.expires_at - time.time()) / DAY_S == pytest.approx(20, abs=0.1)


def test_what_a_client_certificate_says() -> None:
    name = (("commonName", "SN-1"),)
    assert Certificate.of(None) is None
    assert Certificate.of({}) is None  # shown, but not verified
    assert Certificate.of({"subject": (name,), "notAfter": "Jan  1 00:00:00 2030 GMT"}) == Certificate(
        "SN-1", 1_893_456_000
    )
    assert Certificate.of({"subject": (name, name)}) == Certificate(None, None)
    assert Certificate.of({"subject": ((("organizationName", HOST),),)}) == Certificate(None, None)
