"""Error codes in one vocabulary. Which of them are dangerous is tested in tests/healing/test_safety_codes.py."""

from __future__ import annotations

import pytest

from healer.fleet import codes


@pytest.mark.parametrize(
    ("code", "found"),
    [("CX002", "CX002"), ("cx002", "CX002"), ("E-4, CX008 ,CX002", "CX008"), ("CX999", None), ("", None), (None, None)],
)
def test_the_first_mrec_code_is_found(code: str | None, found: str | None) -> None:
    assert codes.mrec_of(code) == found


def test_a_tech_code_reads_as_its_standard_name_and_others_stay() -> None:
    assert codes.standard_name("CX002") == "GroundFailure"
    assert codes.standard_name("E-42") == "E-42"


def test_danger_is_seen_in_any_of_the_codes_given() -> None:
    assert codes.is_safety("NoError", "E-1", "CX008")
    assert not codes.is_safety("NoError", None, "")


def test_of_several_codes_the_dangerous_one_names_the_problem() -> None:
    assert codes.standard_name("E-4, CX014, CX002") == "GroundFailure"
    assert codes.standard_name("CX014, tilt") == "tilt"


@pytest.mark.parametrize(
    ("error_code", "vendor_error_code", "cause"),
    [
        ("InternalError", "GroundFailure", "InternalError"),
        ("NoError", "InternalError", "InternalError"),
        ("NoError", "ground_failure", "GroundFailure"),
        ("NoError", "E7, CX002", "GroundFailure"),
        ("NoError", "E42", None),
        ("NoError", "OtherError", None),
        ("NoError", "NoError", None),
        ("NoError", None, None),
    ],
)
def test_the_cause_of_a_fault_may_be_in_the_vendors_own_code(
    error_code: str, vendor_error_code: str | None, cause: str | None
) -> None:
    assert codes.cause(error_code, vendor_error_code) == cause
