"""Stories told: what chargers do, what is seen, and how a failing expectation is told."""

from __future__ import annotations

import pytest

from healer.errors import LocalError
from healer.replay import stage, trial
from healer.replay.stage import START, Stage
from tests.replay.telling import RULES, problems, rules, story, told, world

LADDER = """
chargers: 2 at Depot
replies: {reset soft: no-effect}
timeline:
  - {at: 1m, charger: Depot/1, status: Faulted, error_code: InternalError}
  - {at: 40m, expect: {state: resolved, healed_by: reset hard, sent: [reset soft, reset hard]}}
"""
SICK = "{at: 1m, status: Faulted, error_code: InternalError}"

TALKATIVE = """
rules:
  - rule: internal-error
    when: {status: Faulted}
    for: 1m
    heal:
      - probe
      - reconnect
    alert: info
"""


# --- how failures are told ----------------------------------------------------------------------------------------


def test_a_failing_expectation_is_told_with_its_place_and_the_explanation_of_that_moment() -> None:
    verdict = told(f"timeline:\n  - {SICK}\n  - {{at: 3m, expect: {{state: firing, sent: [reset soft]}}}}\n")
    first, second = verdict.failures
    assert (str(first.mark), first.at, first.message) == (
        "a.test.yaml:6:34",
        "00:03:00",
        "state: expected firing, got pending",
    )
    assert first.explanation[:4] == (
        "internal-error on Depot/1 evse 1 connector 1 at 00:03:00: condition is TRUE",
        "  yes  status is Faulted              now: Faulted, since 00:01:00",
        "  yes  error_code is InternalError    now: InternalError, since 00:01:00",
        "  state pending: true for 2m, fires in 3m at 00:06:00 if nothing changes",
    )
    assert (second.message, second.explanation) == ("sent: expected [reset soft], got []", ())


def test_what_was_sent_instead_is_listed() -> None:
    verdict = told(f"timeline:\n  - {SICK}\n  - {{at: 9m, expect: {{sent: []}}}}\n")
    assert verdict.failures[0].explanation[-1] == "sent at 00:06:00 to Depot/1: reset soft, by internal-error"


def test_a_forbidden_command_is_told_at_its_moment() -> None:
    verdict = told(f"never: [reset]\ntimeline:\n  - {SICK}\n  - {{at: 9m, expect: {{state: stabilising}}}}\n")
    failure = verdict.failures[0]
    assert (failure.at, failure.message) == ("00:06:00", "never: reset soft was sent to Depot/1 by internal-error")
    assert str(failure.mark) == "a.test.yaml:4:13"


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("state: none", "state: expected none, got stabilising"),
        ("state: [firing, pending]", "state: expected firing or pending, got stabilising"),
        ("healed_by: reset hard", "healed_by: expected reset hard, got reset soft"),
        ("healed_by: none", "healed_by: expected none, got reset soft"),
        ("sent: [reset hard]", "sent: expected [reset hard], got [reset soft]"),
        ("blocked_by: storm", "blocked_by: expected [storm], got []"),
        ("alerts: [ticket]", "alerts: expected [ticket], got []"),
        ("incidents: 2", "incidents: expected 2, got 1"),
    ],
)
def test_each_fact_says_what_was_seen_instead(expected: str, got: str) -> None:
    assert problems(f"timeline:\n  - {SICK}\n  - {{at: 9m, expect: {{{expected}}}}}\n") == [f"00:09:00 {got}"]


def test_alerts_are_exact_and_may_name_kind_severity_or_both() -> None:
    body = """
        rule: charger-offline
        timeline:
          - {at: 1m, offline}
          - {at: 20m, expect: {alerts: [%s], raised: [ticket]}}
    """.replace("        rule: charger-offline\n", "")
    text = RULES.replace("rule: internal-error", "rule: other").replace("rule: charger-offline", "rule: internal-error")
    for good in ("ticket", "firing", "firing ticket", "ticket firing"):
        assert problems(body % good, text) == []
    for bad in ("", "page", "ticket, ticket", "storm ticket"):
        assert len(problems(body % bad, text)) == 1


