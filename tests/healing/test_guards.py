"""Each guard blocks and passes, with its reason, and says what may lift the block."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from healer.fleet.inventory import Inventory, Period, Placement, Site
from healer.healing import guards
from healer.healing.guards import GUARDS, Question, Ward
from healer.healing.incident import Incident, State
from healer.healing.settings import BackoffLimits, BudgetLimits, ParallelLimits, StartupLimits
from healer.healing.startup import Startup
from healer.healing.storms import ScopeKind, Storm, StormScope
from healer.healing.verdict import Verdict, Wake
from healer.model import ChargerId, Mode
from healer.rules.actions import ACTIONS, Action
from healer.rules.rule import Rule, RuleLimits
from healer.rules.windows import Window
from tests.bench import INTERNAL_ERROR, START, Bench, healing, place, placements, rules

A = ChargerId("A")
RULE = "internal-error"
HOUR = 3600.0
Change = Callable[[Bench, Ward], None]


def _nothing(bench: Bench, ward: Ward) -> None:
    """The charger stands idle, and nothing speaks against acting."""


def _asked(
    change: Change = _nothing, action: Action | None = None, rule: Rule | None = None, **settings: object
) -> dict[str, Verdict]:
    """Every guard's verdict on an action on an idle charger after a change."""
    bench = Bench.make(settings=healing(**settings))
    bench.arrive("A")
    ward = bench.engine.ward
    change(bench, ward)
    rule = rule or rules().rules[RULE]
    incident = Incident(7, RULE, rule.hash, place("A"), "A", START)
    storm = ward_storm(ward)
    question = Question(
        incident, rule, action or Action("reset", "soft"), bench.engine.chargers[A], ward, storm, bench.now
    )
    return {verdict.guard: verdict for verdict in guards.ask(question)}


_STORMS: dict[int, Storm] = {}


def ward_storm(ward: Ward) -> Storm | None:
    return _STORMS.pop(id(ward), None)


def _blocks(
    change: Change = _nothing, action: Action | None = None, rule: Rule | None = None, **settings: object
) -> set[str]:
    return {name for name, verdict in _asked(change, action, rule, **settings).items() if verdict.blocks}


def _ruled(**changes: Any) -> Rule:
    return dataclasses.replace(rules().rules[RULE], **changes)


def _under_latch(bench: Bench, ward: Ward) -> None:
    bench.status("A", 1, "Available", "GroundFailure")


def _forbidden(bench: Bench, ward: Ward) -> None:
    rule = dataclasses.replace(rules().rules[RULE], name="loop", forbid=frozenset({"reset"}))
    ward.forbidding[A] = {9: rule}


def _in_session(bench: Bench, ward: Ward) -> None:
    bench.status("A", 1, "Charging")
    bench.start_session("A")


def _away(bench: Bench, ward: Ward) -> None:
    bench.drop("A")


def _just_back(bench: Bench, ward: Ward) -> None:
    bench.drop("A")
    bench.come_back("A")
    bench.wait(10)


def _store_down(bench: Bench, ward: Ward) -> None:
    ward.store_trouble = "disk full"


def _store_refused(bench: Bench, ward: Ward) -> None:
    ward.store_refusal = Verdict("store", blocks=True, reason="no", until=bench.now + 60)


def _firmware(bench: Bench, ward: Ward) -> None:
    bench.say("A", "FirmwareStatusNotification", {"status": "Installing"})


def _starting(bench: Bench, ward: Ward) -> None:
    ward.startup = Startup(StartupLimits(), bench.now - 10)


def _stormy(bench: Bench, ward: Ward) -> None:
    _STORMS[id(ward)] = Storm(RULE, StormScope(ScopeKind.SITE, "Depot"), bench.now, 4, 5)


def _spent(bench: Bench, ward: Ward) -> None:
    for number, hours in enumerate((20, 10, 8)):
        ward.bookings.book(number, A, "reset soft", bench.now - hours * HOUR)


