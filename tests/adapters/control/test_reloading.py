"""Reading the files again by the control socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from healer.adapters.control.reloading import Reloaded
from tests.adapters.control.line import ask, serving
from tests.bench import Bench, rules


class Files:
    """What reading them gives, and how often it was asked for."""

    def __init__(self, found: Reloaded) -> None:
        self.found = found
        self.dry: list[bool] = []

    async def reload(self, dry_run: bool) -> Reloaded:
        self.dry.append(dry_run)
        return self.found


async def test_the_plan_tells_of_every_open_incident(tmp_path: Path) -> None:
    bench = Bench.make()
    bench.arrive("CP-1")
    bench.status("CP-1", 1, "Faulted", "InternalError")
    plan = bench.engine.rulings.foresee(rules("rules: []"))
    files = Files(Reloaded(0, {}, plan))
    async with serving(tmp_path / "s", reload=files.reload):
        status, told = await ask(tmp_path / "s", "POST", "/reload")
    assert (status, told["reloaded"], told["dry_run"], told["rules"]) == (200, True, False, 0)
    assert told["plan"] == [
        {
            "incident": 1,
            "rule": "internal-error",
            "renamed_to": None,
            "charger": "CP-1",
            "target": "CP-1 evse 1 connector 1",
            "state": "pending",
            "outlook": "cancelled",
            "what": "cancelled: the rule was removed",
        }
    ]
    assert files.dry == [False]


async def test_mistakes_are_told_as_a_problem(tmp_path: Path) -> None:
    files = Files(Reloaded(3, {"rules": "rules.yaml:1:1: error: no"}))
    async with serving(tmp_path / "s", reload=files.reload):
        status, problem = await ask(tmp_path / "s", "POST", "/reload", json={"dry_run": True})
    assert status == 409
    assert problem["detail"] == "mistakes in: rules; what was in force of it stays in force"
    assert problem["mistakes"] == {"rules": "rules.yaml:1:1: error: no"}
    assert (problem["rules"], problem["plan"]) == (3, [])
    assert files.dry == [True]


@pytest.mark.parametrize("body", ['{"dry_run": "yes"}', "[]", "{"])
async def test_what_cannot_be_understood_reloads_nothing(tmp_path: Path, body: str) -> None:
    files = Files(Reloaded())
    async with serving(tmp_path / "s", reload=files.reload):
        status, _ = await ask(tmp_path / "s", "POST", "/reload", data=body)
    assert (status, files.dry) == (400, [])


def test_a_reload_is_successful_when_nothing_was_refused() -> None:
    assert Reloaded(1, {}, ()).successful
    assert not Reloaded(1, {"tokens": "no"}).successful
