"""What tests reached."""

from __future__ import annotations

from dataclasses import replace

from healer.replay import trial
from healer.replay.coverage import Coverage, Gap, Kind
from tests.replay.telling import story, world

RULES = """rules:
  - rule: internal-error
    when: {status: Faulted, error_code: InternalError}
    where: {vendor: Acme}
    for: 5m
    heal: [reset: soft, reset: hard]
    if_not_healed: ticket
  - rule: charger-offline
    when: offline
    for: 15m
    alert: ticket
"""


def covered(*bodies: str) -> Coverage:
    coverage = Coverage()
    around = replace(world(RULES), coverage=coverage)
    coverage.add(around.rules)
    for body in bodies:
        verdict = trial.run(story(body, RULES), around)
        assert verdict.passed, verdict.failures
    return coverage


def messages(coverage: Coverage, kind: Kind) -> list[str]:
    return [str(gap) for gap in coverage.gaps() if gap.kind is kind]


HEALED = """
chargers: {vendor: Acme}
timeline:
  - {at: 1m, status: Faulted, error_code: InternalError}
  - {at: 9m, expect: {healed_by: reset soft}}
"""


def test_without_tests_only_the_rules_are_listed() -> None:
    coverage = covered()
    assert messages(coverage, Kind.RULE) == [
        "rules.yaml:2: internal-error: no test is about it",
        "rules.yaml:8: charger-offline: no test is about it",
    ]
    assert not messages(coverage, Kind.STEP)
    assert not messages(coverage, Kind.CLAUSE)


def test_steps_and_clauses_that_were_not_reached_are_listed() -> None:
    coverage = covered(HEALED)
    assert messages(coverage, Kind.RULE) == ["rules.yaml:8: charger-offline: no test is about it"]
    assert messages(coverage, Kind.STEP) == [
        "rules.yaml:6: internal-error: step 2 of 2 (reset hard) is never taken",
    ]
    assert messages(coverage, Kind.CLAUSE) == ["rules.yaml:4: internal-error: 'vendor is Acme' is never false"]
    assert coverage.counts()[Kind.RULE] == (1, 2)
    assert coverage.counts()[Kind.STEP] == (1, 2)
    assert coverage.counts()[Kind.CLAUSE] == (2, 4)


def test_tests_add_up() -> None:
    other = """
    chargers: {vendor: Other}
    timeline: [{at: 1m, status: Faulted, error_code: InternalError}, {at: 9m, expect: {state: none}}]
    """
    stubborn = """
    chargers: {vendor: Acme}
    replies: {reset soft: no-effect}
    timeline:
      - {at: 1m, status: Faulted, error_code: InternalError}
      - {at: 40m, expect: {healed_by: reset hard}}
    """
    coverage = covered(HEALED, other, stubborn)
    assert {gap.rule for gap in coverage.gaps() if gap.kind is not Kind.GUARD} == {"charger-offline"}


def test_a_rule_that_never_fires_is_told_once_and_its_steps_are_not() -> None:
    coverage = covered("chargers: {vendor: Acme}\ntimeline: [{at: 1h, expect: {state: none}}]")
    assert messages(coverage, Kind.RULE)[0] == "rules.yaml:2: internal-error: it fires in no test"
    assert not messages(coverage, Kind.STEP)
    assert "rules.yaml:3: internal-error: 'status is Faulted' is never true" in messages(coverage, Kind.CLAUSE)


def test_guards_are_reached_when_they_block() -> None:
    calm = covered(HEALED)
    blocked = covered(
        """
        chargers: {vendor: Acme, connectors: 2}
        timeline:
          - {at: 1m, connector: 2, session: start}
          - {at: 2m, connector: 1, status: Faulted, error_code: InternalError}
          - {at: 9m, expect: {blocked_by: session}}
        """
    )
    gap = Gap(Kind.GUARD, "the guard session never blocks")
    assert gap in calm.gaps()
    assert gap not in blocked.gaps()
    assert blocked.counts()[Kind.GUARD][0] >= 1


def test_a_rule_that_another_file_brings_counts_for_itself() -> None:
    coverage = Coverage()
    around = replace(world(RULES, other=RULES.replace("5m", "6m")), coverage=coverage)
    coverage.add(around.rules)
    body = HEALED.replace("timeline:", "reload_at: {30s: other.yaml}\ntimeline:").replace("9m", "12m")
    assert trial.run(story(body, RULES), around).passed
    assert "rules.yaml:2: internal-error: it fires in no test" in messages(coverage, Kind.RULE)
