"""The life of an incident, from raw frames to raw frames."""

from __future__ import annotations

import pytest

from healer.events import RulesReplaced
from healer.healing.incident import State
from healer.healing.records import Fate
from healer.healing.settings import BackoffLimits
from healer.model import ChargerId, Mode, Severity
from tests.bench import INTERNAL_ERROR, START, Bench, healing, placements, rules

RULE = "internal-error"
NO_PAUSE = BackoffLimits(first_s=0.0)

BY_HAND = """
rules:
  - rule: ground-failure
    when: {status: Faulted, error_code: GroundFailure}
    for: 5m
    forbid: [reset, unlock]
    heal:
      - take-out-of-service: connector
    alert: page
    clear: by-hand
"""


def ill(text: str = INTERNAL_ERROR, **changes: object) -> Bench:
    """A charger that has just become faulted."""
    bench = Bench.make(text, healing(backoff=NO_PAUSE, **changes))
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    return bench


def acting(text: str = INTERNAL_ERROR, **changes: object) -> Bench:
    """One that has just been sent the first command of its ladder."""
    bench = ill(text, **changes)
    bench.wait(300)
    assert bench.state(RULE, "A") is State.ACTING
    return bench


# --- the whole way ------------------------------------------------------------------------------------------------


def test_a_soft_reset_heals() -> None:
    bench = ill()
    bench.wait(299)
    assert bench.state(RULE, "A") is State.PENDING
    assert bench.resets("A") == []
    bench.wait(1)
    assert bench.resets("A") == ["Reset Soft"]
    bench.answer("A")
    assert bench.state(RULE, "A") is State.VERIFYING
    bench.restart("A")
    assert bench.state(RULE, "A") is State.STABILISING
    bench.wait(600)
    incident = bench.incident(RULE, "A")
    assert incident.state is State.RESOLVED
    assert incident.healed_by == "reset soft"
    assert bench.resets("A") == ["Reset Soft"]
    assert bench.raised("not-healed") == []
    assert [(outcome.fate, outcome.intent) for outcome in bench.outcomes()] == [(Fate.ACCEPTED, 1)]


def test_accepted_is_not_healed() -> None:
    bench = acting()
    bench.answer("A")
    bench.restart("A", faulted="InternalError")
    assert bench.state(RULE, "A") is State.VERIFYING
    bench.wait(700)
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]


def test_a_cure_without_evidence_is_no_cure_of_ours() -> None:
    bench = acting()
    bench.answer("A")
    bench.status("A", 1, "Available")  # it did not restart at all
    assert bench.state(RULE, "A") is State.VERIFYING
    bench.wait(700)
    assert bench.state(RULE, "A") is State.RESOLVED
    assert bench.incident(RULE, "A").healed_by is None
    assert bench.resets("A") == ["Reset Soft"]


def test_what_the_soft_reset_did_not_heal_the_hard_one_does() -> None:
    bench = acting()
    bench.answer("A")
    bench.restart("A", faulted="InternalError")
    bench.wait(600)
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]
    bench.answer("A")
    bench.restart("A")
    bench.wait(600)
    incident = bench.incident(RULE, "A")
    assert (incident.state, incident.healed_by) == (State.RESOLVED, "reset hard")
    assert [(taken.action, taken.result) for taken in incident.taken] == [
        ("reset soft", "no-effect"),
        ("reset hard", "healed"),
    ]


@pytest.mark.parametrize(("word", "result"), [("Rejected", "rejected"), ("NotSupported", "not-supported")])
def test_a_rejected_step_leads_to_the_next_at_once(word: str, result: str) -> None:
    bench = acting()
    bench.answer("A", word)
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]
    assert [taken.result for taken in bench.incident(RULE, "A").taken] == [result, "under way"]


def test_a_command_the_charger_does_not_implement_leads_to_the_next_at_once() -> None:
    bench = acting()
    bench.answer_error("A", "NotImplemented")
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]


