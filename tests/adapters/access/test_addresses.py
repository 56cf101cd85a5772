"""Whom a connection comes from."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.adapters.access.addresses import client_address, place_of

PROXIES = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "fd00::/8")))
PROXY = "10.0.0.1"


def found(*forwarded_for: str, socket: str | None = PROXY, forwarded: tuple[str, ...] = ()) -> str | None:
    return client_address(socket, (forwarded, forwarded_for), PROXIES)


def test_without_a_proxy_headers_are_what_somebody_claims() -> None:
    assert found("192.0.2.1", socket="203.0.113.9") == "203.0.113.9"
    assert client_address(PROXY, ((), ("192.0.2.1",)), ()) == PROXY


def test_a_trusted_proxy_names_the_client() -> None:
    assert found("192.0.2.1") == "192.0.2.1"
    assert found(forwarded=("for=192.0.2.1;proto=https",)) == "192.0.2.1"
    assert found(forwarded=('For="[2001:db8::1]:4711"',)) == "2001:db8::1"
    assert found("192.0.2.1:4711", socket="::ffff:10.0.0.1") == "192.0.2.1"
    assert found() == PROXY


def test_what_the_client_itself_wrote_does_not_count() -> None:
    assert found("198.51.100.7, 192.0.2.1") == "192.0.2.1"
    assert found("198.51.100.7", "192.0.2.1, 10.0.0.2") == "192.0.2.1"
    assert found(forwarded=('for=198.51.100.7, for="', "for=192.0.2.1")) == "192.0.2.1"


def test_a_header_that_the_proxy_only_hands_on_does_not_count() -> None:
    assert found("192.0.2.1", forwarded=("for=198.51.100.7",)) == PROXY
    assert found("192.0.2.1", forwarded=("for=192.0.2.1",)) == "192.0.2.1"


@pytest.mark.parametrize("claim", ["unknown", "_hidden", "", "300.1.1.1", ","])
def test_a_proxy_that_does_not_say_is_the_client(claim: str) -> None:
    assert found(claim) == PROXY
    assert found(forwarded=(f"for={claim}",)) == PROXY


def test_a_socket_without_an_address_stays_without() -> None:
    assert found("192.0.2.1", socket=None) is None


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("somewhere", "somewhere"),
        (None, None),
    ],
)
def test_of_ipv6_the_network_counts(address: str | None, place: str | None) -> None:
    assert place_of(address) == place


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_header_breaks_it(forwarded_for: str, forwarded: str) -> None:
    address = found(forwarded_for, forwarded=(forwarded,))
    assert address is not None
    ipaddress.ip_address(address)