def test_named_chargers_must_each_have_what_is_expected() -> None:
    body = (
        "chargers: 2 at Depot\ntimeline:\n  - {at: 1m, charger: Depot/1, status: Faulted, error_code: InternalError}\n"
    )
    assert problems(body + "  - {at: 2m, expect: {state: pending}}\n") == []
    assert problems(body + "  - {at: 2m, charger: all, expect: {state: pending}}\n") == [
        "00:02:00 state: expected pending, got pending (Depot/1 evse 1 connector 1), none (Depot/2)"
    ]
    assert problems(body + "  - {at: 2m, charger: Depot/2, expect: {state: none, sent: []}}\n") == []


def test_an_expectation_about_a_connector_looks_at_no_other() -> None:
    body = (
        "chargers: {connectors: 2}\ntimeline:\n  - {at: 1m, connector: 2, status: Faulted, error_code: InternalError}\n"
    )
    assert problems(body + "  - {at: 2m, connector: 1, expect: {state: none}}\n") == []
    assert problems(body + "  - {at: 2m, connector: 2, expect: {state: pending}}\n") == []


# --- what chargers do ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("status", ["Preparing", "Charging", "Finishing", "Unavailable", "Reserved", "Faulted"])
def test_a_scripted_status_is_what_the_engine_believes(version: str, status: str) -> None:
    text = RULES.replace("{status: Faulted, error_code: InternalError}", f"{{status: {status}}}")
    body = f"chargers: {{ocpp: {version}}}\ntimeline:\n  - {{at: 1m, status: {status}}}\n"
    body += "  - {at: 90s, expect: {state: pending}}\n  - {at: 2m, status: Available}\n"
    assert problems(body + "  - {at: 4m, expect: {state: none}}\n", text) == []


@pytest.mark.parametrize("status", ["SuspendedEV", "SuspendedEVSE"])
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_session_can_be_suspended(version: str, status: str) -> None:
    text = RULES.replace("{status: Faulted, error_code: InternalError}", f"{{status: {status}}}")
    body = f"chargers: {{ocpp: {version}}}\ntimeline:\n  - {{at: 1m, session: start}}\n"
    body += f"  - {{at: 90s, status: {status}}}\n  - {{at: 2m, expect: {{state: pending}}}}\n"
    assert problems(body, text) == []


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_an_error_without_a_fault_is_only_said(version: str) -> None:
    text = RULES.replace("{status: Faulted, error_code: InternalError}", "{error_code: HighTemperature}")
    body = f"chargers: {{ocpp: {version}}}\ntimeline:\n  - {{at: 1m, status: Available, error_code: HighTemperature}}\n"
    assert problems(body + "  - {at: 2m, expect: {state: pending}}\n", text) == []


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("session: stop", "there is no session at connector 1 of Depot/1"),
        ("online", "Depot/1 is online already"),
        ("cleared_by: Jo", "Depot/1 has no incident that a person could clear"),
    ],
)
def test_what_cannot_happen_is_a_failure(entry: str, problem: str) -> None:
    body = f"timeline:\n  - {{at: 1m, {entry}}}\n  - {{at: 2m, expect: {{state: none}}}}\n"
    assert problems(body) == [f"00:01:00 this cannot happen: {problem}"]


def test_nobody_charges_at_a_faulted_connector_or_boots_without_a_link() -> None:
    body = f"timeline:\n  - {SICK}\n  - {{at: 2m, session: start}}\n  - {{at: 3m, status: Charging}}\n"
    body += "  - {at: 4m, offline}\n  - {at: 5m, boot}\n  - {at: 6m, expect: {state: pending}}\n"
    found = problems(body)
    assert found[:2] == [
        "00:02:00 this cannot happen: connector 1 of Depot/1 is Faulted: nobody can charge there",
        "00:03:00 this cannot happen: connector 1 of Depot/1 is Faulted: nobody can charge there",
    ]
    assert found[2] == "00:05:00 this cannot happen: Depot/1 is offline: it cannot boot on a standing link"


def test_2_0_1_cannot_be_suspended_without_a_session() -> None:
    body = (
        "chargers: {ocpp: 2.0.1}\ntimeline:\n  - {at: 1m, status: SuspendedEV}\n  - {at: 2m, expect: {state: none}}\n"
    )
    assert "only in a session" in problems(body)[0]


def test_a_charger_may_change_its_ways() -> None:
    body = f"replies: {{reset: rejected}}\ntimeline:\n  - {SICK}\n  - {{at: 5m, replies: {{reset: works}}}}\n"
    assert problems(body + "  - {at: 8m, expect: {healed_by: reset soft}}\n") == []


