"""Variables of 2.x components: how they are named on the wire, written, and told by answers and reports."""

from __future__ import annotations

from dataclasses import replace

from msgspec import field

from healer.ocpp import outcomes, salvage
from healer.ocpp.commands import Assignment, Outcome, SettingOutcome
from healer.ocpp.frames import Payload
from healer.ocpp.messages import ConfigurationReported, Report
from healer.ocpp.salvage import LongText, Place, Text, Whole, Wire, place, word
from healer.ocpp.subjects import Setting, Variable


class Evse(Wire):
    """EVSEType."""

    id: Place | None = None
    connector_id: Place | None = None


class Named(Wire):
    """A variable, or a component with the place it stands at."""

    name: Text | None = None
    instance: Text | None = None
    evse: Evse = field(default_factory=Evse)


class _Attribute(Wire):
    type: Text | None = None
    value: LongText | None = None
    mutability: Text | None = None


class _ReportData(Wire):
    component: Named = field(default_factory=Named)
    variable: Named = field(default_factory=Named)
    variable_attribute: tuple[_Attribute, ...] = ()


class _NotifyReport(Wire):
    request_id: Whole | None = None
    tbc: bool | None = None
    report_data: tuple[_ReportData, ...] = ()


class _StatusInfo(Wire):
    reason_code: Text | None = None


class _VariableResult(Wire):
    attribute_status: Text | None = None
    attribute_status_info: _StatusInfo = field(default_factory=_StatusInfo)
    attribute_value: LongText | None = None
    component: Named = field(default_factory=Named)
    variable: Named = field(default_factory=Named)


class _Results(Wire):
    get_variable_result: tuple[_VariableResult, ...] = ()
    set_variable_result: tuple[_VariableResult, ...] = ()


# --- reading ------------------------------------------------------------------------------------------------------


def reported(payload: Payload) -> Report:
    """NotifyReport."""
    said = salvage.read(payload, _NotifyReport)
    settings = (_setting(one) for one in said.report_data)
    return ConfigurationReported(
        said.request_id, tuple(one for one in settings if one is not None), last=said.tbc is not True
    )


def _setting(said: _ReportData) -> Setting | None:
    """None for what does not name its variable, or tells only of its target and limits (no type means Actual)."""
    variable = _variable(said.component, said.variable)
    actual = next((one for one in said.variable_attribute if (word(one.type) or "Actual") == "Actual"), None)
    if variable is None or actual is None:
        return None
    mutability = word(actual.mutability)
    return Setting(variable, actual.value, None if mutability is None else mutability == "ReadOnly")


def _variable(component: Named, variable: Named) -> Variable | None:
    component_name, name = word(component.name), word(variable.name)
    if component_name is None or name is None:
        return None
    return Variable(
        name,
        component_name,
        instance=word(variable.instance),
        component_instance=word(component.instance),
        evse=place(component.evse.id),
        connector=place(component.evse.connector_id),
    )


def were_read(payload: Payload) -> Outcome:
    """The answer to GetVariables."""
    return outcomes.of_reading(_results(salvage.read(payload, _Results).get_variable_result))


def were_written(assignments: tuple[Assignment, ...], payload: Payload) -> Outcome:
    """The answer to SetVariables. What was taken has the value that was sent."""
    values = {one.variable: one.value for one in assignments}
    results = (
        replace(one, setting=replace(one.setting, value=values.get(one.setting.variable)))
        for one in _results(salvage.read(payload, _Results).set_variable_result)
    )
    return outcomes.of_settings(tuple(results))


def _results(said: tuple[_VariableResult, ...]) -> tuple[SettingOutcome, ...]:
    named = ((one, _variable(one.component, one.variable)) for one in said)
    return tuple(
        outcomes.of_setting(Setting(variable, one.attribute_value, _is_read_only(one)), word(one.attribute_status))
        for one, variable in named
        if variable is not None
    )


def _is_read_only(said: _VariableResult) -> bool | None:
    """A write may be rejected for that reason (2.0.1 appendix 5, reason codes); else nobody says."""
    return True if word(said.attribute_status_info.reason_code) == "ReadOnly" else None


# --- writing ------------------------------------------------------------------------------------------------------


def reading(variable: Variable) -> Payload:
    """GetVariableDataType: the variable's actual value."""
    return _named(variable)


def writing(assignment: Assignment) -> Payload:
    """SetVariableDataType."""
    return {"attributeValue": assignment.value, **_named(assignment.variable)}


def _named(variable: Variable) -> Payload:
    component: Payload = {"name": variable.component}
    if variable.component_instance is not None:
        component["instance"] = variable.component_instance
    if variable.evse is not None:
        connector: Payload = {} if variable.connector is None else {"connectorId": variable.connector}
        component["evse"] = {"id": variable.evse, **connector}
    named: Payload = {"name": variable.name}
    if variable.instance is not None:
        named["instance"] = variable.instance
    return {"component": component, "variable": named}
