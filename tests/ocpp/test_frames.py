"""Frames: whatever arrives becomes a value, whatever we write can be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.model import OcppVersion
from healer.ocpp import frames
from healer.ocpp.frames import (
    Call,
    CallError,
    CallResult,
    CallResultError,
    Defect,
    Frame,
    Kind,
    Malformed,
    NumericId,
    Send,
)

LIMIT = 65_536

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    scalars | texts, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
)
payloads = st.dictionaries(texts, json_values, max_size=4)
message_ids = texts | st.integers().map(NumericId)


def decode(data: str | bytes) -> Frame | Malformed:
    return frames.decode(data, max_bytes=LIMIT)


def malformed(data: str | bytes) -> Malformed:
    found = decode(data)
    assert isinstance(found, Malformed)
    return found


@given(st.builds(Call, message_ids, texts, payloads))
def test_every_call_comes_back_as_it_was(call: Call) -> None:
    assert decode(frames.encode(call)) == call


@given(
    st.builds(CallResult, message_ids, payloads)
    | st.builds(CallError, message_ids, texts, texts, payloads)
    | st.builds(CallResultError, message_ids, texts, texts, payloads)
    | st.builds(Send, message_ids, texts, payloads)
)
def test_every_other_frame_comes_back_as_it_was(answer: CallResult | CallError | CallResultError | Send) -> None:
    assert decode(frames.encode(answer)) == answer


@given(st.binary() | st.text(st.characters()))
def test_no_bytes_and_no_text_raise(data: str | bytes) -> None:
    decode(data)


@given(st.lists(json_values, max_size=6) | json_values)
def test_no_json_raises_and_every_answer_to_it_can_be_written(value: object) -> None:
    found = decode(json.dumps(value))
    for version in OcppVersion:
        answer = found.answer(version) if isinstance(found, Malformed) else None
        assert answer is None or json.loads(frames.encode(answer))[0] == 4


@given(st.sampled_from(list(Kind)), st.lists(json_values, max_size=5))
def test_no_frame_of_a_known_type_raises(kind: int, rest: list[object]) -> None:
    decode(json.dumps([kind, *rest]))


@pytest.mark.parametrize(
    ("data", "defect"),
    [
        ("", Defect.INVALID_JSON),
        ("hello", Defect.INVALID_JSON),
        (b"\x89PNG\r\n\x00\xff", Defect.INVALID_JSON),
        (b'[2,"1","Heartbeat",{"x":"\xff"}]', Defect.INVALID_JSON),
        ('[2,"1","Heartbeat",{"x":NaN}]', Defect.INVALID_JSON),
        ('[2,"1","Heartbeat",{"x":1e999}]', Defect.INVALID_JSON),
        ('[2,"1","Heartbeat",{"x":' + "9" * 5000 + "}]", Defect.INVALID_JSON),
        ('[2,"1","Heartbeat",{"x":"\\ud800"}]', Defect.INVALID_JSON),
        ('[2,"1","Heartbeat",{"x":"\ud800"}]', Defect.INVALID_JSON),
        ("[" * 60_000, Defect.INVALID_JSON),
        ('[2,"1","Heartbeat",{}] trailing', Defect.INVALID_JSON),
        ("{}", Defect.WRONG_SHAPE),
        ('"2"', Defect.WRONG_SHAPE),
        ("[]", Defect.WRONG_SHAPE),
        ("[2]", Defect.WRONG_SHAPE),
        ('[2,"1"]', Defect.WRONG_SHAPE),
        ("[[2]]", Defect.WRONG_SHAPE),
        ('[null,"1","Heartbeat",{}]', Defect.WRONG_SHAPE),
        ('[7,"1","Heartbeat",{}]', Defect.UNKNOWN_MESSAGE_TYPE),
        ('[6,"1",["Heartbeat"],{}]', Defect.BAD_ACTION),
        ('[6,"1","Heartbeat",[]]', Defect.BAD_PAYLOAD),
        ('[6,"1"]', Defect.WRONG_SHAPE),
        ('["CALL","1","Heartbeat",{}]', Defect.UNKNOWN_MESSAGE_TYPE),
        ('[2,null,"Heartbeat",{}]', Defect.BAD_MESSAGE_ID),
        ('[2,true,"Heartbeat",{}]', Defect.BAD_MESSAGE_ID),
        ('[2,{},"Heartbeat",{}]', Defect.BAD_MESSAGE_ID),
        ('[2,"' + "x" * 256 + '","Heartbeat",{}]', Defect.BAD_MESSAGE_ID),
        ('[2,"1",["Heartbeat"],{}]', Defect.BAD_ACTION),
        ('[2,"1",7,{}]', Defect.BAD_ACTION),
        ('[2,"1","Heartbeat",[]]', Defect.BAD_PAYLOAD),
        ('[2,"1","Heartbeat","{}"]', Defect.BAD_PAYLOAD),
        ('[3,"1",[1]]', Defect.BAD_PAYLOAD),
        (b'[2,"1","Heartbeat",{"x":"' + b"x" * LIMIT + b'"}]', Defect.TOO_LARGE),
    ],
)
def test_what_is_no_frame_says_why(data: str | bytes, defect: Defect) -> None:
    assert malformed(data).defect is defect


def test_the_limit_counts_bytes_and_not_characters() -> None:
    frame = '[3,"1",{"x":"ää"}]'
    assert isinstance(frames.decode(frame, max_bytes=len(frame)), Malformed)
    assert isinstance(frames.decode(frame, max_bytes=len(frame.encode())), CallResult)


@pytest.mark.parametrize(
    "data", ['[2,"1","Heartbeat"]', '[2,"1","Heartbeat",null]', '["2","1","Heartbeat",{}]', '[2,"1","Heartbeat",{},9]']
)
def test_a_call_whose_meaning_is_beyond_doubt_is_understood(data: str) -> None:
    assert decode(data) == Call("1", "Heartbeat", {})


@pytest.mark.parametrize("number", ["7", "-1", "0", "123456789012345678901234567890", "1.5"])
def test_a_number_as_message_id_is_echoed_as_a_number(number: str) -> None:
    call = decode(f'[2,{number},"Heartbeat",{{}}]')
    assert isinstance(call, Call)
    assert call.message_id == number
    assert frames.encode(CallResult(call.message_id, {})) == f"[3,{number},{{}}]"


def test_a_callerror_with_a_number_and_without_details_is_one() -> None:
    assert decode('[4,0,"InternalError","connectors is not defined",null]') == CallError(
        "0", "InternalError", "connectors is not defined", {}
    )
    assert decode('[4,""]') == CallError("", "", "", {})


def test_the_head_of_a_frame_cut_off_is_read() -> None:
    assert malformed('[2, "200", "BootNotification", {"model": "x') == Malformed(
        Defect.INVALID_JSON, Kind.CALL, "200", "BootNotification"
    )
    assert malformed('[3,17,{"status": Accepted}]') == Malformed(Defect.INVALID_JSON, Kind.CALL_RESULT, "17")
    assert malformed('[2,"20') == Malformed(Defect.INVALID_JSON)


@pytest.mark.parametrize(
    ("data", "v16", "v201"),
    [
        ('[2,"1","Heartbeat",{]', "FormationViolation", "FormatViolation"),
        ('[2,"1"]', "FormationViolation", "RpcFrameworkError"),
        ('[2,"1",[],{}]', "FormationViolation", "RpcFrameworkError"),
        ('[2,"1","Heartbeat",[]]', "FormationViolation", "ProtocolError"),
        ('[2,"1","X",{"x":"' + "x" * LIMIT + '"}]', "GenericError", "GenericError"),
    ],
)
def test_a_broken_call_is_answered_with_the_code_of_the_version(data: str, v16: str, v201: str) -> None:
    for version, code in ((OcppVersion.V16, v16), (OcppVersion.V201, v201)):
        answer = malformed(data).answer(version)
        assert answer is not None
        assert (answer.message_id, answer.code) == ("1", code)


@pytest.mark.parametrize("data", ["hello", "{}", '[2,null,"Heartbeat",{}]'])
def test_without_a_message_id_only_2_0_1_has_an_answer(data: str) -> None:
    assert malformed(data).answer(OcppVersion.V16) is None
    answer = malformed(data).answer(OcppVersion.V201)
    assert answer is not None
    assert (answer.message_id, answer.code) == ("-1", "RpcFrameworkError")


def test_an_unknown_message_type_is_ignored_by_1_6_and_told_by_2_0_1() -> None:
    found = malformed('[7,"1","NotifyPeriodicEventStream",{}]')
    assert found.answer(OcppVersion.V16) is None
    answer = found.answer(OcppVersion.V201)
    assert answer is not None
    assert (answer.message_id, answer.code) == ("1", "MessageTypeNotSupported")


def test_the_frames_of_2_1_are_read_whatever_the_version() -> None:
    assert decode('[6,"1","NotifyPeriodicEventStream",{}]') == Send("1", "NotifyPeriodicEventStream", {})
    assert decode('[5,"1","FormatViolation","no time",{"x":1}]') == CallResultError(
        "1", "FormatViolation", "no time", {"x": 1}
    )
    assert decode('[5,"1"]') == CallResultError("1", "", "", {})
    spoilt = malformed('[6, "1", "NotifyPeriodicEventStream", {]')
    assert spoilt == Malformed(Defect.INVALID_JSON, Kind.SEND, "1", "NotifyPeriodicEventStream")


@pytest.mark.parametrize("data", ['[3,"1",[]]', '[3,"1",{]', "[4,null]", "[3]", "[5]", '[6,"1",[]]', '[6,"1","X",{]'])
def test_what_is_not_answered_is_not_answered_when_broken_either(data: str) -> None:
    assert all(malformed(data).answer(version) is None for version in OcppVersion)
