"""Schemas: strict on what we send, telling on what we read."""

from __future__ import annotations

import pytest

from healer.errors import PayloadError
from healer.model import OcppVersion
from healer.ocpp import schemas
from healer.ocpp.messages import Violation

V16, V201 = OcppVersion.V16, OcppVersion.V201


def problems(payload: object, action: str = "StatusNotification") -> dict[str, str]:
    return {found.where: found.problem for found in schemas.violations(V16, action, payload)}


def test_a_valid_payload_violates_nothing() -> None:
    assert problems({"connectorId": 1, "errorCode": "NoError", "status": "Available"}) == {}


def test_each_violation_names_its_place_and_not_what_the_charger_wrote() -> None:
    payload = {"connectorId": "S", "errorCode": "S", "status": "S", "timestamp": "S", "info": "S" * 51, "S": 1}
    assert problems(payload) == {
        "connectorId": "is not of type integer",
        "errorCode": "is not one of the standard's words",
        "status": "is not one of the standard's words",
        "timestamp": "is not a valid date-time",
        "info": "is longer than 50 characters",
        "": "has fields the standard does not know",
    }


def test_a_missing_field_is_named() -> None:
    assert schemas.violations(
        V201, "StatusNotification", {"evseId": 1, "connectorId": 1, "connectorStatus": "Faulted"}
    ) == (Violation("StatusNotification", "", "lacks timestamp"),)


def test_the_path_leads_into_lists() -> None:
    payload = {"connectorId": 1, "meterValue": [{"timestamp": "2024-01-01T00:00:00Z", "sampledValue": [{"value": 1}]}]}
    assert problems(payload, "MeterValues") == {"meterValue[0].sampledValue[0].value": "is not of type string"}


def test_an_empty_list_is_told_by_its_length() -> None:
    payload = {"generatedAt": "2024-01-01T00:00:00Z", "seqNo": 0, "eventData": []}
    assert schemas.violations(V201, "NotifyEvent", payload) == (
        Violation("NotifyEvent", "eventData", "has fewer than 1 items"),
    )


def test_a_thousand_violations_are_told_by_ten() -> None:
    payload = {"connectorId": 1, "meterValue": [{}] * 1000}
    assert len(schemas.violations(V16, "MeterValues", payload)) == schemas.MOST_VIOLATIONS


def test_nesting_without_end_is_a_violation_too() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    assert problems({"connectorId": nested, "errorCode": "NoError", "status": "Available"}) == {
        "": "is nested too deep"
    }


def test_an_action_that_the_version_does_not_have_violates_nothing_and_cannot_be_sent() -> None:
    assert not schemas.knows(V16, "TransactionEvent")
    assert not schemas.knows(V16, "../v201/schemas/TransactionEventRequest")
    assert schemas.violations(V16, "TransactionEvent", {}) == ()
    with pytest.raises(PayloadError, match=r"OCPP 1\.6 has no TransactionEvent"):
        schemas.require_valid(V16, "TransactionEvent", {})


def test_what_we_send_must_be_valid() -> None:
    schemas.require_valid(V16, "Reset", {"type": "Soft"})
    schemas.require_valid(V201, "Reset", {"type": "OnIdle"})
    with pytest.raises(PayloadError, match=r"OCPP 2\.0\.1 Reset: type is not one of"):
        schemas.require_valid(V201, "Reset", {"type": "Soft"})
    with pytest.raises(PayloadError, match=r"OCPP 1\.6 Heartbeat answer: payload lacks currentTime"):
        schemas.require_valid(V16, "Heartbeat", {}, answer=True)


def test_what_a_charger_wrote_parts_of_may_be_asked_for() -> None:
    assert schemas.is_valid(V16, "Heartbeat", {"currentTime": "2024-01-01T00:00:00Z"}, answer=True)
    assert not schemas.is_valid(V16, "Heartbeat", {"currentTime": "noon"}, answer=True)


def test_the_actions_of_a_version_are_those_it_knows() -> None:
    for version in OcppVersion:
        actions = schemas.actions(version)
        assert {"Reset", "Heartbeat"} <= actions
        assert all(schemas.knows(version, action) for action in actions)
    assert "NotifyPeriodicEventStream" in schemas.actions(OcppVersion.V21)
    assert not schemas.knows(OcppVersion.V21, "GetVariablesRequest")


def test_every_schema_of_every_version_compiles() -> None:
    for version in OcppVersion:
        for name in schemas._files(version):
            schemas._validator(version, name)
