"""Files that come with healer, and the reading of rule files from disk.

The wheel carries the top-level `rules/` as `healer/_shipped/rules`; in a checkout they are found beside the package.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from healer.documents import Mark, Mistakes

_SUFFIXES = frozenset({".yaml", ".yml"})


def rules() -> Path:
    """The directory of the shipped rule packs."""
    return _find("rules")


def example_config() -> Path:
    """The settings file with every default."""
    return _find("config.example.yaml")


def _find(name: str) -> Path:
    package = Path(str(resources.files("healer")))
    installed = package / "_shipped" / name
    return installed if installed.exists() else package.parent / name


def rule_files(paths: Iterable[Path]) -> list[Path]:
    """The rule files among files and directories, in order of name; tests of rules (`*.test.yaml`) are none."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = [file for file in sorted(path.rglob("*")) if _is_pack(file, path)] if path.is_dir() else [path]
        found.update((file, None) for file in inside if not file.stem.endswith(".test"))
    return list(found)


def _is_pack(file: Path, within: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(within).parts)
    return file.suffix in _SUFFIXES and not hidden and file.is_file()


def read_rules(paths: Iterable[Path], mistakes: Mistakes) -> list[tuple[str, str]]:
    """(file name, text) of every rule file, for `packs.load`; what cannot be read is a mistake."""
    texts = [(str(file), read_text(file, mistakes)) for file in rule_files(paths)]
    return [(file, text) for file, text in texts if text is not None]


def read_text(file: Path, mistakes: Mistakes) -> str | None:
    """The text of a file; None when it cannot be read, which is then among the mistakes."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        mistakes.error(Mark(str(file), 1, 1), "E-FILE", f"the file cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        mark = Mark(str(file), error.object[: error.start].count(b"\n") + 1, 1)
        mistakes.error(mark, "E-FILE", "the file is not UTF-8 text", "save it as UTF-8")
    return None