def _one_hard(bench: Bench, ward: Ward) -> None:
    ward.bookings.book(1, A, "reset hard", bench.now - 5 * HOUR)


def _one_lately(bench: Bench, ward: Ward) -> None:
    ward.bookings.book(1, A, "reset soft", bench.now - 60)


def _neighbour(bench: Bench, ward: Ward) -> None:
    ward.bookings.begin(99, "A")


def _elsewhere(bench: Bench, ward: Ward) -> None:
    ward.bookings.begin(99, "Mall")


def _other_incident(bench: Bench, ward: Ward) -> None:
    ward.in_flight[A] = {99: "other"}


def _owes_an_answer(bench: Bench, ward: Ward) -> None:
    ward.slot_taken.add(A)


def _quarantined(bench: Bench, ward: Ward) -> None:
    ward.quarantined.add(A)


CASES: list[tuple[str, Change]] = [
    ("quarantine", _quarantined),
    ("interlock", _under_latch),
    ("interlock", _forbidden),
    ("session", _in_session),
    ("connected", _just_back),
    ("store", _store_down),
    ("store", _store_refused),
    ("firmware", _firmware),
    ("startup", _starting),
    ("storm", _stormy),
    ("budget", _spent),
    ("backoff", _one_lately),
    ("parallel", _neighbour),
    ("parallel", _elsewhere),
    ("busy", _other_incident),
    ("busy", _owes_an_answer),
]


def test_where_nothing_speaks_against_it_every_guard_passes_with_a_reason() -> None:
    verdicts = _asked()
    assert list(verdicts) == [guard.name for guard in GUARDS]
    for verdict in verdicts.values():
        assert not verdict.blocks, verdict
        assert verdict.reason
        assert str(verdict).startswith("pass ")


@pytest.mark.parametrize(("guard", "change"), CASES, ids=lambda case: getattr(case, "__name__", case).strip("_"))
def test_one_reason_blocks_exactly_its_guard(guard: str, change: Change) -> None:
    verdict = _asked(change)[guard]
    assert verdict.blocks
    assert verdict.reason
    assert str(verdict).startswith("BLOCK")
    assert _blocks(change) == {guard}


@pytest.mark.parametrize(
    ("change", "guard", "until_s", "wake"),
    [
        (_just_back, "connected", 20.0, Wake("charger", "A")),
        (_store_refused, "store", 60.0, None),
        (_store_down, "store", None, Wake("store")),
        (_starting, "startup", 290.0, Wake("startup")),
        (_stormy, "storm", None, Wake("storm", f"{RULE}/site Depot")),
        (_spent, "budget", 4 * HOUR, None),
        (_one_lately, "backoff", 240.0, None),
        (_neighbour, "parallel", None, Wake("site", "A")),
        (_elsewhere, "parallel", None, Wake("fleet")),
        (_under_latch, "interlock", None, Wake("charger", "A")),
        (_other_incident, "busy", None, Wake("charger", "A")),
    ],
)
def test_a_block_says_what_may_lift_it(change: Change, guard: str, until_s: float | None, wake: Wake | None) -> None:
    now: list[float] = []

    def noting(bench: Bench, ward: Ward) -> None:
        change(bench, ward)
        now.append(bench.now)

    verdict = _asked(noting)[guard]
    assert verdict.until == (None if until_s is None else now[0] + until_s)
    assert verdict.wake_on == (() if wake is None else (wake,))


def test_all_that_blocks_is_told_and_not_only_the_first() -> None:
    def everything(bench: Bench, ward: Ward) -> None:
        for change in (_under_latch, _store_down, _spent, _one_lately, _neighbour, _other_incident, _stormy):
            change(bench, ward)

    assert _blocks(everything, mode=Mode.DRY_RUN) == {
        "mode",
        "interlock",
        "store",
        "storm",
        "budget",
        "backoff",
        "parallel",
        "busy",
    }


