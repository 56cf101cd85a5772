"""A session: one open CALL, every answer told from every other, every frame answered as OCPP-J says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healer.errors import PayloadError
from healer.model import OcppVersion
from healer.ocpp.frames import Defect
from healer.ocpp.messages import (
    Acknowledged,
    Booted,
    BootReply,
    Heartbeat,
    OtherReport,
    Outcome,
    Registration,
    Reset,
    Result,
    Trigger,
    TriggerMessage,
    Violation,
)
from healer.ocpp.session import (
    PAST_ANSWERS,
    PAST_CALLS,
    Answered,
    Notified,
    OpenCall,
    Refusal,
    Refused,
    Reported,
    Session,
)

RESET = Reset(hard=False)


def a_session(version: OcppVersion = OcppVersion.V16) -> Session:
    return Session(version, call_timeout_s=30.0, max_frame_bytes=65_536)


def with_open_call(message_id: str = "h1", now: float = 100.0) -> Session:
    session = a_session()
    assert session.call(RESET, message_id, now) == f'[2,"{message_id}","Reset",{{"type":"Soft"}}]'
    return session


def refused(session: Session, data: str | bytes) -> Refused:
    received = session.receive(data, 100.0)
    assert isinstance(received, Refused)
    return received


def test_a_call_of_the_charger_is_reported_and_its_reply_bears_its_id() -> None:
    session = a_session()
    reported = session.receive('[2,"7","BootNotification",{"chargePointVendor":"ABB"}]', 0.0)
    assert reported == Reported(
        "7", "BootNotification", Booted(vendor="ABB"), (Violation("BootNotification", "", "lacks chargePointModel"),)
    )
    frame = session.reply(reported, BootReply(Registration.ACCEPTED, 60), 0.0)
    assert frame == '[3,"7",{"status":"Accepted","currentTime":"1970-01-01T00:00:00Z","interval":60}]'


def test_a_number_as_message_id_comes_back_as_a_number() -> None:
    session = a_session()
    reported = session.receive(b'[2,7,"Heartbeat",{}]', 0.0)
    assert isinstance(reported, Reported)
    assert session.reply(reported, Acknowledged(), 0.0).startswith("[3,7,{")


def test_a_repeated_message_id_is_answered_again() -> None:
    session = a_session()
    first, second = (session.receive('[2,"7","Heartbeat",{}]', now) for now in (0.0, 10.0))
    assert first == second == Reported("7", "Heartbeat", Heartbeat())


@pytest.mark.parametrize("version", list(OcppVersion))
def test_a_deferred_report_is_one_that_the_charger_sends_again(version: OcppVersion) -> None:
    session = a_session(version)
    reported = session.receive('[2,7,"Heartbeat",{}]', 0.0)
    assert isinstance(reported, Reported)
    assert json.loads(session.defer(reported))[:3] == [4, 7, "InternalError"]


def test_a_wrong_reply_is_a_bug_of_ours() -> None:
    session = a_session()
    reported = session.receive('[2,"7","Heartbeat",{}]', 0.0)
    assert isinstance(reported, Reported)
    with pytest.raises(PayloadError):
        session.reply(reported, BootReply(Registration.ACCEPTED, 60), 0.0)


@pytest.mark.parametrize(
    ("action", "code"),
    [("MakeCoffee", "NotImplemented"), ("TransactionEvent", "NotImplemented"), ("Reset", "NotSupported")],
)
def test_an_unknown_action_gets_a_callerror(action: str, code: str) -> None:
    found = refused(a_session(), f'[2,"7","{action}",{{}}]')
    assert (found.reason, found.action) == (Refusal.UNKNOWN_ACTION, action)
    assert found.reply is not None
    assert json.loads(found.reply)[:3] == [4, "7", code]


def test_the_name_of_an_unknown_action_is_cut() -> None:
    assert refused(a_session(), f'[2,"7","{"x" * 9000}",{{}}]').action == "x" * 50


def test_a_malformed_frame_gets_the_answer_of_its_version() -> None:
    data = '[2, "7", "StatusNotification", {"connectorId": 1 "status": "Preparing"}]'
    found = refused(a_session(), data)
    assert (found.reason, found.defect, found.action) == (
        Refusal.MALFORMED,
        Defect.INVALID_JSON,
        "StatusNotification",
    )
    assert found.reply == '[4,"7","FormationViolation","the frame is not valid JSON",{}]'
    assert refused(a_session(), "junk").reply is None
    in_201 = refused(a_session(OcppVersion.V201), "junk")
    assert in_201.reply == '[4,"-1","RpcFrameworkError","the frame is not valid JSON",{}]'


def test_a_frame_too_large_is_refused() -> None:
    assert refused(a_session(), b"[" + b" " * 65_536).defect is Defect.TOO_LARGE


def test_a_command_is_answered() -> None:
    session = with_open_call()
    assert session.open_call == OpenCall("h1", "Reset", RESET, 100.0)
    assert session.deadline == 130.0
    answered = session.receive('[3,"h1",{"status":"Accepted"}]', 101.5)
    assert answered == Answered("h1", "Reset", RESET, Outcome(Result.ACCEPTED, "Accepted"), 1.5)
    assert session.open_call is None
    assert session.deadline is None


def test_an_answer_that_bears_the_id_as_a_number_is_matched() -> None:
    assert isinstance(with_open_call("17").receive('[3,17,{"status":"Accepted"}]', 101.0), Answered)


@pytest.mark.parametrize(
    ("frame", "result"),
    [
        ('[3,"h1",{"status":"Rejected"}]', Result.REJECTED),
        ('[3,"h1",{}]', Result.ERROR),
        ('[3,"h1"]', Result.ERROR),
        ('[3,"h1",["Accepted"]]', Result.ERROR),
        ('[3,"h1",{"status":Accepted}]', Result.ERROR),
        ('[4,"h1","NotImplemented","",{}]', Result.NOT_SUPPORTED),
        ('[4,"h1","InternalError","x",null]', Result.ERROR),
        ('[4,"h1"]', Result.ERROR),
    ],
)
def test_every_kind_of_answer_ends_the_call(frame: str, result: Result) -> None:
    session = with_open_call()
    answered = session.receive(frame, 101.0)
    assert isinstance(answered, Answered)
    assert answered.outcome.result is result
    assert session.open_call is None


def test_the_code_of_a_callerror_is_kept() -> None:
    answered = with_open_call().receive('[4,"h1","InternalError","out of memory",{}]', 101.0)
    assert isinstance(answered, Answered)
    assert answered.outcome == Outcome(Result.ERROR, "InternalError")


def test_one_call_is_open_at_a_time() -> None:
    session = with_open_call()
    assert session.call(RESET, "h2", 101.0) is None
    assert session.open_call is not None
    assert session.open_call.message_id == "h1"
    session.receive('[3,"h1",{"status":"Accepted"}]', 102.0)
    assert session.call(RESET, "h2", 103.0) is not None


def test_the_charger_is_heard_while_a_call_is_open() -> None:
    session = with_open_call()
    assert isinstance(session.receive('[2,"h1","Heartbeat",{}]', 101.0), Reported)
    assert session.open_call is not None


def test_a_call_expires_at_its_deadline_and_not_before() -> None:
    session = with_open_call()
    assert session.expire(129.9) is None
    assert session.expire(130.0) == Answered("h1", "Reset", RESET, Outcome(Result.TIMEOUT), 30.0)
    assert session.expire(131.0) is None


def test_a_lost_connection_ends_the_open_call() -> None:
    session = with_open_call()
    assert session.close(105.0) == Answered("h1", "Reset", RESET, Outcome(Result.LINK_LOST), 5.0)
    assert session.close(106.0) is None
    assert a_session().close(0.0) is None


def test_an_answer_after_the_timeout_is_late_and_the_next_one_a_duplicate() -> None:
    session = with_open_call()
    session.expire(130.0)
    answer = '[3,"h1",{"status":"Accepted"}]'
    assert refused(session, answer) == Refused(Refusal.LATE, action="Reset")
    assert refused(session, answer) == Refused(Refusal.DUPLICATE, action="Reset")


def test_a_late_answer_does_not_end_the_call_that_is_open_now() -> None:
    session = with_open_call()
    session.expire(130.0)
    session.call(TriggerMessage(Trigger.BOOT), "h2", 131.0)
    assert refused(session, '[3,"h1",{"status":"Accepted"}]').reason is Refusal.LATE
    assert session.open_call is not None


def test_a_second_answer_is_a_duplicate() -> None:
    session = with_open_call()
    session.receive('[3,"h1",{"status":"Accepted"}]', 101.0)
    assert refused(session, '[4,"h1","GenericError","",{}]') == Refused(Refusal.DUPLICATE, action="Reset")


@pytest.mark.parametrize("frame", ['[3,"x",{}]', '[4,"-1","GenericError","",{}]', '[4,"","GenericError","",{}]'])
def test_an_answer_to_nothing_is_foreign_and_leaves_the_open_call_alone(frame: str) -> None:
    session = with_open_call()
    assert refused(session, frame) == Refused(Refusal.FOREIGN)
    assert session.open_call is not None


def test_only_the_last_calls_are_remembered() -> None:
    session = a_session()
    for number in range(PAST_CALLS + 1):
        session.call(RESET, str(number), 0.0)
        session.receive(f'[3,"{number}",{{"status":"Accepted"}}]', 0.0)
    assert refused(session, '[3,"0",{}]').reason is Refusal.FOREIGN
    assert refused(session, '[3,"1",{}]').reason is Refusal.DUPLICATE


@pytest.mark.parametrize("message_id", ["", "x" * 37])
def test_a_message_id_of_ours_keeps_the_standard(message_id: str) -> None:
    with pytest.raises(PayloadError, match="a message id has 1 to 36 characters"):
        a_session().call(RESET, message_id, 0.0)


def test_a_message_id_of_ours_is_never_used_twice() -> None:
    session = with_open_call()
    session.expire(130.0)
    with pytest.raises(PayloadError, match="used before"):
        session.call(RESET, "h1", 131.0)


def test_a_command_that_cannot_be_said_opens_no_call() -> None:
    session = a_session()
    with pytest.raises(PayloadError):
        session.call(Reset(hard=True, evse=1), "h1", 0.0)
    assert session.open_call is None


PIECES: list[object] = [2, 3, 4, 5, 6, "h1", "Heartbeat", "Reset", {}, {"status": "Accepted"}, None, [], -1, "x"]
inputs = st.lists(st.sampled_from(PIECES), max_size=5).map(json.dumps) | st.binary(max_size=40) | st.text(max_size=40)


@given(st.sampled_from(list(OcppVersion)), st.lists(inputs, max_size=8))
def test_no_input_raises_and_a_call_ends_once(version: OcppVersion, data: list[str | bytes]) -> None:
    session = Session(version, call_timeout_s=30.0, max_frame_bytes=65_536)
    session.call(RESET, "h1", 0.0)
    received = [*(session.receive(one, 1.0) for one in data), session.expire(30.0)]
    assert sum(isinstance(one, Answered) for one in received) == 1
    assert session.open_call is None


# --- 2.1 ----------------------------------------------------------------------------------------------------------

STREAM = '{"data":[{"t":0.5,"v":"230"}],"id":1,"pending":0,"basetime":"2024-05-17T12:00:00Z"}'


def test_what_is_sent_waits_for_no_answer() -> None:
    session = a_session(OcppVersion.V21)
    noted = session.receive(f'[6,"7","NotifyPeriodicEventStream",{STREAM}]', 0.0)
    assert noted == Notified("NotifyPeriodicEventStream", OtherReport("NotifyPeriodicEventStream"))


def test_a_message_that_should_have_been_a_call_is_believed_all_the_same() -> None:
    assert a_session(OcppVersion.V21).receive('[6,"7","Heartbeat",{}]', 0.0) == Notified("Heartbeat", Heartbeat())


def test_nothing_sent_is_answered_not_even_nonsense() -> None:
    session = a_session(OcppVersion.V21)
    assert refused(session, '[6,"7","MakeCoffee",{}]') == Refused(Refusal.UNKNOWN_ACTION, action="MakeCoffee")
    assert refused(session, '[6,"7",[],{}]').reply is None
    assert refused(session, '[6,"7","NotifyPeriodicEventStream",{]').reply is None


def test_a_stream_that_comes_as_a_call_gets_a_callerror_since_it_has_no_answer() -> None:
    found = refused(a_session(OcppVersion.V21), f'[2,"7","NotifyPeriodicEventStream",{STREAM}]')
    assert found.reply is not None
    assert json.loads(found.reply)[:3] == [4, "7", "NotSupported"]


def test_an_answer_of_ours_that_the_charger_refuses_is_known_by_its_action() -> None:
    session = a_session(OcppVersion.V21)
    reported = session.receive('[2,"7","Heartbeat",{}]', 0.0)
    assert isinstance(reported, Reported)
    session.reply(reported, Acknowledged(), 0.0)
    error = '[5,"7","FormatViolation","no time",{}]'
    told = Refused(Refusal.ANSWER_REFUSED, action="Heartbeat", code="FormatViolation")
    assert refused(session, error) == told
    assert refused(session, error) == Refused(Refusal.ANSWER_REFUSED, code="FormatViolation")


def test_only_the_last_answers_are_remembered() -> None:
    session = a_session(OcppVersion.V21)
    for number in range(PAST_ANSWERS + 1):
        reported = session.receive(f'[2,"{number}","Heartbeat",{{}}]', 0.0)
        assert isinstance(reported, Reported)
        session.reply(reported, Acknowledged(), 0.0)
    assert refused(session, '[5,"0","X","",{}]').action is None
    assert refused(session, '[5,"1","X","",{}]').action == "Heartbeat"


@pytest.mark.parametrize("frame", ['[6,"7","NotifyPeriodicEventStream",{}]', '[5,"7","FormatViolation","",{}]'])
def test_before_2_1_these_types_of_message_are_unknown(frame: str) -> None:
    assert refused(a_session(), frame) == Refused(Refusal.MALFORMED, defect=Defect.UNKNOWN_MESSAGE_TYPE)
    found = refused(a_session(OcppVersion.V201), frame)
    assert found.reply is not None
    assert json.loads(found.reply)[:3] == [4, "7", "MessageTypeNotSupported"]


def test_a_question_whose_answer_would_repeat_what_is_missing_gets_a_callerror() -> None:
    session = a_session(OcppVersion.V21)
    reported = session.receive('[2,"7","VatNumberValidation",{}]', 0.0)
    assert isinstance(reported, Reported)
    assert json.loads(session.reply(reported, Acknowledged(), 0.0))[:3] == [4, "7", "ProtocolError"]
