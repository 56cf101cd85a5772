"""Verdicts as JUnit XML."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from healer.cli.junit import junit
from healer.documents import Mark, Mistake
from healer.replay import trial
from healer.replay.trial import Failure, Verdict
from tests.replay.telling import story, world

BODY = "timeline: [{at: 1m, expect: {state: none}}]"


def verdict(*failures: Failure) -> Verdict:
    return Verdict(story(BODY), failures)


def read(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - written by ourselves


def test_a_file_is_a_suite_and_a_test_is_a_case() -> None:
    told = trial.run(story(BODY), world())
    failed = verdict(Failure(Mark("a.test.yaml", 4, 2), "00:01:00", "state: expected x, got y", ("why it is so",)))
    root = read(junit([(Path("a.test.yaml"), told, 0.25), (Path("a.test.yaml"), failed, 0.5)], []))
    suite = root[0]
    assert {key: suite.get(key) for key in ("name", "tests", "failures", "errors", "time")} == {
        "name": "a.test.yaml",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "time": "0.750",
    }
    good, bad = suite
    assert (good.get("classname"), good.get("name"), good.get("line"), len(good)) == ("internal-error", "it", "2", 0)
    assert bad[0].get("message") == "state: expected x, got y"
    assert bad[0].text == "a.test.yaml:4:2: at 00:01:00: state: expected x, got y\n  why it is so"


def test_mistakes_in_files_are_errors() -> None:
    root = read(junit([], [Mistake(Mark("a.yaml", 3, 1), "E-KEY", "'x' is not a key", "known are y")]))
    assert (root[0].get("errors"), root[0][0][0].get("type")) == ("1", "E-KEY")
    assert root[0][0][0].text == "a.yaml:3:1: 'x' is not a key\nknown are y"


def test_what_xml_cannot_hold_is_replaced() -> None:
    bad = verdict(Failure(Mark("a", 1, 1), "00:00:00", "got \x00 <&>", ()))
    assert read(junit([(Path("a"), bad, 0.0)], []))[0][0][0].get("message") == "got \ufffd <&>"
