"""What docs/reload.md shows must be so."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from healer import config
from healer.cli import main
from healer.healing import rules_alerts
from healer.tally import FAMILIES
from tests.bench import INTERNAL_ERROR, Bench
from tests.cli.line import daemon
from tests.cli.test_reload import files, ill

PAGE = (Path(__file__).parent.parent / "docs" / "reload.md").read_text(encoding="utf-8")


def test_the_settings_are_understood() -> None:
    (snippet,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    settings = config.load(snippet, "healer.yaml", {}, lambda _: "")
    assert settings.watch_rules
    assert settings.rules == ("shipped", "/etc/healer/rules.d")


def test_the_command_prints_what_is_shown(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```\n\$ healer reload --dry-run\n(.*?)```", PAGE, re.DOTALL)
    bench: Bench = ill()
    longer = INTERNAL_ERROR.replace("      - reset: soft\n", "      - probe\n      - reset: soft\n")
    with daemon(tmp_path / "s", bench, files(bench, longer.replace("for: 5m", "for: 10m"))):
        done = CliRunner().invoke(main, ["reload", "--dry-run", "--socket", str(tmp_path / "s")])
    assert [line.split("\t") for line in done.stdout.splitlines()] == [
        re.split(r" {2,}", line) for line in shown.splitlines()
    ]


def test_the_alert_and_the_metric_exist() -> None:
    assert f"`{rules_alerts.REFUSED}`" in PAGE
    assert set(re.findall(r"`healer_(\w+)`", PAGE)) <= set(FAMILIES)
