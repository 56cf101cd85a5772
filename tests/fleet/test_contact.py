"""How well we can talk with a charger: arithmetic of its clock, commands without an answer, rivals."""

from __future__ import annotations

import statistics

from hypothesis import given
from hypothesis import strategies as st

from healer.fleet.contact import (
    CLOCK_SET_AFTER,
    ENOUGH_SAMPLES,
    OLD_S,
    REFUSED_TIMES,
    RIVAL_LINK_S,
    RIVAL_SERIAL_S,
    SAMPLES,
    STEADY_S,
    STEADY_WITHIN_S,
    Clock,
    ContactState,
    Rival,
    Suspicion,
)
from healer.fleet.inventory import Placement
from healer.model import UNKNOWN, ChargerId, Instant, Seconds, Target

NOW: Instant = 1_800_000_000.0
FIRST, SECOND = Target(ChargerId("A"), 1, 1), Target(ChargerId("A"), 2, 2)

SKEWS = st.floats(-10 * 365 * 86400.0, 10 * 365 * 86400.0)
PAUSES = st.lists(st.floats(STEADY_S / 2, 86400.0), min_size=SAMPLES, max_size=3 * SAMPLES)
NOT_BEHIND = st.floats(1.0 - OLD_S, 10 * 365 * 86400.0)


def _clock(skew_s: Seconds, *, messages: int = SAMPLES) -> Clock:
    clock = Clock()
    for number in range(messages):
        sent_at = NOW + (number - messages) * STEADY_S
        clock.note(sent_at + skew_s, sent_at)
    return clock


# --- the clock --------------------------------------------------------------------------------------------------------


@given(SKEWS, PAUSES)
def test_the_skew_is_what_a_clock_is_off(skew_s: Seconds, pauses: list[Seconds]) -> None:
    clock, now = Clock(), NOW
    for pause in pauses:
        now += pause
        clock.note(now + skew_s, now)
    found = clock.skew_s
    assert found is not None
    assert abs(found - skew_s) < 0.001


@given(NOT_BEHIND, st.lists(st.floats(OLD_S, 1e7), min_size=1, max_size=2), st.permutations(range(SAMPLES)))
def test_two_messages_of_the_past_among_five_do_not_move_it(
    skew_s: Seconds, ages: list[Seconds], order: list[int]
) -> None:
    clock = Clock()
    for turn, slot in enumerate(order):
        now = NOW + turn * 30
        clock.note(now + skew_s - (ages[slot] if slot < len(ages) else 0.0), now)
    assert clock.skew_s is not None
    assert abs(clock.skew_s - skew_s) < 0.001


@given(st.lists(st.floats(1.0 - OLD_S, 1e6), min_size=1, max_size=20))
def test_the_skew_is_the_median_of_the_last_few_and_unknown_before_there_are_enough(offsets: list[Seconds]) -> None:
    clock = Clock()
    for number, offset in enumerate(offsets):
        clock.note(NOW + number * 1e7 + offset, NOW + number * 1e7)
    last = [(NOW + n * 1e7 + offset) - (NOW + n * 1e7) for n, offset in enumerate(offsets)][-SAMPLES:]
    assert clock.skew_s == (statistics.median(last) if len(offsets) >= ENOUGH_SAMPLES else None)


def test_a_change_of_the_skew_is_told_and_its_noise_is_not() -> None:
    clock = Clock()
    assert [clock.note(NOW + turn * 30 + 7, NOW + turn * 30) for turn in range(4)] == [False, False, True, False]
    assert clock.note(NOW + 200 + 7.4, NOW + 200) is False
    assert [clock.note(NOW + 300 + turn * 30 + 90, NOW + 300 + turn * 30) for turn in range(3)] == [False, False, True]


def test_a_clock_that_stands_still_shows_no_skew_until_it_goes_again() -> None:
    clock = _clock(0.0)
    for turn in range(3):
        clock.note(NOW + 1000, NOW + 1000 + turn * 45)
    assert clock.frozen
    assert clock.skew_s is None
    assert clock.is_before(NOW - 86400, NOW, NOW)
    clock.note(NOW + 2000, NOW + 2000)
    assert not clock.frozen
    assert clock.skew_s is not None


def test_a_message_sent_again_within_a_minute_does_not_stop_the_clock() -> None:
    clock = _clock(0.0)
    clock.note(NOW + 1000, NOW + 1000)
    clock.note(NOW + 1000, NOW + 1030)
    assert not clock.frozen


@given(st.floats(OLD_S + 30, 1e8), st.floats(0.0, STEADY_S - 1), st.integers(2, 40))
def test_what_is_told_of_the_past_faster_than_it_happened_shows_no_clock(
    ago_s: Seconds, lasts_s: Seconds, messages: int
) -> None:
    clock = Clock()
    for number in range(messages):
        now = NOW + lasts_s * number / messages
        clock.note(NOW - ago_s + number * 0.5, now)
    assert clock.skew_s is None


