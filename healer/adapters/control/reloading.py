"""Reading the files again, as SIGHUP does."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from healer.adapters.control.answers import problem


def routes(reload: Callable[[], bool]) -> list[web.RouteDef]:
    """`POST /reload`."""

    async def read_again(_request: web.Request) -> web.Response:
        if reload():
            return web.json_response({"reloaded": True})
        return problem(409, "some file has mistakes, which the log tells; what was in force of it stays in force")

    return [web.post("/reload", read_again)]
