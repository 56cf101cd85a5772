"""Keys of chargers on the control socket: `POST /chargers/ID/rotate-key` and `POST /chargers/ID/forget-key`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from healer.adapters.control.answers import BadRequest, name, problem, said, who_and_why
from healer.model import ChargerId

Change = Callable[[ChargerId, str, str], str | None]
"""(charger, author, reason) -> why not, or None when it is done or on its way."""


def routes(rotate: Change, forget: Change) -> list[web.RouteDef]:
    """A key itself is never told: the charger alone gets it."""
    return [
        web.post("/chargers/{charger}/rotate-key", _answering(rotate, "offered")),
        web.post("/chargers/{charger}/forget-key", _answering(forget, "forgotten")),
    ]


def _answering(change: Change, done: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            charger = ChargerId(name(request.match_info["charger"], "a charger"))
            author, reason = who_and_why(await said(request))
        except BadRequest as error:
            return problem(400, str(error))
        refused = change(charger, author, reason)
        return problem(409, refused) if refused is not None else web.json_response({done: True})

    return answer
