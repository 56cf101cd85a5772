"""`healer test`: rule tests in virtual time, without a daemon, a store or a charger.

A test module that wants the command imports this module and not the name: pytest would take `test` for a test.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from healer import shipped
from healer.cli.junit import junit
from healer.cli.sources import CONFIG, Sources, chosen
from healer.config.reading import shipped_profiles
from healer.documents import Level, Mark, Mistakes
from healer.fleet.profiles import Profiles
from healer.replay import reader, trial
from healer.replay.coverage import Coverage
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
@CONFIG
@click.option(
    "--crash-everywhere",
    is_flag=True,
    help="Tell each test again with the daemon dying at every write to its ledger; nothing may be sent twice.",
)
@click.option("--coverage", is_flag=True, help="List the rules, steps, clauses and guards that no test reached.")
@click.option(
    "--junit",
    "junit_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the result as JUnit XML into this file, too, for continuous integration.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def test(  # noqa: PLR0913 - one argument an option
    context: click.Context,
    paths: tuple[Path, ...],
    rules: tuple[Path, ...],
    config_file: Path | None,
    crash_everywhere: bool,
    coverage: bool,
    junit_file: Path | None,
    as_json: bool,
) -> None:
    """Run tests of rules against simulated chargers, in virtual time.

    FILES_OR_DIRS are tests (*.test.yaml), rule files with tests beside them, or directories with either. X.test.yaml
    tests the rules of X.yaml beside it, unless --rules or --config says otherwise. Without FILES_OR_DIRS the rules that
    ship with healer are tested. Needs no daemon, no store and no charger.

    A test that fails prints, for each expectation that did not come true, why it is as it is at that moment.

    --coverage counts a rule as reached when it has a test and fired, a step when it was taken, a guard when it blocked,
    and a clause when it was true once and false once in tests of its rule. It does not change the exit status.

    \b
    Exit status:
      0  every test passed
      1  at least one test failed
      2  wrong command line, files with mistakes (their tests are not run), or the JUnit file cannot be written
    """
    named = chosen(rules, config_file) if rules or config_file is not None else Sources(())
    session = _Session(named, shipped_profiles(), crash_everywhere, Coverage() if coverage else None)
    with _progress() as progress:
        for file in progress.track(_files(paths or (shipped.rules(),), session.mistakes), description="files"):
            session.run(file, progress)
    if junit_file is not None:
        _write_junit(junit_file, session)
    if as_json:
        click.echo(json.dumps(_result(session), indent=2))
    else:
        _print(session)
    context.exit(session.status)


@dataclass(slots=True)
class _Session:
    """Everything that one call reads and finds."""

    named: Sources
    """Rules that are tested instead of those beside the tests."""
    profiles: Profiles
    crash_everywhere: bool = False
    coverage: Coverage | None = None
    mistakes: Mistakes = field(default_factory=Mistakes)
    verdicts: list[tuple[Path, trial.Verdict, float]] = field(default_factory=list)
    """With how many seconds each took."""
    _loaded: dict[tuple[Path, ...], RuleSet | None] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return sum(not verdict.passed for _, verdict, _ in self.verdicts)

    @property
    def status(self) -> int:
        if self.mistakes.errors:
            return BAD_FILES
        return FAILURES if self.failed else OK

    def run(self, file: Path, progress: Progress) -> None:
        """Every test of a file that can be read; its mistakes are kept."""
        rules = self._rules(self.named.paths or _beside(file, self.mistakes))
        text = None if rules is None else shipped.read_text(file, self.mistakes)
        if rules is None or text is None:
            return
        if self.coverage is not None:
            self.coverage.add(rules)
        stories = reader.read(text, str(file), self.mistakes, rules.rules)
        bar = progress.add_task(file.name, total=len(stories))
        for story in stories:
            self._tell(story, file, rules)
            progress.advance(bar)
        progress.remove_task(bar)

    def _tell(self, story: Story, file: Path, rules: RuleSet) -> None:
        reloaded = self._reloaded(story, file)
        if reloaded is None:
            return
        told = trial.crash_everywhere if self.crash_everywhere else trial.run
        began = time.perf_counter()
        verdict = told(story, trial.World(rules, self.profiles, reloaded, self.coverage))
        self.verdicts.append((file, verdict, time.perf_counter() - began))

    def _rules(self, paths: tuple[Path, ...]) -> RuleSet | None:
        """The rules of these files, read once; None when they cannot be used."""
        if paths and paths not in self._loaded:
            found = Mistakes()
            loaded = packs.load(shipped.read_rules(paths, found), self.named.limits, found)
            self._loaded[paths] = None if found.errors else loaded.rules
            if found.errors:  # lints are `healer check`'s to tell
                packs.load(shipped.read_rules(paths, self.mistakes), self.named.limits, self.mistakes)
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
    for file, verdict, _ in session.verdicts:
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
    if session.coverage is not None:
        _print_coverage(session.coverage)
    click.echo(summary + (f"; {session.mistakes.summary()} in the files" if session.mistakes else ""))


def _print_coverage(coverage: Coverage) -> None:
    gaps = coverage.gaps()
    click.echo("\nnot reached by any test:" if gaps else "\nevery rule, step, clause and guard was reached")
    for gap in gaps:
        click.echo(f"  {gap}")
    counts = ", ".join(f"{reached} of {total} {kind}s" for kind, (reached, total) in coverage.counts().items())
    click.echo(f"reached: {counts}\n")


def _progress() -> Progress:
    """A bar on a terminal, and nothing elsewhere; it goes when all is done."""
    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _write_junit(file: Path, session: _Session) -> None:
    wrong = [mistake for mistake in session.mistakes if mistake.severity is Level.ERROR]
    try:
        file.write_text(junit(session.verdicts, wrong), encoding="utf-8")
    except OSError as error:
        click.echo(f"{file} cannot be written: {error.strerror}", err=True)
        sys.exit(BAD_FILES)


def _result(session: _Session) -> dict[str, object]:
    result: dict[str, object] = {
        "passed": len(session.verdicts) - session.failed,
        "failed": session.failed,
        "tests": [_plain(verdict, took_s) for _, verdict, took_s in session.verdicts],
        "errors": session.mistakes.errors,
        "mistakes": [mistake.plain() for mistake in session.mistakes],
    }
    return result if session.coverage is None else {**result, "coverage": _covered(session.coverage)}


def _covered(coverage: Coverage) -> dict[str, object]:
    return {
        "reached": {kind.value: {"reached": reached, "of": of} for kind, (reached, of) in coverage.counts().items()},
        "missing": [
            {
                "kind": gap.kind.value,
                "rule": gap.rule or None,
                "file": None if gap.mark is None else gap.mark.file,
                "line": None if gap.mark is None else gap.mark.line,
                "message": gap.message,
            }
            for gap in coverage.gaps()
        ],
    }


def _plain(verdict: trial.Verdict, took_s: float) -> dict[str, object]:
    story = verdict.story
    return {
        "test": story.name,
        "rule": story.rule,
        "file": story.mark.file,
        "line": story.mark.line,
        "passed": verdict.passed,
        "took_s": round(took_s, 3),
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
