"""Clauses that exclude each other."""

from __future__ import annotations

import pytest

from healer.rules.contradictions import contradictions
from healer.rules.rule import All, Any, Clause, Compared, Like, Not, OneOf

FAULTED, AVAILABLE = OneOf("status", ("Faulted",)), OneOf("status", ("Available",))
EITHER = OneOf("status", ("Faulted", "Available"))
NOT_FAULTED = OneOf("status", ("Faulted",), negated=True)


@pytest.mark.parametrize(
    ("clause", "signal"),
    [
        (All((FAULTED, AVAILABLE)), "status"),
        (All((FAULTED, All((OneOf("session_active", (True,)), AVAILABLE)))), "status"),
        (All((EITHER, NOT_FAULTED, OneOf("status", ("Available",), negated=True))), "status"),
        (Any((OneOf("offline", (True,)), All((FAULTED, AVAILABLE)))), "status"),
        (All((Compared("clock_skew", above=5), Compared("clock_skew", below=5))), "clock_skew"),
        (All((Compared("clock_skew", at_least=5), Compared("clock_skew", below=5))), "clock_skew"),
        (All((Compared("clock_skew", above=5), Compared("clock_skew", at_most=5))), "clock_skew"),
        (All((Compared("clock_skew", at_most=4), Compared("clock_skew", at_least=3, above=4))), "clock_skew"),
    ],
)
def test_what_can_never_hold_together_is_found(clause: Clause, signal: str) -> None:
    assert [found for found, _ in contradictions(clause)] == [signal]


@pytest.mark.parametrize(
    "clause",
    [
        FAULTED,
        All((FAULTED, EITHER)),
        All((EITHER, NOT_FAULTED)),
        Any((FAULTED, AVAILABLE)),
        All((FAULTED, Any((AVAILABLE, OneOf("offline", (False,)))))),
        All((FAULTED, Not(AVAILABLE))),
        Not(All((FAULTED, AVAILABLE))),
        All((FAULTED, Like("status", "A*"))),  # patterns are not thought through
        All((Compared("clock_skew", at_least=5), Compared("clock_skew", at_most=5))),
        All((OneOf("tag", ("a",)), OneOf("tag", ("b",)))),  # a charger has many tags
        All((OneOf("firmware", ("1.10",)), OneOf("firmware", ("v1.10.0",)))),  # the same in another spelling
    ],
)
def test_what_may_hold_is_no_contradiction(clause: Clause) -> None:
    assert list(contradictions(clause)) == []
