"""Version-neutral commands: what a charger is told to do, how that came out, and what its answer brought back.

A command is the same value whatever the charger speaks; the version's module spells it, or raises PayloadError where
the version cannot say it. Places are addressed as everywhere: 1.6 by connector, 2.x by evse and connector, the whole
charger by neither. `messages` has all of these names too.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TypeAlias

from healer.model import Instant
from healer.ocpp.subjects import (
    Certificate,
    CertificateId,
    CertificateUse,
    ChargingProfile,
    ProfilePurpose,
    Setting,
    SignedUse,
    Variable,
)

# --- healing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reset:
    """Soft is 1.6 Soft / 2.x OnIdle, hard is 1.6 Hard / 2.x Immediate. `evse` only where the station allows it."""

    hard: bool
    evse: int | None = None


@dataclass(frozen=True, slots=True)
class UnlockConnector:
    evse: int | None
    connector: int


class Trigger(enum.StrEnum):
    """What TriggerMessage may ask for; 1.6 asks for the log and the certificate by ExtendedTriggerMessage."""

    BOOT = "BootNotification"
    HEARTBEAT = "Heartbeat"
    STATUS = "StatusNotification"
    METER = "MeterValues"
    FIRMWARE = "FirmwareStatusNotification"
    DIAGNOSTICS = "DiagnosticsStatusNotification"
    """How the upload fares that CollectDiagnostics began; 2.x knows only that of logs."""
    LOG = "LogStatusNotification"
    CERTIFICATE = "SignChargingStationCertificate"
    """A request for a new certificate: the charger answers it by SignCertificate."""
    TRANSACTION = "TransactionEvent"
    """2.x only."""


@dataclass(frozen=True, slots=True)
class TriggerMessage:
    what: Trigger
    evse: int | None = None
    connector: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeAvailability:
    """The whole charger when both numbers are None; 1.6 addresses by connector, 2.x by evse and connector."""

    operative: bool
    evse: int | None = None
    connector: int | None = None


@dataclass(frozen=True, slots=True)
class StopTransaction:
    """1.6 RemoteStopTransaction, 2.x RequestStopTransaction."""

    transaction: str


@dataclass(frozen=True, slots=True)
class ClearCache:
    """Forget the tokens that were accepted before."""


@dataclass(frozen=True, slots=True)
class SetChargingProfile:
    """1.6 applies it to a connector, 2.x to an evse, both to the whole charger where neither is named."""

    profile: ChargingProfile
    evse: int | None = None
    connector: int | None = None


@dataclass(frozen=True, slots=True)
class ClearChargingProfile:
    """Every profile that fits all that is said; 0 as place is the charger itself, no place is any place."""

    profile: int | None = None
    evse: int | None = None
    connector: int | None = None
    purpose: ProfilePurpose | None = None
    stack_level: int | None = None


# --- diagnosis and firmware ---------------------------------------------------------------------------------------


class Log(enum.StrEnum):
    """Which of its logs a charger uploads."""

    DIAGNOSTICS = "DiagnosticsLog"
    SECURITY = "SecurityLog"


@dataclass(frozen=True, slots=True)
class CollectDiagnostics:
    """2.x and 1.6's security log: GetLog; 1.6's diagnostics: GetDiagnostics, which takes no request id."""

    location: str
    request_id: int
    log: Log = Log.DIAGNOSTICS
    since: Instant | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What a firmware is checked by before it is installed."""

    certificate: str
    """Of the manufacturer, PEM."""
    signature: str
    """Of the file, base64."""


@dataclass(frozen=True, slots=True)
class UpdateFirmware:
    """With a signature, 1.6 says SignedUpdateFirmware; only that and 2.x can delay the installation."""

    location: str
    retrieve_at: Instant
    request_id: int
    install_at: Instant | None = None
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class TransferData:
    """DataTransfer."""

    vendor: str
    message: str | None = None
    data: str | None = None