@pytest.mark.parametrize(("mode", "guard"), [(Mode.OFF, "mode"), (Mode.DRY_RUN, "mode"), (Mode.ASK, "approval")])
def test_only_auto_acts(mode: Mode, guard: str) -> None:
    assert _blocks(mode=mode) == _blocks(mode=mode, action=Action("probe")) == {guard}
    assert _blocks(rule=_ruled(mode=mode)) == {guard}

    def at_the_site(bench: Bench, ward: Ward) -> None:
        ward.site = {"A": Site("A", mode=mode)}.__getitem__

    assert _blocks(at_the_site) == {guard}
    assert str(mode) in _asked(mode=mode)["mode"].reason


def test_a_step_that_asks_waits_for_approval_and_its_neighbours_do_not() -> None:
    first, second = rules().rules[RULE].heal
    asking = _ruled(heal=(dataclasses.replace(first, ask=True), second))
    assert _blocks(rule=asking) == {"approval"}
    assert "approval" in _asked(rule=asking)["approval"].reason
    assert _blocks(rule=_ruled(heal=(first, dataclasses.replace(second, ask=True)))) == set()
    assert _blocks(action=Action("wait", "5m", 300.0), mode=Mode.ASK) == set()


# --- windows --------------------------------------------------------------------------------------------------------

# The bench begins on Friday, 2027-01-15, at 08:00 UTC.
MORNING = Window("mornings", (Period(4, 8 * 60, 10 * 60),))
EVENING = Window("evenings", (Period(4, 20 * 60, 22 * 60),))


def _in_tokyo(bench: Bench, ward: Ward) -> None:
    ward.site = {"A": Site("A", "Asia/Tokyo")}.__getitem__


def test_what_interrupts_service_waits_for_the_window_of_the_rule() -> None:
    assert _blocks(rule=_ruled(window=MORNING)) == set()
    verdict = _asked(rule=_ruled(window=EVENING))["window"]
    assert verdict.blocks
    assert verdict.until == START + 12 * HOUR
    for name in ("probe", "take-out-of-service", "wait"):
        assert _blocks(rule=_ruled(window=EVENING), action=Action(name, "connector")) == set()


def test_a_window_goes_by_the_clock_of_the_site() -> None:
    assert _blocks(_in_tokyo, rule=_ruled(window=MORNING)) == {"window"}
    verdict = _asked(_in_tokyo, rule=_ruled(window=EVENING))["window"]
    assert verdict.until == START + 3 * HOUR  # it is 17:00 in Tokyo
    assert "Asia/Tokyo" in verdict.reason


def test_a_window_that_nobody_described_never_opens() -> None:
    verdict = _asked(rule=_ruled(window=Window("nights")))["window"]
    assert (verdict.blocks, verdict.until, verdict.wake_on) == (True, None, (Wake("rules"),))


# --- a rule's own limits --------------------------------------------------------------------------------------------


def test_a_rule_s_own_budget_holds_beside_the_daemon_s() -> None:
    own = _ruled(limits=RuleLimits(disruptive=1, disruptive_within_s=12 * HOUR))
    calm = BackoffLimits(first_s=0)

    def once(hours_ago: float) -> Change:
        return lambda bench, ward: ward.bookings.book(1, A, "reset soft", bench.now - hours_ago * HOUR)

    verdict = _asked(once(11), rule=own, backoff=calm)["budget"]
    assert verdict.blocks
    assert verdict.reason == "1 of 1 disruptive actions used in 12h (the rule's limit)"
    assert _blocks(once(12), rule=own, backoff=calm) == set()
    assert _blocks(once(11), rule=_ruled(limits=RuleLimits(disruptive=5)), backoff=calm) == set()
    assert _blocks(_spent, rule=_ruled(limits=RuleLimits(disruptive=5)), backoff=calm) == {"budget"}
    longer = _ruled(limits=RuleLimits(disruptive_within_s=7 * 24 * HOUR))
    two_days = _asked(once(48), rule=longer, backoff=calm, budget=BudgetLimits(1, 24 * HOUR))["budget"]
    assert two_days.blocks