@pytest.mark.parametrize("silence", ["no answer", "an error", "a lost link"])
def test_an_uncertain_command_is_verified_and_never_repeated(silence: str) -> None:
    bench = acting()
    if silence == "no answer":
        bench.wait(30)
    elif silence == "an error":
        bench.answer_error("A", "InternalError")
    else:
        bench.drop("A")
    assert bench.state(RULE, "A") is State.VERIFYING
    assert bench.outcomes()[-1].fate is Fate.UNCERTAIN
    if silence == "a lost link":
        bench.come_back("A", faulted="InternalError")
    bench.wait(500)
    assert bench.state(RULE, "A") is State.VERIFYING
    assert bench.resets("A") == ["Reset Soft"]
    bench.wait(150)
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]


def test_an_uncertain_command_that_worked_all_the_same_counts_as_healed() -> None:
    bench = acting()
    bench.restart("A")
    bench.wait(600)
    assert bench.incident(RULE, "A").healed_by == "reset soft"


def test_an_answer_that_comes_late_or_twice_changes_nothing() -> None:
    bench = acting()
    call = bench.calls("A")[-1]
    bench.wait(31)
    bench.answer("A", "Rejected", call=call)
    bench.answer("A", "Rejected", call=call)
    assert bench.state(RULE, "A") is State.VERIFYING
    assert bench.resets("A") == ["Reset Soft"]
    assert len(bench.outcomes()) == 1


def test_a_charger_that_does_not_come_back_has_failed_the_step_and_gets_nothing_more() -> None:
    bench = acting()
    bench.answer("A")
    bench.drop("A")
    bench.wait(700)
    assert bench.state(RULE, "A") in {State.FIRING, State.SUPPRESSED}
    assert bench.incident(RULE, "A").step == 1
    assert bench.resets("A") == ["Reset Soft"]


def test_a_used_up_ladder_is_exhausted_and_told_once() -> None:
    bench = acting()
    bench.serve("A", 4 * 3600, faulted="InternalError")
    assert bench.state(RULE, "A") is State.EXHAUSTED
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]
    assert [alert.severity for alert in bench.raised("not-healed")] == [Severity.TICKET]
    bench.status("A", 1, "Available")
    bench.wait(600)
    assert bench.state(RULE, "A") is State.RESOLVED
    assert len(bench.resolved("not-healed")) == 1


# --- relapses -----------------------------------------------------------------------------------------------------


def test_a_relapse_while_stabilising_goes_on_with_the_next_step() -> None:
    bench = acting()
    bench.answer("A")
    bench.restart("A")
    bench.wait(60)
    assert bench.state(RULE, "A") is State.STABILISING
    bench.status("A", 1, "Faulted", "InternalError")
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]


def test_a_relapse_within_a_day_reopens_the_same_incident_at_the_next_step() -> None:
    bench = acting()
    number = bench.incident(RULE, "A").id
    bench.answer("A")
    bench.restart("A")
    bench.wait(20 * 3600)
    bench.status("A", 1, "Faulted", "InternalError")
    assert bench.state(RULE, "A") is State.RESOLVED
    bench.wait(300)
    incident = bench.incident(RULE, "A")
    assert (incident.id, incident.reopened, incident.step) == (number, 1, 1)
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]


def test_a_relapse_after_a_day_is_a_new_incident() -> None:
    bench = acting()
    number = bench.incident(RULE, "A").id
    bench.answer("A")
    bench.restart("A")
    bench.wait(26 * 3600)
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    assert bench.incident(RULE, "A").id > number
    assert bench.resets("A") == ["Reset Soft", "Reset Soft"]


def test_a_fault_that_ends_too_soon_is_forgotten() -> None:
    bench = ill()
    bench.wait(200)
    bench.status("A", 1, "Available")
    assert bench.engine.casebook.find(RULE, bench.transitions[0].incident.target) is None
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(299)
    assert bench.state(RULE, "A") is State.PENDING