# --- configuration ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadConfiguration:
    """The values of these variables, at least one: GetConfiguration or GetVariables."""

    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class ReportConfiguration:
    """The values of all variables.

    1.6 answers with them (GetConfiguration without keys). 2.x only takes the order (GetBaseReport) and sends them in
    one or more `messages.ConfigurationReported` that bear the request id.
    """

    request_id: int
    writable_only: bool = False
    """2.x: ConfigurationInventory instead of FullInventory."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A value for a variable. Keys and passwords are among them, so it is never shown."""

    variable: Variable
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WriteConfiguration:
    """ChangeConfiguration, which takes one assignment, or SetVariables, which takes many."""

    assignments: tuple[Assignment, ...]


# --- certificates -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InstallCertificate:
    use: CertificateUse
    certificate: str
    """PEM."""


@dataclass(frozen=True, slots=True)
class ListCertificates:
    """GetInstalledCertificateIds; 1.6 asks for one use at a time, 2.x for several, or for all by naming none."""

    uses: tuple[CertificateUse, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteCertificate:
    certificate: CertificateId


@dataclass(frozen=True, slots=True)
class DeliverCertificate:
    """CertificateSigned: what `messages.CertificateRequested` asked for."""

    chain: str
    """PEM, the charger's own certificate first."""
    use: SignedUse | None = None
    """2.x; None is the charging station's."""
    request_id: int | None = None
    """2.1: that of the request."""


Command: TypeAlias = (
    Reset
    | UnlockConnector
    | TriggerMessage
    | ChangeAvailability
    | StopTransaction
    | ClearCache
    | SetChargingProfile
    | ClearChargingProfile
    | CollectDiagnostics
    | UpdateFirmware
    | TransferData
    | ReadConfiguration
    | ReportConfiguration
    | WriteConfiguration
    | InstallCertificate
    | ListCertificates
    | DeleteCertificate
    | DeliverCertificate
)

# --- how it came out ----------------------------------------------------------------------------------------------


class Result(enum.StrEnum):
    """How a command came out. Each is an expected outcome, none is an exception."""

    ACCEPTED = "accepted"
    """Also Unlocked, AcceptedCanceled. "Accepted" is not "healed"."""
    SCHEDULED = "scheduled"
    """It will happen when the transactions have ended."""
    REBOOT_REQUIRED = "reboot-required"
    """WriteConfiguration alone: taken, and in force after the next reboot."""
    REJECTED = "rejected"
    """Also UnlockFailed, OngoingAuthorizedTransaction, NotFound; `detail` keeps the charger's own word."""
    NOT_SUPPORTED = "not-supported"
    """NotSupported, NotImplemented, UnknownConnector, UnknownVariable, or a CALLERROR that says so."""
    ERROR = "error"
    """Any other CALLERROR, or an answer that cannot be understood."""
    TIMEOUT = "timeout"
    """No answer within the call timeout; it may still have been carried out."""
    LINK_LOST = "link-lost"
    """The connection closed before the answer; it may still have been carried out."""

    @property
    def uncertain(self) -> bool:
        """Whether the charger may have carried the command out although it did not say so."""
        return self in {Result.TIMEOUT, Result.LINK_LOST, Result.ERROR}


@dataclass(frozen=True, slots=True)
class SettingOutcome:
    """What became of one variable that was read or written."""

    setting: Setting
    result: Result
    detail: str = ""
    """The charger's own word."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """To ReadConfiguration, WriteConfiguration and 1.6's ReportConfiguration: one outcome a variable."""

    outcomes: tuple[SettingOutcome, ...]


@dataclass(frozen=True, slots=True)
class Upload:
    """To CollectDiagnostics: the file that will be uploaded."""

    file_name: str


@dataclass(frozen=True, slots=True)
class Certificates:
    """To ListCertificates; none when the charger found none."""

    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class Transferred:
    """To TransferData: the charger's own text; what 2.x sends as JSON is written as such."""

    data: str


Body: TypeAlias = Configuration | Upload | Certificates | Transferred


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one command."""

    result: Result
    detail: str = ""
    """The charger's own status or error code, cut to 50 characters."""
    body: Body | None = None
    """What the answer brought back, where the command asks for something."""
