"""Spoilt frames."""

from __future__ import annotations

import json

import pytest

from healer.behaviour import accent
from healer.behaviour.accent import PLAIN, Accent
from healer.behaviour.wire import Wire
from healer.model import OcppVersion
from healer.ocpp import messages

CALL = '[2,"c1","StatusNotification",{"connectorId":1,"status":"Faulted","errorCode":"E7","timestamp":"x"}]'
WELL = '[2,"c1","StatusNotification",{"connectorId":1,"status":"Available","errorCode":"NoError","timestamp":"x"}]'
RESULT = '[3,"m1",{"status":"Accepted"}]'
ACCENTS = [
    accent.BROKEN_ANSWERS,
    accent.ERRORS_FOR_ANSWERS,
    accent.STRAY_ANSWERS,
    accent.CLOCK_UNSET,
    accent.CLOCK_FROZEN,
    accent.CAUSE_HIDDEN,
    accent.NO_ERROR_SPELLED,
    accent.NO_SAMPLES,
]


def payload(spoken: tuple[str, ...]) -> dict[str, object]:
    (text,) = spoken
    found = json.loads(text)[3]
    assert isinstance(found, dict)
    return found


def test_without_an_accent_frames_go_out_as_they_are() -> None:
    assert PLAIN.rewrite(CALL, 0) == (CALL,)
    assert PLAIN.message_id is None


@pytest.mark.parametrize("one", ACCENTS)
def test_an_accent_leaves_alone_what_it_is_not_about(one: Accent) -> None:
    beat = '[2,"c1","Heartbeat",{}]'
    assert one.rewrite(beat, 3)[0] == beat


def test_answers_are_spoilt() -> None:
    (broken,) = accent.BROKEN_ANSWERS.rewrite(RESULT, 0)
    with pytest.raises(ValueError, match=r"Expecting|Illegal"):
        json.loads(broken)
    assert json.loads(accent.ERRORS_FOR_ANSWERS.rewrite(RESULT, 0)[0])[:2] == [4, "m1"]
    assert accent.STRAY_ANSWERS.rewrite(RESULT, 0) == (RESULT, RESULT)


def test_statuses_are_spoilt() -> None:
    assert payload(accent.CLOCK_UNSET.rewrite(WELL, 0))["timestamp"] == "1970-01-01T00:00:00Z"
    assert payload(accent.CLOCK_UNSET.rewrite(WELL, 99))["timestamp"] == "x"
    assert payload(accent.CLOCK_FROZEN.rewrite(WELL, 99))["timestamp"] == "2025-03-01T12:00:00Z"
    hidden = payload(accent.CAUSE_HIDDEN.rewrite(CALL, 0))
    assert (hidden["errorCode"], hidden["vendorErrorCode"]) == ("NoError", "E7")
    assert "vendorErrorCode" not in payload(accent.CAUSE_HIDDEN.rewrite(WELL, 0))
    spelled = [payload(accent.NO_ERROR_SPELLED.rewrite(WELL, number))["vendorErrorCode"] for number in range(4)]
    assert spelled == ["", "0", "0x00", "0,0,0,0"]


def test_accents_lie_over_each_other() -> None:
    both = accent.IDS_REPEATED.over(accent.CAUSE_HIDDEN).over(accent.CLOCK_FROZEN)
    said = payload(both.rewrite(CALL, 0))
    assert (said["errorCode"], said["timestamp"]) == ("NoError", "2025-03-01T12:00:00Z")
    assert both.message_id is accent.IDS_REPEATED.message_id


def test_the_answer_finds_its_message_under_a_repeated_id() -> None:
    wire = Wire(OcppVersion.V16, accent.IDS_REPEATED)
    ids = [json.loads(wire.call(messages.Heartbeat()) or "")[1] for _ in range(4)]
    assert ids == ["1000002", "1000001", "1000002", "1000001"]
    assert wire.receive('[3,"1000001",{"currentTime":"2027-01-01T00:00:00Z"}]') is not None
    assert wire.spoken(CALL) == (CALL,)
