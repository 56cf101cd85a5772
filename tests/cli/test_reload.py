"""`healer reload`: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from healer.adapters.control.reloading import Reload, Reloaded
from healer.cli import main
from healer.events import RulesReplaced
from tests.bench import INTERNAL_ERROR, Bench, rules
from tests.cli.line import daemon

RENAMED = INTERNAL_ERROR.replace("rule: internal-error\n", "rule: hung\n    formerly: [internal-error]\n")


def ill() -> Bench:
    """One incident that is treated, and one that is pending."""
    bench = Bench.make()
    for charger in ("CP-1", "CP-2"):
        bench.arrive(charger)
    bench.status("CP-1", 1, "Faulted", "InternalError")
    bench.wait(300)
    bench.status("CP-2", 1, "Faulted", "InternalError")
    return bench


def files(bench: Bench, text: str, refused: dict[str, str] | None = None) -> Reload:
    """What the daemon would do with rules of this text."""

    async def reload(dry_run: bool) -> Reloaded:
        if refused is not None:
            return Reloaded(len(bench.engine.index.compiled), refused)
        read = rules(text)
        plan = bench.engine.rulings.foresee(read)
        if not dry_run:
            bench.give(RulesReplaced(read))
        return Reloaded(len(read.rules), {}, plan)

    return reload


def run(tmp_path: Path, bench: Bench, reload: Reload, *arguments: str) -> Result:
    with daemon(tmp_path / "s", bench, reload):
        return CliRunner().invoke(main, ["reload", "--socket", str(tmp_path / "s"), *arguments])


def test_it_prints_what_becomes_of_each_incident(tmp_path: Path) -> None:
    bench = ill()
    done = run(tmp_path, bench, files(bench, INTERNAL_ERROR.replace("for: 5m", "for: 10m")))
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "RULE\tTARGET\tSTATE\tWHAT HAPPENS",
        "internal-error\tCP-1 evse 1 connector 1\tacting"
        "\tkeeps its running step (reset soft), then step 2 of 2: reset hard",
        "internal-error\tCP-2 evse 1 connector 1\tpending\tfollows the new text: fires once true for 10m",
        "1 rule in force; incidents: 0 unchanged, 2 affected",
    ]


def test_what_stays_as_it_is_is_only_counted(tmp_path: Path) -> None:
    bench = ill()
    done = run(tmp_path, bench, files(bench, INTERNAL_ERROR.replace("for: 5m", "for: 5m\n    description: new")))
    assert done.stdout == "1 rule in force; incidents: 2 unchanged, 0 affected\n"


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    bench = ill()
    before = len(bench.journal)
    done = run(tmp_path, bench, files(bench, RENAMED), "--dry-run")
    assert "renamed to hung; keeps its running step (reset soft)" in done.stdout
    assert "1 rule would be in force; incidents: 0 unchanged, 2 affected" in done.stdout
    assert len(bench.journal) == before
    assert list(bench.engine.index.compiled) == ["internal-error"]


def test_mistakes_are_printed_and_end_it_with_1(tmp_path: Path) -> None:
    mistakes = {"rules": "rules.yaml:3:5: error: no\n   3 | when: x", "inventory": "fleet.yaml:1:1: error: \x1bno"}
    done = run(tmp_path, Bench.make(), files(Bench.make(), "", mistakes))
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "not done: mistakes in: rules, inventory; what was in force of it stays in force",
        "rules.yaml:3:5: error: no",
        "   3 | when: x",
        "fleet.yaml:1:1: error: �no",
    ]


def test_json_is_the_daemons_answer(tmp_path: Path) -> None:
    bench = ill()
    told = json.loads(run(tmp_path, bench, files(bench, "rules: []"), "--json").stdout)
    assert [one["outlook"] for one in told["plan"]] == ["ends", "cancelled"]
    refused = run(tmp_path, bench, files(bench, "", {"rules": "no"}), "--json")
    assert (refused.exit_code, json.loads(refused.stdout)["mistakes"]) == (1, {"rules": "no"})


def test_without_a_daemon_it_ends_with_2(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["reload", "--socket", str(tmp_path / "nobody")]).exit_code == 2
