"""Going on after a crash or with changed rules: nothing is sent twice, nothing is forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from healer.effects import Watching
from healer.events import RulesReplaced
from healer.healing.incident import State
from healer.healing.records import Fate, Intent, IntentOutcome, Transition
from healer.healing.settings import BackoffLimits, StartupLimits
from healer.model import ChargerId
from tests.bench import INTERNAL_ERROR, Bench, Durable, healing, place, rules

RULE = "internal-error"
NO_PAUSE = BackoffLimits(first_s=0.0)


def _ill() -> Bench:
    bench = Bench.make(settings=healing(backoff=NO_PAUSE))
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    return bench


# --- a crash at every record of a two-step ladder -------------------------------------------------------------------


def _both_steps_fail() -> Bench:
    bench = _ill()
    bench.serve("A", 3000, faulted="InternalError")
    return bench


def _rejected_then_unanswered() -> Bench:
    bench = _ill()
    bench.answer("A", "Rejected")
    bench.wait(1000)
    return bench


def _link_lost_then_healed() -> Bench:
    bench = _ill()
    bench.restart("A", faulted="InternalError")
    bench.serve("A", 700, faulted="InternalError")
    bench.serve("A", 700)
    return bench


def _relapse() -> Bench:
    bench = _ill()
    bench.serve("A", 60)
    bench.status("A", 1, "Faulted", "InternalError")
    bench.serve("A", 1500, faulted="InternalError")
    return bench


def _refused_and_blocked() -> Bench:
    bench = Bench.make(
        settings=healing(backoff=NO_PAUSE),
    )
    bench.arrive("A")
    bench.store_answers = False
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    bench.refuse()
    bench.wait(60)
    bench.start_session("A")
    bench.store()
    bench.stop_session("A", 1)
    bench.store_answers = True
    bench.wait(1)
    bench.serve("A", 2600, faulted="InternalError")
    return bench


STORIES = [_both_steps_fail, _rejected_then_unanswered, _link_lost_then_healed, _relapse, _refused_and_blocked]


def _resets_by_then(told: Bench, cut: int) -> list[str]:
    """The resets that may have left when the store held `cut` records: all up to the next intent, which was lost."""
    later = [at for at in range(cut, len(told.journal)) if isinstance(told.journal[at], Intent)]
    frames = told.sent[: told.sent_before[later[0]]] if later else told.sent
    return [
        str(frame[3]["type"])
        for _, frame in frames
        if frame[0] == 2 and frame[2] == "Reset" and isinstance(frame[3], dict)
    ]


def _cuts(journal: list[Durable]) -> list[int]:
    """Every number of records, but of a run of watching marks only the first and the last."""
    marks = [isinstance(record, Watching) for record in journal]
    inside = {at for at in range(1, len(marks) - 1) if marks[at - 1] and marks[at] and marks[at + 1]}
    return [cut for cut in range(len(journal) + 1) if cut not in inside]


def _fired(journal: list[Durable]) -> int | None:
    """The incident that these records know to have fired."""
    found = [record.incident.id for record in journal if isinstance(record, Transition) and record.after == "firing"]
    return found[0] if found else None


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.strip("_"))
def test_a_crash_at_any_record_doubles_no_reset_and_loses_nothing(story: Callable[[], Bench]) -> None:
    told = story()
    assert {"Soft", "Hard"} >= set(_resets_by_then(told, len(told.journal)))
    for cut in _cuts(told.journal):
        prefix = told.journal[:cut]
        before = _resets_by_then(told, cut)
        bench = told.restarted(journal=prefix, after_s=120.0)
        incident = _fired(prefix)
        if incident is not None:
            assert bench.engine.casebook.find(RULE, place("A")) is not None or _over(prefix, incident)
        bench.come_back("A", faulted="InternalError")
        bench.meter("A", 0.0)  # it stands still: a transaction whose end was lost is dead, and protects nobody
        bench.serve("A", 2600, faulted="InternalError")

        sent = Counter([*before, *(reset.removeprefix("Reset ") for reset in bench.resets("A"))])
        assert max(sent.values(), default=0) <= 1, f"doubled after {cut} records: {sent}"
        fates = Counter(outcome.intent for outcome in bench.outcomes())
        intents = {record.id for record in bench.journal if isinstance(record, Intent)}
        assert set(fates) == intents
        assert set(fates.values()) <= {1}, f"an intent with two outcomes after {cut} records"
        if incident is not None and not _over(prefix, incident):
            known = bench.incident(RULE, "A")
            assert known.id == incident
            assert known.state is State.EXHAUSTED


def _over(journal: list[Durable], incident: int) -> bool:
    moves = [record for record in journal if isinstance(record, Transition) and record.incident.id == incident]
    return moves[-1].after in {"cancelled", "inactive"}


# --- what a restart knows -------------------------------------------------------------------------------------------


def test_an_intent_without_an_answer_counts_as_sent_and_uncertain() -> None:
    bench = _ill()
    again = bench.restarted()
    incident = again.incident(RULE, "A")
    assert incident.state is State.VERIFYING
    assert incident.taken[-1].result == "uncertain"
    assert [outcome.fate for outcome in again.outcomes()] == [Fate.UNCERTAIN]
    assert len(again.engine.ward.bookings.matching(ChargerId("A"), 3600.0, again.now)) == 1


def test_an_intent_that_was_never_stored_was_never_sent_and_costs_nothing() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.store_answers = False
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    assert bench.state(RULE, "A") is State.RECORDING
    again = bench.restarted()
    assert again.state(RULE, "A") is State.SUPPRESSED
    assert again.engine.ward.bookings.matching(ChargerId("A"), 3600.0, again.now) == []
    again.come_back("A", faulted="InternalError")
    again.wait(60)
    assert again.resets("A") == ["Reset Soft"]


def test_a_frame_known_to_be_unsent_may_be_sent_after_the_restart() -> None:
    bench = _ill()
    kept = [*bench.journal, IntentOutcome(bench.intents[-1].id, Fate.UNSENT, "outbox full", bench.now)]
    again = bench.restarted(journal=kept)
    incident = again.incident(RULE, "A")
    assert (incident.state, incident.taken, incident.step) == (State.SUPPRESSED, [], 0)
    again.come_back("A", faulted="InternalError")
    again.wait(60)
    assert again.resets("A") == ["Reset Soft"]


def test_a_rejection_whose_transition_was_lost_leads_to_the_next_step() -> None:
    bench = _ill()
    kept = [*bench.journal, IntentOutcome(bench.intents[-1].id, Fate.REJECTED, "Rejected", bench.now)]
    again = bench.restarted(journal=kept)
    assert (again.state(RULE, "A"), again.incident(RULE, "A").step) == (State.FIRING, 1)


def test_the_verification_deadline_is_not_frozen_by_a_restart() -> None:
    bench = _ill()
    bench.answer("A")
    deadline = bench.incident(RULE, "A").deadline
    again = bench.restarted(after_s=3600)
    assert again.incident(RULE, "A").deadline == deadline or again.incident(RULE, "A").step == 1
    again.come_back("A", faulted="InternalError")
    again.wait(60)
    assert again.resets("A") == ["Reset Hard"]


def test_true_time_stops_while_nobody_watches_and_goes_on_after_a_short_gap() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(200)
    again = bench.restarted(after_s=300)
    again.come_back("A", faulted="InternalError")
    assert 190 <= again.incident(RULE, "A").held.held_s(again.now) <= 200
    again.wait(115)
    assert again.resets("A") == ["Reset Soft"]


def test_after_a_long_gap_a_pending_fault_is_proved_anew() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(200)
    again = bench.restarted(after_s=3600)
    again.come_back("A", faulted="InternalError")
    again.wait(299)
    assert again.resets("A") == []
    again.wait(1)
    assert again.resets("A") == ["Reset Soft"]


def test_budgets_survive_a_restart() -> None:
    bench = _ill()
    bench.serve("A", 3000, faulted="InternalError")
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]
    bench.clear(RULE, "A")
    again = bench.restarted(settings=healing(backoff=NO_PAUSE))
    again.come_back("A", faulted="InternalError")
    again.serve("A", 3 * 3600, faulted="InternalError")
    assert again.resets("A") == ["Reset Soft"]
    assert again.blocked_by(RULE, "A") == {"budget"}


def test_alerts_that_were_raised_are_resolved_by_the_next_daemon() -> None:
    bench = _ill()
    bench.serve("A", 3000, faulted="InternalError")
    again = bench.restarted()
    again.come_back("A")
    again.wait(601)
    assert again.raised("not-healed") == []
    assert [alert.key for alert in again.resolved("not-healed")] == [bench.raised("not-healed")[0].key]


def test_a_storm_alert_that_was_raised_is_resolved_by_the_next_daemon() -> None:
    bench = Bench.make()
    for charger in "ABCDEFGHIJ":
        bench.arrive(charger)
    for charger in "ABCDEFGHIJ":
        bench.status(charger, 1, "Faulted", "InternalError")
    bench.wait(300)
    raised = {alert.key for alert in bench.raised("storm")}
    assert raised
    again = bench.restarted()
    for charger in "ABCDEFGHIJ":
        again.come_back(charger)
    again.wait(3600)
    assert {alert.key for alert in again.resolved("storm")} == raised


def test_nothing_disruptive_is_sent_until_the_fleet_is_back() -> None:
    settings = healing(backoff=NO_PAUSE, startup=StartupLimits(300.0, 0.85, 900.0))
    bench = Bench.make(settings=healing(backoff=NO_PAUSE))
    for charger in ("A", "B"):
        bench.arrive(charger)
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(200)
    again = bench.restarted(settings=settings)
    again.come_back("A", faulted="InternalError")
    again.wait(600)
    assert again.resets("A") == []
    assert again.blocked_by(RULE, "A") == {"startup"}
    again.come_back("B")
    again.wait(1)
    assert again.resets("A") == ["Reset Soft"]


def test_a_forbidding_incident_still_forbids_after_a_restart() -> None:
    text = INTERNAL_ERROR + "  - {rule: loop, when: {status: Faulted}, for: 1m, forbid: [reset], alert: warning}\n"
    bench = Bench.make(text)
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(120)
    again = bench.restarted(text)
    again.come_back("A", faulted="InternalError")
    again.wait(3600)
    assert again.resets("A") == []


# --- changed rules --------------------------------------------------------------------------------------------------


def test_a_rule_that_was_only_described_anew_goes_on_as_if_nothing_had_happened() -> None:
    bench = _ill()
    bench.give(RulesReplaced(rules(INTERNAL_ERROR.replace("    for: 5m", "    for: 5m\n    description: new words"))))
    assert bench.state(RULE, "A") is State.ACTING
    bench.serve("A", 700)
    assert bench.incident(RULE, "A").healed_by == "reset soft"


def test_the_next_step_comes_from_the_new_ladder_behind_the_same_action() -> None:
    bench = _ill()
    longer = INTERNAL_ERROR.replace("      - reset: soft\n", "      - probe\n      - reset: soft\n")
    bench.give(RulesReplaced(rules(longer)))
    assert bench.incident(RULE, "A").step == 1
    bench.answer("A", "Rejected")
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]


ONLY_HARD = INTERNAL_ERROR.replace("      - reset: soft\n", "")


def _cancelled(bench: Bench) -> list[str]:
    return [move.reason for move in bench.transitions if move.after == "cancelled"]


def test_an_incident_whose_step_is_gone_from_its_rule_is_superseded() -> None:
    bench = _ill()
    bench.answer("A", "Rejected")
    bench.answer("A", "Rejected")
    bench.give(RulesReplaced(rules(INTERNAL_ERROR.replace("      - reset: hard\n", ""))))
    assert _cancelled(bench) == ["superseded: the step that was taken is no longer in the rule"]
    assert bench.state(RULE, "A") is State.PENDING


def test_a_running_step_that_is_gone_from_its_rule_is_seen_through_first() -> None:
    bench = _ill()
    bench.give(RulesReplaced(rules(ONLY_HARD)))
    assert _cancelled(bench) == []
    assert bench.state(RULE, "A") is State.ACTING
    bench.serve("A", 700, faulted="InternalError")
    gone = "superseded: the step that was taken is no longer in the rule; reset soft: no-effect"
    assert _cancelled(bench) == [gone]
    bench.wait(100)
    assert bench.resets("A") == ["Reset Soft"]
    bench.wait(200)
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]


def test_a_removed_rule_verifies_its_running_step_and_sends_nothing_more() -> None:
    bench = _ill()
    bench.give(RulesReplaced(rules("rules: []")))
    assert bench.state(RULE, "A") is State.ACTING
    bench.serve("A", 700)
    assert _cancelled(bench) == ["the rule was removed; reset soft: healed"]
    assert bench.resets("A") == ["Reset Soft"]
    assert bench.engine.casebook.leaving == {}


def test_while_a_removed_rule_is_verified_nobody_else_treats_the_charger() -> None:
    bench = _ill()
    other = INTERNAL_ERROR.replace("rule: internal-error", "rule: other").replace("for: 5m", "for: 0s")
    bench.give(RulesReplaced(rules(other)))
    bench.wait(1)
    assert "busy" in bench.blocked_by("other", "A")
    bench.serve("A", 700, faulted="InternalError")
    assert bench.resets("A") == ["Reset Soft", "Reset Soft"]


def test_a_rule_that_comes_back_while_its_step_runs_goes_on_as_before() -> None:
    bench = _ill()
    bench.give(RulesReplaced(rules("rules: []")))
    bench.give(RulesReplaced(rules()))
    bench.serve("A", 3000, faulted="InternalError")
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]
    assert _cancelled(bench) == []


def test_after_a_restart_a_removed_rule_has_no_text_to_see_its_step_through() -> None:
    bench = _ill()
    bench.give(RulesReplaced(rules("rules: []")))
    again = bench.restarted("rules: []")
    assert _cancelled(again) == ["the rule was removed"]
    again.come_back("A", faulted="InternalError")
    again.wait(3600)
    assert again.resets("A") == []


def test_what_changed_for_an_incident_is_written_down_and_what_did_not_is_not() -> None:
    bench = _ill()
    before = len(bench.journal)
    bench.give(RulesReplaced(rules(INTERNAL_ERROR.replace("    for: 5m", "    for: 5m\n    description: new words"))))
    assert len(bench.journal) == before
    bench.give(RulesReplaced(rules(INTERNAL_ERROR.replace("for: 5m", "for: 1m"))))
    written = [fact for fact in bench.journal[before:] if isinstance(fact, Transition)]
    assert [fact.happening for fact in written] == ["the rules were replaced"]
    assert written[0].incident.rule_hash == bench.engine.index.compiled[RULE].rule.hash


def test_a_rule_that_goes_away_between_ledger_and_frame_sends_nothing() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.store_answers = False
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    bench.give(RulesReplaced(rules("rules: []")))
    bench.store()
    assert bench.resets("A") == []
    assert [outcome.fate for outcome in bench.outcomes()] == [Fate.UNSENT]
    assert bench.engine.ward.bookings.matching(ChargerId("A"), 3600.0, bench.now) == []


def test_a_cycle_whose_rule_goes_away_is_still_put_back() -> None:
    text = "rules: [{rule: r, when: {status: Finishing}, for: 1m, heal: [cycle-availability], if_not_healed: ticket}]"
    bench = Bench.make(text)
    bench.arrive("A")
    bench.status("A", 1, "Finishing")
    bench.wait(60)
    bench.give(RulesReplaced(rules("rules: []")))
    bench.answer("A")
    bench.status("A", 1, "Unavailable")
    bench.wait(60)
    assert bench.commands("A") == ["ChangeAvailability Inoperative", "ChangeAvailability Operative"]


# --- rules that changed while nobody looked ---------------------------------------------------------------------------

LADDER = """
rules:
  - rule: internal-error
    when: {status: Faulted, error_code: InternalError}
    for: 5m
    heal: [%s]
    if_not_healed: ticket
