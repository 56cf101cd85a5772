"""How a rule file was written."""

from __future__ import annotations

import pytest

from healer.rules.outline import Box, Entry, Leaf, comments, outline


def entry(box: object, name: str) -> Entry:
    assert isinstance(box, Box)
    return next(one for one in box.entries if one.name == name)


def test_values_keep_their_writing() -> None:
    found = outline("a: 'x'\nb: &w {c: [1,  \"2\"]}\nd: *w\ne: |\n  text\n")
    assert found is not None
    assert entry(found.root, "a").value == Leaf("'x'")
    box = entry(found.root, "b").value
    assert isinstance(box, Box)
    assert (box.anchor, box.flow, box.mapping) == ("&w ", True, True)
    assert entry(found.root, "d").value == Leaf("*w")
    block = entry(found.root, "e").value
    assert isinstance(block, Leaf)
    assert (block.raw, block.block) == ("|\n  text\n", True)


@pytest.mark.parametrize(
    ("text", "name", "lead", "tail"),
    [
        ("a: 1 # one\nb: 2\n", "a", [], ["# one"]),
        ("a: 1\n# two\nb: 2\n", "b", ["# two"], []),
        ("a: 1\n\n# two\n\nb: 2\n", "b", ["", "# two", ""], []),
        ("a: {c: 1} # one\nb: 2\n", "a", [], ["# one"]),
        ("a: [1, # x\n  2] # one\nb: 2\n", "a", [], ["# one"]),
        ("a:\n  c: 1\n# two\nb: 2\n", "b", ["# two"], []),
    ],
)
def test_a_comment_belongs_to_what_it_stands_above_or_behind(
    text: str, name: str, lead: list[str], tail: list[str]
) -> None:
    found = outline(text)
    assert found is not None
    assert (entry(found.root, name).lead, entry(found.root, name).tail) == (lead, tail)


def test_a_comment_indented_like_what_is_above_it_ends_that() -> None:
    found = outline("a:\n  c: 1\n  # end\nb: 2\n# all\n")
    assert found is not None
    box = entry(found.root, "a").value
    assert isinstance(box, Box)
    assert (box.foot, found.root.foot, entry(found.root, "b").lead) == (["# end"], ["# all"], [])


def test_what_stands_before_everything_is_the_header() -> None:
    found = outline("# one\n\n# two\na: 1\n")
    assert found is not None
    assert found.header == ["# one", "", "# two"]


def test_a_hash_within_a_text_is_no_comment() -> None:
    assert comments("a: 'x # y'\nb: x#y\nc: |\n  # text\n# real\n") == ["# real"]


@pytest.mark.parametrize("text", ["%YAML 1.1\n---\na: 1\n", "just text\n"])
def test_what_is_no_plain_mapping_is_not_outlined(text: str) -> None:
    assert outline(text) is None