def test_the_budget_that_holds_longer_is_told() -> None:
    own = _ruled(limits=RuleLimits(disruptive=1, disruptive_within_s=48 * HOUR))
    now: list[float] = []

    def spent(bench: Bench, ward: Ward) -> None:
        _spent(bench, ward)
        now.append(bench.now)

    verdict = _asked(spent, rule=own)["budget"]
    assert verdict.until == now[0] + 40 * HOUR
    assert "(the rule's limit)" in verdict.reason


def test_a_rule_s_own_limit_of_hard_resets_leaves_the_soft_one() -> None:
    own, calm = _ruled(limits=RuleLimits(hard_resets_within_s=24 * HOUR)), BackoffLimits(first_s=0)

    def seven_hours_ago(bench: Bench, ward: Ward) -> None:
        ward.bookings.book(1, A, "reset hard", bench.now - 7 * HOUR)

    assert _blocks(seven_hours_ago, Action("reset", "hard"), backoff=calm) == set()
    assert _blocks(seven_hours_ago, Action("reset", "hard"), own, backoff=calm) == {"budget"}
    assert _blocks(seven_hours_ago, Action("reset", "soft"), own, backoff=calm) == set()


def test_a_rule_s_own_pause_is_kept_even_when_the_daemon_s_is_over() -> None:
    own = _ruled(limits=RuleLimits(backoff_s=30 * HOUR))

    def yesterday(bench: Bench, ward: Ward) -> None:
        ward.bookings.book(1, A, "reset soft", bench.now - 29 * HOUR)

    verdict = _asked(yesterday, rule=own)["backoff"]
    assert verdict.blocks
    assert "(the rule's limit)" in verdict.reason
    assert _blocks(yesterday) == set()
    assert _blocks(_one_lately, rule=_ruled(limits=RuleLimits(backoff_s=61.0))) == {"backoff"}  # the daemon's holds


def test_a_rule_may_bear_fewer_steps_at_once() -> None:
    plenty = ParallelLimits(3, 1.0)

    def neighbour(bench: Bench, ward: Ward) -> None:
        ward.fleet_size = 100
        ward.bookings.begin(99, "A")

    assert _blocks(neighbour, parallel=plenty) == set()
    for limits, where in ((RuleLimits(per_site=1), "at A"), (RuleLimits(fleet_share=0.01), "in the fleet")):
        verdict = _asked(neighbour, rule=_ruled(limits=limits), parallel=plenty)["parallel"]
        assert verdict.blocks
        assert verdict.reason == f"1 of 1 steps under way {where} (the rule's limit)"
    assert _blocks(neighbour, rule=_ruled(limits=RuleLimits(per_site=9, fleet_share=1.0))) == {"parallel"}


def test_a_charger_that_is_away_is_neither_reachable_nor_known_to_be_idle() -> None:
    verdicts = _asked(_away)
    assert _blocks(_away) == {"connected", "session"}
    assert "unknown" in verdicts["session"].reason


def test_one_hard_reset_in_six_hours_still_leaves_the_soft_one() -> None:
    assert _blocks(_one_hard, Action("reset", "hard"), backoff=BackoffLimits(first_s=0)) == {"budget"}
    assert _blocks(_one_hard, Action("reset", "soft"), backoff=BackoffLimits(first_s=0)) == set()
    assert "hard" in _asked(_one_hard, Action("reset", "hard"))["budget"].reason


