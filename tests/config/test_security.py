"""The settings of who may connect: how they are read, and which do not fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from healer.config import Settings, load
from healer.config.security import ClientIdentity, TlsSettings
from healer.errors import SettingsError
from healer.model import OcppVersion

TLS = "tls: {certificates: [{certificate: a.pem, key: /abs/a.key}], client_ca: ca.pem}"


def loaded(ocpp: str) -> Settings:
    return load(f"authorization: accept\nocpp: {{{ocpp}}}", "/etc/healer/config.yaml", {}, Path.read_text)


def mistake(ocpp: str) -> str:
    with pytest.raises(SettingsError) as refused:
        loaded(ocpp)
    return str(refused.value)


def test_files_to_read_count_from_the_settings_file_and_others_from_the_working_directory() -> None:
    ocpp = loaded(f"{TLS}, security: {{authority: {{certificate: ca.pem, key: ca.key}}}}").ocpp
    (files,) = ocpp.tls.certificates
    assert (files.certificate, files.key) == (Path("/etc/healer/a.pem"), Path("/abs/a.key"))
    assert ocpp.tls.client_ca == ocpp.security.authority.certificate == Path("/etc/healer/ca.pem")
    assert ocpp.security.secret == Path("healer.secret")


def test_by_default_there_is_no_tls_and_nothing_is_demanded() -> None:
    ocpp = loaded("").ocpp
    assert (ocpp.tls.enabled, ocpp.security.profile, ocpp.without_subprotocol) == (False, 0, None)
    assert TlsSettings().port == 9443


def test_what_is_written_is_read() -> None:
    ocpp = loaded(
        f"port: off, {TLS}, without_subprotocol: 1.6, "
        "security: {profile: 3, client_identity: identity, trusted_proxies: [10.0.0.1, 'fd00::/8'], "
        "max_connections_per_address: 5, max_failures_per_address: 6}"
    ).ocpp
    assert (ocpp.port, ocpp.without_subprotocol) == (None, OcppVersion.V16)
    security = ocpp.security
    assert (security.profile, security.client_identity) == (3, ClientIdentity.IDENTITY)
    assert security.trusted_proxies == ("10.0.0.1/32", "fd00::/8")
    assert (security.max_connections_per_address, security.max_failures_per_address) == (5, 6)


@pytest.mark.parametrize(
    ("ocpp", "said"),
    [
        ("port: off", "neither a plain port nor a certificate"),
        ("port: on", "port"),
        ("security: {profile: 2}", "security profile 2 needs a certificate for TLS"),
        ("tls: {certificates: [{certificate: a, key: b}]}, security: {profile: 3}", "whose client certificates count"),
        ("security: {profile: 4}", "3"),
        ("security: {client_identity: name}", "name"),
        ("security: {max_connections_per_address: 5}", "write 'trusted_proxies'"),
        ("security: {max_failures_per_address: 5}", "write 'trusted_proxies'"),
        ("security: {trusted_proxies: [proxy.example.org]}", "neither an IP address nor a network"),
        ("security: {authority: {certificate: a.pem}}", "both its certificate and its key"),
        ("tls: {certificates: [{certificate: a.pem}]}", "key"),
        ("tls: {certificate: a.pem}", "certificates"),
        ("without_subprotocol: 2.0.1", "write 'refuse' or '1.6'"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(ocpp: str, said: str) -> None:
    found = mistake(ocpp)
    assert found.startswith("/etc/healer/config.yaml:2:")
    assert said in found
