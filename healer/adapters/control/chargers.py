"""Chargers on the control socket: look at them, let them in, keep them out, say that they are safe again.

GET /chargers?after=&limit=&site=&pending=1&offline=1, GET /chargers/ID, POST /chargers/ID/approve|reject|clear
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Final

from aiohttp import web

from healer.adapters.control.answers import BadRequest, Report, name, number, problem, said, who_and_why
from healer.engine import Engine
from healer.engine.portrait import Row, portrait, rows
from healer.events import ChargerCleared, ChargerEnrolled
from healer.fleet.enrolment import Decision, Enrolment, Membership
from healer.model import ChargerId, Instant

PAGE: Final = 100
LONGEST_PAGE: Final = 1000
MOST_TAGS: Final = 20

_Handler = Callable[[web.Request], Awaitable[web.Response]]


def routes(engine: Engine, report: Report, now: Callable[[], Instant]) -> list[web.RouteDef]:
    """All that can be asked and told of chargers. `now` is the engine's time."""
    desk = _Desk(engine, report, now)
    return [
        web.get("/chargers", _understood(desk.page)),
        web.get("/chargers/{charger}", _understood(desk.show)),
        web.post("/chargers/{charger}/approve", _understood(desk.approve)),
        web.post("/chargers/{charger}/reject", _understood(desk.reject)),
        web.post("/chargers/{charger}/clear", _understood(desk.clear)),
    ]


def _understood(handler: _Handler) -> _Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except BadRequest as error:
            return problem(400, str(error))

    return handle


class _Desk:
    def __init__(self, engine: Engine, report: Report, now: Callable[[], Instant]) -> None:
        self._engine = engine
        self._report = report
        self._now = now

    async def page(self, request: web.Request) -> web.Response:
        query = request.query
        limit = number(query.get("limit", str(PAGE)), "limit", 1, LONGEST_PAGE)
        wanted = (row for row in rows(self._engine, query.get("after", "")) if _is_wanted(row, query))
        page = list(itertools.islice(wanted, limit + 1))
        following = page[limit - 1].charger if len(page) > limit else None
        return web.json_response({"chargers": [asdict(row) for row in page[:limit]], "next": following})

    async def show(self, request: web.Request) -> web.Response:
        found = portrait(self._engine, _charger(request))
        return _unknown() if found is None else web.json_response(asdict(found))

    async def approve(self, request: web.Request) -> web.Response:
        body = await said(request)
        tags = body.get("tags", [])
        if not isinstance(tags, list) or len(tags) > MOST_TAGS:
            raise BadRequest(f"tags are a list of at most {MOST_TAGS} texts")
        site = body.get("site")
        return self._enrol(
            Enrolment(
                _charger(request),
                Decision.APPROVED,
                *who_and_why(body),
                at=self._now(),
                site=None if site is None else name(site, "a site"),
                tags=tuple(sorted({name(tag, "a tag", blanks=False) for tag in tags})),
            )
        )

    async def reject(self, request: web.Request) -> web.Response:
        author_reason = who_and_why(await said(request))
        return self._enrol(Enrolment(_charger(request), Decision.REJECTED, *author_reason, at=self._now()))

    def _enrol(self, enrolment: Enrolment) -> web.Response:
        refused = self._engine.admission.why_not_enrol(enrolment.charger, enrolment.site)
        if refused is not None:
            return problem(409, refused)
        self._report(ChargerEnrolled(enrolment))
        return web.json_response({enrolment.decision.value: True})

    async def clear(self, request: web.Request) -> web.Response:
        author, reason = who_and_why(await said(request))
        charger_id = ChargerId(request.match_info["charger"])
        if charger_id not in self._engine.chargers:
            return _unknown()
        refused = self._engine.why_not_clear(charger_id)
        if refused is not None:
            return problem(409, refused)
        self._report(ChargerCleared(charger_id, author, reason))
        return web.json_response({"cleared": True})


def _charger(request: web.Request) -> ChargerId:
    return ChargerId(name(request.match_info["charger"], "a charger"))


def _unknown() -> web.Response:
    return problem(404, "there is no such charger")


def _is_wanted(row: Row, query: Mapping[str, str]) -> bool:
    away = row.membership == Membership.MEMBER and not row.connected
    return (
        ("pending" not in query or row.membership == Membership.PENDING)
        and ("offline" not in query or away)
        and ("site" not in query or row.site == query["site"])
    )