def test_backoff_grows_while_it_does_not_help_and_is_forgotten_after_a_day_of_health() -> None:
    def tried(times: int, minutes_ago: float) -> Change:
        def change(bench: Bench, ward: Ward) -> None:
            for number in range(times):
                back = (times - 1 - number) * 60.0 + minutes_ago * 60
                ward.bookings.book(number, A, "reset soft", bench.now - back)

        return change

    plenty = BudgetLimits(100, 24 * HOUR, 100)
    for times, pause_min in [(1, 5), (2, 15), (3, 45), (4, 135), (5, 360), (9, 360)]:
        assert "backoff" in _blocks(tried(times, pause_min - 1), budget=plenty)
        assert "backoff" not in _blocks(tried(times, pause_min), budget=plenty)
    assert "backoff" not in _blocks(tried(9, 25 * 60), budget=plenty)


@pytest.mark.parametrize(("size", "limit"), [(0, 1), (1, 1), (39, 1), (40, 2), (1000, 50)])
def test_the_fleet_bears_five_percent_at_once_and_at_least_one(size: int, limit: int) -> None:
    ward = Bench.make().engine.ward
    ward.fleet_size = size
    assert guards.fleet_limit(ward) == limit


def test_a_site_may_be_allowed_more() -> None:
    assert _blocks(_neighbour, parallel=ParallelLimits(2, 1.0)) == {"parallel"}  # of a fleet of one
    assert "fleet" in _asked(_neighbour, parallel=ParallelLimits(2, 1.0))["parallel"].reason


# --- whom a guard concerns ------------------------------------------------------------------------------------------


def _everything(bench: Bench, ward: Ward) -> None:
    for change in (_under_latch, _starting, _spent, _one_lately, _neighbour, _stormy, _firmware):
        change(bench, ward)


def test_containment_passes_everything_but_what_keeps_it_from_arriving() -> None:
    assert _blocks(_everything, Action("take-out-of-service", "connector")) == set()
    assert _blocks(_away, Action("take-out-of-service", "connector")) == {"connected"}
    assert _blocks(_in_session, Action("take-out-of-service", "connector")) == set()


def test_under_an_interlock_only_harmless_actions_run() -> None:
    allowed = {
        name for name in ACTIONS if "interlock" not in _blocks(_under_latch, Action(name, ACTIONS[name].default))
    }
    assert allowed == {"probe", "collect-diagnostics", "notify", "wait", "take-out-of-service", "stop-transaction"}


def test_in_a_session_what_would_end_it_is_blocked_and_nothing_else() -> None:
    blocked = {name for name in ACTIONS if "session" in _blocks(_in_session, Action(name))}
    assert blocked == {name for name, trait in ACTIONS.items() if trait.ends_session}
    assert {"reset", "unlock"} <= blocked


def test_what_sends_nothing_needs_neither_link_nor_store() -> None:
    def nothing_works(bench: Bench, ward: Ward) -> None:
        _away(bench, ward)
        _store_down(bench, ward)

    for name in ("wait", "notify"):
        assert _blocks(nothing_works, Action(name), mode=Mode.AUTO) == set()


def test_an_own_step_under_way_is_no_reason_to_wait_for_it() -> None:
    def own(bench: Bench, ward: Ward) -> None:
        ward.in_flight[A] = {7: RULE}

    assert _blocks(own) == set()


def test_the_second_look_leaves_out_only_what_the_steps_own_booking_would_trip() -> None:
    assert {guard.name for guard in GUARDS if not guard.again} == {"budget", "backoff", "parallel"}


# --- through the bench ----------------------------------------------------------------------------------------------


def test_the_incident_keeps_all_verdicts_of_the_last_look() -> None:
    bench = Bench.make(settings=healing(mode=Mode.DRY_RUN))
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    incident = bench.incident(RULE, "A")
    assert [verdict.guard for verdict in incident.verdicts] == [guard.name for guard in GUARDS]
    assert bench.transitions[-1].verdicts == tuple(str(verdict) for verdict in incident.verdicts)


