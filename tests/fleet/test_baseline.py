"""What is wanted of which charger, and when two values mean the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.fleet.baseline import Baseline, BaselineEntry, Kind, same, variable_named
from healer.fleet.inventory import Placement
from healer.model import ChargerId, OcppVersion
from healer.ocpp.messages import Variable

HEARTBEAT = Variable("HeartbeatInterval")
HEARTBEAT_2X = Variable("HeartbeatInterval", "OCPPCommCtrlr")


def kind(**changes: object) -> Kind:
    given: dict[str, object] = {
        "vendor": "Acme",
        "model": "DC50",
        "firmware": "1.2",
        "placement": Placement(ChargerId("A"), "Depot", frozenset({"bus", "public"})),
        "version": OcppVersion.V16,
        **changes,
    }
    return Kind(**given)  # type: ignore[arg-type]  # tests name single fields


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "variable",
    [
        HEARTBEAT,
        HEARTBEAT_2X,
        Variable("ItemsPerMessage", "DeviceDataCtrlr", instance="GetVariables"),
        Variable("Available", "Connector", component_instance="left", evse=1, connector=2),
        Variable("Power", "EVSE", evse=3),
    ],
)
def test_a_variable_is_written_as_it_is_shown(variable: Variable) -> None:
    assert variable_named(str(variable)) == variable


@pytest.mark.parametrize("text", ["", ".A", "A.", "A.B.C", "A[x].B", "A(b.C", "A[12345].B"])
def test_what_names_no_variable_is_none(text: str) -> None:
    assert variable_named(text) is None


def test_a_version_says_whether_a_dot_means_a_component() -> None:
    assert variable_named("Acme.Mode", OcppVersion.V16) == Variable("Acme.Mode")
    assert variable_named("Mode", OcppVersion.V201) is None


@given(st.text(max_size=80))
def test_any_text_names_a_variable_that_shows_itself_so_or_none(text: str) -> None:
    found = variable_named(text)
    assert found is None or variable_named(str(found)) == found


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("TRUE", "true"),
        (" 300 ", "300"),
        ("0300", "300"),
        ("-0", "0"),
        ("Voltage, Current.Import", "Current.Import,Voltage"),
        ("Voltage,", "voltage ,"),
        ("ChargePointMaxProfile", "chargepointmaxprofile"),
    ],
)
def test_these_mean_the_same(told: str, wanted: str) -> None:
    assert same(told, wanted)
    assert same(wanted, told)


@pytest.mark.parametrize(
    ("told", "wanted"), [("true", "false"), ("300", "301"), ("", "0"), ("A,B", "A"), ("A,B", "A,C"), ("1.0", "1")]
)
def test_these_do_not(told: str, wanted: str) -> None:
    assert not same(told, wanted)
    assert not same(wanted, told)


@given(st.integers(-(10**15), 10**15), st.integers(0, 5), st.integers(0, 3))
def test_a_number_is_the_same_however_it_is_written(number: int, zeros: int, blanks: int) -> None:
    sign, digits = ("-" if number < 0 else ""), str(abs(number))
    assert same(" " * blanks + sign + "0" * min(zeros, 2) + digits, str(number))
    assert not same(str(number), str(number + 1))


@given(st.lists(st.text("abcXYZ.12", min_size=1, max_size=8), min_size=2, max_size=6))
def test_the_order_of_a_list_does_not_matter(words: list[str]) -> None:
    turned = words[::-1]
    assert same(", ".join(turned), ",".join(words))
    assert not same(",".join([*words, "other"]), ",".join(words))


@given(st.text(max_size=40), st.text(max_size=40))
def test_sameness_goes_both_ways(one: str, other: str) -> None:
    assert same(one, one)
    assert same(one, other) == same(other, one)


# --- entries ----------------------------------------------------------------------------------------------------------


def test_a_later_entry_has_the_last_word_on_each_variable() -> None:
    found = Baseline(
        (
            BaselineEntry({HEARTBEAT: "300", Variable("Other"): "1"}),
            BaselineEntry({HEARTBEAT: "60"}, vendor="Acme"),
            BaselineEntry({HEARTBEAT: "10"}, vendor="Foo"),
        )
    )
    assert found.wanted(kind()) == {HEARTBEAT: "60", Variable("Other"): "1"}


@pytest.mark.parametrize(
    ("whom", "fits"),
    [
        ({"model": "DC*", "firmware": "1.*", "site": "Dep*", "tag": "b*"}, True),
        ({"model": "AC*"}, False),
        ({"firmware": "2.*"}, False),
        ({"site": "North"}, False),
        ({"tag": "truck"}, False),
        ({"version": OcppVersion.V16}, True),
        ({"version": OcppVersion.V201}, False),
    ],
)
def test_an_entry_is_for_those_it_describes(whom: dict[str, object], fits: bool) -> None:
    entry = BaselineEntry({HEARTBEAT: "300"}, **whom)  # type: ignore[arg-type]  # tests name single fields
    assert bool(Baseline((entry,)).wanted(kind())) is fits


def test_each_version_gets_its_own_names() -> None:
    found = Baseline((BaselineEntry({HEARTBEAT: "300", HEARTBEAT_2X: "60"}),))
    assert found.wanted(kind()) == {HEARTBEAT: "300"}
    assert found.wanted(kind(version=OcppVersion.V21)) == {HEARTBEAT_2X: "60"}
    assert found.wanted(kind(version=None)) == {}
