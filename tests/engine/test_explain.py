"""Explanations: the text of a decision, from the engine as it stands, without changing it."""

from __future__ import annotations

import copy

from healer.engine.explain import Times, explain, targets
from healer.healing.incident import State
from healer.model import ChargerId, Target
from tests.bench import INTERNAL_ERROR, START, Bench, placements

CONNECTOR = Target(ChargerId("CP1"), 1, 1)


def told(bench: Bench, rule: str = "internal-error", target: Target = CONNECTOR) -> list[str]:
    return explain(bench.engine, rule, target, bench.now, start=START)


def a_faulted_charger(bench: Bench, for_s: float) -> Bench:
    bench.arrive("CP1")
    bench.status("CP1", 1, "Faulted", "InternalError")
    bench.wait(for_s)
    return bench


def test_a_pending_rule_says_when_it_fires_and_what_the_guards_say_by_now() -> None:
    bench = a_faulted_charger(Bench.make(), 100)
    assert told(bench) == [
        "internal-error on CP1 evse 1 connector 1 at 00:02:40: condition is TRUE",
        "  yes  status is Faulted              now: Faulted, since 00:01:00",
        "  yes  error_code is InternalError    now: InternalError, since 00:01:00",
        "  state pending: true for 1m40s, fires in 3m20s at 00:06:00 if nothing changes",
        "  next step 1 of 2: reset soft",
        "    pass  mode                 mode is auto",
        "    pass  approval             nobody has to approve",
        "    pass  quarantine           healer has had no trouble with this charger",
        "    pass  interlock            nothing forbids it",
        "    pass  session              evse 1 is idle",
        "    pass  connected            the connection has settled",
        "    pass  store                the ledger takes entries",
        "    pass  firmware             no firmware job runs",
        "    pass  window               the rule names no window",
        "    pass  startup              the fleet has settled since the start",
        "    pass  storm                no storm",
        "    pass  budget               0 of 3 disruptive actions used in 1d",
        "    pass  backoff              nothing disruptive was done lately",
        "    pass  parallel             0 of 1 at CP1, 0 of 1 in the fleet",
        "    pass  busy                 nothing else is under way",
    ]


def test_a_storm_is_told_with_its_guard() -> None:
    bench = Bench.make(inventory=placements("CP1", "CP2", "CP3"))
    for charger in ("CP1", "CP2", "CP3"):
        bench.arrive(charger)
    for charger in ("CP1", "CP2", "CP3"):
        bench.status(charger, 1, "Faulted", "InternalError")
    bench.wait(400)
    lines = told(bench)
    assert "  state suppressed (storm)" in lines
    assert "    BLOCK storm                3 of 3 chargers of the site Depot show the same fault" in lines


def test_a_block_says_when_time_can_lift_it() -> None:
    bench = a_faulted_charger(Bench.make(), 300)
    bench.answer("CP1", "Rejected")
    assert bench.state("internal-error", "CP1") is State.SUPPRESSED
    lines = told(bench)
    assert "  step 1 of 2: reset soft at 00:06:00: rejected" in lines
    assert "  next step 2 of 2: reset hard" in lines
    blocks = [line for line in lines if "BLOCK" in line]
    assert blocks == ["    BLOCK backoff              reset soft was sent 0s ago, 5m apart; can lift at 00:11:00"]


def test_a_step_under_way_says_what_it_waits_for() -> None:
    bench = a_faulted_charger(Bench.make(), 300)
    bench.answer("CP1")
    lines = told(bench)
    assert lines[-3:] == [
        "  state verifying: reset soft: Accepted, since 00:06:00",
        "  step 1 of 2: reset soft at 00:06:00: accepted",
        "    not seen yet: a dropped link or a boot, then the status of every connector, until 00:16:00",
    ]


def test_a_rule_that_is_not_true_says_which_clause_is_not() -> None:
    bench = Bench.make()
    bench.arrive("CP1")
    assert told(bench) == [
        "internal-error on CP1 evse 1 connector 1 at 00:01:00: condition is FALSE",
        "  no   status is Faulted              now: Available, since 00:00:00",
        "  no   error_code is InternalError    now: NoError, since 00:00:00",
        "  state none",
    ]


def test_unknown_stands_still_and_says_so() -> None:
    bench = a_faulted_charger(Bench.make(), 100)
    bench.drop("CP1")
    bench.wait(50)
    lines = told(bench)
    assert lines[:4] == [
        "internal-error on CP1 evse 1 connector 1 at 00:03:30: condition is UNKNOWN",
        "  ?    status is Faulted              now: unknown",
        "  ?    error_code is InternalError    now: unknown",
        "  state pending: true for 1m40s of 5m; that stands still while it is unknown",
    ]