"""


def verifying_soft() -> Bench:
    """A charger whose soft reset is being verified."""
    bench = Bench.make(LADDER % "{reset: soft}, {reset: hard}")
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(301)
    bench.answer("A")
    return bench


def come_back_ill(bench: Bench) -> None:
    bench.connect("A")
    bench.boot("A")
    bench.statuses("A", faulted="InternalError")


def test_a_ladder_that_changed_over_a_restart_is_followed_behind_the_same_action() -> None:
    bench = verifying_soft().restarted(LADDER % "probe, {reset: soft}, {reset: hard}")
    come_back_ill(bench)
    bench.wait(1800)
    assert bench.resets("A") == ["Reset Hard"]


def test_an_incident_whose_rule_is_gone_after_a_restart_is_cancelled_and_gives_its_place_to_others() -> None:
    renamed = (LADDER % "{reset: hard}").replace("internal-error", "controller-hangs")
    bench = verifying_soft().restarted(renamed)
    come_back_ill(bench)
    bench.wait(1800)
    assert bench.resets("A") == ["Reset Hard"]
    assert [told.after for told in bench.transitions if told.incident.rule == "internal-error"] == ["cancelled"]


def test_a_rule_that_speaks_of_another_scope_leaves_no_incident_that_nobody_observes() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(200)
    wider = "rules: [{rule: internal-error, when: {session_active: yes}, for: 5m, alert: ticket}]"
    bench.give(RulesReplaced(rules(wider)))
    bench.wait(3600)
    assert bench.resets("A") == []
    assert list(bench.engine.casebook.incidents(ChargerId("A"))) == []


# --- former names -----------------------------------------------------------------------------------------------------

RENAMED = INTERNAL_ERROR.replace("rule: internal-error\n", "rule: hung\n    formerly: [internal-error, older]\n")


def test_an_incident_goes_on_under_the_new_name_of_its_rule_and_nothing_is_sent_twice() -> None:
    bench = _ill()
    incident = bench.incident(RULE, "A")
    bench.give(RulesReplaced(rules(RENAMED)))
    assert bench.incident("hung", "A") is incident
    assert bench.engine.ward.in_flight[ChargerId("A")] == {incident.id: "hung"}
    assert bench.resets("A") == ["Reset Soft"]
    bench.serve("A", 1500, faulted="InternalError")
    assert bench.resets("A") == ["Reset Soft", "Reset Hard"]
    assert [taken.action for taken in incident.taken] == ["reset soft", "reset hard"]


def test_a_pending_incident_keeps_its_time_under_the_new_name() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(200)
    bench.give(RulesReplaced(rules(RENAMED)))
    assert bench.resets("A") == []
    bench.wait(100)
    assert bench.resets("A") == ["Reset Soft"]


def test_a_rule_that_was_renamed_over_a_restart_goes_on_and_sends_nothing_twice() -> None:
    bench = _ill()
    again = bench.restarted(text=RENAMED)
    again.come_back("A", faulted="InternalError")
    assert again.incident("hung", "A").taken[0].action == "reset soft"
    again.wait(300)
    assert again.resets("A") == []
    again.wait(900)
    assert again.resets("A") == ["Reset Hard"]


def test_alerts_of_a_renamed_rule_come_down_with_its_incident() -> None:
    bench = Bench.make("rules: [{rule: ill, when: {status: Faulted}, alert: ticket, stable_for: 1m}]")
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.give(
        RulesReplaced(
            rules("rules: [{rule: sick, when: {status: Faulted}, alert: ticket, stable_for: 1m, formerly: ill}]")
        )
    )
    bench.status("A", 1, "Available")
    bench.wait(120)
    assert [alert.key for alert in bench.raised("firing")] == [alert.key for alert in bench.resolved("firing")]


def test_where_the_new_name_has_an_incident_already_the_old_one_is_superseded() -> None:
    both = "rules: [{rule: old, when: {status: Faulted}}, {rule: new, when: {status: Faulted}}]"
    bench = Bench.make(both)
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    kept = bench.incident("new", "A")
    bench.give(RulesReplaced(rules("rules: [{rule: new, when: {status: Faulted}, formerly: old}]")))
    assert bench.incident("new", "A") is kept
    over = [move for move in bench.transitions if move.after == "cancelled"]
    assert [(move.incident.rule, move.reason) for move in over] == [
        ("old", "superseded: new has an incident there already")
    ]