def test_forbid_beats_every_other_rule() -> None:
    text = INTERNAL_ERROR + "  - {rule: watch, when: {status: Faulted}, for: 1m, forbid: [reset], alert: info}\n"
    bench = Bench.make(text)
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(3600)
    assert bench.resets("A") == []
    assert bench.blocked_by(RULE, "A") == {"interlock"}
    assert "watch" in bench.incident(RULE, "A").blocking()[0].reason
    assert bench.state("watch", "A") is State.FIRING


GROUND = """
  - rule: ground-failure
    when: {status: Faulted, error_code: GroundFailure}
    for: 5m
    heal:
      - reset: soft
      - take-out-of-service: connector
    if_not_healed: page
    alert: page
"""


def test_a_ground_failure_locks_from_first_sight_and_a_later_error_does_not_hide_it() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    bench.status("A", 2, "Faulted", "GroundFailure")
    bench.status("A", 2, "Faulted", "OtherError")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(3 * HOUR)
    assert bench.resets("A") == []
    assert bench.blocked_by(RULE, "A") == {"interlock"}
    assert "GroundFailure" in bench.incident(RULE, "A").blocking()[0].reason


def test_the_interlock_is_released_by_ten_good_minutes_only() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    bench.status("A", 2, "Faulted", "GroundFailure")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(400)
    bench.status("A", 2, "Available")
    bench.wait(590)
    assert bench.resets("A") == []
    bench.status("A", 2, "Available", "HighTemperature")
    bench.status("A", 2, "Available")
    bench.wait(590)
    assert bench.resets("A") == []
    bench.wait(10)
    assert bench.resets("A") == ["Reset Soft"]


def test_in_the_middle_of_a_storm_a_dangerous_charger_is_contained_and_nobody_is_reset() -> None:
    text = INTERNAL_ERROR + GROUND.replace("      - reset: soft\n", "")
    bench = Bench.make(text, inventory=placements(*"ABCD"))
    for charger in "ABCD":
        bench.arrive(charger)
    bench.engine.ward.bookings.begin(999, "Depot")
    for number in range(3):
        bench.engine.ward.bookings.book(900 + number, A, "reset soft", bench.now)
    for charger in "ABCD":
        bench.status(charger, 1, "Faulted", "GroundFailure")
    bench.wait(300)
    assert bench.commands("A") == ["ChangeAvailability Inoperative"]
    assert bench.raised("storm")


def test_a_storm_holds_everybody_back_with_one_alert() -> None:
    text = INTERNAL_ERROR.replace("    if_not_healed: ticket", "    if_not_healed: ticket\n    alert: warning")
    bench = Bench.make(text, inventory=placements(*"ABCD"))
    for charger in "ABCD":
        bench.arrive(charger)
    for charger in "ABCD":
        bench.status(charger, 1, "Faulted", "InternalError")
        bench.wait(10)
    bench.wait(1200)
    assert [bench.resets(charger) for charger in "ABCD"] == [[], [], [], []]
    assert len(bench.raised("storm")) == 1
    assert all(charger in bench.raised("storm")[0].reason for charger in "ABCD")
    assert bench.raised("firing") == []
    assert bench.raised("not-healed") == []
    assert "storm" in bench.blocked_by(RULE, "A")


def test_after_a_storm_those_who_are_still_ill_are_treated_one_after_the_other() -> None:
    bench = Bench.make(inventory=placements(*"ABCD"))
    for charger in "ABCD":
        bench.arrive(charger)
    for charger in "ABCD":
        bench.status(charger, 1, "Faulted", "InternalError")
    bench.wait(400)
    for charger in "CD":
        bench.status(charger, 1, "Available")
    bench.wait(700)
    assert len(bench.resolved("storm")) == 1
    assert [len(bench.resets(charger)) for charger in "ABCD"] == [1, 0, 0, 0]


# --- the session guard, in the wild ---------------------------------------------------------------------------------


def _ill_beside(bench: Bench) -> None:
    bench.status("A", 1, "Faulted", "InternalError")


