"""`healer fmt`: rule files in their canonical layout."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import click

from healer import shipped
from healer.documents import Mark, Mistakes
from healer.rules import layout

OK, LEFT = 0, 1
"""Exit statuses; 2 is click's, for a wrong command line."""


@click.command()
@click.argument(
    "paths", metavar="FILES_OR_DIRS...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@click.option("--check", "only_look", is_flag=True, help="Write nothing; tell which files are not laid out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def fmt(context: click.Context, paths: tuple[Path, ...], only_look: bool, as_json: bool) -> None:
    """Lay out rule files: order of keys, two blanks a level, small mappings in braces, one blank line between rules.

    Directories are searched for *.yaml and *.yml; tests of rules (*.test.yaml) are left alone. Comments, quotes and
    anchors stay. Before a file is written it is read again: it must hold the same rules and the same comments, else it
    is left as it is. It is replaced at once, never half written.

    \b
    Exit status:
      0  every file is laid out now, or was before
      1  a file cannot be laid out and was left as it is; with --check, some file is not laid out
      2  wrong command line
    """
    done = _Done(only_look)
    for file in _files(paths, done.mistakes):
        done.lay_out(file)
    if as_json:
        click.echo(json.dumps(done.plain(), indent=2))
    else:
        done.show()
    context.exit(done.status)


@dataclass(slots=True)
class _Done:
    """What became of the files of one call."""

    only_look: bool
    mistakes: Mistakes = field(default_factory=Mistakes)
    changed: list[Path] = field(default_factory=list)
    unchanged: list[Path] = field(default_factory=list)

    @property
    def status(self) -> int:
        return LEFT if self.mistakes.errors or (self.only_look and self.changed) else OK

    def lay_out(self, file: Path) -> None:
        text = shipped.read_text(file, self.mistakes)
        if text is None:
            return
        found = layout.lay_out(text, str(file), self.mistakes)
        if found.text is None:
            if found.problem:
                self._leave(file, f"the file was left as it is: {found.problem}", "lay it out by hand")
        elif found.text == text:
            self.unchanged.append(file)
        elif self.only_look or self._write(file, found.text):
            self.changed.append(file)

    def _write(self, file: Path, text: str) -> bool:
        try:
            replace(file, text)
        except OSError as error:
            self._leave(file, f"the file cannot be written: {error.strerror}")
            return False
        return True

    def _leave(self, file: Path, message: str, hint: str | None = None) -> None:
        self.mistakes.error(Mark(str(file), 1, 1), "E-FILE", message, hint)

    def show(self) -> None:
        if self.mistakes:
            click.echo(self.mistakes.render(), err=True)
        verb = "is not laid out" if self.only_look else "laid out"
        for file in self.changed:
            click.echo(f"{file}: {verb}")
        files = len(self.changed) + len(self.unchanged)
        if not self.changed and not self.mistakes:
            click.echo(f"{files} file{'' if files == 1 else 's'}: nothing to do")

    def plain(self) -> dict[str, object]:
        return {
            "changed": [str(file) for file in self.changed],
            "unchanged": [str(file) for file in self.unchanged],
            "errors": self.mistakes.errors,
            "mistakes": [mistake.plain() for mistake in self.mistakes],
        }


def _files(paths: tuple[Path, ...], mistakes: Mistakes) -> list[Path]:
    found = shipped.rule_files(paths)
    for path in paths:
        if not shipped.rule_files([path]):
            what = "are no rule files here (*.yaml, *.yml)" if path.is_dir() else "is no layout for tests of rules"
            mistakes.error(Mark(str(path), 1, 1), "E-FILE", f"there {what}")
    return found


def replace(file: Path, text: str) -> None:
    """The file with another text, in one step: whoever reads it meanwhile has the old or the new one."""
    file = file.resolve()
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
            out.write(text)
            os.fchmod(out.fileno(), file.stat().st_mode & 0o7777)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, file)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
