"""Version-neutral messages: what a charger tells us, what we answer, what we command and how that came out.

Everything here is a frozen value. Times the charger wrote are kept as Unix seconds and called `charger_time`: they
are stored and compared, but never decide anything. Energies are in Wh and powers in W, as OCPP transports them.

A field the charger left out, or wrote so that it cannot be understood, is `None`.

Commands and their outcomes are in `commands`, what both are about in `subjects`; they can be had from here, too.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TypeAlias

from healer.model import Instant, Status
from healer.ocpp.commands import (
    Assignment,
    Body,
    Certificates,
    ChangeAvailability,
    ClearCache,
    ClearChargingProfile,
    CollectDiagnostics,
    Command,
    Configuration,
    DeleteCertificate,
    DeliverCertificate,
    InstallCertificate,
    ListCertificates,
    Log,
    Outcome,
    ReadConfiguration,
    ReportConfiguration,
    Reset,
    Result,
    SetChargingProfile,
    SettingOutcome,
    Signature,
    StopTransaction,
    TransferData,
    Transferred,
    Trigger,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
    Upload,
    WriteConfiguration,
)
from healer.ocpp.subjects import (
    Certificate,
    CertificateId,
    CertificateUse,
    ChargingPeriod,
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrency,
    Setting,
    SignedUse,
    Variable,
)

__all__ = [
    "Acknowledged", "Assignment", "AuthorizationReply", "Authorize", "Body", "BootReply", "Booted", "Certificate",
    "CertificateId", "CertificateRequested", "CertificateStatusAsked", "CertificateUse", "Certificates",
    "ChangeAvailability", "ChargingPeriod", "ChargingProfile", "ChargingState", "ClearCache",
    "ClearChargingProfile", "CollectDiagnostics", "Command", "ComponentEvent", "ComponentsReported",
    "Configuration", "ConfigurationReported", "DataTransferred", "DeleteCertificate", "DeliverCertificate",
    "FirmwareReported", "Heartbeat", "InstallCertificate", "ListCertificates", "Log", "Meter", "MeterReported",
    "OtherReport", "Outcome", "ProfileKind", "ProfilePurpose", "RateUnit", "ReadConfiguration", "Recurrency",
    "Registration", "Reply", "Report", "ReportConfiguration", "Reset", "Result", "SecurityReported",
    "SetChargingProfile", "Setting", "SettingOutcome", "Signature", "SignedUse", "SigningReply", "StatusReported",
    "StopTransaction", "TransactionEnded", "TransactionReply", "TransactionStarted", "TransactionUpdated",
    "TransferData", "Transferred", "Trigger", "TriggerMessage", "UnlockConnector", "UpdateFirmware", "Upload",
    "UploadReported", "Variable", "VatNumberAsked", "Violation", "WriteConfiguration",
]  # fmt: skip

# --- what a charger tells us --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Booted:
    """BootNotification (1.6 section 4.2, 2.0.1 use cases B01-B04)."""

    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    firmware: str | None = None
    reason: str | None = None
    """2.x BootReason (PowerUp, Watchdog, RemoteReset, ...); 1.6 has none."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Heartbeat."""


@dataclass(frozen=True, slots=True)
class StatusReported:
    """StatusNotification. 1.6 connector 0 arrives with `evse` and `connector` None: the charger itself."""

    evse: int | None
    """1.6: None, for the inventory knows to which evse a connector belongs; 2.x: the evse's number."""
    connector: int | None
    status: Status | None
    """None when the charger's word is not in the vocabulary; `raw_status` keeps it."""
    occupied: bool = False
    """2.x Occupied: `status` is then PREPARING until the transaction's charging state says more."""
    error_code: str | None = None
    """1.6 ChargePointErrorCode as written, `NoError` included; None in 2.x StatusNotification."""
    vendor_error_code: str | None = None
    """Normalised: an empty text, `0`, `0x00`, `0,0,0,0` are None."""
    info: str | None = None
    charger_time: Instant | None = None
    raw_status: str | None = None


@dataclass(frozen=True, slots=True)
class Authorize:
    """Authorize. The token is held only while the answer is made; it is never stored or logged."""

    token: str = field(repr=False)
    """Empty where the message named none."""


class ChargingState(enum.StrEnum):
    """2.x ChargingStateEnumType."""

    EV_CONNECTED = "EVConnected"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    IDLE = "Idle"


@dataclass(frozen=True, slots=True)
class Meter:
    """One reading: the parts we use of the sampled values."""

    energy_wh: float | None = None
    power_w: float | None = None
    current_a: float | None = None
    temperature_c: float | None = None
    """The highest, but for the car's own."""
    lowest_voltage_v: float | None = None
    highest_voltage_v: float | None = None
    """Of the phases against neutral; on the side of the grid where that is told."""
    charge_percent: float | None = None
    """The car's state of charge."""
    charger_time: Instant | None = None


@dataclass(frozen=True, slots=True)
class TransactionStarted:
    """1.6 StartTransaction (the central system gives the id), 2.x TransactionEvent Started (the station gave it)."""

    evse: int | None
    connector: int | None
    transaction: str | None
    """None in 1.6: we assign it in the answer."""
    token: str | None = field(repr=False)
    """None where none was named; empty where the station asks for none (2.x NoAuthorization, use case C02)."""
    meter_start_wh: float | None
    charging_state: ChargingState | None
    charger_time: Instant | None
    offline: bool = False
    """2.x: the event tells of the past."""
    number: int | None = None
    """2.x seqNo: the place of the event among those of its transaction."""