def test_where_and_blocks_of_clauses_are_shown_in_depth() -> None:
    text = """
rules:
  - rule: sick
    when:
      - {status: Faulted}
      - not: {error_code: NoError}
    where: {vendor: Other}
    for: 5m
    alert: page
"""
    bench = Bench.make(text)
    bench.arrive("CP1")
    bench.status("CP1", 1, "Faulted", "InternalError")
    lines = told(bench, "sick")
    assert lines[0].endswith("condition is FALSE")
    assert lines[1:] == [
        "  no   where vendor is Other        now: Acme",
        "  yes  any of",
        "  yes    status is Faulted          now: Faulted, since 00:01:00",
        "  yes    not",
        "  no       error_code is NoError    now: InternalError, since 00:01:00",
        "  state none",
    ]


def test_a_rule_without_a_ladder_only_tells() -> None:
    bench = Bench.make("rules:\n  - rule: gone\n    when: offline\n    for: 5m\n    alert: ticket\n")
    bench.arrive("CP1")
    bench.drop("CP1")
    bench.wait(400)
    lines = told(bench, "gone", Target(ChargerId("CP1")))
    assert lines[2:] == [
        "  state firing: true for 5m, since 00:06:00",
        "  no ladder: it only tells",
        "  alerts: ticket (firing)",
    ]


def test_a_step_that_cannot_be_taken_says_why() -> None:
    text = (
        "rules:\n  - rule: log\n    when: {status: Faulted}\n    for: 5m\n"
        "    heal: [collect-diagnostics]\n    alert: info\n"
    )
    bench = a_faulted_charger(Bench.make(text), 100)
    assert told(bench, "log")[-1] == (
        "    cannot be taken: no diagnostics_url is set, so the charger cannot upload anything"
    )
    bench.wait(300)
    assert any("state exhausted" in line for line in told(bench, "log"))


def test_what_nobody_knows_is_said_plainly() -> None:
    bench = Bench.make()
    assert told(bench, "foo") == ["foo on CP1 evse 1 connector 1: there is no such rule"]
    assert told(bench) == ["internal-error on CP1 evse 1 connector 1: there is no such charger"]
    assert targets(bench.engine, "internal-error", ChargerId("CP1")) == []


def test_a_campaign_is_told_from_an_incident() -> None:
    text = (
        "rules:\n  - rule: old\n    when: {firmware: {older_than: 1.10}}\n    heal: [update-firmware: 1.10]\n"
        "    rollout: {stages: [1, 100%], soak: 1h}\n    if_not_healed: ticket\n"
    )
    bench = Bench.make(text)
    bench.arrive("CP1")
    assert told(bench, "old", Target(ChargerId("CP1")))[-1] == "  it makes a campaign (rollout), never an incident"


def test_the_places_of_a_rule_begin_with_those_that_have_an_incident() -> None:
    bench = Bench.make()
    bench.arrive("CP1", connectors=2)
    bench.status("CP1", 2, "Faulted", "InternalError")
    found = [str(target) for target in targets(bench.engine, "internal-error", ChargerId("CP1"))]
    assert found == ["CP1 evse 2 connector 2", "CP1", "CP1 evse 1 connector 1"]


def test_looking_changes_nothing() -> None:
    bench = Bench.make(INTERNAL_ERROR, inventory=placements("CP1", "CP2", "CP3"))
    for charger in ("CP1", "CP2", "CP3"):
        bench.arrive(charger)
        bench.status(charger, 1, "Faulted", "InternalError")
    bench.wait(280)
    storms, transitions = copy.deepcopy(bench.engine.casebook.storms.standing), len(bench.transitions)
    told(bench)
    assert bench.engine.casebook.storms.standing == storms
    assert (bench.engine.casebook.outputs, len(bench.transitions)) == ([], transitions)


def test_times_are_shown_by_the_clock_or_since_the_start_of_a_test() -> None:
    assert Times(START, START).at(START + 26 * 3600 + 61) == "1d 02:01:01"
    assert Times(START, START).at(START - 60) == "-00:01:00"
    assert Times(1_798_761_600.0).at(1_798_761_600.0 + 3661) == "01:01:01"
    assert Times(1_798_761_600.0).at(1_798_761_600.0 - 60) == "2026-12-31 23:59:00"
