"""Records <-> JSON text. Strict: a body that does not have the shape of this version is refused, not guessed at.

The shapes are those of the records themselves; a test holds them against a written copy, so that nobody changes one
without the migration that rewrites what is stored.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from healer.errors import StoreError
from healer.fleet.charger import ChargerRecord
from healer.fleet.enrolment import Enrolment
from healer.fleet.learned import Learned
from healer.healing.incident import Incident
from healer.healing.records import Alert, Intent, IntentOutcome, Transition

RECORDS: Final = (ChargerRecord, Enrolment, Learned, Incident, Intent, IntentOutcome, Transition, Alert)
"""Everything that is kept as a body."""

UNENCODABLE: Final = (OverflowError, UnicodeError)
"""What `encode` raises for text or numbers that no JSON can hold: lone surrogates, integers beyond 64 bits."""

T = TypeVar("T")

_ENCODER: Final = msgspec.json.Encoder()
_DECODERS: Final[dict[type[object], msgspec.json.Decoder[object]]] = {
    record: msgspec.json.Decoder[object](record) for record in RECORDS
}


def encode(value: object) -> str:
    """The record as JSON text. Numbers that are not finite become null. Raises one of `UNENCODABLE`."""
    return _ENCODER.encode(value).decode()


def decode(record: type[T], body: str) -> T:
    """The record back. Raises StoreError when the text is not one of this version."""
    try:
        value = _DECODERS[record].decode(body)
    except msgspec.DecodeError as error:
        raise StoreError(f"a stored {record.__name__} cannot be read: {error}") from error
    if not isinstance(value, record):
        raise TypeError(record)
    return value
