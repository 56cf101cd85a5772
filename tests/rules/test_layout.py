"""The canonical layout of rule files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer import shipped
from healer.documents import Mistakes
from healer.rules import layout, packs, reader
from healer.rules.outline import comments

TESTS = Path(__file__).parents[1]


def laid_out(text: str) -> str:
    mistakes = Mistakes()
    found = layout.lay_out(text, "a.yaml", mistakes)
    assert found.text is not None, found.problem or mistakes.render()
    return found.text


MESSY = """\
# Of our depots.
rules:
# The first of them.
- {rule: one, when: { status: Faulted,error_code: [ A,B ] }}   # told by nobody
-   heal:
    - reset: soft   # gently
    -   attempts: 1
        # for real
        reset: hard
        verify_within: 15m
    when:
        status: Faulted
        error_code: InternalError
    rule: two
    # alert: page
    if_not_healed: ticket
    description: >
        Two lines
        of text.


    # The end of two.
# The end.
pack: mine
"""

NEAT = """\
# Of our depots.
# The end.
pack: mine
rules:
  # The first of them.
  # told by nobody
  - rule: one
    when: {status: Faulted, error_code: [A, B]}

  - rule: two
    description: >
      Two lines
      of text.
    when: {status: Faulted, error_code: InternalError}
    heal:
      - reset: soft  # gently
      # for real
      - reset: hard
        verify_within: 15m
        attempts: 1
    # alert: page
    if_not_healed: ticket

    # The end of two.