@dataclass(frozen=True, slots=True)
class TransactionUpdated:
    """2.x TransactionEvent Updated."""

    evse: int | None
    connector: int | None
    transaction: str
    charging_state: ChargingState | None
    meters: tuple[Meter, ...]
    charger_time: Instant | None
    token: str | None = field(default=None, repr=False)
    offline: bool = False
    number: int | None = None


@dataclass(frozen=True, slots=True)
class TransactionEnded:
    """1.6 StopTransaction, 2.x TransactionEvent Ended. Always answered, even for a transaction never seen."""

    transaction: str | None
    evse: int | None
    """None in 1.6, whose StopTransaction names only the transaction."""
    reason: str | None
    meter_stop_wh: float | None
    charger_time: Instant | None
    offline: bool = False
    token: str | None = field(default=None, repr=False)
    """Who ended it, where that was shown."""


@dataclass(frozen=True, slots=True)
class MeterReported:
    """MeterValues."""

    evse: int | None
    connector: int | None
    transaction: str | None
    meters: tuple[Meter, ...]
    names_none: bool = False
    """1.6: it names a transaction, by what is no id (-1, 0, null)."""


@dataclass(frozen=True, slots=True)
class ComponentEvent:
    """One eventData of a 2.x NotifyEvent."""

    component: str
    variable: str
    actual_value: str
    evse: int | None = None
    connector: int | None = None
    tech_code: str | None = None
    tech_info: str | None = None
    cleared: bool = False
    charger_time: Instant | None = None


@dataclass(frozen=True, slots=True)
class ComponentsReported:
    """2.x NotifyEvent."""

    events: tuple[ComponentEvent, ...]


@dataclass(frozen=True, slots=True)
class DataTransferred:
    """DataTransfer; answered UnknownVendorId, for we have no vendor extensions of our own."""

    vendor: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class FirmwareReported:
    """FirmwareStatusNotification (also 1.6's signed form)."""

    status: str
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class UploadReported:
    """1.6 DiagnosticsStatusNotification, LogStatusNotification: Idle, Uploading, Uploaded, UploadFailed, ..."""

    status: str
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class SecurityReported:
    """SecurityEventNotification."""

    kind: str
    info: str | None
    charger_time: Instant | None


@dataclass(frozen=True, slots=True)
class ConfigurationReported:
    """2.x NotifyReport: a part of what ReportConfiguration asked for."""

    request_id: int | None
    settings: tuple[Setting, ...]
    last: bool = True
    """Whether no further part follows."""


@dataclass(frozen=True, slots=True)
class CertificateRequested:
    """SignCertificate; what is signed is sent by DeliverCertificate."""

    csr: str
    """PEM, as the charger wrote it."""
    use: SignedUse | None = None
    """2.x; None in 1.6 and where the charger did not say: the charging station's."""
    request_id: int | None = None
    """2.1."""


@dataclass(frozen=True, slots=True)
class VatNumberAsked:
    """2.1 VatNumberValidation, whose answer repeats the number."""

    number: str
    evse: int | None = None


@dataclass(frozen=True, slots=True)
class CertificateStatusAsked:
    """2.1 GetCertificateChainStatus, whose answer repeats each certificate and by what it was to be checked."""

    certificates: tuple[tuple[CertificateId, str], ...]


@dataclass(frozen=True, slots=True)
class OtherReport:
    """A message of the standard that we answer properly and do not use further (e.g. NotifyDisplayMessages)."""

    action: str


Report: TypeAlias = (
    Booted
    | Heartbeat
    | StatusReported
    | Authorize
    | TransactionStarted
    | TransactionUpdated
    | TransactionEnded
    | MeterReported
    | ComponentsReported
    | DataTransferred
    | FirmwareReported
    | UploadReported
    | SecurityReported
    | ConfigurationReported
    | CertificateRequested
    | VatNumberAsked
    | CertificateStatusAsked
    | OtherReport
)
"""Anything a charger tells us."""


@dataclass(frozen=True, slots=True)
class Violation:
    """How a message broke the standard; counted per vendor, model and action, never fatal."""

    action: str
    where: str
    """Path of the field, e.g. `meterValue[0].sampledValue`; empty for the whole payload."""
    problem: str
    """One sentence without the charger's own text, so that it can be logged."""


# --- what we answer -----------------------------------------------------------------------------------------------


class Registration(enum.StrEnum):
    """BootNotification's status in the answer."""

    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


@dataclass(frozen=True, slots=True)
class BootReply:
    registration: Registration
    heartbeat_interval_s: int


@dataclass(frozen=True, slots=True)
class AuthorizationReply:
    """To Authorize, and to a 2.x TransactionEvent that carries an idToken."""

    accepted: bool


@dataclass(frozen=True, slots=True)
class TransactionReply:
    """To StartTransaction, StopTransaction and TransactionEvent."""

    transaction: int | None = None
    """1.6 StartTransaction: the id we assigned."""
    accepted: bool | None = None
    """Verdict over the token; None when the message carried none."""


@dataclass(frozen=True, slots=True)
class SigningReply:
    """To SignCertificate: whether the request will be signed. Acknowledged says that it will not."""

    accepted: bool


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """To every message whose answer carries nothing of ours (Heartbeat's is the current time)."""


Reply: TypeAlias = BootReply | AuthorizationReply | TransactionReply | SigningReply | Acknowledged
