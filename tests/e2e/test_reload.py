"""Rule files that are edited under a running daemon: by command, by signal, by watching, and with mistakes in them."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.e2e.daemon import series
from tests.e2e.test_process import FIRING, RULE, configured, daemon, dial, fault, outcome, started

pytestmark = pytest.mark.e2e

GOOD = series("healer_rules_reload_successful")
LOADED = series("healer_rules_loaded")
HEALING = """\
rules:
  - rule: faulted
    when: {status: Faulted}
    for: 1s
    heal: [{reset: soft, verify_within: 2m}, {reset: hard, verify_within: 2m}]
    if_not_healed: ticket
    stable_for: 1s
"""


def write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


async def test_the_command_tells_what_becomes_of_an_incident_and_what_is_wrong(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    write(rules, RULE.format(wait="1s"))
    config = configured(tmp_path, more="rules: [rules.yaml]\n")
    async with daemon(config) as running, dial(running) as client:
        await fault(client)
        await running.shows(FIRING, 1)

        write(rules, HEALING)
        status, out, err = await outcome(await started("reload", "--config", config, "--dry-run"))
        assert (status, err) == (0, "")
        assert out.splitlines() == [
            "RULE\tTARGET\tSTATE\tWHAT HAPPENS",
            "faulted\tCP-1 evse 1 connector 1\tfiring\tfollows the new text: step 1 of 2: reset soft",
            "1 rule would be in force; incidents: 0 unchanged, 1 affected",
        ]
        status, out, _ = await outcome(await started("reload", "--config", config))
        assert (status, out.splitlines()[-1]) == (0, "1 rule in force; incidents: 0 unchanged, 1 affected")
        replaced = await running.logged("rules.replaced")
        assert replaced["plan"].startswith("faulted on CP-1 evse 1 connector 1: follows the new text")

        write(rules, HEALING.replace("soft", "sift"))
        status, out, err = await outcome(await started("reload", "--config", config))
        assert (status, out) == (1, "")
        assert err.startswith("not done: mistakes in: rules;")
        assert f"{rules}:5:20: error: 'sift'" in err
        numbers = await running.numbers()
        assert (numbers[GOOD], numbers[LOADED]) == (0, 1)
        assert await running.end() == 0


async def test_after_a_bad_edit_the_next_start_serves_the_last_good_rules_and_says_so(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    write(rules, RULE.format(wait="1s"))
    config = configured(tmp_path, more="rules: [rules.yaml]\n")
    async with daemon(config) as running, dial(running) as client:
        await fault(client)
        await running.shows(FIRING, 1)
        write(rules, RULE.format(wait="5 minutes"))
        running.process.send_signal(signal.SIGHUP)
        raised = await running.logged("alert.raised")
        while raised["alert"] != "rules/refused":
            raised = await running.logged("alert.raised")
        assert "'5 minutes' is not a duration" in raised["reason"]
        assert await running.end() == 0

    async with daemon(config) as again:
        refused = next(line for line in again.log if line["event"] == "rules.refused")
        assert f"{rules}:4:10: error: '5 minutes' is not a duration" in refused["mistakes"]
        numbers = await again.numbers()
        assert (numbers[GOOD], numbers[LOADED], numbers[FIRING]) == (0, 1, 1)
        status, body = await again.get("/readyz")
        assert (status, json.loads(body)["reasons"]) == (
            503,
            ["rules: those on disk have errors; the last good ones are in force"],
        )
        # People know already.
        assert not any(line.get("alert") == "rules/refused" for line in again.log)

        write(rules, RULE.format(wait="2s"))
        again.process.send_signal(signal.SIGHUP)
        assert (await again.logged("alert.resolved"))["alert"] == "rules/refused"
        assert (await again.get("/readyz"))[0] == 200
        assert (await again.numbers())[GOOD] == 1
        assert await again.end() == 0


async def test_watched_files_are_read_again_by_themselves(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    write(rules, RULE.format(wait="1h"))
    config = configured(tmp_path, more="rules: [rules.yaml]\nwatch_rules: yes\n")
    async with daemon(config) as running, dial(running) as client:
        await fault(client)
        write(rules, RULE.format(wait="1s"))
        assert (await running.logged("rules.replaced"))["changed"] == 1
        await running.shows(FIRING, 1)
        write(rules, "rules: [{rule: faulted, when: offlin}]\n")
        await running.logged("rules.refused")
        assert (await running.numbers())[FIRING] == 1
        assert await running.end() == 0