"""


def test_keys_are_ordered_indented_and_put_into_braces() -> None:
    text = laid_out("rules:\n- when:\n      status:   Faulted\n  alert: page\n  rule:   a\npack: p\n")
    assert text == "pack: p\nrules:\n  - rule: a\n    when: {status: Faulted}\n    alert: page\n"


def test_every_comment_stays_with_what_it_is_about() -> None:
    assert comments(NEAT) == comments(MESSY)
    assert laid_out(MESSY) == NEAT


@pytest.mark.parametrize(
    "text",
    [
        MESSY,
        "rules:\n  - when: &w {status: Faulted}\n    rule: a\n  - when: *w\n    rule: b\n",
        'rules: [{rule: a, when: offline, description: "two\n  lines"}]\n',
        "rules:\n  - rule: a\n    when: [offline, # or\n      {status: Faulted}]\n",
        "lists:\n  x: [a,\n  # why\n  b]\n\n\nrules: []\n",
        "rules: [ # nothing\n]\n",
        "# only comments\n\n\n",
        "",
        "overrides:\n  - for: 5m\n    rule: x\n    written_for: core 1.0\n",
        "rules:\n  - # of a\n    rule: a\n    when: {any: [{status: Faulted}, {not: offline}]}\n",
        "rules:\r\n  - rule: a\r\n    when: offline\r\n",
        "rules:\n  - rule: a\n    heal: [reset: soft, probe, {reset: hard, attempts: 1}]\n    when: offline\n",
        "rules:\n  - rule: ä\n    when: {vendor_error_code: 'ü,x'}  # höher\n    runbook: |\n         ö\n          p\n",
    ],
)
def test_laid_out_twice_is_laid_out_once(text: str) -> None:
    once = laid_out(text)
    assert laid_out(once) == once


@pytest.mark.parametrize("file", shipped.rule_files([shipped.rules()]), ids=lambda file: file.stem)
def test_the_shipped_rules_are_laid_out(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert laid_out(text) == text


@pytest.mark.parametrize("file", sorted((TESTS / "packs").glob("*.bad.yaml")), ids=lambda file: file.name)
def test_a_file_with_mistakes_keeps_them_or_is_left(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    found = layout.lay_out(text, file.name, Mistakes())
    if found.text is not None:
        assert comments(found.text) == comments(text)
        assert laid_out(found.text) == found.text
        before, after = (packs.load([("a.yaml", one)]) for one in (text, found.text))
        assert sorted(m.message for m in before.mistakes) == sorted(m.message for m in after.mistakes)


def test_what_is_no_yaml_is_left_and_told() -> None:
    mistakes = Mistakes()
    assert layout.lay_out("rules: [\n", "a.yaml", mistakes).text is None
    assert mistakes.errors == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a\n", "it is not written as a mapping of YAML alone"),
        ("%YAML 1.1\n---\nrules: []\n", "it is not written as a mapping of YAML alone"),
        ("rules:\n  - rule: b\n    when: *w\n    where: &w {vendor: A}\n", ""),
        (
            "rules:\n  - when: {status: Faulted}\n    labels: &l {a: b}\n    rollout: *l\n    rule: a\n",
            "it would not say",
        ),
    ],
)
def test_a_file_that_cannot_be_laid_out_without_loss_is_left(text: str, problem: str) -> None:
    found = layout.lay_out(text, "a.yaml", Mistakes())
    assert found.text is None
    assert found.problem.startswith(problem)


def test_what_does_not_fit_in_a_line_gets_one_line_an_entry() -> None:
    codes = ", ".join(f"Code{number}" for number in range(30))
    text = laid_out(f"rules:\n  - rule: a\n    when: {{status: Faulted, error_code: [{codes}]}}\n")
    assert "    when:\n      status: Faulted\n      error_code:\n        - Code0\n        - Code1\n" in text


def test_the_order_has_every_key_of_a_rule_once() -> None:
    assert sorted(layout.RULE_ORDER) == sorted(reader.KEYS)


# --- whatever people write --------------------------------------------------------------------------------------------

WORDS = st.sampled_from(["Faulted", "5m", "'a, b'", '"x: #y"', "no", "[A,B]", "{a: b,  c: [d]}", "", "*w", "a b"])
NOTES = st.sampled_from(["", "", "", "  # why", " # ä"])
ABOVE = st.sampled_from(["", "", "", "\n", "\n\n", "# note\n", "      # deep\n", "  # two\n\n", "\n    # four\n"])
KEYS = st.lists(
    st.sampled_from(["rule", "when", "for", "heal", "labels", "where", "odd", "alert"]), unique=True, min_size=1
)


@st.composite
def written(draw: st.DrawFn) -> str:
    lines = [draw(ABOVE), "pack: &w p", draw(NOTES), "\n", draw(ABOVE), "rules:", draw(NOTES), "\n"]
    for _ in range(draw(st.integers(1, 3))):
        indent = "-" + " " * draw(st.integers(1, 3))
        for key in draw(KEYS):
            lines += [draw(ABOVE), "  ", indent, key, ":"]
            indent = " " * len(indent)
            shape = draw(st.integers(0, 3))
            if shape == 0:
                lines += [" ", draw(WORDS), draw(NOTES), "\n"]
            elif shape == 1:
                lines += [draw(NOTES), "\n", draw(ABOVE), "        status: ", draw(WORDS), draw(NOTES), "\n"]
                lines += [draw(ABOVE), "        code: ", draw(WORDS), draw(NOTES), "\n"]
            elif shape == 2:
                lines += [draw(NOTES), "\n", draw(ABOVE), "       - reset:   soft", draw(NOTES), "\n"]
                lines += ["         for: 1m\n", draw(ABOVE), "       -   probe", draw(NOTES), "\n"]
            else:
                lines += [draw(st.sampled_from([" |", " >-", " |+"])), "\n", "         text\n\n          more\n"]
    return "".join([*lines, draw(ABOVE)])


@given(written())
def test_whatever_is_written_is_laid_out_without_loss_or_left(text: str) -> None:
    mistakes = Mistakes()
    found = layout.lay_out(text, "a.yaml", mistakes)
    if found.text is None:
        assert found.problem or mistakes.errors
        return
    assert comments(found.text) == comments(text)
    assert laid_out(found.text) == found.text
