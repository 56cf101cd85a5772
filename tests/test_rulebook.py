"""The rules on disk: read, kept as the last good set, and watched for changes."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from healer import shipped
from healer.config.settings import SHIPPED
from healer.rulebook import Rulebook, Rules, RulesError
from tests.e2e.daemon import settings, until

GOOD = "# mine\nrules: [{rule: faulted, when: {status: Faulted}, for: 1m, alert: warning}]\n"
BETTER = GOOD.replace("faulted", "better")
BAD = "rules: [{rule: a, when: offlin}]\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yaml"
    file.write_text(GOOD, encoding="utf-8")
    return file


def write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def book(file: Path, name: str = "kept.json") -> Rulebook:
    return Rulebook(Rules((file,)), file.parent / "state" / name)


def named(rulebook: Rulebook) -> tuple[list[str], bool]:
    """The rules that a start gets, and whether they are the last good ones."""
    opened = rulebook.open()
    return list(opened.rules.rules), opened.trouble is not None


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_word_shipped_stands_for_the_rules_that_come_with_healer(tmp_path: Path) -> None:
    wanted = replace(settings(tmp_path / "s"), rules=(SHIPPED, str(tmp_path)))
    assert Rules.of(wanted).paths == (shipped.rules(), tmp_path)
    assert Rules.of(wanted, tmp_path / "more").paths[-1] == tmp_path / "more"
    limits = Rules.of(wanted).limits
    assert limits.verify_floor_s == wanted.healing.verify_floor_s
    assert (limits.windows, limits.daemon) == (wanted.windows, wanted.healing.as_limits())


def test_rules_with_mistakes_are_refused_with_every_place(file: Path) -> None:
    write(file, "rules:\n  - {rule: a, when: offlin}\n  - {rule: b, when: onlin}\n")
    with pytest.raises(RulesError) as refused:
        Rules((file,)).load()
    assert f"{file}:2:21: error" in str(refused.value)
    assert f"{file}:3:21: error" in str(refused.value)


def test_a_directory_that_lost_its_files_does_not_end_all_healing(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="there are no rule files here"):
        Rules((tmp_path,)).load()
    assert Rules(()).load().rules == {}


# --- the last good set ------------------------------------------------------------------------------------------------


def test_the_last_good_rules_serve_a_start_at_which_the_files_have_mistakes(file: Path) -> None:
    assert named(book(file)) == (["faulted"], False)
    write(file, BAD)
    opened = book(file).open()
    assert list(opened.rules.rules) == ["faulted"]
    assert f"{file}:1:25: error: 'offlin' is not a known signal" in str(opened.trouble)
    write(file, BETTER)
    assert named(book(file)) == (["better"], False)


def test_what_is_read_while_it_runs_is_what_the_next_start_gets(file: Path) -> None:
    book(file).open()
    write(file, BETTER)
    book(file).read()
    file.unlink()
    assert named(book(file)) == (["better"], True)


def test_a_look_keeps_nothing(file: Path) -> None:
    book(file).open()
    write(file, BETTER)
    assert list(book(file).look().rules) == ["better"]
    write(file, BAD)
    assert named(book(file)) == (["faulted"], True)


def test_refused_rules_leave_the_last_good_ones_as_they_are(file: Path) -> None:
    book(file).open()
    write(file, BAD)
    for _ in range(2):
        with pytest.raises(RulesError):
            book(file).read()
    assert named(book(file)) == (["faulted"], True)


def test_a_first_start_with_mistakes_is_refused_with_all_of_them(file: Path) -> None:
    write(file, BAD)
    with pytest.raises(RulesError, match="'offlin' is not a known signal"):
        book(file).open()


@pytest.mark.parametrize("damage", ["", "not json", '[{"file": "x"}]', '[{"file": "x", "text": "rules: [{rule: a}]"}]'])
def test_a_damaged_set_is_told_and_not_used(file: Path, damage: str) -> None:
    book(file).open()
    (file.parent / "state" / "kept.json").write_text(damage, encoding="utf-8")
    write(file, BAD)
    with capture_logs() as logs, pytest.raises(RulesError, match="offlin"):
        book(file).open()
    assert [log["event"] for log in logs] == ["rules.unusable"]


def test_the_exact_texts_are_kept_for_its_owner_only_and_no_draft_stays(file: Path) -> None:
    book(file).open()
    kept = file.parent / "state" / "kept.json"
    assert "# mine\\nrules:" in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert list(kept.parent.iterdir()) == [kept]
    before = kept.stat()
    book(file).read()
    assert kept.stat().st_ino == before.st_ino


def test_rules_that_cannot_be_kept_are_in_force_all_the_same(file: Path) -> None:
    (file.parent / "state").write_text("a file where a directory belongs", encoding="utf-8")
    with capture_logs() as logs:
        assert named(book(file)) == (["faulted"], False)
    assert [log["event"] for log in logs] == ["rules.unkept"]


# --- watching ---------------------------------------------------------------------------------------------------------


async def test_a_change_is_told_once_it_stands_still(file: Path, tmp_path: Path) -> None:
    told: list[None] = []

    async def changed() -> None:
        told.append(None)

    rulebook = Rulebook(Rules((tmp_path,)), tmp_path / "kept.json")
    rulebook.open()
    watching = asyncio.create_task(rulebook.watch(changed, every_s=0.02))
    write(file, BETTER)
    await until(lambda: len(told) == 1)
    write(tmp_path / "more.yaml", "rules: []\n")
    await until(lambda: len(told) == 2)
    (tmp_path / "more.yaml").unlink()
    await until(lambda: len(told) == 3)
    os.utime(file, ns=(1, 1))
    await until(lambda: len(told) == 4)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
