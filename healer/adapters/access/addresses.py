"""Where a client really comes from, when a proxy stands between: Forwarded (RFC 7239) or X-Forwarded-For."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_ONE_SITE: Final = 64
_FOR: Final = re.compile(r'(?:^|[;,\s])for=("[^"]*"|[^;,\s]*)', re.IGNORECASE)


def client_address(socket: str | None, headers: Iterable[Sequence[str]], trusted: Sequence[Network]) -> str | None:
    """The address of the client: the socket's, unless a trusted proxy says whom it speaks for.

    A proxy writes one of the headers and hands on the other as the client sent it: if they differ, neither counts.
    """
    own = _address(socket or "")
    if own is None:
        return socket
    named = {_named(own, values, trusted) for values in headers if values}
    return str(named.pop() if len(named) == 1 else own)


def place_of(address: str | None) -> str | None:
    """What failures from an address are counted by: the address; of IPv6 its /64, for whoever has one address there
    has them all."""
    found = _address(address or "")
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((found, _ONE_SITE), strict=False))
    return address


def _named(found: Address, forwarded: Sequence[str], networks: Sequence[Network]) -> Address:
    """Whom the proxies name.

    Of several in a row each adds an address at the end; from there the first that is not trusted counts, for what
    stands before it is what somebody claims.
    """
    if not _within(found, networks):
        return found
    for claim in reversed([claim for value in forwarded for claim in _claims(value)]):
        address = _address(claim)
        if address is None:
            break
        found = address
        if not _within(address, networks):
            break
    return found


def _claims(value: str) -> list[str]:
    """The addresses that a header names, in order."""
    if "=" not in value:
        return [part.strip() for part in value.split(",")]
    return [found.strip('"') for found in _FOR.findall(value)]


def _address(text: str) -> Address | None:
    """`10.0.0.1`, `10.0.0.1:8080`, `2001:db8::1`, `[2001:db8::1]:8080`; IPv4 within IPv6 is IPv4."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
