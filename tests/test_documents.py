"""Documents: places, mistakes instead of exceptions, and field parsers."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from healer.documents import (
    Level,
    Mapping,
    Mark,
    Mistake,
    Mistakes,
    Node,
    Scalar,
    Sequence,
    fields,
    parse,
    render,
    suggest,
)
from healer.documents.tree import MAX_REPEATED
from healer.model import format_duration


def read(text: str) -> tuple[Node | None, list[str]]:
    mistakes = Mistakes()
    node = parse(text, "a.yaml", mistakes)
    return node, [f"{m.mark.line}:{m.mark.column} {m.code}" for m in mistakes]


def scalar(text: str) -> Scalar:
    return Scalar(text, False, Mark("a.yaml", 1, 1))


def mapping(text: str) -> Mapping:
    node, mistakes = read(text)
    assert isinstance(node, Mapping)
    assert not mistakes
    return node


# --- the tree ---------------------------------------------------------------------------------------------------------


def test_every_value_is_text_and_knows_its_place() -> None:
    node = mapping('a: off\nb: [22:30, 1.10]\nc:\n  d: "yes"\n')
    assert [(key.text, str(key.mark)) for key, _ in node.entries] == [
        ("a", "a.yaml:1:1"),
        ("b", "a.yaml:2:1"),
        ("c", "a.yaml:3:1"),
    ]
    off, times, inner = (value for _, value in node.entries)
    assert off == Scalar("off", False, Mark("a.yaml", 1, 4, 3))
    assert isinstance(times, Sequence)
    assert [(item.text, item.mark.column) for item in times.items if isinstance(item, Scalar)] == [
        ("22:30", 5),
        ("1.10", 12),
    ]
    assert times.mark.length == len("[22:30, 1.10]")
    assert isinstance(inner, Mapping)
    assert inner.get("d") == Scalar("yes", True, Mark("a.yaml", 4, 6, 5))


def test_a_value_left_out_has_the_place_of_its_key() -> None:
    value = mapping("some_key:\nother: 1\n").get("some_key")
    assert isinstance(value, Scalar)
    assert value.empty
    assert value.mark == Mark("a.yaml", 1, 1, len("some_key"))


def test_columns_count_characters_not_bytes() -> None:
    value = mapping("naïve ⚡: x\n").get("naïve ⚡")
    assert value is not None
    assert value.mark.column == 10


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but a comment\n", "---\n", "--- \n..."])
def test_an_empty_document_is_none_and_no_mistake(text: str) -> None:
    assert read(text) == (None, [])


def test_the_first_of_two_equal_keys_stands() -> None:
    node, mistakes = read("a: 1\nb: 2\na: 3\n")
    assert isinstance(node, Mapping)
    assert [key.text for key, _ in node.entries] == ["a", "b"]
    assert mistakes == ["3:1 E-DUPLICATE"]


def test_anchors_aliases_and_merge_keys_work() -> None:
    node = mapping("base: &base {a: 1, b: 2}\nuse: {<<: *base, b: 3}\nmany: {<<: [*base, *base]}\n")
    use, many = node.get("use"), node.get("many")
    assert isinstance(use, Mapping)
    assert isinstance(many, Mapping)
    assert {key.text: value.text for key, value in use.entries if isinstance(value, Scalar)} == {"a": "1", "b": "3"}
    assert [key.text for key, _ in many.entries] == ["a", "b"]


def test_a_merge_takes_mappings_only() -> None:
    assert read("a: {<<: 1}\n")[1] == ["1:9 E-MERGE"]


def test_an_alias_of_nothing_is_left_out() -> None:
    node, mistakes = read("a: *x\nb: [*x, 1]\n*x : 2\n")
    assert mistakes == ["1:4 E-ALIAS", "2:5 E-ALIAS", "3:1 E-ALIAS"]
    assert isinstance(node, Mapping)
    assert [key.text for key, _ in node.entries] == ["b"]


def test_a_node_cannot_contain_itself() -> None:
    assert read("a: &a [*a]\n")[1] == ["1:8 E-ALIAS"]


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    node, mistakes = read("\n".join(lines))
    assert node is None
    assert mistakes[0].endswith("E-SIZE")
    assert len(mistakes) == 1


def test_depth_and_size_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read("[" * 100_000)[1] == ["1:41 E-DEPTH"]
    monkeypatch.setattr("healer.documents.tree.MAX_CHARACTERS", 100)
    assert read("a" * 100) == (Scalar("a" * 100, False, Mark("a.yaml", 1, 1, 100)), [])
    assert read("a" * 101)[1] == ["1:1 E-SIZE"]


def test_what_is_written_out_may_be_long() -> None:
    root, mistakes = read("- a\n" * (MAX_REPEATED + 1))
    assert isinstance(root, Sequence)
    assert (len(root.items), mistakes) == (MAX_REPEATED + 1, [])


def test_characters_that_no_text_has_are_mistakes_with_a_place() -> None:
    assert read("a: 1\nb: \x00\n")[1] == ["2:4 E-CHARACTER"]
    assert read("a: \ud800\n")[1] == ["1:4 E-CHARACTER"]


def test_a_syntax_error_in_one_item_does_not_hide_the_others() -> None:
    text = "rules:\n  - a: b: c\n  - d: 1\n  - 'open\n  - e: 2\n   f: 3\n  - g: 4\ntop: 5\n"
    node, mistakes = read(text)
    assert mistakes == ["2:9 E-SYNTAX", "4:5 E-SYNTAX", "6:4 E-SYNTAX"]
    assert isinstance(node, Mapping)
    rules = node.get("rules")
    assert isinstance(rules, Sequence)
    assert [item.mark.line for item in rules.items] == [3, 7]
    assert node.get("top") is not None


def test_a_syntax_error_outside_of_lists_ends_the_reading() -> None:
    assert read("a: b: c\nd: 1\n") == (None, ["1:5 E-SYNTAX"])


@given(st.text(max_size=200) | st.text("ab:-[]{}&*!|>'\"#%@,?<~ \n\t", max_size=80))
@example("!\n")
@example("a: !!binary x\n")
@example("%YAML 9.9\n---\n")
@example("﻿a: 1")
@example("a: |\n  b\x85c d")
def test_no_text_raises(text: str) -> None:
    mistakes = Mistakes()
    parse(text, "a.yaml", mistakes)
    assert isinstance(mistakes.render(), str)


# --- mistakes ---------------------------------------------------------------------------------------------------------


def test_a_mistake_is_shown_as_the_contract_says() -> None:
    source = "rules:\n  - rule: internal-error\n    when: {status: Faluted, error_code: InternalError}\n"
    mark = Mark("bad.yaml", 3, 20, 7)
    message = "'Faluted' is not a known connector status"
    assert render(Mistake(mark, "E-VALUE", message, "did you mean 'Faulted'?"), source) == (
        "bad.yaml:3:20: error: 'Faluted' is not a known connector status  [E-VALUE]\n"
        "     3 |     when: {status: Faluted, error_code: InternalError}\n"
        "       |                    ^^^^^^^\n"
        "       = did you mean 'Faulted'?"
    )


def test_a_mistake_without_an_excerpt_is_one_line() -> None:
    assert render(Mistake(Mark("x", 9, 1), "E-X", "bad"), "a\n") == "x:9:1: error: bad  [E-X]"


def test_long_lines_are_cut_around_the_place() -> None:
    source = "x" * 500 + "HERE" + "y" * 500
    lines = render(Mistake(Mark("x", 1, 501, 4), "E-X", "bad"), source).splitlines()
    assert all(len(line) < 170 for line in lines)
    start = lines[2].index("^")
    assert lines[1][start : start + 4] == "HERE"


def test_control_characters_of_the_source_never_reach_the_terminal() -> None:
    shown = render(Mistake(Mark("x", 1, 1), "E-X", "bad"), "\x1b[31mred\tx")
    assert "\x1b" not in shown
    assert "\t" not in shown


def test_mistakes_come_in_order_of_place_and_once() -> None:
    mistakes = Mistakes()
    mistakes.warn(Mark("b", 1, 1), "W-X", "later")
    mistakes.error(Mark("a", 2, 1), "E-X", "second")
    mistakes.fatal(Mark("a", 1, 9), "F-X", "first")
    mistakes.error(Mark("a", 2, 1), "E-X", "second")
    assert [m.message for m in mistakes] == ["first", "second", "later"]
    assert (mistakes.errors, mistakes.fatal_lints, mistakes.count(Level.WARNING), len(mistakes)) == (1, 1, 1, 3)
    assert mistakes.summary() == "1 error, 1 fatal lint, 1 warning"
    assert Mistakes().summary() == "no mistakes"


def test_suggestions_forgive_case_separators_and_typos() -> None:
    words = ("error_code", "Faulted", "cycle-availability")
    assert suggest("errorCode", words) == "error_code"
    assert suggest("faulted", words) == "Faulted"
    assert suggest("cycle_availabilty", words) == "cycle-availability"
    assert suggest("something else", words) is None
    assert suggest("", words) is None
    assert suggest("x" * 1_000_000, words) is None


# --- fields -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("0s", 0),
        ("90s", 90),
        ("5m", 300),
        ("1h30m", 5400),
        ("2d", 172_800),
        ("1w", 604_800),
        ("1d1s", 86_401),
    ],
)
def test_durations_have_units(text: str, seconds: float) -> None:
    mistakes = Mistakes()
    assert fields.duration(scalar(text), mistakes) == seconds
    assert not mistakes


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("5", "write '5s' for seconds, '5m' for minutes or '5h' for hours"),
        ("5 minutes", "write '5m'"),
        ("1h 30min", "write '1h30m'"),
        ("00:05:00", "write '5m'"),
        ("1:30", "write '1h30m'"),
        ("5M", "write '5m'"),
        ("30m1h", "write for example '90s', '5m', '1h30m' or '2d'"),
        ("soon", "write for example '90s', '5m', '1h30m' or '2d'"),
        ("-5m", "write for example '90s', '5m', '1h30m' or '2d'"),
        ("99999999d", "at most 3650d"),
        ("9" * 5000 + "s", "write for example '90s', '5m', '1h30m' or '2d'"),
    ],
)
def test_a_bad_duration_gets_a_good_one_proposed(text: str, hint: str) -> None:
    mistakes = Mistakes()
    assert fields.duration(scalar(text), mistakes) is None
    assert [m.hint for m in mistakes] == [hint]


@given(st.integers(0, 10 * 365 * 86_400 - 86_400))
def test_what_format_duration_writes_is_read_back(seconds: int) -> None:
    mistakes = Mistakes()
    written = format_duration(seconds)
    read_back = fields.duration(scalar(written), mistakes)
    assert read_back is not None
    assert format_duration(read_back) == written
    assert 0 <= seconds - read_back < 3600


@pytest.mark.parametrize(
    ("text", "value"),
    [("yes", True), ("On", True), ("TRUE", True), ("no", False), ("off", False), ("false", False), ("1", None)],
)
def test_booleans(text: str, value: bool | None) -> None:
    assert fields.boolean(scalar(text), Mistakes()) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5%", 0.05),
        ("12.5 %", 0.125),
        ("100%", 1.0),
        ("5", None),
        ("101%", None),
    ],
)
def test_percentages(text: str, value: float | None) -> None:
    assert fields.percentage(scalar(text), Mistakes()) == value


@pytest.mark.parametrize(("text", "value"), [("5", 5.0), ("-1.5", -1.5), (".5", 0.5), ("1e9", None), ("nan", None)])
def test_numbers(text: str, value: float | None) -> None:
    assert fields.number(scalar(text), Mistakes()) == value


def test_integers_have_bounds() -> None:
    mistakes = Mistakes()
    assert fields.integer(scalar("7"), mistakes, 1, 10) == 7
    assert fields.integer(scalar("0"), mistakes, 1, 10) is None
    assert fields.integer(scalar("11"), mistakes, 1, 10) is None
    assert fields.integer(scalar("1.5"), mistakes) is None
    assert {(m.code, m.hint) for m in mistakes} == {
        ("E-RANGE", "at least 1"),
        ("E-RANGE", "at most 10"),
        ("E-NUMBER", None),
    }


def test_versions_stay_as_they_are_written() -> None:
    assert fields.version(scalar("1.10"), Mistakes()) == "1.10"
    assert fields.version(scalar("latest"), Mistakes()) is None


def test_one_value_or_a_list_of_values() -> None:
    node = mapping("a: x\nb: [x, y]\n")
    one, many = node.get("a"), node.get("b")
    assert one is not None
    assert many is not None
    assert [item.text for item in fields.scalars(one, Mistakes())] == ["x"]
    assert [item.text for item in fields.scalars(many, Mistakes())] == ["x", "y"]


def test_wrong_shapes_are_named() -> None:
    node = mapping("text: x\nlist: [[a]]\nmap: {a: b}\nnothing:\nempty: []\n")
    mistakes = Mistakes()
    values = [value for _, value in node.entries]
    for value in values[1:4]:
        assert fields.text(value, mistakes) is None
    assert fields.sequence(values[0], mistakes) is None
    assert fields.mapping(values[1], mistakes) is None
    assert fields.sequence(values[3], mistakes) is None
    assert fields.scalars(values[1], mistakes) == ()
    assert fields.scalars(values[4], mistakes) == ()
    assert [m.message for m in mistakes] == [
        "a list belongs here, not 'x'",
        "a mapping (key: value) belongs here, not a list",
        "a text belongs here, not a list",
        "a single value belongs here, not a list",
        "a text belongs here, not a mapping",
        "a value is missing: a text belongs here",
        "a list belongs here, not nothing",
        "the list is empty",
    ]


def test_unknown_keys_are_mistakes_with_a_hint() -> None:
    node = mapping("color: red\nsize: 1\nshape: round\nwidht: 2\n")
    mistakes = Mistakes()
    found = fields.entries(node, ("size", "width"), mistakes, "a box", {"shape": "boxes are square"})
    assert set(found) == {"size"}
    assert [(m.message, m.hint) for m in mistakes] == [
        ("'color' is not a key of a box", "known are size or width"),
        ("'shape' is not a key of a box", "boxes are square"),
        ("'widht' is not a key of a box", "did you mean 'width'?"),
    ]


def test_a_choice_is_written_exactly() -> None:
    mistakes = Mistakes()
    assert fields.choice(scalar("Faulted"), mistakes, ("Faulted", "Available"), "status") == "Faulted"
    assert fields.choice(scalar("faulted"), mistakes, ("Faulted", "Available"), "status") is None
    assert [m.hint for m in mistakes] == ["did you mean 'Faulted'?"]


@pytest.mark.parametrize(
    ("text", "days"),
    [("mon", [0]), ("Mon-Fri", [0, 1, 2, 3, 4]), ("sat - mon", [5, 6, 0]), ("sun-sun", [6])],
)
def test_days_of_the_week_are_read_one_by_one_or_as_a_range(text: str, days: list[int]) -> None:
    assert fields.weekdays(scalar(text), Mistakes()) == days


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("weekends", "write 'sat-sun'"),
        ("workdays", "write 'mon-fri'"),
        ("monday", "did you mean 'mon'?"),
        ("mon-xyz", "known are mon, tue, wed, thu, fri, sat or sun, and ranges such as mon-fri"),
    ],
)
def test_other_days_are_answered_with_the_word_used_here(text: str, hint: str) -> None:
    mistakes = Mistakes()
    assert fields.weekdays(scalar(text), mistakes) == []
    assert [(m.code, m.hint) for m in mistakes] == [("E-VALUE", hint)]


def test_a_date_is_written_as_year_month_and_day() -> None:
    assert fields.date(scalar("2027-02-28"), Mistakes()) == datetime.date(2027, 2, 28)
    mistakes = Mistakes()
    for wrong in ("2027-02-29", "28.2.2027", "20270228", "tomorrow"):
        assert fields.date(scalar(wrong), mistakes) is None
    assert fields.date(mapping("a: b"), mistakes) is None
    assert [m.code for m in mistakes] == ["E-DATE"] * 4 + ["E-TYPE"]
