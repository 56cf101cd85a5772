"""Keys of chargers on the control socket: `POST /chargers/ID/rotate-key` gives one a new random key."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from healer.adapters.control.answers import BadRequest, name, problem, said, who_and_why
from healer.model import ChargerId

Rotate = Callable[[ChargerId, str, str], str | None]
"""(charger, author, reason) -> why not, or None when the key is on its way."""


def routes(rotate: Rotate) -> list[web.RouteDef]:
    """The key itself is never told: the charger alone gets it."""

    async def rotate_key(request: web.Request) -> web.Response:
        try:
            charger = ChargerId(name(request.match_info["charger"], "a charger"))
            author, reason = who_and_why(await said(request))
        except BadRequest as error:
            return problem(400, str(error))
        refused = rotate(charger, author, reason)
        return problem(409, refused) if refused is not None else web.json_response({"offered": True})

    return [web.post("/chargers/{charger}/rotate-key", rotate_key)]
