"""`healer test`: rule tests in virtual time, without a daemon, a store or a charger.

A test module that wants the command imports this module and not the name: pytest would take `test` for a test.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from healer import shipped
from healer.config.reading import shipped_profiles
from healer.documents import Mark, Mistakes
from healer.fleet.profiles import Profiles
from healer.replay import reader, trial
from healer.replay.story import Story
from healer.rules import packs
from healer.rules.rule import RuleSet

OK, FAILURES, BAD_FILES = 0, 1, 2
"""Exit statuses; 2 is click's as well, for a wrong command line."""

_ENDINGS = (".test.yaml", ".test.yml")
_EXISTING = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("paths", metavar="[FILES_OR_DIRS]...", nargs=-1, type=_EXISTING)
@click.option("--rules", "rules", multiple=True, type=_EXISTING, help="Test these rule files or directories instead.")
@click.option(
    "--crash-everywhere",
    is_flag=True,
    help="Tell each test again with the daemon dying at every write to its ledger; nothing may be sent twice.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def test(
    context: click.Context, paths: tuple[Path, ...], rules: tuple[Path, ...], crash_everywhere: bool, as_json: bool
) -> None:
    """Run tests of rules against simulated chargers, in virtual time.

    FILES_OR_DIRS are tests (*.test.yaml), rule files with tests beside them, or directories with either. X.test.yaml
    tests the rules of X.yaml beside it, unless --rules says otherwise. Without FILES_OR_DIRS the rules that ship with
    healer are tested. Needs no daemon, no store and no charger.

    \b
    Exit status:
      0  every test passed
      1  at least one test failed
      2  wrong command line, or files with mistakes: tests of such files are not run
    """
    session = _Session(rules, shipped_profiles(), crash_everywhere)
    for file in _files(paths or (shipped.rules(),), session.mistakes):
        session.run(file)
    if as_json:
        click.echo(json.dumps(_result(session), indent=2))
    else:
        _print(session)
    context.exit(session.status)


@dataclass(slots=True)
class _Session:
    """Everything that one call reads and finds."""

    rules: tuple[Path, ...]
    profiles: Profiles
    crash_everywhere: bool = False
    mistakes: Mistakes = field(default_factory=Mistakes)
    verdicts: list[tuple[Path, trial.Verdict]] = field(default_factory=list)
    _loaded: dict[tuple[Path, ...], RuleSet | None] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return sum(not verdict.passed for _, verdict in self.verdicts)

    @property
    def status(self) -> int:
        if self.mistakes.errors:
            return BAD_FILES
        return FAILURES if self.failed else OK

    def run(self, file: Path) -> None:
        """Every test of a file that can be read; its mistakes are kept."""
        rules = self._rules(self.rules or _beside(file, self.mistakes))
        text = None if rules is None else shipped.read_text(file, self.mistakes)
        if rules is None or text is None:
            return
        for story in reader.read(text, str(file), self.mistakes, rules.rules):
            reloaded = self._reloaded(story, file)
            if reloaded is not None:
                told = trial.crash_everywhere if self.crash_everywhere else trial.run
                self.verdicts.append((file, told(story, trial.World(rules, self.profiles, reloaded))))

    def _rules(self, paths: tuple[Path, ...]) -> RuleSet | None:
        """The rules of these files, read once; None when they cannot be used."""
        if paths and paths not in self._loaded:
            found = Mistakes()
            loaded = packs.load(shipped.read_rules(paths, found), mistakes=found)
            self._loaded[paths] = None if found.errors else loaded.rules
            if found.errors:  # lints are `healer check`'s to tell
                packs.load(shipped.read_rules(paths, self.mistakes), mistakes=self.mistakes)
        return self._loaded.get(paths)

    def _reloaded(self, story: Story, file: Path) -> dict[str, RuleSet] | None:
        """The rules that a story loads on its way; None when one of its files cannot be used."""
        found: dict[str, RuleSet] = {}
        for reload in story.reloads:
            path = file.parent / reload.file
            rules = self._rules((path,)) if path.is_file() else None
            if rules is None:
                message = f"the rules of '{reload.file}' cannot be used"
                self.mistakes.error(reload.mark, "E-FILE", message, None if path.is_file() else f"there is no {path}")
                return None
            found[reload.file] = rules
        return found


# --- files --------------------------------------------------------------------------------------------------------


def _is_test(path: Path) -> bool:
    return path.name.endswith(_ENDINGS)


def _files(paths: Iterable[Path], mistakes: Mistakes) -> list[Path]:
    """The files of tests that are meant, each once."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = list(_inside(path))
        if not inside:
            where = "here" if path.is_dir() else "for these rules"
            hint = "tests of X.yaml stand in X.test.yaml beside it"
            mistakes.error(Mark(str(path), 1, 1), "E-FILE", f"there are no tests {where}", hint)
        found.update(dict.fromkeys(inside))
    return list(found)


def _inside(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in sorted(path.rglob("*")) if _is_test(file) and file.is_file())
    elif _is_test(path):
        yield path
    else:
        yield from (file for file in (path.with_name(path.stem + ending) for ending in _ENDINGS) if file.is_file())


def _beside(file: Path, mistakes: Mistakes) -> tuple[Path, ...]:
    """The rules that a file of tests is for: X.yaml for X.test.yaml."""
    name = file.name.removesuffix(file.suffix).removesuffix(".test")
    found = [path for path in (file.with_name(name + suffix) for suffix in (".yaml", ".yml")) if path.is_file()]
    if not found:
        message = f"there is no {name}.yaml beside it whose rules could be tested"
        mistakes.error(Mark(str(file), 1, 1), "E-FILE", message, "name the rules with --rules")
    return tuple(found[:1])


# --- results ------------------------------------------------------------------------------------------------------


def _print(session: _Session) -> None:
    if session.mistakes:
        click.echo(session.mistakes.render())
        click.echo()
    last = None
    for file, verdict in session.verdicts:
        if file != last:
            click.echo(str(file))
            last = file
        click.echo(f"  {'pass' if verdict.passed else 'FAIL'}  {verdict.story.name}")
        for failure in verdict.failures:
            click.echo(f"        {failure.mark}: at {failure.at}: {failure.message}")
            for line in failure.explanation:
                click.echo(f"          {line}")
    count = len(session.verdicts)
    summary = f"{count} test{'' if count == 1 else 's'}: {count - session.failed} passed, {session.failed} failed"
    click.echo(summary + (f"; {session.mistakes.summary()} in the files" if session.mistakes else ""))


def _result(session: _Session) -> dict[str, object]:
    return {
        "passed": len(session.verdicts) - session.failed,
        "failed": session.failed,
        "tests": [_plain(verdict) for _, verdict in session.verdicts],
        "errors": session.mistakes.errors,
        "mistakes": [mistake.plain() for mistake in session.mistakes],
    }


def _plain(verdict: trial.Verdict) -> dict[str, object]:
    story = verdict.story
    return {
        "test": story.name,
        "rule": story.rule,
        "file": story.mark.file,
        "line": story.mark.line,
        "passed": verdict.passed,
        "failures": [
            {
                "file": failure.mark.file,
                "line": failure.mark.line,
                "column": failure.mark.column,
                "at": failure.at,
                "message": failure.message,
                "explanation": list(failure.explanation),
            }
            for failure in verdict.failures
        ],
    }
