"""Error codes: the standard ones of OCPP 1.6, ChargeX's MREC, vendors' own, and which of them are about safety.

A code is one word of the 1.6 vocabulary where a mapping exists (`CX002` reads as GroundFailure); the MREC code itself
stays readable as the signal `mrec`. From the first sight of a safety code nothing that energises may run on a charger.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NO_ERROR: Final = "NoError"

STANDARD_CODES: Final = (
    "ConnectorLockFailure",
    "EVCommunicationError",
    "GroundFailure",
    "HighTemperature",
    "InternalError",
    "LocalListConflict",
    "NoError",
    "OtherError",
    "OverCurrentFailure",
    "OverVoltage",
    "PowerMeterFailure",
    "PowerSwitchFailure",
    "ReaderFailure",
    "ResetFailure",
    "UnderVoltage",
    "WeakSignal",
)
"""OCPP 1.6 section 7.6 ChargePointErrorCode."""

MREC_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CX001": "ConnectorLockFailure",
        "CX002": "GroundFailure",
        "CX003": "HighTemperature",
        "CX004": "OverCurrentFailure",
        "CX005": "OverVoltage",
        "CX006": "UnderVoltage",
        "CX007": "WeakSignal",
        "CX008": "EmergencyStop",
        "CX009": "AuthorizationTimeout",
        "CX010": "InvalidVehicleMode",
        "CX011": "CableCheckFault",
        "CX012": "PreChargeFault",
        "CX013": "NoInternet",
        "CX014": "PilotFault",
        "CX015": "PowerLoss",
        "CX016": "EVContactorFault",
        "CX017": "EVSEContactorFault",
        "CX018": "CableOverTempDerate",
        "CX019": "CableOverTempStop",
        "CX020": "PartialInsertion",
        "CX021": "CapacitanceFault",
        "CX022": "ResistanceFault",
        "CX023": "ProximityFault",
        "CX024": "ConnectorVoltageHigh",
        "CX025": "BrokenLatch",
        "CX026": "CutCable",
    }
)
"""ChargeX Minimum Required Error Codes, by number."""

MREC_SAFETY: Final = frozenset(
    {
        "CX002",
        "CX003",
        "CX004",
        "CX008",
        "CX011",
        "CX016",
        "CX017",
        "CX018",
        "CX019",
        "CX021",
        "CX022",
        "CX024",
        "CX026",
    }
)
"""The safety and thermal classes; a test keeps them equal to the field's table."""

STANDARD_SAFETY: Final = frozenset({"GroundFailure", "HighTemperature", "OverCurrentFailure", "PowerSwitchFailure"})
"""Standard codes of the safety tier and the thermal family."""

VENDOR_SAFETY: Final = frozenset(
    {
        "emergencystop",
        "tilt",
        "tiltdetected",
        "waterdetected",
        "wateringress",
        "enclosureopen",
        "dooropen",
        "tamper",
        "insulationfault",
        "contactorfault",
        "contactorposition",
        "cutcable",
        "weldedcontactor",
    }
)
"""Vendors' own words for dangerous things, folded by `_folded`."""


def _folded(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())


def _parts(code: str) -> list[str]:
    """Several codes may travel in one vendorErrorCode, separated by commas."""
    return [part.strip() for part in code.split(",") if part.strip()]


def mrec_of(code: str | None) -> str | None:
    """The first MREC code within a vendorErrorCode or techCode, if there is one."""
    return next((part.upper() for part in _parts(code or "") if part.upper() in MREC_NAMES), None)


def standard_name(code: str) -> str:
    """A techCode in the vocabulary of 1.6: MREC numbers by name, everything else as it is. Of several, the worst."""
    if is_safety(code):
        code = next(part for part in _parts(code) if is_safety(part))
    mrec = mrec_of(code)
    return code if mrec is None else MREC_NAMES[mrec]


_CAUSES: Final = {
    _folded(code): code for code in (*STANDARD_CODES, *MREC_NAMES.values()) if code not in {NO_ERROR, "OtherError"}
}


def cause(error_code: str, vendor_error_code: str | None) -> str | None:
    """The error of a place that says Faulted; None where nobody said which.

    Some chargers say NoError all the same and leave the cause to their own code, which may be a word of the standard.
    """
    if error_code != NO_ERROR:
        return error_code
    named = (_CAUSES.get(_folded(standard_name(part))) for part in _parts(vendor_error_code or ""))
    return next((code for code in named if code is not None), None)


_SAFETY_WORDS: Final = frozenset(
    {_folded(code) for code in STANDARD_SAFETY} | {_folded(MREC_NAMES[code]) for code in MREC_SAFETY} | VENDOR_SAFETY
)


def is_safety(*codes: str | None) -> bool:
    """Whether any of these error codes, vendor codes or techCodes tells of danger."""
    return any(
        part.upper() in MREC_SAFETY or _folded(part) in _SAFETY_WORDS for code in codes for part in _parts(code or "")
    )
