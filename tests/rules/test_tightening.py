"""A rule's own limits."""

from __future__ import annotations

import pytest

from healer.documents import Mistakes, parse
from healer.healing.settings import HealingSettings
from healer.rules.rule import RuleLimits
from healer.rules.steps import Limits
from healer.rules.tightening import read_limits

DAEMON = HealingSettings().as_limits()
HOUR = 3600.0


def read(text: str, daemon: RuleLimits | None = None) -> tuple[RuleLimits, list[str]]:
    mistakes = Mistakes()
    node = parse(text, "a.yaml", mistakes)
    assert node is not None
    limits = read_limits(node, mistakes, Limits(daemon=daemon))
    return limits, [f"{mistake.code} {mistake.hint}" for mistake in mistakes]


def test_every_limit_can_be_written() -> None:
    text = (
        "{disruptive: 1, disruptive_within: 2d, hard_resets: 1, hard_resets_within: 1d, backoff: 1h, per_site: 1,"
        " fleet_share: 1%}"
    )
    assert read(text, DAEMON) == (RuleLimits(1, 48 * HOUR, 1, 24 * HOUR, HOUR, 1, 0.01), [])


def test_the_daemon_s_limits_are_those_of_the_settings() -> None:
    assert RuleLimits(3, 24 * HOUR, 1, 6 * HOUR, 300.0, 1, 0.05) == DAEMON


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("disruptive: 4", "3 within 1d"),
        ("disruptive_within: 6h", "3 within 1d"),
        ("{disruptive: 3, disruptive_within: 23h}", "3 within 1d"),
        ("hard_resets: 2", "1 within 6h"),
        ("backoff: 4m", "5m"),
        ("per_site: 2", "1"),
        ("fleet_share: 6%", "5%"),
    ],
)
def test_a_looser_limit_is_told_with_the_daemon_s(text: str, said: str) -> None:
    assert read(text, DAEMON)[1] == [f"E-LOOSE limits only tighten: the daemon's is {said}"]
    assert read(text)[1] == []


@pytest.mark.parametrize(
    "text",
    [
        "disruptive: 3",
        "{disruptive: 2, disruptive_within: 1h}",  # neither looser nor tighter: both hold
        "{disruptive: 5, disruptive_within: 7d}",
        "disruptive_within: 2d",
        "hard_resets_within: 6h",
        "backoff: 5m",
    ],
)
def test_what_may_come_into_play_is_no_mistake(text: str) -> None:
    assert read(text, DAEMON)[1] == []


@pytest.mark.parametrize("text", ["backoff: 0", "disruptive_within: 8d", "hard_resets: 0", "fleet_share: 200%"])
def test_limits_have_bounds(text: str) -> None:
    limits, told = read(text)
    assert limits == RuleLimits()
    assert len(told) == 1
