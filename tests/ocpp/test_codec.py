"""What holds for every version alike: nothing read raises, nothing invalid is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.errors import PayloadError
from healer.ocpp import schemas, session, v16, v21, v201
from healer.ocpp.codec import Codec
from healer.ocpp.messages import (
    Acknowledged,
    AuthorizationReply,
    BootReply,
    CertificateId,
    CertificateStatusAsked,
    CollectDiagnostics,
    Command,
    Registration,
    Reply,
    Report,
    Reset,
    TransactionReply,
    UpdateFirmware,
    VatNumberAsked,
)

CODECS = tuple(session.CODECS.values())
ACTIONS = [pytest.param(codec, action, id=f"{codec.version} {action}") for codec in CODECS for action in codec.readers]

REPEATED: dict[str, Report] = {
    "GetCertificateChainStatus": CertificateStatusAsked(((CertificateId("SHA256", "n", "k", "1"), "OCSP"),)),
    "VatNumberValidation": VatNumberAsked("NL123456789B01"),
}
"""What an answer cannot be given without."""

names = st.sampled_from(
    [
        "chargingStation",
        "component",
        "connectorId",
        "connectorStatus",
        "errorCode",
        "eventData",
        "eventType",
        "evse",
        "evseId",
        "id",
        "idTag",
        "idToken",
        "meterValue",
        "multiplier",
        "name",
        "offline",
        "sampledValue",
        "status",
        "timestamp",
        "transactionId",
        "transactionInfo",
        "unit",
        "unitOfMeasure",
        "value",
        "variable",
        "vendorErrorCode",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)


@given(st.sampled_from(CODECS), st.data())
def test_no_payload_raises(codec: Codec, data: st.DataObject) -> None:
    action = data.draw(st.sampled_from(sorted(codec.readers)))
    assert codec.read(action, data.draw(st.dictionaries(names, json_values))) is not None


@given(
    st.sampled_from(CODECS),
    st.sampled_from([Reset(False), CollectDiagnostics("", 1), UpdateFirmware("", 0.0, 1)]),
    st.dictionaries(st.sampled_from(["status", "fileName"]), json_values),
)
def test_no_answer_raises(codec: Codec, command: Command, payload: dict[str, object]) -> None:
    codec.outcome(command, payload)


@pytest.mark.parametrize(("codec", "action"), ACTIONS)
def test_every_action_read_is_one_of_the_standard(codec: Codec, action: str) -> None:
    assert schemas.knows(codec.version, action)


@pytest.mark.parametrize(
    ("codec", "action"),
    [(v16.CODEC, "RemoteStartTransaction"), (v16.CODEC, "TransactionEvent"), (v201.CODEC, "StartTransaction")],
)
def test_an_action_that_no_charger_sends_is_not_read(codec: Codec, action: str) -> None:
    assert codec.read(action, {}) is None


@pytest.mark.parametrize(("codec", "action"), ACTIONS)
def test_every_action_has_a_valid_answer_to_one_of_the_replies(codec: Codec, action: str) -> None:
    replies: dict[str, Reply] = {
        "Authorize": AuthorizationReply(True),
        "BootNotification": BootReply(Registration.ACCEPTED, 60),
        "StartTransaction": TransactionReply(1),
        "StopTransaction": TransactionReply(),
    }
    if not schemas.sent(codec.version, action):
        codec.answer(action, replies.get(action, Acknowledged()), 0.0, REPEATED.get(action))


def test_needs_of_a_car_are_declined_without_refusing_the_car() -> None:
    needs = "NotifyEVChargingNeeds"
    assert v201.CODEC.answer(needs, Acknowledged(), 0.0) == {"status": "Rejected"}
    assert v21.CODEC.answer(needs, Acknowledged(), 0.0) == {"status": "NoChargingProfile"}


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    ("action", "reply"),
    [
        ("BootNotification", Acknowledged()),
        ("Authorize", Acknowledged()),
        ("StartTransaction", TransactionReply()),
        ("Heartbeat", AuthorizationReply(True)),
        ("StatusNotification", TransactionReply()),
        ("Unheard", Acknowledged()),
    ],
)
def test_a_wrong_reply_is_a_bug_of_ours(codec: Codec, action: str, reply: Reply) -> None:
    with pytest.raises(PayloadError):
        codec.answer(action, reply, 0.0)


def test_a_command_too_long_for_the_standard_is_a_bug_of_ours() -> None:
    with pytest.raises(PayloadError, match="is longer than 512 characters"):
        v201.CODEC.request(CollectDiagnostics("x" * 513, 1))
