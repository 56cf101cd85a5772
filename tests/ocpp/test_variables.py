"""Variables of 2.x: what a report tells of them, and how they are shown."""

from __future__ import annotations

import pytest

from healer.ocpp import v201
from healer.ocpp.messages import ConfigurationReported, Setting, Variable


def report(*data: object, **more: object) -> object:
    found = v201.CODEC.read(
        "NotifyReport", {"requestId": 4, "generatedAt": "", "seqNo": 0, "reportData": list(data), **more}
    )
    assert found is not None
    return found[0]


def entry(*attributes: object, **component: object) -> dict[str, object]:
    return {
        "component": {"name": "EVSE", **component},
        "variable": {"name": "Power", "instance": "Max"},
        "variableAttribute": list(attributes),
    }


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            entry({"value": "11000", "mutability": "ReadOnly"}, evse={"id": 1, "connectorId": 2}),
            Setting(Variable("Power", "EVSE", "Max", evse=1, connector=2), "11000", read_only=True),
        ),
        (
            entry({"type": "Target", "value": "1"}, {"type": "Actual", "value": "2", "mutability": "ReadWrite"}),
            Setting(Variable("Power", "EVSE", "Max"), "2", read_only=False),
        ),
        (entry({"mutability": "WriteOnly"}), Setting(Variable("Power", "EVSE", "Max"), None, read_only=False)),
        (entry({"value": 7}), Setting(Variable("Power", "EVSE", "Max"), "7")),
        (entry({"value": "x" * 2500}), Setting(Variable("Power", "EVSE", "Max"), "x" * 2500)),
    ],
)
def test_a_report_tells_the_actual_value(data: object, expected: Setting) -> None:
    found = report(data)
    assert found == ConfigurationReported(4, (expected,))


@pytest.mark.parametrize("data", [entry({"type": "MaxSet", "value": "1"}), entry(), {"component": {"name": "EVSE"}}, 7])
def test_what_names_no_variable_or_has_no_actual_value_is_left_out(data: object) -> None:
    assert report(data) == ConfigurationReported(4, ())


def test_a_report_says_whether_more_follows() -> None:
    assert report(tbc=True) == ConfigurationReported(4, (), last=False)
    assert report(tbc=False) == ConfigurationReported(4, (), last=True)


@pytest.mark.parametrize(
    ("variable", "shown"),
    [
        (Variable("HeartbeatInterval"), "HeartbeatInterval"),
        (Variable("Interval", "OCPPCommCtrlr"), "OCPPCommCtrlr.Interval"),
        (Variable("Power", "Connector", "Max", "A", 1, 2), "Connector(A)[1][2].Power(Max)"),
    ],
)
def test_a_variable_is_shown_as_documents_write_it(variable: Variable, shown: str) -> None:
    assert str(variable) == shown