def test_a_fault_that_ends_by_itself_before_a_step_was_taken_begins_at_the_first_again() -> None:
    bench = ill(mode=Mode.AUTO)
    bench.break_store()
    bench.wait(300)
    assert bench.blocked_by(RULE, "A") == {"store"}
    bench.status("A", 1, "Available")
    assert bench.state(RULE, "A") is State.STABILISING
    bench.mend_store()
    bench.status("A", 1, "Faulted", "InternalError")
    assert bench.resets("A") == ["Reset Soft"]


# --- unknown ------------------------------------------------------------------------------------------------------


def test_unknown_never_fires() -> None:
    bench = ill()
    bench.wait(290)
    bench.drop("A")
    bench.wait(400)
    assert bench.state(RULE, "A") is State.PENDING
    bench.come_back("A", faulted="InternalError")
    bench.wait(9)
    assert bench.state(RULE, "A") is State.PENDING
    bench.wait(40)
    assert bench.resets("A") == ["Reset Soft"]


def test_a_long_unknown_stretch_has_to_be_proved_anew() -> None:
    bench = ill()
    bench.wait(290)
    bench.drop("A")
    bench.wait(601)
    bench.come_back("A", faulted="InternalError")
    bench.wait(299)
    assert bench.state(RULE, "A") is State.PENDING
    bench.wait(1)
    assert bench.resets("A") == ["Reset Soft"]


def test_unknown_never_heals_nor_resolves() -> None:
    bench = acting()
    bench.answer("A")
    bench.drop("A")
    bench.wait(20)
    bench.connect("A")
    bench.boot("A")
    assert bench.state(RULE, "A") is State.VERIFYING
    bench.statuses("A")
    assert bench.state(RULE, "A") is State.STABILISING
    bench.wait(300)
    bench.drop("A")
    bench.wait(8 * 3600)
    assert bench.state(RULE, "A") is State.STABILISING
    bench.come_back("A")
    bench.wait(301)
    assert bench.state(RULE, "A") is State.RESOLVED


def test_a_silent_charger_is_unknown_and_nothing_is_sent_to_it() -> None:
    bench = ill(INTERNAL_ERROR.replace("for: 5m", "for: 15m"))
    bench.wait(3600, silent={"A"})
    assert bench.resets("A") == []


# --- held back too long -------------------------------------------------------------------------------------------


def test_what_is_held_back_too_long_is_told_once() -> None:
    bench = ill()
    bench.break_store()
    bench.wait(300 + 4 * 3600 - 1)
    assert bench.raised("not-healed") == []
    bench.wait(1)
    assert len(bench.raised("not-healed")) == 1
    assert "store" in bench.raised("not-healed")[0].reason
    bench.wait(10 * 3600)
    assert len(bench.raised("not-healed")) == 1
    bench.mend_store()
    assert bench.resets("A") == ["Reset Soft"]


def test_a_held_back_step_writes_nothing_while_nothing_changes() -> None:
    bench = ill()
    bench.break_store()
    bench.wait(300)
    before = len(bench.transitions)
    for _ in range(5):
        bench.status("A", 1, "Faulted", "InternalError")
        bench.wait(60)
    assert len(bench.transitions) == before


def test_the_engine_rests_while_a_blocked_charger_is_away() -> None:
    bench = ill()
    bench.wait(280)
    bench.drop("A")
    bench.come_back("A", faulted="InternalError")
    bench.wait(20)
    assert bench.blocked_by(RULE, "A") == {"connected"}
    bench.drop("A")
    bench.wait(3600)  # a deadline of the past would keep the bench busy for ever
    assert bench.resets("A") == []


# --- dry-run ------------------------------------------------------------------------------------------------------


