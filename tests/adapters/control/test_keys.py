"""Keys of chargers on the control socket."""

from __future__ import annotations

from pathlib import Path

from healer.model import ChargerId
from tests.adapters.control.line import ask, serving

SIGNED = {"author": "ada", "reason": "yearly"}


async def test_a_charger_is_given_a_new_key_that_nobody_is_told(tmp_path: Path) -> None:
    async with serving(tmp_path / "s") as bench:
        bench.arrive("A")
        assert await ask(tmp_path / "s", "POST", "/chargers/A/rotate-key", json=SIGNED) == (200, {"offered": True})
        assert bench.engine.chargers[ChargerId("A")].standing.credential.pending
        status, shown = await ask(tmp_path / "s", "GET", "/chargers/A")
    assert status == 200
    assert shown["key"]["offered_at"] is not None
    assert "ab" * 20 not in str(shown)
    assert "hmac" not in str(shown)


async def test_a_refusal_and_an_unsigned_wish_are_told_as_problems(tmp_path: Path) -> None:
    async with serving(tmp_path / "s"):
        status, problem = await ask(tmp_path / "s", "POST", "/chargers/X/rotate-key", json=SIGNED)
        assert (status, problem["detail"]) == (409, "there is no such charger")
        status, problem = await ask(tmp_path / "s", "POST", "/chargers/X/rotate-key", json={})
        assert status == 400
        assert "author" in problem["detail"]


async def test_the_keys_of_rotations_are_forgotten(tmp_path: Path) -> None:
    async with serving(tmp_path / "s") as bench:
        bench.arrive("A")
        await ask(tmp_path / "s", "POST", "/chargers/A/rotate-key", json=SIGNED)
        assert await ask(tmp_path / "s", "POST", "/chargers/A/forget-key", json=SIGNED) == (200, {"forgotten": True})
        assert bench.engine.chargers[ChargerId("A")].standing.credential.pending == ()