@pytest.mark.parametrize("status", ["Charging", "SuspendedEV", "SuspendedEVSE"])
def test_a_car_on_the_next_connector_is_protected(status: str) -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    bench.status("A", 2, status)
    _ill_beside(bench)
    bench.wait(HOUR)
    assert bench.resets("A") == []
    assert bench.blocked_by(RULE, "A") == {"session"}
    bench.status("A", 2, "Available")
    assert bench.resets("A") == ["Reset Soft"]


def test_somebody_who_was_just_authorised_may_be_about_to_charge() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    _ill_beside(bench)
    bench.wait(250)
    bench.status("A", 2, "Preparing")
    bench.say("A", "Authorize", {"idTag": "A"})
    bench.wait(60)
    assert bench.blocked_by(RULE, "A") == {"session"}
    bench.wait(60)
    assert bench.resets("A") == ["Reset Soft"]


def test_power_that_flows_without_a_transaction_is_a_car_all_the_same() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    _ill_beside(bench)
    bench.status("A", 2, "Preparing")
    bench.wait(200)
    bench.power("A", 7000, connector=2)
    bench.wait(200)
    assert bench.blocked_by(RULE, "A") == {"session"}
    bench.power("A", 0, connector=2)
    assert bench.resets("A") == ["Reset Soft"]


def test_after_a_reconnect_nothing_is_done_before_every_connector_has_reported() -> None:
    bench = Bench.make()
    bench.arrive("A", connectors=2)
    _ill_beside(bench)
    bench.wait(100)
    bench.drop("A")
    bench.connect("A")
    _ill_beside(bench)
    bench.wait(300)
    assert bench.resets("A") == []
    assert bench.blocked_by(RULE, "A") >= {"session"}
    bench.status("A", 2, "Available")
    bench.wait(30)
    assert bench.resets("A") == ["Reset Soft"]


def test_a_dead_transaction_protects_nobody_but_only_after_its_time() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Charging")
    bench.start_session("A")
    bench.meter("A", 0.0)
    bench.wait(60)
    _ill_beside(bench)
    bench.wait(599)
    assert bench.resets("A") == []
    bench.wait(1)
    assert bench.resets("A") == ["Reset Soft"]


def test_energy_keeps_a_transaction_on_a_faulted_charger_alive() -> None:
    bench = Bench.make()
    bench.arrive("A")
    bench.status("A", 1, "Charging")
    bench.start_session("A")
    _ill_beside(bench)
    for energy in range(1, 20):
        bench.meter("A", energy * 1000.0)
        bench.wait(300)
    assert bench.resets("A") == []
    bench.wait(600)
    assert bench.resets("A") == ["Reset Soft"]


def test_a_sibling_on_the_same_power_stage_protects_an_unlock() -> None:
    text = "rules: [{rule: r, when: {status: Finishing}, for: 1m, heal: [unlock], if_not_healed: ticket}]"
    shared = Placement(A, "Depot", power_stages={1: "stage", 2: "stage"})
    for inventory, expected in [(Inventory(chargers={A: shared}), []), (None, ["UnlockConnector"])]:
        bench = Bench.make(text, inventory=inventory)
        bench.arrive("A", connectors=2)
        bench.status("A", 2, "Charging")
        bench.status("A", 1, "Finishing")
        bench.wait(120)
        assert bench.commands("A") == expected


def test_a_running_session_of_2x_is_protected_although_the_station_only_says_occupied() -> None:
    bench = Bench.make(
        INTERNAL_ERROR.replace("{status: Faulted, error_code: InternalError}", "{error_code: InternalError}")
    )
    bench.arrive201("A")
    bench.status201("A", 1, "Occupied")
    bench.transaction201("A", "Started")
    bench.problem201("A", 1, "InternalError")
    bench.wait(600)
    assert bench.resets("A") == []
    assert bench.blocked_by(RULE, "A") == {"session"}
    bench.transaction201("A", "Ended", "Idle")
    assert bench.resets("A") == ["Reset OnIdle"]
