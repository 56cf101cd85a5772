"""`healer show`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from healer.cli.show import show

PACK = """pack: mine
version: 1.0
rules:
  - rule: hot
    when: {status: Faulted}
    for: 5m
    heal:
      - reset: soft
        verify_within: 15m
    if_not_healed: ticket
  - rule: broken
    when: offlin
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(show, [str(argument) for argument in arguments])


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("overrides: [{rule: hot, for: 30m}]\n", encoding="utf-8")
    return tmp_path


def test_a_rule_is_shown_with_the_place_of_each_field(rules: Path) -> None:
    result = run("hot", "--rules", rules)
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert lines[:4] == [
        f"# hot of mine 1.0, {rules}/a.yaml:4",
        f"rule: hot # {rules}/a.yaml:4",
        f"when: {{status: Faulted}} # {rules}/a.yaml:5",
        f"for: 30m # {rules}/b.yaml:1 (override)",
    ]
    assert "  - reset: soft\n    verify_within: 15m\n" in result.output
    assert "# not written: alert none, stable_for 10m, clear auto, mode auto, status stable" in lines
    assert lines[-1].startswith("# one incident for each connector, version ")


def test_json_has_the_same(rules: Path) -> None:
    told = json.loads(run("hot", "--json", "--rules", rules).output)
    assert (told["pack"], told["line"], told["usable"], told["scope"]) == ("mine 1.0", 4, True, "connector")
    assert told["fields"][2] == {
        "key": "for",
        "value": "30m",
        "file": str(rules / "b.yaml"),
        "line": 1,
        "overridden": True,
    }
    assert told["fields"][3]["value"] == [{"reset": "soft", "verify_within": "15m"}]
    assert told["defaults"]["stable_for"] == "10m"


def test_a_rule_with_errors_is_shown_and_said_to_be_unusable(rules: Path) -> None:
    result = run("broken", "--rules", rules)
    assert result.exit_code == 1
    assert "# not usable: it has errors, see `healer check`" in result.output
    assert json.loads(run("broken", "--json", "--rules", rules).output)["usable"] is False


def test_an_unknown_rule_is_answered_with_the_nearest(rules: Path) -> None:
    result = run("hott", "--rules", rules)
    assert result.exit_code == 1
    assert "there is no rule 'hott': did you mean 'hot'?; the files have 1 error" in result.output


def test_the_settings_name_the_rules(rules: Path) -> None:
    settings = rules / "config" / "healer.yaml"
    settings.parent.mkdir()
    settings.write_text("authorization: accept\nrules: [shipped]\n", encoding="utf-8")
    assert run("internal-error", "--config", settings).exit_code == 0
    assert run("hot", "--config", settings).exit_code == 1
    assert run("hot", "--config", settings, "--rules", rules).exit_code == 2


def test_without_a_place_the_shipped_rules_are_looked_at() -> None:
    assert "core.yaml:" in run("internal-error").output
