"""What the charger's answer to a command means, in every version."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healer.model import OcppVersion
from healer.ocpp.commands import (
    Assignment,
    Body,
    Certificates,
    ClearCache,
    ClearChargingProfile,
    CollectDiagnostics,
    Command,
    Configuration,
    DeleteCertificate,
    InstallCertificate,
    ListCertificates,
    Outcome,
    ReadConfiguration,
    ReportConfiguration,
    Reset,
    Result,
    SetChargingProfile,
    SettingOutcome,
    StopTransaction,
    TransferData,
    Transferred,
    Upload,
    WriteConfiguration,
)
from healer.ocpp.frames import Payload
from healer.ocpp.session import CODECS
from healer.ocpp.subjects import (
    Certificate,
    CertificateUse,
    Setting,
    Variable,
)
from tests.ocpp import payloads
from tests.ocpp.spelt import ID, ID_WRITTEN, INTERVAL, KEY, LOGS, PROFILE, SIGNED, SPELT, V16, V21, V201


def told(variable: Variable, value: str | None, word: str = "Accepted") -> Payload:
    return {
        "attributeStatus": word,
        "attributeValue": value,
        "component": {"name": variable.component},
        "variable": {"name": variable.name},
    }


HEARTBEAT = ReadConfiguration((KEY,))
WRITE_KEY = WriteConfiguration((Assignment(KEY, "60"),))
READ = ReadConfiguration((INTERVAL,))
WRITE = WriteConfiguration((Assignment(INTERVAL, "60"), Assignment(Variable("B", "C"), "1")))
ROOTS = ListCertificates((CertificateUse.CSMS_ROOT,))
DATA = TransferData("V")


def configuration(*outcomes: tuple[Variable, str | None, bool | None, Result, str]) -> Configuration:
    return Configuration(
        tuple(SettingOutcome(Setting(var, value, locked), res, word) for var, value, locked, res, word in outcomes)
    )


OUTCOMES: list[tuple[OcppVersion, Command, Payload, Result, str, Body | None]] = [
    (V16, ClearCache(), {"status": "Rejected"}, Result.REJECTED, "Rejected", None),
    (V16, StopTransaction("1"), {"status": "Accepted"}, Result.ACCEPTED, "Accepted", None),
    (V16, SetChargingProfile(PROFILE), {"status": "NotSupported"}, Result.NOT_SUPPORTED, "NotSupported", None),
    (V16, ClearChargingProfile(), {"status": "Unknown"}, Result.REJECTED, "Unknown", None),
    (
        V16,
        HEARTBEAT,
        {"configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "60"}, {"value": "x"}]},
        Result.ACCEPTED,
        "",
        configuration((KEY, "60", False, Result.ACCEPTED, "")),
    ),
    (
        V16,
        HEARTBEAT,
        {"unknownKey": ["HeartbeatInterval"]},
        Result.NOT_SUPPORTED,
        "UnknownKey",
        configuration((KEY, None, None, Result.NOT_SUPPORTED, "UnknownKey")),
    ),
    (V16, HEARTBEAT, {}, Result.ERROR, "unintelligible answer", None),
    (
        V16,
        ReportConfiguration(1),
        {"configurationKey": [{"key": "A", "readonly": "true"}, {"key": "B", "value": 7}]},
        Result.ACCEPTED,
        "",
        configuration(
            (Variable("A"), None, True, Result.ACCEPTED, ""), (Variable("B"), "7", None, Result.ACCEPTED, "")
        ),
    ),
    (
        V16,
        WRITE_KEY,
        {"status": "RebootRequired"},
        Result.REBOOT_REQUIRED,
        "RebootRequired",
        configuration((KEY, "60", None, Result.REBOOT_REQUIRED, "RebootRequired")),
    ),
    (
        V16,
        WRITE_KEY,
        {"status": "NotSupported"},
        Result.NOT_SUPPORTED,
        "NotSupported",
        configuration((KEY, "60", None, Result.NOT_SUPPORTED, "NotSupported")),
    ),
    (V16, LOGS, {"status": "Accepted", "filename": "f"}, Result.ACCEPTED, "Accepted", Upload("f")),
    (V16, LOGS, {}, Result.ERROR, "unintelligible answer", None),
    (V16, SIGNED, {"status": "RevokedCertificate"}, Result.REJECTED, "RevokedCertificate", None),
    (V16, SIGNED, {}, Result.ERROR, "unintelligible answer", None),
    (V16, DATA, {"status": "UnknownVendorId"}, Result.NOT_SUPPORTED, "UnknownVendorId", None),
    (V16, DATA, {"status": "Accepted", "data": "x"}, Result.ACCEPTED, "Accepted", Transferred("x")),
    (
        V16,
        ROOTS,
        {"status": "Accepted", "certificateHashData": [ID_WRITTEN, {"serialNumber": "1"}]},
        Result.ACCEPTED,
        "Accepted",
        Certificates((Certificate(ID, CertificateUse.CSMS_ROOT),)),
    ),
    (V16, ROOTS, {"status": "NotFound"}, Result.ACCEPTED, "NotFound", Certificates(())),
    (V16, ROOTS, {}, Result.ERROR, "unintelligible answer", None),
    (V16, DeleteCertificate(ID), {"status": "NotFound"}, Result.REJECTED, "NotFound", None),
    (V16, InstallCertificate(CertificateUse.CSMS_ROOT, "P"), {"status": "Failed"}, Result.REJECTED, "Failed", None),
    (V16, Reset(hard=True), {"status": "RebootRequired"}, Result.ERROR, "RebootRequired", None),
    (
        V201,
        READ,
        {"getVariableResult": [told(INTERVAL, "60")]},
        Result.ACCEPTED,
        "",
        configuration((INTERVAL, "60", None, Result.ACCEPTED, "Accepted")),
    ),
    (
        V201,
        READ,
        {"getVariableResult": [told(INTERVAL, None, "UnknownVariable"), {"attributeStatus": "Accepted"}]},
        Result.NOT_SUPPORTED,
        "UnknownVariable",
        configuration((INTERVAL, None, None, Result.NOT_SUPPORTED, "UnknownVariable")),
    ),
    (V201, READ, {"getVariableResult": []}, Result.ERROR, "unintelligible answer", None),
    (
        V201,
        WRITE,
        {"setVariableResult": [told(INTERVAL, None, "RebootRequired"), told(Variable("B", "C"), None)]},
        Result.REBOOT_REQUIRED,
        "RebootRequired",
        configuration(
            (INTERVAL, "60", None, Result.REBOOT_REQUIRED, "RebootRequired"),
            (Variable("B", "C"), "1", None, Result.ACCEPTED, "Accepted"),
        ),
    ),
    (V201, ReportConfiguration(1), {"status": "EmptyResultSet"}, Result.REJECTED, "EmptyResultSet", None),
    (V201, CollectDiagnostics("x", 1), {"status": "Rejected"}, Result.REJECTED, "Rejected", None),
    (V201, LOGS, {"status": "AcceptedCanceled", "filename": "f"}, Result.ACCEPTED, "AcceptedCanceled", Upload("f")),
    (V201, DATA, {"status": "Accepted", "data": {"a": [1]}}, Result.ACCEPTED, "Accepted", Transferred('{"a":[1]}')),
    (
        V21,
        ListCertificates(),
        {
            "status": "Accepted",
            "certificateHashDataChain": [
                {
                    "certificateType": "OEMRootCertificate",
                    "certificateHashData": ID_WRITTEN,
                    "childCertificateHashData": [ID_WRITTEN, {}],
                },
                {"certificateType": "Surprise", "certificateHashData": ID_WRITTEN},
                {"certificateType": "MORootCertificate"},
            ],
        },
        Result.ACCEPTED,
        "Accepted",
        Certificates((Certificate(ID, CertificateUse.OEM_ROOT, (ID,)), Certificate(ID, None))),
    ),
]


@pytest.mark.parametrize(("version", "command", "payload", "result", "detail", "body"), OUTCOMES)
def test_an_answer_has_its_outcome(
    version: OcppVersion, command: Command, payload: Payload, result: Result, detail: str, body: Body | None
) -> None:
    assert CODECS[version].outcome(command, payload) == Outcome(result, detail, body)


def test_a_write_that_failed_in_part_fared_as_its_worst_part() -> None:
    words = ["Accepted", "RebootRequired", "UnknownComponent", "Rejected", "Perhaps"]
    results = [Result.ACCEPTED, Result.REBOOT_REQUIRED, Result.NOT_SUPPORTED, Result.REJECTED, Result.ERROR]
    for count, result in enumerate(results, 1):
        payload: Payload = {"setVariableResult": [told(INTERVAL, None, word) for word in words[:count]]}
        assert CODECS[V201].outcome(WRITE, payload).result is result


every_command = pytest.mark.parametrize(
    ("version", "command", "action"),
    [(version, command, action) for version, rows in SPELT.items() for command, action, _ in rows],
    ids=lambda value: str(value) if isinstance(value, str) else None,
)
few_examples = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@every_command
@few_examples
@given(data=st.data())
def test_every_valid_answer_of_the_standard_is_understood(
    version: OcppVersion, command: Command, action: str, data: st.DataObject
) -> None:
    payload = data.draw(payloads.valid(version, action, answer=True))
    outcome = CODECS[version].outcome(command, payload)
    names_nothing = isinstance(command, ReadConfiguration | ReportConfiguration | WriteConfiguration)
    assert outcome.result is not Result.ERROR or names_nothing


@every_command
@few_examples
@given(data=st.data())
def test_no_broken_answer_raises(version: OcppVersion, command: Command, action: str, data: st.DataObject) -> None:
    CODECS[version].outcome(command, data.draw(payloads.broken(version, action, answer=True)))


def test_data_nested_beyond_reason_is_left_out() -> None:
    nested: object = "x"
    for _ in range(100_000):
        nested = [nested]
    assert CODECS[V201].outcome(DATA, {"status": "Accepted", "data": nested}) == Outcome(Result.ACCEPTED, "Accepted")
