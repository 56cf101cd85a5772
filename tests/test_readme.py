"""What README and the shipped examples show must be so."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from healer.cli import main
from healer.demo import story
from healer.rules import packs

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_first_two_commands_are_make_run_and_make_test() -> None:
    assert snippets("sh")[0].split("\n") == ["make run", "make test", ""]


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", README)) <= targets


def test_every_healer_command_that_is_named_exists_with_its_options() -> None:
    used = re.findall(r"bin/healer ([a-z]+)([^`\n#]*)", README)
    assert {"run", "simulate", "check", "test"} <= {command for command, _ in used}
    for command, rest in used:
        help_text = CliRunner().invoke(main, [command, "--help"]).output
        for option in re.findall(r"--[a-z]+", rest):
            assert option in help_text, f"healer {command} {option}"


def test_the_first_rule_is_without_mistakes_together_with_the_shipped_ones() -> None:
    core = (ROOT / "rules" / "core.yaml").read_text(encoding="utf-8")
    [written] = snippets("yaml")
    loaded = packs.load([("core.yaml", core), ("local.yaml", written)])
    assert not loaded.mistakes.errors, loaded.mistakes.render()
    assert loaded.rules.rules["charger-offline"].for_s == 1800


def test_the_summary_that_is_shown_is_the_one_of_the_demo() -> None:
    told = re.findall(r"^  as told   (.*)$", README, re.MULTILINE)
    assert told == [tale.title for tale in story.TALES]


def test_every_file_of_the_tour_exists() -> None:
    rows = re.findall(r"^\| (`healer/.*?) \|", README, re.MULTILINE)
    for row in rows:
        first, *others = re.findall(r"`([^`]+)`", row)
        assert (ROOT / first).exists(), first
        for other in others:
            assert (ROOT / first).parent.joinpath(other).exists() or (ROOT / "healer" / other).exists(), other


def test_the_example_for_prometheus_is_one() -> None:
    promtool = shutil.which("promtool", path=str(Path(sys.executable).parent)) or shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed and could not be: see .ci/tools")
    file = ROOT / "grafana" / "prometheus" / "prometheus.example.yml"
    done = subprocess.run([promtool, "check", "config", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
