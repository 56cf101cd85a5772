"""What commands and reports are about besides places: variables, certificates, charging profiles. Version-neutral."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from healer.model import Instant, Seconds

# --- configuration ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variable:
    """A 1.6 configuration key, which has a name and nothing else, or a variable of a 2.x component."""

    name: str
    component: str | None = None
    instance: str | None = None
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None

    def __str__(self) -> str:
        """As 2.x documents write it: `OCPPCommCtrlr.HeartbeatInterval`."""
        name = self.name if self.instance is None else f"{self.name}({self.instance})"
        if self.component is None:
            return name
        component = (
            self.component if self.component_instance is None else f"{self.component}({self.component_instance})"
        )
        place = "".join(f"[{number}]" for number in (self.evse, self.connector) if number is not None)
        return f"{component}{place}.{name}"


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable as the charger tells of it. Its value is never shown: keys and passwords are among them."""

    variable: Variable
    value: str | None = field(default=None, repr=False)
    """None where the charger keeps it to itself or has none."""
    read_only: bool | None = None
    """None where the charger did not say."""


# --- certificates -------------------------------------------------------------------------------------------------


class CertificateUse(enum.StrEnum):
    """What a charger keeps a certificate for, in the words of 2.x; 1.6 knows the first two."""

    CSMS_ROOT = "CSMSRootCertificate"
    """1.6 CentralSystemRootCertificate."""
    MANUFACTURER_ROOT = "ManufacturerRootCertificate"
    V2G_ROOT = "V2GRootCertificate"
    MO_ROOT = "MORootCertificate"
    OEM_ROOT = "OEMRootCertificate"
    """2.1."""
    V2G_CHAIN = "V2GCertificateChain"
    """Only asked for, never installed."""


class SignedUse(enum.StrEnum):
    """What a certificate that we sign is for."""

    CHARGING_STATION = "ChargingStationCertificate"
    V2G = "V2GCertificate"
    V2G_20 = "V2G20Certificate"
    """2.1."""


@dataclass(frozen=True, slots=True)
class CertificateId:
    """CertificateHashDataType: how the standard names a certificate."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """One that is installed."""

    id: CertificateId
    use: CertificateUse | None
    """None when the charger's word is not in the vocabulary."""
    children: tuple[CertificateId, ...] = ()


# --- charging profiles --------------------------------------------------------------------------------------------


class ProfilePurpose(enum.StrEnum):
    """What a charging profile limits."""

    CHARGER_MAX = "ChargingStationMaxProfile"
    """1.6 ChargePointMaxProfile."""
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"


class ProfileKind(enum.StrEnum):
    """What the schedule's time is counted from."""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


class Recurrency(enum.StrEnum):
    DAILY = "Daily"
    WEEKLY = "Weekly"


class RateUnit(enum.StrEnum):
    WATT = "W"
    AMPERE = "A"


@dataclass(frozen=True, slots=True)
class ChargingPeriod:
    """From `start_s` on, until the next period."""

    start_s: int
    limit: float
    """In the schedule's unit; 1.6 has one decimal place, to which it is rounded down."""
    phases: int | None = None


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """One profile with one schedule."""

    id: int
    purpose: ProfilePurpose
    unit: RateUnit
    periods: tuple[ChargingPeriod, ...]
    kind: ProfileKind = ProfileKind.ABSOLUTE
    stack_level: int = 0
    recurrency: Recurrency | None = None
    starts_at: Instant | None = None
    duration_s: Seconds | None = None
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    min_rate: float | None = None
    transaction: str | None = None
    """TxProfile: the transaction that is limited."""
