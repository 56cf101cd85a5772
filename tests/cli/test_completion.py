"""`healer completion`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from healer.cli import main


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("click asks bash for its version")
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert f"_HEALER_COMPLETE={shell}_complete" in result.output


def test_another_shell_is_a_wrong_command_line() -> None:
    assert CliRunner().invoke(main, ["completion", "tcsh"]).exit_code == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_the_script_is_one_that_bash_understands(tmp_path: Path) -> None:
    script = tmp_path / "healer.bash"
    script.write_text(CliRunner().invoke(main, ["completion", "bash"]).output, encoding="utf-8")
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("healer sho", "plain,show"),
        ("healer show boot-l", "plain,boot-loop"),
        ("healer test --cov", "plain,--coverage"),
    ],
)
def test_commands_options_and_rules_are_completed(line: str, wanted: str) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1), "_HEALER_COMPLETE": "bash_complete"}
    result = CliRunner().invoke(main, prog_name="healer", env=words)
    assert wanted in result.output.splitlines()