def test_dry_run_sends_nothing_and_never_says_that_it_did_not_heal() -> None:
    bench = ill(mode=Mode.DRY_RUN)
    bench.wait(12 * 3600)
    assert bench.commands("A") == []
    assert bench.intents == []
    assert bench.blocked_by(RULE, "A") == {"mode"}
    assert len(bench.incident(RULE, "A").verdicts) > 8
    assert bench.raised("not-healed") == []


def test_dry_run_is_quiet_even_where_a_step_is_impossible_or_only_tells() -> None:
    text = INTERNAL_ERROR.replace("- reset: soft\n      - reset: hard", "- notify\n      - collect-diagnostics")
    bench = ill(text, mode=Mode.DRY_RUN)
    bench.wait(12 * 3600)
    assert bench.raised("not-healed") == []
    loud = ill(text)
    loud.wait(12 * 3600)
    assert len(loud.raised("not-healed")) == 1


def test_the_rules_own_mode_may_be_stricter() -> None:
    bench = ill(INTERNAL_ERROR.replace("    for: 5m", "    for: 5m\n    mode: dry-run"))
    bench.wait(3600)
    assert bench.blocked_by(RULE, "A") == {"mode"}
    assert bench.commands("A") == []


# --- people -------------------------------------------------------------------------------------------------------


def test_by_hand_the_alert_stays_until_a_person_clears_it() -> None:
    bench = Bench.make(BY_HAND)
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "GroundFailure")
    bench.wait(300)
    bench.answer("A")
    bench.status("A", 1, "Unavailable")
    bench.wait(1200)
    assert bench.state("ground-failure", "A") is State.AWAITING_CLEAR
    assert len(bench.raised("firing")) == 1
    bench.wait(48 * 3600)
    assert bench.resolved("firing") == []
    bench.clear("ground-failure", "A")
    assert bench.state("ground-failure", "A") is State.RESOLVED
    assert len(bench.resolved("firing")) == 1


def test_what_stands_in_mid_treatment_cannot_be_cleared() -> None:
    bench = acting()
    bench.clear(RULE, "A")
    assert bench.state(RULE, "A") is State.ACTING


def test_an_exhausted_incident_that_a_person_clears_is_cancelled() -> None:
    bench = acting()
    bench.serve("A", 3600, faulted="InternalError")
    bench.clear(RULE, "A")
    assert [t.after for t in bench.transitions if t.incident.id == 1][-1] == "cancelled"
    assert len(bench.resolved("not-healed")) == 1


# --- several incidents --------------------------------------------------------------------------------------------

TWO = """
rules:
  - rule: mild
    when: {status: Faulted, error_code: [InternalError, OtherError]}
    for: 1m
    heal: [{reset: hard}]
    if_not_healed: ticket
  - rule: grave
    when: {status: Faulted, error_code: InternalError}
    for: 1m
    heal: [{reset: soft}]
    if_not_healed: critical
"""


def test_of_two_incidents_the_graver_goes_first_and_the_other_waits() -> None:
    bench = Bench.make(TWO, healing(backoff=NO_PAUSE))
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(60)
    assert bench.resets("A") == ["Reset Soft"]
    assert bench.state("grave", "A") is State.ACTING
    assert "busy" in bench.blocked_by("mild", "A")
    bench.answer("A")
    bench.restart("A")
    assert bench.state("grave", "A") is State.STABILISING
    assert bench.state("mild", "A") is State.STABILISING  # the same boot verified it
    bench.wait(700)
    assert bench.resets("A") == ["Reset Soft"]


def test_when_the_first_failed_the_other_has_its_turn() -> None:
    bench = Bench.make(TWO, healing(backoff=NO_PAUSE))
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(60)
    bench.serve("A", 1200, faulted="InternalError")
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]
    assert bench.state("grave", "A") is State.EXHAUSTED


def test_incidents_of_two_connectors_take_turns() -> None:
    bench = Bench.make(settings=healing(backoff=NO_PAUSE))
    bench.arrive("A", connectors=2)
    bench.status("A", 1, "Faulted", "InternalError")
    bench.status("A", 2, "Faulted", "InternalError")
    bench.wait(300)
    states = {bench.state(RULE, "A", connector) for connector in (1, 2)}
    assert states == {State.ACTING, State.SUPPRESSED}
    assert bench.resets("A") == ["Reset Soft"]