@given(st.floats(OLD_S + 1, 1e8), st.floats(STEADY_WITHIN_S + 1, 3600.0), st.integers(2, 40))
def test_states_that_are_dated_by_their_events_show_no_clock(ago_s: Seconds, pause_s: Seconds, messages: int) -> None:
    clock = Clock()
    for number in range(messages):
        clock.note(NOW - ago_s + number % 2, NOW + number * pause_s)
    assert clock.skew_s is None


def test_one_message_of_the_past_lets_the_proof_of_a_clock_that_is_behind_begin_anew() -> None:
    clock = Clock()
    for turn in range(4):
        clock.note(NOW + turn * 200 - 7200 - (5000 if turn == 2 else 0), NOW + turn * 200)
    assert clock.skew_s is None
    for turn in range(4, 8):
        clock.note(NOW + turn * 200 - 7200, NOW + turn * 200)
    assert clock.skew_s == -7200


def test_old_is_judged_by_the_corrected_time_of_a_clock_that_is_ahead() -> None:
    assert _clock(7200.0).is_before(NOW + 7200 - OLD_S - 1, NOW, NOW)
    assert not _clock(7200.0).is_before(NOW + 7200 - OLD_S + 1, NOW, NOW)
    assert _clock(0.0).is_before(NOW - 7200, NOW, NOW)
    assert not _clock(0.0).is_before(NOW - OLD_S, NOW, NOW)


def test_a_clock_that_is_behind_speaks_only_for_what_it_dates_now() -> None:
    """It may have been set meanwhile: then what looks as if it were of now is two hours old."""
    two_hours_behind = _clock(-7200.0)
    assert not two_hours_behind.is_before(NOW - 7200, NOW, NOW)
    assert two_hours_behind.is_before(NOW - 7200 - OLD_S - 1, NOW, NOW)
    assert two_hours_behind.is_before(NOW - 7200 + OLD_S + 1, NOW, NOW)
    assert not two_hours_behind.is_before(NOW, NOW, NOW)


def test_a_clock_that_was_never_set_tells_nothing_about_age() -> None:
    assert not Clock().is_before(0.0, NOW, NOW)
    assert not Clock().is_before(-62_135_596_800.0, NOW, NOW)
    assert not Clock().is_before(CLOCK_SET_AFTER - 1, NOW, NOW)
    assert not Clock().is_before(None, NOW, NOW)
    assert Clock().is_before(CLOCK_SET_AFTER, NOW, NOW)


# --- whether it hears us ----------------------------------------------------------------------------------------------


def test_three_commands_without_an_answer_while_it_talks_make_it_half_deaf() -> None:
    contact = ContactState()
    contact.connected()
    seen = [contact.half_deaf]
    for turn in range(3):
        contact.heard(NOW + turn * 60 + 5)
        contact.call_timed_out(NOW + turn * 60, NOW + turn * 60 + 30)
        seen.append(contact.half_deaf)
    assert seen == [False, UNKNOWN, UNKNOWN, True]
    assert contact.half_deaf_since == NOW


def test_one_that_says_nothing_is_not_half_deaf_until_it_is_heard() -> None:
    contact = ContactState()
    contact.connected()
    for turn in range(3):
        contact.call_timed_out(NOW + turn * 60, NOW + turn * 60 + 30)
    assert [contact.half_deaf, contact.heard(NOW + 200), contact.half_deaf] == [UNKNOWN, True, True]
    assert not contact.heard(NOW + 201)


def test_any_answer_proves_that_it_hears_us() -> None:
    contact = ContactState()
    for turn in range(3):
        contact.heard(NOW + turn + 1)
        contact.call_timed_out(NOW + turn, NOW + turn + 30)
    assert contact.call_answered()
    assert contact.half_deaf is False
    assert not contact.call_answered()


def test_a_new_connection_must_prove_itself() -> None:
    contact = ContactState()
    for turn in range(3):
        contact.heard(NOW + turn + 1)
        contact.call_timed_out(NOW + turn, NOW + turn + 30)
    contact.connected()
    assert [contact.half_deaf, contact.call_answered(), contact.half_deaf] == [UNKNOWN, True, False]


# --- what we asked for ------------------------------------------------------------------------------------------------


def test_a_place_whose_status_was_refused_three_times_will_not_be_told() -> None:
    contact = ContactState()
    told = []
    for _ in range(REFUSED_TIMES):
        told.append(contact.tells_status(FIRST))
        contact.status_refused(FIRST)
    assert told == [True] * REFUSED_TIMES
    assert (contact.tells_status(FIRST), contact.tells_status(SECOND)) == (False, True)
    contact.status_promised(FIRST)
    assert contact.tells_status(FIRST)
    contact.status_refused(FIRST)
    assert contact.tells_status(FIRST)


