"""The interlock's tables are those of the field, not more and not less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from healer.fleet import codes
from tests.bench import Bench

FIELD: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())
MREC: dict[str, list[str]] = FIELD["mrec"]
DANGEROUS = {code for fault in FIELD["faults"].values() for code in fault["codes"]}


def test_all_codes_are_known_by_number_and_name() -> None:
    assert {number: name for number, (name, _) in MREC.items()} == dict(codes.MREC_NAMES)
    assert len(codes.MREC_NAMES) == 26


def test_the_standard_words_are_those_of_ocpp() -> None:
    assert sorted(FIELD["standard"]) == sorted(codes.STANDARD_CODES)


def test_a_code_is_about_safety_exactly_where_its_class_or_its_fault_says_so() -> None:
    by_class = {number for number, (_, kind) in MREC.items() if "safety" in kind or "thermal" in kind}
    assert by_class == codes.MREC_SAFETY
    assert {code for code in DANGEROUS if code.startswith("CX")} <= by_class
    assert {code for code in DANGEROUS if not code.startswith("CX")} == codes.STANDARD_SAFETY


@pytest.mark.parametrize("code", sorted(DANGEROUS | {MREC[number][0] for number in codes.MREC_SAFETY}))
def test_every_dangerous_code_latches_the_interlock_at_first_sight(code: str) -> None:
    bench = Bench.make()
    bench.arrive("A")
    if code in codes.STANDARD_CODES:
        bench.status("A", 1, "Available", code)
    else:
        bench.status("A", 1, "Available", "OtherError", vendorErrorCode=code)
    assert bench.engine.chargers[next(iter(bench.engine.chargers))].latches


@pytest.mark.parametrize(
    "word", ["tilt", "Water_Detected", "enclosure-open", "TAMPER", "Emergency Stop", "CX001,cx002"]
)
def test_vendors_own_words_for_danger_are_understood_however_they_are_spelt(word: str) -> None:
    assert codes.is_safety("OtherError", word)


@pytest.mark.parametrize("number", sorted(set(MREC) - codes.MREC_SAFETY))
def test_an_everyday_code_locks_nothing(number: str) -> None:
    assert not codes.is_safety("OtherError", number)
    assert not codes.is_safety(MREC[number][0], None)
