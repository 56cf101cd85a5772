"""Taking a step: the ledger first, then a second look, then the frame."""

from __future__ import annotations

import pytest

from healer.events import FrameUnsent, IntentStored
from healer.healing import steps
from healer.healing.incident import State
from healer.healing.records import Fate
from healer.model import ChargerId, OcppVersion
from healer.ocpp import messages
from tests.bench import Bench, healing

RULE = "internal-error"
A = ChargerId("A")


def recording() -> Bench:
    """A reset that waits for the store."""
    bench = Bench.make()
    bench.arrive("A")
    bench.store_answers = False
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(300)
    assert bench.state(RULE, "A") is State.RECORDING
    assert bench.resets("A") == []
    return bench


def _uses(bench: Bench) -> int:
    return len(bench.engine.ward.bookings.matching(A, 86400.0, bench.now))


def test_no_frame_leaves_before_its_intent_is_stored() -> None:
    bench = recording()
    bench.wait(60)
    assert bench.resets("A") == []
    bench.store()
    assert bench.resets("A") == ["Reset Soft"]
    assert bench.calls("A")[-1][1] == bench.intents[-1].message_id


def test_the_intent_tells_the_whole_why() -> None:
    intent = recording().intents[-1]
    assert (intent.action, intent.disruptive, intent.repeatable, intent.step) == ("reset soft", True, False, 0)
    assert any("Faulted" in fact for fact in intent.facts)
    assert {line.split()[1] for line in intent.verdicts} >= {"mode", "interlock", "session", "budget", "storm"}
    assert intent.rule_hash


def test_a_refused_intent_sends_nothing_costs_nothing_and_is_tried_again_later() -> None:
    bench = recording()
    assert _uses(bench) == 1
    bench.refuse()
    assert (bench.state(RULE, "A"), bench.blocked_by(RULE, "A")) == (State.SUPPRESSED, {"store"})
    assert _uses(bench) == 0
    bench.wait(steps.STORE_RETRY_S - 1)
    assert len(bench.intents) == 1
    bench.wait(1)
    assert len(bench.intents) == 2
    bench.store()
    assert bench.resets("A") == ["Reset Soft"]


def test_better_news_of_the_store_ends_the_wait() -> None:
    bench = recording()
    bench.refuse()
    bench.break_store()
    bench.mend_store()
    assert len(bench.intents) == 2


@pytest.mark.parametrize("guard", ["session", "interlock", "connected", "store"])
def test_the_second_look_blocks_what_came_up_in_between(guard: str) -> None:
    bench = recording()
    if guard == "session":
        bench.start_session("A")
    elif guard == "interlock":
        bench.status("A", 1, "Faulted", "InternalError", vendorErrorCode="CX002")
    elif guard == "connected":
        bench.drop("A")
    else:
        bench.break_store()
    bench.store()
    assert bench.resets("A") == []
    assert bench.state(RULE, "A") is State.SUPPRESSED
    assert guard in bench.blocked_by(RULE, "A")
    assert [outcome.fate for outcome in bench.outcomes()] == [Fate.UNSENT]
    assert guard in bench.outcomes()[0].detail
    assert _uses(bench) == 0


def test_a_fault_that_ends_in_between_is_not_treated_any_more() -> None:
    bench = recording()
    bench.status("A", 1, "Available")
    bench.store()
    assert bench.resets("A") == []
    assert bench.state(RULE, "A") is State.STABILISING
    assert "over" in bench.outcomes()[0].detail


def test_a_call_of_ours_that_is_still_open_blocks_the_frame() -> None:
    bench = recording()
    bench.drop("A")
    bench.connect("A")
    bench.boot("A")
    bench.wait(0)
    bench.store()
    assert bench.resets("A") == []


def test_a_frame_the_transport_did_not_take_is_unsent_and_may_be_sent_later() -> None:
    bench = recording()
    bench.store()
    bench.give(FrameUnsent(bench.intents[-1].id, "outbox full"))
    assert bench.state(RULE, "A") is State.SUPPRESSED
    assert [outcome.fate for outcome in bench.outcomes()] == [Fate.UNSENT]
    assert bench.incident(RULE, "A").taken == []
    assert _uses(bench) == 0
    bench.wait(31)
    assert len(bench.intents) == 2