def test_what_a_charger_would_not_tell_it_may_tell_after_a_restart() -> None:
    contact = ContactState()
    contact.status_unsupported = True
    for _ in range(REFUSED_TIMES):
        contact.status_refused(FIRST)
    assert not contact.tells_status(SECOND)
    contact.begin_epoch()
    assert contact.tells_status(FIRST)
    assert contact.tells_status(SECOND)
    contact.status_refused(FIRST)
    assert contact.tells_status(FIRST)


def test_a_link_lost_right_after_the_question_for_a_boot_is_remembered() -> None:
    contact = ContactState()
    contact.connected()
    assert not contact.lost_by_boot_trigger(NOW)
    contact.boot_asked_at = NOW
    assert not contact.lost_by_boot_trigger(NOW + 31)
    assert not contact.boot_trigger_restarts
    assert contact.lost_by_boot_trigger(NOW + 30)
    contact.connected()
    assert contact.boot_trigger_restarts


# --- rivals -----------------------------------------------------------------------------------------------------------


def _replace(contact: ContactState, now: Instant, *, heard_s: Seconds | None) -> bool:
    """A connection on which something came in `heard_s` before is replaced."""
    contact.connected()
    if heard_s is not None:
        contact.heard(now - heard_s)
    return contact.replaced(now)


def test_three_live_connections_replaced_within_ten_minutes_are_two_chargers() -> None:
    contact = ContactState()
    assert [_replace(contact, NOW + turn * 290, heard_s=5) for turn in range(3)] == [False, False, True]
    assert contact.why_duplicate(NOW + 600) == "connections that were alive replace each other"


def test_a_flaky_link_whose_old_connection_is_dead_is_no_rival() -> None:
    contact = ContactState()
    assert not any(_replace(contact, NOW + turn * 60, heard_s=31) for turn in range(20))
    assert not any(_replace(contact, NOW + turn * 60, heard_s=None) for turn in range(20))
    assert contact.why_duplicate(NOW) is None


def test_live_connections_replaced_now_and_then_are_no_rivals() -> None:
    contact = ContactState()
    assert not any(_replace(contact, NOW + turn * 301, heard_s=5) for turn in range(20))


def test_an_hour_without_replacement_ends_the_suspicion() -> None:
    contact = ContactState()
    for turn in range(3):
        _replace(contact, NOW + turn * 10, heard_s=1)
    _replace(contact, NOW + 3000, heard_s=1)
    assert contact.rivals_change_at(NOW + 3000) == NOW + 3000 + RIVAL_LINK_S
    assert contact.why_duplicate(NOW + 3000 + RIVAL_LINK_S) is None
    assert contact.rivals_change_at(NOW + 3000 + RIVAL_LINK_S) is None


def test_another_serial_number_is_suspected_for_a_day_and_each_change_anew() -> None:
    contact = ContactState()
    contact.serial_changed("S1", "S2", NOW)
    assert contact.why_duplicate(NOW) == "serial number S2 came after S1"
    contact.serial_changed("S2", "S1", NOW + 3600)
    assert contact.rivals_change_at(NOW + 3600) == NOW + 3600 + RIVAL_SERIAL_S
    assert len(contact.rivals) == 1


def test_a_suspicion_without_an_end_stands_until_it_is_settled() -> None:
    contact = ContactState()
    contact.suspect(Rival(Suspicion.CERTIFICATE, "the certificate names S9", NOW))
    contact.serial_changed("S1", "S2", NOW)
    assert contact.why_duplicate(NOW) == "the certificate names S9; serial number S2 came after S1"
    assert contact.trust(Suspicion.SERIAL)
    assert not contact.trust(Suspicion.SERIAL)
    assert contact.why_duplicate(NOW + 10 * RIVAL_SERIAL_S) == "the certificate names S9"
    assert contact.trust()
    assert contact.rivals_at(NOW) == []


def test_however_long_a_serial_number_is_the_reason_is_short() -> None:
    contact = ContactState()
    contact.serial_changed("a" * 10_000, "b" * 10_000, NOW)
    assert len(contact.why_duplicate(NOW) or "") < 200


def test_the_inventory_that_names_the_serial_number_ends_the_doubt() -> None:
    contact = ContactState()
    contact.serial_changed("S1", "S2", NOW)
    for listed, told, doubted in ((None, "S2", True), ("S1", "S2", True), ("S2", None, True), (" s2", "S2", False)):
        contact.review_serial(Placement(ChargerId("A"), "Depot", serial=listed), told)
        assert (contact.why_duplicate(NOW) is not None) is doubted, (listed, told)