def test_harmless_commands_and_closed_links_count_as_sent() -> None:
    body = f"replies: {{probe: no-effect}}\ntimeline:\n  - {SICK}\n"
    body += "  - {at: 3m, expect: {sent: [probe]}}\n  - {at: 9m, expect: {sent: [probe, reconnect]}}\n"
    assert problems(body, TALKATIVE) == []


def test_a_probe_that_works_is_seen_to_work() -> None:
    body = f"timeline:\n  - {SICK}\n  - {{at: 2m10s, expect: {{state: verifying}}}}\n"
    verdict = told(body + "  - {at: 2m10s, expect: {state: none}}\n", TALKATIVE)
    assert any("seen: a fresh status report" in line for line in verdict.failures[0].explanation)


def test_firmware_that_a_charger_tells_is_believed() -> None:
    text = RULES.replace("{status: Faulted, error_code: InternalError}", "{firmware: {newer_than: 1.9}}").replace(
        "heal:\n      - reset: soft\n      - reset: hard\n    if_not_healed: ticket", "alert: info"
    )
    body = "timeline:\n  - {at: 1m, expect: {state: none}}\n  - {at: 2m, firmware: 1.10}\n"
    assert problems(body + "  - {at: 3m, expect: {state: pending}}\n", text) == []


# --- the daemon ---------------------------------------------------------------------------------------------------


def test_new_rules_take_over_and_old_incidents_go() -> None:
    slow = RULES.replace("for: 5m", "for: 20m")
    body = f"reload_at: {{4m: slow.yaml}}\ntimeline:\n  - {SICK}\n"
    body += "  - {at: 10m, expect: {state: pending, sent: []}}\n  - {at: 22m, expect: {sent: [reset soft]}}\n"
    assert problems(body, slow=slow) == []


def test_a_command_that_a_restart_cut_off_is_never_repeated() -> None:
    # At 6m the reset leaves; the daemon dies before it arrives.
    body = LADDER.replace("timeline:", "restart_at: 6m\ntimeline:").replace("no-effect", "works")
    assert problems(body) == []


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_crash_at_any_write_to_the_ledger_doubles_nothing(version: str) -> None:
    body = LADDER.replace("2 at Depot", f"{{count: 2, site: Depot, ocpp: {version}}}")
    verdict = trial.crash_everywhere(story(body), world())
    assert verdict.failures == ()
    assert verdict.writes > 10
    assert [sent.action for sent in verdict.sent] == ["reset soft", "reset hard"]


def test_a_doubled_command_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A memory that forgets its intents makes a daemon that repeats itself."""
    monkeypatch.setattr("healer.replay.memory._INTENTS_KEPT_S", -1.0)
    monkeypatch.setattr("healer.replay.memory._is_wanted", lambda incident, now: False)
    verdict = trial.crash_everywhere(story(LADDER), world())
    assert verdict.failures
    assert "reset soft was sent to Depot/1 2 times instead of 1" in verdict.failures[0].message


def test_a_story_comes_out_the_same_each_time() -> None:
    first, second = told(LADDER), told(LADDER)
    assert first.passed
    assert first == second


def test_before_the_beginning_all_is_quiet() -> None:
    there = story("chargers: [2 at Depot, {count: 2, site: Yard, ocpp: 2.0.1, connectors: 2}]\ntimeline: []\n".replace(
        "timeline: []", "timeline: [{at: 1m, expect: {state: none}}]"
    ))  # fmt: skip
    told_on = Stage.set_up(there.cast, rules(), there.settings, world().profiles)
    told_on.begin()
    assert told_on.now == START
    for charger in told_on.engine.chargers.values():
        assert charger.connected
        assert charger.settled_at() is not None
        assert all(charger.is_fresh(plug) and plug.status == "Available" for plug in charger.connectors())
        assert sum(len(window.times) for window in charger.events.values()) == 0
    assert (told_on.sent, told_on.alerts, told_on.writes) == ([], [], 0)


def test_a_story_that_never_rests_is_a_bug_and_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "_LONGEST_BUSTLE", 0)
    with pytest.raises(LocalError, match="does not come to rest"):
        told(LADDER)
