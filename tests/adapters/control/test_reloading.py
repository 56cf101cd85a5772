"""Reading the files again by the control socket."""

from __future__ import annotations

from pathlib import Path

from tests.adapters.control.line import ask, serving


async def test_files_are_read_again_and_mistakes_are_told_as_a_problem(tmp_path: Path) -> None:
    answers = [True, False]
    async with serving(tmp_path / "s", reload=lambda: answers.pop(0)):
        assert await ask(tmp_path / "s", "POST", "/reload") == (200, {"reloaded": True})
        status, problem = await ask(tmp_path / "s", "POST", "/reload")
    assert status == 409
    assert "mistakes" in problem["detail"]
