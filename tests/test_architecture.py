"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for path in (ROOT / "healer").rglob("*.py") if "migrations" not in path.parts)

LONGEST_MODULE = 450
"""Lines. When a module grows past that, a second thing hides in it."""

DRAWERS = {"util", "utils", "helper", "helpers", "common", "manager", "base", "misc"}

LOG_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
EVENT_NAME = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def logged_events(tree: ast.Module) -> list[str]:
    """The literal first arguments of calls of a logger, and of `Notice(...)`."""
    events = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first, called = node.args[0], node.func
        is_log = isinstance(called, ast.Attribute) and called.attr in LOG_LEVELS and _is_logger(called.value)
        is_notice = isinstance(called, ast.Name) and called.id == "Notice"
        if (is_log or is_notice) and isinstance(first, ast.Constant) and isinstance(first.value, str):
            events.append(first.value)
    return events


def _is_logger(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"_log", "log"}


def docstring_of(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def test_each_module_says_what_it_is_for() -> None:
    assert [named(path) for path in MODULES if not docstring_of(path)] == []


def test_each_package_says_what_may_not_enter_it() -> None:
    packages = [path for path in MODULES if path.name == "__init__.py" and path.parent.name != "healer"]
    said = re.compile(r"\b(may\s+not\s+enter|may\s+enter|nothing)\b", re.IGNORECASE)
    assert [named(path) for path in packages if not said.search(docstring_of(path))] == []


def test_no_module_is_a_drawer_or_too_long() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert [named(path) for path in MODULES if path.stem in DRAWERS] == []
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_log_events_are_named_noun_dot_past_verb() -> None:
    events = [event for path in MODULES for event in logged_events(ast.parse(path.read_text(encoding="utf-8")))]
    assert len(events) > 10
    assert [event for event in events if not EVENT_NAME.fullmatch(event)] == []


def test_only_two_places_catch_every_exception() -> None:
    found = [
        named(path)
        for path in MODULES
        if re.search(
            r"^\s*except (Exception|BaseException)\b(?!.*\braise\b)", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        and "raise\n" not in path.read_text(encoding="utf-8")
    ]
    assert found == ["healer/adapters/server/listener.py", "healer/runtime.py"]


def test_each_module_has_tests_of_its_own() -> None:
    """By name, or by its package's: `healer/ocpp/frames.py` is tested in `tests/ocpp/test_frames.py`."""
    tests = {path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    folders = {path.parent for path in tests}
    names = {path.stem.removeprefix("test_") for path in tests}
    missing = []
    for path in MODULES:
        inside = path.relative_to(ROOT / "healer")
        packages = {Path(*inside.parts[:depth]) for depth in range(1, len(inside.parts))}
        if path.stem not in names and not packages & folders and inside.parts[0] not in names:
            missing.append(str(inside))
    assert set(missing) <= {
        "__init__.py",
        "__main__.py",
        "errors.py",
        "effects.py",
        "events.py",
        "snapshot.py",
        "ports.py",
    }
