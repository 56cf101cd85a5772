"""OCPP 1.6: commands -> payloads, payloads of their answers -> outcomes.

Log, signed firmware, certificate and extended trigger messages come from the third edition of the whitepaper on
security for 1.6. Section numbers are those of OCPP 1.6 edition 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from healer.errors import PayloadError
from healer.ocpp import instants, outcomes, salvage
from healer.ocpp.commands import (
    ChangeAvailability,
    ClearCache,
    ClearChargingProfile,
    CollectDiagnostics,
    Command,
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
    StopTransaction,
    TransferData,
    Trigger,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
    Upload,
    WriteConfiguration,
)
from healer.ocpp.frames import Payload
from healer.ocpp.salvage import LongText, Text, Wire, word
from healer.ocpp.shared_commands import certificate_id, certificates, given, log, operational, transferred
from healer.ocpp.subjects import CertificateUse, ChargingProfile, ProfilePurpose, Setting, Variable

SPOKEN: Final[Mapping[type[Command], tuple[str, ...]]] = {
    Reset: ("Reset",),
    UnlockConnector: ("UnlockConnector",),
    TriggerMessage: (
        "TriggerMessage",
        "ExtendedTriggerMessage",
    ),
    ChangeAvailability: ("ChangeAvailability",),
    StopTransaction: ("RemoteStopTransaction",),
    ClearCache: ("ClearCache",),
    SetChargingProfile: ("SetChargingProfile",),
    ClearChargingProfile: ("ClearChargingProfile",),
    CollectDiagnostics: (
        "GetDiagnostics",
        "GetLog",
    ),
    UpdateFirmware: (
        "UpdateFirmware",
        "SignedUpdateFirmware",
    ),
    TransferData: ("DataTransfer",),
    ReadConfiguration: ("GetConfiguration",),
    ReportConfiguration: ("GetConfiguration",),
    WriteConfiguration: ("ChangeConfiguration",),
    InstallCertificate: ("InstallCertificate",),
    ListCertificates: ("GetInstalledCertificateIds",),
    DeleteCertificate: ("DeleteCertificate",),
    DeliverCertificate: ("CertificateSigned",),
}

# --- commanding ---------------------------------------------------------------------------------------------------

_EXTENDED: Final = {Trigger.LOG: "LogStatusNotification", Trigger.CERTIFICATE: "SignChargePointCertificate"}
"""What only ExtendedTriggerMessage can ask for. For the rest the older message is asked: more chargers know it."""

_USES: Final = {
    CertificateUse.CSMS_ROOT: "CentralSystemRootCertificate",
    CertificateUse.MANUFACTURER_ROOT: "ManufacturerRootCertificate",
}
_PURPOSES: Final = {
    ProfilePurpose.CHARGER_MAX: "ChargePointMaxProfile",
    ProfilePurpose.TX_DEFAULT: "TxDefaultProfile",
    ProfilePurpose.TX: "TxProfile",
}


def request(command: Command) -> tuple[str, Payload]:
    match command:
        case Reset(hard=hard, evse=None):
            return "Reset", {"type": "Hard" if hard else "Soft"}
        case Reset():
            raise PayloadError(f"OCPP 1.6 cannot address an evse: {command}")
        case UnlockConnector(connector=connector):
            return "UnlockConnector", {"connectorId": connector}
        case TriggerMessage():
            return _trigger(command)
        case ChangeAvailability(operative=operative):
            return "ChangeAvailability", {"connectorId": _connector(command) or 0, "type": operational(operative)}
        case StopTransaction(transaction=transaction):
            return "RemoteStopTransaction", {"transactionId": _number(transaction)}
        case ClearCache():
            return "ClearCache", {}
        case SetChargingProfile(profile=profile):
            where = _connector(command) or 0
            return "SetChargingProfile", {"connectorId": where, "csChargingProfiles": _profile(profile)}
        case ClearChargingProfile():
            return "ClearChargingProfile", _cleared(command)
    return _request_data(command)


def _request_data(command: Command) -> tuple[str, Payload]:
    """Commands that bring something, or ask for it."""
    match command:
        case CollectDiagnostics(log=Log.DIAGNOSTICS):
            since, until = instants.written_or_none(command.since), instants.written_or_none(command.until)
            return "GetDiagnostics", given(location=command.location, startTime=since, stopTime=until)
        case CollectDiagnostics():
            return "GetLog", log(command)
        case UpdateFirmware():
            return _update(command)
        case TransferData(vendor=vendor, message=message, data=data):
            return "DataTransfer", given(vendorId=vendor, messageId=message, data=data)
        case ReadConfiguration(variables=variables) if variables:
            return "GetConfiguration", {"key": [_key(variable) for variable in variables]}
        case ReportConfiguration():
            return "GetConfiguration", {}
        case WriteConfiguration(assignments=(assignment,)):
            return "ChangeConfiguration", {"key": _key(assignment.variable), "value": assignment.value}
    return _request_certificate(command)


def _request_certificate(command: Command) -> tuple[str, Payload]:
    match command:
        case InstallCertificate(use=use, certificate=certificate):
            return "InstallCertificate", {"certificateType": _use(use), "certificate": certificate}
        case ListCertificates(uses=(use,)):
            return "GetInstalledCertificateIds", {"certificateType": _use(use)}
        case DeleteCertificate(certificate=named):
            return "DeleteCertificate", {"certificateHashData": certificate_id(named)}
        case DeliverCertificate(chain=chain):
            return "CertificateSigned", {"certificateChain": chain}
    raise PayloadError(f"OCPP 1.6 cannot say {command}")


def _connector(command: TriggerMessage | ChangeAvailability | SetChargingProfile | ClearChargingProfile) -> int | None:
    """1.6 knows no evses: to leave the number out would command the whole charger instead."""
    if command.evse and command.connector is None:
        raise PayloadError(f"OCPP 1.6 cannot address an evse: {command}")
    return command.connector


def _trigger(command: TriggerMessage) -> tuple[str, Payload]:
    what, place = command.what, _connector(command)
    if what is Trigger.TRANSACTION:
        raise PayloadError("OCPP 1.6 cannot ask for a transaction")
    if what in _EXTENDED:
        return "ExtendedTriggerMessage", given(requestedMessage=_EXTENDED[what], connectorId=place)
    return "TriggerMessage", given(requestedMessage=what.value, connectorId=place)


def _cleared(command: ClearChargingProfile) -> Payload:
    return given(
        id=command.profile,
        connectorId=0 if command.evse == 0 else _connector(command),
        chargingProfilePurpose=None if command.purpose is None else _PURPOSES[command.purpose],
        stackLevel=command.stack_level,
    )


def _number(transaction: str) -> int:
    number = salvage.whole(transaction)
    if number is None:
        raise PayloadError("a transaction of OCPP 1.6 is a number")
    return number


def _key(variable: Variable) -> str:
    if variable != Variable(variable.name):
        raise PayloadError(f"OCPP 1.6 has keys without components: {variable}")
    return variable.name


def _use(use: CertificateUse) -> str:
    if use not in _USES:
        raise PayloadError(f"OCPP 1.6 knows no {use}")
    return _USES[use]


def _update(command: UpdateFirmware) -> tuple[str, Payload]:
    retrieve_at, location = instants.written(command.retrieve_at), command.location
    if command.signature is not None:
        firmware = given(
            location=location,
            retrieveDateTime=retrieve_at,
            installDateTime=instants.written_or_none(command.install_at),
            signingCertificate=command.signature.certificate,
            signature=command.signature.signature,
        )
        return "SignedUpdateFirmware", {"requestId": command.request_id, "firmware": firmware}
    if command.install_at is not None:
        raise PayloadError("OCPP 1.6 cannot delay the installation of an unsigned firmware")
    return "UpdateFirmware", {"location": location, "retrieveDate": retrieve_at}


def _profile(profile: ChargingProfile) -> Payload:
    schedule = given(
        duration=None if profile.duration_s is None else int(profile.duration_s),
        startSchedule=instants.written_or_none(profile.starts_at),
        chargingRateUnit=profile.unit.value,
        chargingSchedulePeriod=[
            given(startPeriod=period.start_s, limit=_tenths(period.limit), numberPhases=period.phases)
            for period in profile.periods
        ],
        minChargingRate=None if profile.min_rate is None else _tenths(profile.min_rate),
    )
    return given(
        chargingProfileId=profile.id,
        transactionId=None if profile.transaction is None else _number(profile.transaction),
        stackLevel=profile.stack_level,
        chargingProfilePurpose=_PURPOSES[profile.purpose],
        chargingProfileKind=profile.kind.value,
        recurrencyKind=profile.recurrency,
        validFrom=instants.written_or_none(profile.valid_from),
        validTo=instants.written_or_none(profile.valid_to),
        chargingSchedule=schedule,
    )


def _tenths(limit: float) -> float:
    """One decimal place (section 7.14), never more than was meant."""
    return math.floor(round(limit * 10, 6)) / 10


# --- concluding ---------------------------------------------------------------------------------------------------


class _KeyValue(Wire):
    key: Text | None = None
    readonly: bool | None = None
    value: LongText | None = None


class _Conf(Wire):
    status: Text | None = None
    file_name: Text | None = None
    filename: Text | None = None
    configuration_key: tuple[_KeyValue, ...] = ()
    unknown_key: tuple[Text, ...] = ()


def outcome(command: Command, payload: Payload) -> Outcome:
    """How a command came out, by the payload of its CALLRESULT."""
    said = salvage.read(payload, _Conf)
    match command:
        case UpdateFirmware(signature=None) if said.status is None:
            return Outcome(Result.ACCEPTED)  # UpdateFirmware.conf has no fields (section 6.56)
        case CollectDiagnostics():
            return _collected(command, said)
        case ReadConfiguration() | ReportConfiguration():
            return _configuration(command, said)
        case WriteConfiguration(assignments=(assignment, *_)):
            written = Setting(assignment.variable, assignment.value)
            return outcomes.of_settings((outcomes.of_setting(written, word(said.status)),))
        case ListCertificates(uses=(use, *_)):
            return certificates(payload, use)
        case TransferData():
            return transferred(payload)
    return outcomes.of_status(word(said.status))


def _collected(command: CollectDiagnostics, said: _Conf) -> Outcome:
    file_name = word(said.file_name) or word(said.filename)
    upload = None if file_name is None else Upload(file_name)
    if said.status is None and command.log is Log.DIAGNOSTICS:
        # Without a file name there is nothing to upload (section 5.9).
        return Outcome(Result.REJECTED, "no file") if upload is None else Outcome(Result.ACCEPTED, body=upload)
    plain = outcomes.of_status(word(said.status))
    return Outcome(plain.result, plain.detail, upload)


def _configuration(command: ReadConfiguration | ReportConfiguration, said: _Conf) -> Outcome:
    """Keys unknown to the charger are no failure of the command, unless they are all that was asked for."""
    known = [
        SettingOutcome(Setting(Variable(key), one.value, one.readonly), Result.ACCEPTED)
        for one in said.configuration_key
        if (key := word(one.key)) is not None
    ]
    unknown = [
        SettingOutcome(Setting(Variable(key)), Result.NOT_SUPPORTED, "UnknownKey")
        for one in said.unknown_key
        if (key := word(one)) is not None
    ]
    return outcomes.of_reading((*known, *unknown))
