"""The opening handshake: who wants to come in, what it shows, which version it speaks, and how a refusal is spelt.

The gate decides; this says it in HTTP. What a charger shows is handed to the gate and to nobody else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import NegotiationError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from healer.adapters.server.link import Connection
from healer.adapters.server.refusals import Refusals
from healer.fleet.peer import Refusal
from healer.model import ChargerId, OcppVersion
from healer.ports import Knock, Refused

LONGEST_IDENTITY: Final = 255
"""Characters of a charger's identity; OCPP 2.0.1 allows 48, and nobody needs more than this."""

VERSIONS: Final = {version.subprotocol: version for version in sorted(OcppVersion, reverse=True)}
"""By subprotocol, the highest version first."""

_ANSWERS: Final = {
    Refusal.NO_CREDENTIALS: (HTTPStatus.UNAUTHORIZED, "HTTP Basic authentication is needed"),
    Refusal.WRONG_CREDENTIALS: (HTTPStatus.UNAUTHORIZED, "wrong user name or password"),
    Refusal.TLS_REQUIRED: (HTTPStatus.FORBIDDEN, "connect by wss://"),
    Refusal.NO_CLIENT_CERTIFICATE: (HTTPStatus.FORBIDDEN, "a client certificate is needed"),
    Refusal.WRONG_CERTIFICATE: (HTTPStatus.FORBIDDEN, "the client certificate is not that of this charger"),
    Refusal.UNKNOWN_CHARGER: (HTTPStatus.NOT_FOUND, "unknown charger"),
    Refusal.TOO_MANY_ATTEMPTS: (HTTPStatus.TOO_MANY_REQUESTS, "too many failed attempts"),
    Refusal.ADDRESS_LIMIT: (HTTPStatus.TOO_MANY_REQUESTS, "too many connections from this address"),
    Refusal.BUSY: (HTTPStatus.SERVICE_UNAVAILABLE, "busy, try again later"),
}


def identity_of(path: str) -> ChargerId | None:
    """The charger's identity: the last segment of the path, percent-decoded (1.6-J section 3.1.1), or None."""
    segment = path_of(path).rpartition("/")[2]
    try:
        identity = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return None
    if not 0 < len(identity) <= LONGEST_IDENTITY or not identity.isprintable() or identity != identity.strip():
        return None
    return None if identity in (".", "..") else ChargerId(identity)


def path_of(target: str) -> str:
    """The path of what is requested: without the query and, of a whole URL, without who and where, for secrets may be
    there."""
    bare = target.partition("?")[0]
    _, whole, rest = bare.partition("://")
    return f"/{rest.partition('/')[2]}" if whole and not bare.startswith("/") else bare


def knock_of(socket: ServerConnection, request: Request) -> Knock:
    """What a client shows."""
    headers, transport = request.headers, socket.transport
    return Knock(
        _host(socket),
        encrypted=transport.get_extra_info("ssl_object") is not None,
        certificate=transport.get_extra_info("peercert"),
        authorization=", ".join(headers.get_all("Authorization")) or None,
        forwarded=tuple(headers.get_all("Forwarded")),
        forwarded_for=tuple(headers.get_all("X-Forwarded-For")),
    )


# --- the version ------------------------------------------------------------------------------------------------------


def mend(request: Request) -> None:
    """Some chargers leave `Connection: Upgrade` out or write something else there; `Upgrade: websocket` says enough."""
    upgrade = [value.strip().lower() for value in request.headers.get_all("Upgrade")]
    connection = ",".join(request.headers.get_all("Connection")).lower()
    if "websocket" in upgrade and "upgrade" not in connection:
        if "Connection" in request.headers:
            del request.headers["Connection"]
        request.headers["Connection"] = "Upgrade"


def select_subprotocol(
    socket: ServerConnection, offered: Sequence[Subprotocol], default: OcppVersion | None, refusals: Refusals
) -> Subprotocol | None:
    """The highest version that both speak, whatever the charger's order (1.6-J section 3.1.2).

    None, a handshake without a subprotocol, is for listed chargers that offer none, when a default is set.
    """
    for subprotocol in VERSIONS:
        if subprotocol in offered:
            return Subprotocol(subprotocol)
    listed = isinstance(socket, Connection) and socket.admitted is not None and socket.admitted.listed
    if not offered and default is not None and listed:
        return None
    why = f"no common subprotocol, offer {' or '.join(VERSIONS)}"
    refusals.note(HTTPStatus.BAD_REQUEST, why, _path(socket), _host(socket))
    raise NegotiationError(why)


# --- refusals ---------------------------------------------------------------------------------------------------------


def refusal_without_identity(socket: ServerConnection, refusals: Refusals) -> Response:
    """For a path that names nobody."""
    why = "the path does not end with a charger's identity"
    refusals.note(HTTPStatus.NOT_FOUND, why, _path(socket), _host(socket))
    return socket.respond(HTTPStatus.NOT_FOUND, f"{why}\n")


def refusal(socket: ServerConnection, refused: Refused, refusals: Refusals) -> Response:
    """A refusal of the gate, in HTTP."""
    status, why = _ANSWERS[refused.reason]
    refusals.note(status, refused.reason, _path(socket), refused.peer.address or _host(socket))
    response = socket.respond(status, f"{why}\n")
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Basic realm="OCPP", charset="UTF-8"'
    if refused.retry_after_s is not None:
        response.headers["Retry-After"] = str(math.ceil(refused.retry_after_s))
    return response


def _path(socket: ServerConnection) -> str:
    return path_of(socket.request.path) if socket.request is not None else ""


def _host(socket: ServerConnection) -> str | None:
    peer = socket.remote_address
    return peer[0] if isinstance(peer, tuple) else None
