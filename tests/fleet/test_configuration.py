"""What a charger told of its configuration, beside what is wanted of it."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from healer.fleet.baseline import Baseline, BaselineEntry, Kind
from healer.fleet.configuration import DAY_S, MOST_KEYS, MOST_VARIABLES, READ_BACK_S, Configuration, Outlook, next_daily
from healer.fleet.inventory import Placement
from healer.fleet.learned import NOTHING, Learned
from healer.model import ChargerId, OcppVersion
from healer.ocpp.messages import Setting, Variable

A = ChargerId("A")
X, Y = Variable("X"), Variable("Y")
KIND = Kind("Acme", "DC50", "1.0", Placement(A, "Depot"), OcppVersion.V16)


def configuration() -> Configuration:
    found = Configuration(Baseline((BaselineEntry({X: "1", Y: "2"}),)))
    look(found)
    return found


def look(one: Configuration, learned: Learned = NOTHING) -> Outlook:
    return one.outlook(KIND, learned, A)


def test_without_a_baseline_nothing_is_wanted() -> None:
    assert look(Configuration()) == Outlook()


def test_what_is_told_differently_drifts() -> None:
    one = configuration()
    assert look(one).untold == 2
    one.was_told([Setting(Variable("x"), "1"), Setting(Y, "3"), Setting(Variable("Other"), "9")], 10.0)
    assert (look(one).untold, look(one).drift) == (0, (Y,))
    assert set(one.told) == {X, Y}


def test_no_value_at_all_differs_from_one() -> None:
    one = configuration()
    one.was_told([Setting(X, None)], 10.0)
    assert look(one).drift == (X,)


def test_what_its_model_does_not_take_is_no_drift() -> None:
    one = configuration()
    one.was_told([Setting(X, "0"), Setting(Y, "0")], 10.0)
    assert look(one, Learned("", "", "", read_only={"X": {A: 0.0}})).drift == (Y,)
    assert look(one, Learned("", "", "", unknown={"X": {A: 0.0}})).readable == (Y,)


def test_a_written_value_counts_once_it_was_read_back() -> None:
    one = configuration()
    one.was_told([Setting(X, "0"), Setting(Y, "2")], 10.0)
    assert one.write_at(X, 10.0) == 10.0
    one.took(X, 20.0)
    assert (look(one).drift, one.write_at(X, 21.0), one.ask_at(X, A)) == ((X,), None, 20.0 + READ_BACK_S)
    one.was_told([Setting(X, "1")], 30.0)
    assert look(one).drift == ()


def test_a_value_that_was_read_back_unchanged_is_written_later_and_later() -> None:
    one, pauses = configuration(), []
    one.was_told([Setting(X, "0")], 0.0)
    for turn in range(12):
        one.took(X, turn * 1e6)
        one.was_told([Setting(X, "0")], turn * 1e6)
        pauses.append((one.write_at(X, 0.0) or 0.0) - turn * 1e6)
    assert pauses[:3] == [120.0, 240.0, 480.0]
    assert pauses[-1] == 6 * 3600.0


def test_a_value_that_waits_for_a_restart_is_no_drift_and_not_asked_for() -> None:
    one = configuration()
    one.was_told([Setting(X, "0"), Setting(Y, "2")], 10.0)
    one.took(X, 20.0, reboot=True)
    one.took(X, 30.0, reboot=True)
    assert (look(one).drift, one.ask_at(X, A), one.reboot_required_since) == ((), math.inf, 20.0)
    one.booted(restarted=False)
    assert one.reboot_required_since == 20.0
    one.booted(restarted=True)
    assert one.reboot_required_since is None
    assert look(one).untold == 2


def test_a_charger_that_leaves_something_out_is_asked_for_less() -> None:
    one = configuration()
    one.was_told([Setting(X, "1")], 10.0)
    one.kept_silent([Y], 2, 10.0)
    assert (one.most_at_once(OcppVersion.V16), look(one).untold) == (1, 1)
    one.kept_silent([Y], 1, 20.0)
    assert (look(one).untold, look(one).drift) == (0, ())


def test_the_charger_may_tell_how_much_it_answers_at_once() -> None:
    one = configuration()
    assert [one.most_at_once(version) for version in (OcppVersion.V16, OcppVersion.V21)] == [MOST_KEYS, MOST_VARIABLES]
    one.was_told([Setting(Variable("ItemsPerMessage", "DeviceDataCtrlr", "GetVariables"), "4")], 1.0)
    assert one.most_at_once(OcppVersion.V201) == 4
    one.was_told([Setting(Variable("GetConfigurationMaxKeys"), "many")], 1.0)
    assert one.most_at_once(OcppVersion.V16) == 4


def test_a_question_in_vain_is_asked_later_and_for_less_if_it_was_too_much() -> None:
    one = configuration()
    one.asked_in_vain(0.0, too_much=False)
    assert (one.ask_at(X, A), one.most_at_once(OcppVersion.V16)) == (60.0, MOST_KEYS)
    one.asked_in_vain(60.0, too_much=True)
    assert (one.ask_at(X, A), one.most_at_once(OcppVersion.V16)) == (180.0, MOST_KEYS // 2)
    one.was_answered()
    assert one.ask_at(X, A) == 0.0


def test_what_must_be_outlives_the_daemon() -> None:
    before, after = configuration(), configuration()
    before.took(X, 20.0, reboot=True)
    after.recall(before.record())
    assert (after.reboot_required_since, after.told) == (20.0, {})


@given(st.text(max_size=30), st.floats(0, 4e9))
def test_each_charger_has_its_moment_of_the_day(name: str, after: float) -> None:
    due = next_daily(ChargerId(name), after)
    assert after < due <= after + DAY_S + 1e-6
    again = next_daily(ChargerId(name), due)
    assert again - due == DAY_S


def test_the_fleet_is_spread_over_the_day() -> None:
    moments = [next_daily(ChargerId(f"CP-{number}"), 0.0) for number in range(1000)]
    by_hour = [sum(hour * 3600 <= moment < (hour + 1) * 3600 for moment in moments) for hour in range(24)]
    assert max(by_hour) < 80