def test_at_a_site_one_after_the_other_is_treated() -> None:
    bench = Bench.make(inventory=placements("A", "B"))
    for charger in ("A", "B"):
        bench.arrive(charger)
        bench.status(charger, 1, "Faulted", "InternalError")
    bench.wait(400)
    assert (bench.resets("A"), bench.resets("B")) == (["Reset Soft"], [])
    assert bench.blocked_by(RULE, "B") == {"parallel"}
    bench.answer("A")
    bench.restart("A")
    assert bench.resets("B") == ["Reset Soft"]


# --- rules change -------------------------------------------------------------------------------------------------


def test_a_removed_rule_cancels_its_incident_and_its_alerts() -> None:
    bench = acting()
    bench.serve("A", 3600, faulted="InternalError")
    bench.give(RulesReplaced(rules("rules: []")))
    assert bench.transitions[-1].after == "cancelled"
    assert len(bench.resolved("not-healed")) == 1


def test_a_ladder_that_became_shorter_ends_where_it_was_blocked() -> None:
    bench = ill(budget=healing().budget)
    bench.wait(300)
    bench.answer("A")
    bench.break_store()
    bench.restart("A", faulted="InternalError")
    bench.wait(700)
    assert bench.state(RULE, "A") is State.SUPPRESSED
    bench.give(RulesReplaced(rules(INTERNAL_ERROR.replace("      - reset: hard\n", ""))))
    bench.wait(1)
    assert bench.state(RULE, "A") is State.EXHAUSTED
    assert len(bench.raised("not-healed")) == 1


def test_a_rule_without_a_ladder_only_tells() -> None:
    bench = Bench.make("rules: [{rule: faulted, when: {status: Faulted}, for: 1m, alert: warning}]")
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(3600)
    assert bench.state("faulted", "A") is State.FIRING
    assert len(bench.raised("firing")) == 1
    bench.status("A", 1, "Available")
    bench.wait(600)
    assert bench.state("faulted", "A") is State.RESOLVED
    assert len(bench.resolved("firing")) == 1


# --- what a rule may ask for beside a reset -------------------------------------------------------------------------


def _faulted(ladder: str, *lines: str, mode: Mode = Mode.AUTO) -> Bench:
    """A charger whose fault has just begun to fire."""
    body = "".join(f"\n    {line}" for line in lines)
    text = (
        "rules:\n  - rule: ill\n    when: {status: Faulted}\n    for: 5m\n    if_not_healed: ticket\n"
        f"    heal: [{ladder}]{body}\n"
    )
    bench = Bench.make(text, settings=healing(mode=mode))
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "OtherError")
    bench.wait(300)
    return bench


def test_what_waits_for_approval_is_not_sent_and_people_are_told_in_the_end() -> None:
    for bench in (
        _faulted("reset: soft", mode=Mode.ASK),
        _faulted("reset: soft", "mode: ask"),
        _faulted("{reset: soft, ask: yes}"),
    ):
        assert bench.blocked_by("ill", "A") == {"approval"}
        bench.wait(4 * 3600.0 - 1)
        assert bench.raised("not-healed") == []
        bench.wait(2)
        assert len(bench.raised("not-healed")) == 1
        assert bench.calls("A") == []


def test_the_steps_before_the_one_that_asks_are_taken() -> None:
    bench = _faulted("probe, {reset: soft, ask: yes}")
    bench.serve("A", 600, faulted="OtherError")
    assert bench.commands("A") == ["TriggerMessage StatusNotification"]
    assert bench.blocked_by("ill", "A") == {"approval"}


