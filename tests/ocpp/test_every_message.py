"""Every message that a charger may send, in every version: read, answered, and neither lost when it is broken.

The lists are written down here by hand, from the standard's tables of messages, so that none can be forgotten.
NotifyWebPaymentStarted is ours to send by the standard, but stations that send it are answered.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healer.model import OcppVersion
from healer.ocpp import schemas
from healer.ocpp.messages import Acknowledged, AuthorizationReply, BootReply, Registration, Reply, TransactionReply
from healer.ocpp.session import CODECS, Notified, Refused, Reported, Session
from tests.ocpp import payloads

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21

IN_16 = """
    Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat
    MeterValues StartTransaction StatusNotification StopTransaction
    LogStatusNotification SecurityEventNotification SignCertificate SignedFirmwareStatusNotification
"""
IN_201 = """
    Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification Get15118EVCertificate
    GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation
    NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport
    NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles ReservationStatusUpdate
    SecurityEventNotification SignCertificate StatusNotification TransactionEvent
"""
ONLY_IN_21 = """
    BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm NotifyDERStartStop
    NotifyPriorityCharging NotifySettlement OpenPeriodicEventStream PullDynamicScheduleUpdate ReportDERControl
    VatNumberValidation
    NotifyWebPaymentStarted
"""
SENT = "NotifyPeriodicEventStream"
CALLED = {V16: IN_16.split(), V201: IN_201.split(), V21: [*IN_201.split(), *ONLY_IN_21.split()]}

every_message = pytest.mark.parametrize(
    ("version", "action"),
    [(version, action) for version, actions in CALLED.items() for action in actions],
    ids=lambda value: str(value),
)
few_examples = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

REPLIES: dict[str, Reply] = {
    "Authorize": AuthorizationReply(accepted=True),
    "BootNotification": BootReply(Registration.ACCEPTED, 300),
    "StartTransaction": TransactionReply(17, accepted=True),
    "StopTransaction": TransactionReply(accepted=True),
    "TransactionEvent": TransactionReply(accepted=True),
}


def a_session(version: OcppVersion) -> Session:
    return Session(version, call_timeout_s=30.0, max_frame_bytes=1 << 20)


def answered(session: Session, action: str, reported: Reported) -> list[object]:
    """The answer; if it is a CALLRESULT, one that keeps to the schema."""
    frame: list[object] = json.loads(session.reply(reported, REPLIES.get(action, Acknowledged()), 0.0))
    if frame[0] == 3:
        schemas.require_valid(session.version, action, frame[2], answer=True)
    return frame


@pytest.mark.parametrize("version", list(OcppVersion))
def test_what_is_read_is_what_the_standard_lets_a_charger_send(version: OcppVersion) -> None:
    sent = {SENT} if version is V21 else set()
    assert set(CODECS[version].readers) == {*CALLED[version], *sent}


@every_message
@few_examples
@given(data=st.data())
def test_a_valid_message_is_read_without_violation_and_answered(
    version: OcppVersion, action: str, data: st.DataObject
) -> None:
    payload = data.draw(payloads.valid(version, action))
    session = a_session(version)
    reported = session.receive(json.dumps([2, "m1", action, payload]), 0.0)
    assert isinstance(reported, Reported)
    assert reported.violations == ()
    if action not in {"VatNumberValidation", "GetCertificateChainStatus"}:
        assert answered(session, action, reported)[:2] == [3, "m1"]


@every_message
@few_examples
@given(data=st.data())
def test_a_broken_message_is_read_and_answered_too(version: OcppVersion, action: str, data: st.DataObject) -> None:
    payload = data.draw(payloads.broken(version, action))
    session = a_session(version)
    reported = session.receive(json.dumps([2, "m1", action, payload]), 0.0)
    assert isinstance(reported, Reported)
    kind, message_id, *_ = answered(session, action, reported)
    assert message_id == "m1"
    assert kind == 3 or action in {"VatNumberValidation", "GetCertificateChainStatus"}


@few_examples
@given(data=st.data())
def test_what_is_sent_is_noted_and_has_no_answer(data: st.DataObject) -> None:
    whole = data.draw(payloads.valid(V21, SENT))
    noted = a_session(V21).receive(json.dumps([6, "m1", SENT, whole]), 0.0)
    assert isinstance(noted, Notified)
    assert (noted.action, noted.violations) == (SENT, ())
    spoilt = data.draw(payloads.broken(V21, SENT))
    assert isinstance(a_session(V21).receive(json.dumps([6, "m1", SENT, spoilt]), 0.0), Notified)


@pytest.mark.parametrize("version", list(OcppVersion))
def test_what_only_the_central_system_sends_is_refused(version: OcppVersion) -> None:
    ours = schemas.actions(version) - set(CODECS[version].readers)
    assert "Reset" in ours
    for action in ours:
        refused = a_session(version).receive(json.dumps([2, "m1", action, {}]), 0.0)
        assert isinstance(refused, Refused)
        assert refused.reply is not None
        assert json.loads(refused.reply)[:3] == [4, "m1", "NotSupported"]
