"""OCPP 2.0.1 and 2.1: commands -> payloads, payloads of their answers -> outcomes.

What only 2.1 has (a request id with a signed certificate, more kinds of certificates) is refused by the schema of
2.0.1, as PayloadError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from healer.errors import PayloadError
from healer.ocpp import instants, outcomes, salvage, variables
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
    Outcome,
    ReadConfiguration,
    ReportConfiguration,
    Reset,
    SetChargingProfile,
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
from healer.ocpp.salvage import Text, Wire, word
from healer.ocpp.shared_commands import certificate_id, certificates, given, log, operational, transferred
from healer.ocpp.subjects import ChargingProfile

SPOKEN: Final[Mapping[type[Command], tuple[str, ...]]] = {
    Reset: ("Reset",),
    UnlockConnector: ("UnlockConnector",),
    TriggerMessage: ("TriggerMessage",),
    ChangeAvailability: ("ChangeAvailability",),
    StopTransaction: ("RequestStopTransaction",),
    ClearCache: ("ClearCache",),
    SetChargingProfile: ("SetChargingProfile",),
    ClearChargingProfile: ("ClearChargingProfile",),
    CollectDiagnostics: ("GetLog",),
    UpdateFirmware: ("UpdateFirmware",),
    TransferData: ("DataTransfer",),
    ReadConfiguration: ("GetVariables",),
    ReportConfiguration: ("GetBaseReport",),
    WriteConfiguration: ("SetVariables",),
    InstallCertificate: ("InstallCertificate",),
    ListCertificates: ("GetInstalledCertificateIds",),
    DeleteCertificate: ("DeleteCertificate",),
    DeliverCertificate: ("CertificateSigned",),
}

# --- commanding ---------------------------------------------------------------------------------------------------


def request(command: Command) -> tuple[str, Payload]:
    match command:
        case Reset(hard=hard, evse=evse):
            return "Reset", given(type="Immediate" if hard else "OnIdle", evseId=evse)
        case UnlockConnector(evse=int(evse), connector=connector):
            return "UnlockConnector", {"evseId": evse, "connectorId": connector}
        case TriggerMessage(what=what):
            wanted = Trigger.LOG if what is Trigger.DIAGNOSTICS else what
            return "TriggerMessage", {"requestedMessage": wanted.value, **_evse(command)}
        case ChangeAvailability(operative=operative):
            return "ChangeAvailability", {"operationalStatus": operational(operative), **_evse(command)}
        case StopTransaction(transaction=transaction):
            return "RequestStopTransaction", {"transactionId": transaction}
        case ClearCache():
            return "ClearCache", {}
        case SetChargingProfile(profile=profile, evse=evse, connector=None):
            return "SetChargingProfile", {"evseId": evse or 0, "chargingProfile": _profile(profile)}
        case ClearChargingProfile(connector=None):
            return "ClearChargingProfile", _cleared(command)
    return _request_data(command)


def _request_data(command: Command) -> tuple[str, Payload]:
    """Commands that bring something, or ask for it."""
    match command:
        case CollectDiagnostics():
            return "GetLog", log(command)
        case UpdateFirmware():
            return "UpdateFirmware", _firmware(command)
        case TransferData(vendor=vendor, message=message, data=data):
            return "DataTransfer", given(vendorId=vendor, messageId=message, data=data)
        case ReadConfiguration(variables=wanted):
            return "GetVariables", {"getVariableData": [variables.reading(one) for one in wanted]}
        case ReportConfiguration(request_id=request_id, writable_only=writable_only):
            base = "ConfigurationInventory" if writable_only else "FullInventory"
            return "GetBaseReport", {"requestId": request_id, "reportBase": base}
        case WriteConfiguration(assignments=assignments):
            return "SetVariables", {"setVariableData": [variables.writing(one) for one in assignments]}
    return _request_certificate(command)


def _request_certificate(command: Command) -> tuple[str, Payload]:
    match command:
        case InstallCertificate(use=use, certificate=certificate):
            return "InstallCertificate", {"certificateType": use.value, "certificate": certificate}
        case ListCertificates(uses=uses):
            return "GetInstalledCertificateIds", {"certificateType": [use.value for use in uses]} if uses else {}
        case DeleteCertificate(certificate=named):
            return "DeleteCertificate", {"certificateHashData": certificate_id(named)}
        case DeliverCertificate(chain=chain, use=signed_use, request_id=number):
            return "CertificateSigned", given(certificateChain=chain, certificateType=signed_use, requestId=number)
    raise PayloadError(f"OCPP 2.x addresses by evse: {command}")


def _evse(command: TriggerMessage | ChangeAvailability) -> Payload:
    """Nothing for the whole station. A connector without its evse would mean the station instead, so it is refused."""
    match command.evse, command.connector:
        case None, None:
            return {}
        case int(evse), None:
            return {"evse": {"id": evse}}
        case int(evse), int(connector):
            return {"evse": {"id": evse, "connectorId": connector}}
    raise PayloadError(f"OCPP 2.x addresses a connector by its evse: {command}")


def _firmware(command: UpdateFirmware) -> Payload:
    signature = command.signature
    firmware = given(
        location=command.location,
        retrieveDateTime=instants.written(command.retrieve_at),
        installDateTime=instants.written_or_none(command.install_at),
        signingCertificate=None if signature is None else signature.certificate,
        signature=None if signature is None else signature.signature,
    )
    return {"requestId": command.request_id, "firmware": firmware}


def _profile(profile: ChargingProfile) -> Payload:
    schedule = given(
        id=profile.id,
        startSchedule=instants.written_or_none(profile.starts_at),
        duration=None if profile.duration_s is None else int(profile.duration_s),
        chargingRateUnit=profile.unit.value,
        chargingSchedulePeriod=[
            given(startPeriod=period.start_s, limit=period.limit, numberPhases=period.phases)
            for period in profile.periods
        ],
        minChargingRate=profile.min_rate,
    )
    return given(
        id=profile.id,
        stackLevel=profile.stack_level,
        chargingProfilePurpose=profile.purpose.value,
        chargingProfileKind=profile.kind.value,
        recurrencyKind=profile.recurrency,
        validFrom=instants.written_or_none(profile.valid_from),
        validTo=instants.written_or_none(profile.valid_to),
        transactionId=profile.transaction,
        chargingSchedule=[schedule],
    )


def _cleared(command: ClearChargingProfile) -> Payload:
    """2.x clears one profile by its number, or all that fit the criteria (K10)."""
    criteria = given(evseId=command.evse, chargingProfilePurpose=command.purpose, stackLevel=command.stack_level)
    return given(chargingProfileId=command.profile, chargingProfileCriteria=criteria or None)


# --- concluding ---------------------------------------------------------------------------------------------------


class _Response(Wire):
    status: Text | None = None
    filename: Text | None = None


def outcome(command: Command, payload: Payload) -> Outcome:
    """How a command came out, by the payload of its CALLRESULT."""
    match command:
        case ReadConfiguration():
            return variables.were_read(payload)
        case WriteConfiguration(assignments=assignments):
            return variables.were_written(assignments, payload)
        case ListCertificates():
            return certificates(payload)
        case TransferData():
            return transferred(payload)
    said = salvage.read(payload, _Response)
    plain = outcomes.of_status(word(said.status))
    file_name = word(said.filename)
    if isinstance(command, CollectDiagnostics) and file_name is not None:
        return Outcome(plain.result, plain.detail, Upload(file_name))
    return plain
