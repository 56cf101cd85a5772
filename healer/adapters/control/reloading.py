"""Reading the files again, as SIGHUP does, or only looking at what it would do.

POST /reload with {"dry_run": true} or nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from healer.adapters.control.answers import BadRequest, problem, said
from healer.healing.reload_plan import Prospect


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came, or would come, of reading the files again."""

    rules: int = 0
    """In force afterwards."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """What has mistakes (`rules`, `inventory`, ...), and which; what was in force of it stays in force."""
    plan: Sequence[Prospect] = ()
    """What becomes of every incident that is open or pending; nothing when the rules are refused."""

    @property
    def successful(self) -> bool:
        return not self.refused


Reload = Callable[[bool], Awaitable[Reloaded]]
"""Reads everything again; True: only looks at it."""


def routes(reload: Reload) -> list[web.RouteDef]:
    """`POST /reload`."""

    async def read_again(request: web.Request) -> web.Response:
        try:
            dry_run = await _dry_run(request)
        except BadRequest as error:
            return problem(400, str(error))
        found = await reload(dry_run)
        told = {"dry_run": dry_run, "rules": found.rules, "plan": [_shown(one) for one in found.plan]}
        if found.successful:
            return web.json_response({"reloaded": not dry_run, **told})
        what = ", ".join(found.refused)
        detail = f"mistakes in: {what}; what was in force of it stays in force"
        return problem(409, detail, mistakes=dict(found.refused), **told)

    return [web.post("/reload", read_again)]


async def _dry_run(request: web.Request) -> bool:
    dry_run = (await said(request)).get("dry_run", False) if request.body_exists else False
    if not isinstance(dry_run, bool):
        raise BadRequest("dry_run is true or false")
    return dry_run


def _shown(prospect: Prospect) -> dict[str, object]:
    incident = prospect.incident
    return {
        "incident": incident.id,
        "rule": prospect.former,
        "renamed_to": prospect.name if prospect.renamed else None,
        "charger": incident.target.charger,
        "target": str(incident.target),
        "state": prospect.state.value,
        "outlook": prospect.outlook.value,
        "what": prospect.sentence,
    }
