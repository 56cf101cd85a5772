"""Every record reads back as it was written, and nobody changes a record's shape unawares."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healer.adapters.store import codec
from healer.errors import StoreError
from healer.healing.clock import HeldTime
from healer.healing.incident import Incident
from healer.healing.records import Alert
from healer.model import UNKNOWN, Truth

SHAPES = Path(__file__).with_name("shapes.json")

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


def shapes() -> str:
    """The JSON schema of every body, as text."""
    _, definitions = msgspec.json.schema_components(codec.RECORDS, ref_template="{name}")
    for definition in definitions.values():
        definition.pop("description", None)
    return json.dumps(definitions, indent=1, sort_keys=True) + "\n"


@pytest.mark.parametrize("record", codec.RECORDS, ids=lambda record: record.__name__)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_record_reads_back_as_it_was(record: type[object], data: st.DataObject) -> None:
    value = data.draw(st.from_type(record))
    assert codec.decode(record, codec.encode(value)) == value


@pytest.mark.parametrize("truth", [True, False, UNKNOWN])
def test_unknown_stays_unknown(truth: Truth) -> None:
    incident = msgspec.convert(
        {
            "id": 1,
            "rule": "r",
            "rule_hash": "h",
            "target": {"charger": "CP1"},
            "site": "s",
            "opened_at": 0.0,
        },
        Incident,
    )
    incident.held = HeldTime(wanted=True, truth=truth, since=1.0)
    assert codec.decode(Incident, codec.encode(incident)).held.truth is truth


@pytest.mark.parametrize("body", ["", "{}", "[1]", '{"key": 1}', "\x00"])
def test_a_body_of_another_shape_is_refused(body: str) -> None:
    with pytest.raises(StoreError, match="a stored Alert cannot be read"):
        codec.decode(Alert, body)


def test_a_lone_surrogate_cannot_be_written() -> None:
    with pytest.raises(codec.UNENCODABLE):
        codec.encode("\ud800")


def test_nobody_changes_a_record_without_a_migration() -> None:
    assert shapes() == SHAPES.read_text(), (
        "a record that the store keeps has another shape than before. Before the first release: write the shapes anew "
        "with `.venv/bin/python -m tests.adapters.store.test_codec`. After it: first write a migration in "
        "healer/adapters/store/migrations/versions/ that rewrites the bodies already stored."
    )


if __name__ == "__main__":
    SHAPES.write_text(shapes())
