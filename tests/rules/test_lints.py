"""Lints that know the device. Each kind has its example in tests/packs; here is what must not be told."""

from __future__ import annotations

from datetime import date

import pytest

from healer.documents import Mistake
from healer.rules import packs


def told(*lines: str) -> list[Mistake]:
    text = "rules:\n  - rule: it\n" + "".join(f"    {line}\n" for line in lines)
    return list(packs.load([("a.yaml", text)]).mistakes)


def codes(*lines: str) -> list[str]:
    return [mistake.code for mistake in told(*lines)]


LADDER = ("for: 5m", "heal: [reset: soft]", "if_not_healed: ticket")


@pytest.mark.parametrize(
    "when",
    [
        "when: online",
        "when: {firmware: {older_than: 1.10}}",
        "when: {event: reboot, count: 4, within: 1h}",
        "when: {not: {offline: yes}}",
        "when: {offline: no, status: Faulted}",
        "when: {error_code: {not: GroundFailure}}",
    ],
)
def test_a_reset_that_can_arrive_is_no_mistake(when: str) -> None:
    assert codes(when, *LADDER) == []


@pytest.mark.parametrize("when", ["when: {online: no}", "when: {not: online}", "when: {offline: {not: no}}"])
def test_offline_is_recognised_in_every_writing(when: str) -> None:
    assert codes(when, *LADDER) == ["E-LINK"]


@pytest.mark.parametrize(
    "when",
    [
        "when: {offline: yes, not: {status: Faulted}}",
        "when: {offline: yes, session_active: no}",
        "when: {offline: yes, online: yes}",
        "when: [online, {offline: yes, mrec: CX001}]",
        "when: {all: [offline, {any: [{status: Faulted}, {status: Reserved}]}]}",
    ],
)
def test_a_condition_that_can_never_hold_is_an_error(when: str) -> None:
    assert codes(when) == ["E-IMPOSSIBLE"]


@pytest.mark.parametrize("step", ["wait: 5m", "notify"])
def test_steps_that_need_no_link_may_stand_in_an_offline_rule(step: str) -> None:
    assert codes("when: offline", f"heal: [{step}]", "if_not_healed: ticket") == []


@pytest.mark.parametrize(
    "when",
    [
        "{error_code: [InternalError, HighTemperature]}",
        "{mrec: CX002}",
        "{vendor_error_code: EmergencyStop}",
        "{any: [{error_code: OtherError}, {all: [{error_code: GroundFailure}, {status: Faulted}]}]}",
    ],
)
def test_safety_is_recognised_wherever_it_stands(when: str) -> None:
    assert codes(f"when: {when}", *LADDER) == ["F-INTERLOCK"]


@pytest.mark.parametrize("step", ["probe", "take-out-of-service", "collect-diagnostics", "notify", "wait: 1m"])
def test_what_the_interlock_lets_pass_is_no_mistake(step: str) -> None:
    assert codes("when: {error_code: GroundFailure}", f"heal: [{step}]", "if_not_healed: page") == []


def test_a_rule_with_a_fatal_lint_can_still_be_used() -> None:
    text = "rules: [{rule: it, when: {error_code: GroundFailure}, for: 5m, heal: [reset: soft], if_not_healed: page}]"
    loaded = packs.load([("a.yaml", text)])
    assert (loaded.mistakes.errors, loaded.mistakes.fatal_lints) == (0, 1)
    assert "it" in loaded.rules.rules


def test_counted_events_are_patience_enough() -> None:
    assert codes("when: {event: reboot, count: 2, within: 1h}", "heal: [reset: hard]", "alert: page") == []


def test_an_alert_is_telling_somebody() -> None:
    assert codes("when: {status: Faulted}", "heal: [probe]", "alert: info") == []


def test_a_lint_stays_silent_about_values_that_are_mistakes_themselves() -> None:
    assert codes("when: {status: Faulted}", "for: 5", "heal: [reset: soft]", "if_not_healed: tiket") == [
        "E-DURATION",
        "E-VALUE",
    ]
    assert codes("when: {status: Faluted, offline: yes}", *LADDER) == ["E-VALUE"]
    assert codes("when: offline", "heal: [rset: soft]", "rollout: {stages: [1], soak: 1h}", "alert: info") == [
        "E-ACTION"
    ]


def test_a_deprecated_rule_is_told_louder_once_its_time_is_over() -> None:
    text = (
        "rules: [{rule: old, when: offline, status: deprecated, remove_after: 2027-03-31, replaced_by: new},"
        " {rule: new, when: offline}]"
    )

    def on(today: date | None) -> list[tuple[str, str | None]]:
        loaded = packs.load([("a.yaml", text)], packs.Limits(today=today))
        return [(mistake.code, mistake.hint) for mistake in loaded.mistakes]

    assert on(None) == on(date(2027, 3, 31)) == [("N-DEPRECATED", "use 'new'")]
    assert on(date(2027, 4, 1)) == [("W-OUTLIVED", "use 'new'")]


@pytest.mark.parametrize("line", ["limits: {disruptive: 1}", "window: w\nwindows: {w: {from: 01:00, to: 02:00}}"])
def test_guards_of_a_step_that_interrupts_service_are_no_mistake(line: str) -> None:
    text = "rules:\n  - rule: it\n" + "".join(
        f"    {one}\n" for one in ("when: {status: Faulted}", *LADDER, *line.split("\n")[:1])
    )
    text += "\n".join(line.split("\n")[1:])
    assert not packs.load([("a.yaml", text)]).mistakes


def test_an_unlock_of_a_connector_is_no_mistake() -> None:
    assert codes("when: {status: Faulted}", "for: 5m", "heal: [unlock]", "if_not_healed: ticket") == []


@pytest.mark.parametrize("when", ["{status: Faulted, session_active: no}", "{not: {status: Faulted}}"])
def test_clauses_about_different_things_exclude_nothing(when: str) -> None:
    assert codes(f"when: {when}", *LADDER) == []


def test_in_mode_ask_the_steps_need_no_note_of_their_own() -> None:
    lines = ("when: {status: Faulted}", "mode: ask", "for: 5m", "heal: [{reset: soft, ask: yes}]", "alert: info")
    assert codes(*lines) == ["N-APPROVAL"]
    assert codes("when: offline", "mode: ask") == []
