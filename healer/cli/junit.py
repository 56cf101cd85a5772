"""Verdicts of rule tests as JUnit XML, which servers for continuous integration read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree

from healer.documents import Mistake
from healer.replay.trial import Verdict

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(verdicts: Sequence[tuple[Path, Verdict, float]], mistakes: Iterable[Mistake]) -> str:
    """One suite a file of tests, one case a test with how long it took in seconds; mistakes in files are errors."""
    root = ElementTree.Element("testsuites", name="healer test")
    for file in dict.fromkeys(file for file, _, _ in verdicts):
        cases = [(verdict, took_s) for other, verdict, took_s in verdicts if other == file]
        suite = _suite(root, str(file), len(cases), sum(not verdict.passed for verdict, _ in cases), 0)
        suite.set("time", f"{sum(took_s for _, took_s in cases):.3f}")
        for verdict, took_s in cases:
            _case(suite, verdict, took_s)
    wrong = list(mistakes)
    if wrong:
        suite = _suite(root, "files", len(wrong), 0, len(wrong))
        for mistake in wrong:
            case = _element(suite, "testcase", classname=mistake.mark.file, name=str(mistake.mark))
            error = _element(case, "error", type=mistake.code, message=mistake.message)
            error.text = _printable(f"{mistake.mark}: {mistake.message}\n{mistake.hint or ''}")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(root: ElementTree.Element, name: str, tests: int, failures: int, errors: int) -> ElementTree.Element:
    counts = {"tests": tests, "failures": failures, "errors": errors, "skipped": 0}
    return _element(root, "testsuite", name=name, **{key: str(count) for key, count in counts.items()})


def _case(suite: ElementTree.Element, verdict: Verdict, took_s: float) -> None:
    story = verdict.story
    place = {"file": story.mark.file, "line": str(story.mark.line), "time": f"{took_s:.3f}"}
    case = _element(suite, "testcase", classname=story.rule, name=story.name, **place)
    if verdict.passed:
        return
    # Readers of JUnit show one failure a case.
    failure = _element(case, "failure", type="expectation", message=verdict.failures[0].message)
    lines: list[str] = []
    for one in verdict.failures:
        lines += [f"{one.mark}: at {one.at}: {one.message}", *(f"  {line}" for line in one.explanation)]
    failure.text = _printable("\n".join(lines))


def _element(parent: ElementTree.Element, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, {key: _printable(value) for key, value in attributes.items()})


def _printable(text: str) -> str:
    """Without what XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)