def test_the_stores_word_on_an_unknown_intent_is_ignored() -> None:
    bench = recording()
    bench.give(IntentStored(999))
    bench.give(FrameUnsent(999, "nobody knows"))
    bench.refuse(intent=bench.intents[-1])
    bench.store(bench.intents[-1])
    assert bench.resets("A") == []


def test_a_message_id_leads_back_to_its_intent_and_fits_the_standard() -> None:
    assert steps.intent_of(steps.message_id(12345)) == 12345
    assert len(steps.message_id(10**15)) <= 36


def test_a_scheduled_reset_is_waited_for_until_the_sessions_have_ended() -> None:
    bench = Bench.make()
    bench.arrive201("A")
    bench.problem201("A", 1, "InternalError")
    bench.status201("A", 1, "Faulted")
    bench.wait(301)
    assert bench.resets("A") == ["Reset OnIdle"]
    bench.answer("A", "Scheduled")
    bench.wait(4 * 3600)
    assert bench.state(RULE, "A") is State.VERIFYING
    assert bench.resets("A") == ["Reset OnIdle"]
    bench.drop("A")
    bench.connect("A", OcppVersion.V201)
    bench.boot201("A", "ScheduledReset")
    bench.status201("A", 1, "Available")
    assert bench.state(RULE, "A") is State.STABILISING


def test_reconnecting_drops_the_link_through_the_ledger() -> None:
    text = "rules: [{rule: r, when: {status: Faulted}, for: 1m, heal: [reconnect], if_not_healed: ticket}]"
    bench = Bench.make(text)
    bench.arrive("A")
    former = bench.connection("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(60)
    assert bench.closed == [former]
    assert [outcome.fate for outcome in bench.outcomes()] == [Fate.ACCEPTED]
    bench.wait(5)
    bench.come_back("A")
    assert bench.state("r", "A") is State.STABILISING


def test_waiting_and_telling_send_nothing_and_go_on() -> None:
    text = (
        "rules: [{rule: r, when: {status: Faulted}, for: 1m, heal: [wait: 5m, notify, probe], if_not_healed: ticket}]"
    )
    bench = Bench.make(text, healing())
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(60 + 299)
    assert bench.raised("not-healed") == []
    bench.wait(1)
    assert len(bench.raised("not-healed")) == 1
    assert bench.commands("A") == ["TriggerMessage StatusNotification"]


def test_a_step_with_several_attempts_is_repeated_before_the_next() -> None:
    heal = "[{probe: null, attempts: 2, verify_within: 1m}, {reset: soft}]".replace("probe: null", "probe: ")
    text = f"rules: [{{rule: r, when: {{status: Faulted}}, for: 1m, heal: {heal}, if_not_healed: ticket}}]"
    bench = Bench.make(text)
    bench.arrive("A")
    bench.status("A", 1, "Faulted", "InternalError")
    bench.wait(60)
    for _ in range(3):
        if bench.open_call("A") is not None:
            bench.answer("A")
        bench.wait(60)
    assert bench.commands("A") == ["TriggerMessage StatusNotification"] * 2 + ["Reset Soft"]


def test_a_command_learnt_to_be_unknown_while_it_was_recorded_is_not_sent() -> None:
    bench = recording()
    charger = bench.engine.chargers[A]
    no = messages.Outcome(messages.Result.NOT_SUPPORTED, "NotSupported")
    charger.learning.answered(charger.kind, A, messages.Reset(hard=False), no, bench.now)
    bench.store()
    assert bench.resets("A") == []
    assert [one.fate for one in bench.outcomes()] == [Fate.UNSENT]
    assert bench.incident(RULE, "A").step == 1


def test_what_is_in_force_after_a_restart_was_accepted() -> None:
    assert set(steps.FATES) == set(messages.Result)
    assert steps.FATES[messages.Result.REBOOT_REQUIRED] is Fate.ACCEPTED