def test_a_step_waits_for_its_window_and_tells_nobody_that_it_was_not_healed() -> None:
    evenings = "window: evenings\nwindows: {evenings: {from: 20:00, to: 22:00}}"
    bench = _faulted("reset: soft", evenings)
    assert bench.blocked_by("ill", "A") == {"window"}
    bench.wait(START + 12 * 3600.0 - bench.now - 1)
    assert (bench.resets("A"), bench.raised("not-healed")) == ([], [])
    bench.wait(1)
    assert bench.resets("A") == ["Reset Soft"]


def test_a_step_that_this_version_cannot_take_is_passed_over_and_that_is_told() -> None:
    bench = _faulted("webhook: outlet, reset: soft")
    assert bench.resets("A") == ["Reset Soft"]
    first = bench.incident("ill", "A").taken[0]
    assert (first.action, first.result) == ("webhook outlet", "not possible")
    assert first.detail == "not supported: this version cannot carry out webhook outlet"


@pytest.mark.parametrize(
    ("step", "command"),
    [
        ("clear-cache", "ClearCache"),
        ("set-config: {HeartbeatInterval: 60}", "ChangeConfiguration"),
        ("limit-power: {amps: 16}", "SetChargingProfile"),
        ("clear-power-limit", "ClearChargingProfile"),
        ("send: {vendor: com.example, message: go}", "DataTransfer"),
    ],
)
def test_what_interrupts_nobody_is_sent_and_costs_no_budget(step: str, command: str) -> None:
    bench = _faulted(step)
    assert [call[2] for call in bench.calls("A")] == [command]
    bench.answer("A")
    assert bench.state("ill", "A") is State.VERIFYING
    bench.status("A", 1, "Available")
    assert bench.incident("ill", "A").healed_by == bench.intents[0].action
    assert bench.engine.ward.bookings.matching(ChargerId("A"), 3600.0, bench.now) == []


def test_a_rejected_write_leads_to_the_next_step() -> None:
    bench = _faulted("set-config: {HeartbeatInterval: 60}, reset: soft")
    bench.answer("A", "Rejected")
    assert bench.resets("A") == ["Reset Soft"]


def test_a_transaction_that_may_be_alive_is_never_stopped_by_itself() -> None:
    text = (
        "rules:\n  - rule: stuck\n    when: {status: Charging}\n    for: 5m\n    if_not_healed: ticket\n"
        "    heal: [stop-transaction]\n"
    )
    bench = Bench.make(text)
    bench.arrive("A")
    bench.start_session("A")
    bench.status("A", 1, "Charging")
    bench.wait(8 * 3600.0)
    assert bench.blocked_by("stuck", "A") == {"session"}
    assert bench.calls("A") == []


def test_a_dead_transaction_is_stopped_and_its_end_is_the_evidence() -> None:
    text = (
        "rules:\n  - rule: zombie\n    when: {status: Faulted, session_active: no}\n    for: 5m\n"
        "    if_not_healed: ticket\n    heal: [stop-transaction, reset: soft]\n"
    )
    bench = Bench.make(text)
    bench.arrive("A")
    transaction = bench.start_session("A")
    bench.status("A", 1, "Charging")
    bench.meter("A", 100.0)
    bench.status("A", 1, "Faulted", "OtherError")
    bench.wait(599)
    assert bench.calls("A") == []  # it may still be alive
    bench.wait(301)
    assert bench.commands("A") == ["RemoteStopTransaction"]
    assert bench.calls("A")[0][3] == {"transactionId": transaction}
    bench.answer("A")
    bench.stop_session("A", transaction)
    bench.status("A", 1, "Available")
    assert bench.incident("zombie", "A").healed_by == "stop-transaction"
    assert [use.action for use in bench.engine.ward.bookings.matching(ChargerId("A"), 3600.0, bench.now)] == [
        "stop-transaction"
    ]


def test_where_no_transaction_is_open_none_is_stopped() -> None:
    bench = _faulted("stop-transaction, reset: soft")
    assert bench.commands("A") == ["Reset Soft"]
