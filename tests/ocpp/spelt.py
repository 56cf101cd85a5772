"""Commands of every kind, and the messages that they become in each version."""

from __future__ import annotations

from healer.model import OcppVersion
from healer.ocpp import instants
from healer.ocpp.commands import (
    Assignment,
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
    ReadConfiguration,
    ReportConfiguration,
    Reset,
    SetChargingProfile,
    Signature,
    StopTransaction,
    TransferData,
    Trigger,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
    WriteConfiguration,
)
from healer.ocpp.frames import Payload
from healer.ocpp.subjects import (
    CertificateId,
    CertificateUse,
    ChargingPeriod,
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrency,
    SignedUse,
    Variable,
)

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21

NOON = "2024-05-17T12:00:00Z"
AT_NOON = instants.read(NOON) or 0.0

KEY = Variable("HeartbeatInterval")
INTERVAL = Variable("HeartbeatInterval", "OCPPCommCtrlr")
POWER = Variable("Power", "Connector", instance="Max", component_instance="A", evse=1, connector=2)
ID = CertificateId("SHA256", "name", "key", "4711")
ID_WRITTEN = {"hashAlgorithm": "SHA256", "issuerNameHash": "name", "issuerKeyHash": "key", "serialNumber": "4711"}
SIGNED = UpdateFirmware("https://host/fw", AT_NOON, 3, AT_NOON, Signature("PEM", "c2ln"))
SIGNED_WRITTEN = {
    "requestId": 3,
    "firmware": {
        "location": "https://host/fw",
        "retrieveDateTime": NOON,
        "installDateTime": NOON,
        "signingCertificate": "PEM",
        "signature": "c2ln",
    },
}
PROFILE = ChargingProfile(
    7,
    ProfilePurpose.CHARGER_MAX,
    RateUnit.AMPERE,
    (ChargingPeriod(0, 16.06, 3), ChargingPeriod(3600, 6.0)),
    kind=ProfileKind.RECURRING,
    stack_level=1,
    recurrency=Recurrency.DAILY,
    starts_at=AT_NOON,
    duration_s=7200.0,
    valid_from=AT_NOON,
    min_rate=6.0,
)
TX_PROFILE = ChargingProfile(
    8, ProfilePurpose.TX, RateUnit.WATT, (ChargingPeriod(0, 11e3),), ProfileKind.RELATIVE, transaction="17"
)
LOGS = CollectDiagnostics("https://host/logs", 5, Log.SECURITY, since=AT_NOON)

IN_16: list[tuple[Command, str, Payload]] = [
    (Reset(hard=True), "Reset", {"type": "Hard"}),
    (UnlockConnector(None, 2), "UnlockConnector", {"connectorId": 2}),
    (TriggerMessage(Trigger.FIRMWARE), "TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}),
    (TriggerMessage(Trigger.DIAGNOSTICS), "TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"}),
    (TriggerMessage(Trigger.LOG), "ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"}),
    (
        TriggerMessage(Trigger.CERTIFICATE),
        "ExtendedTriggerMessage",
        {"requestedMessage": "SignChargePointCertificate"},
    ),
    (ChangeAvailability(True), "ChangeAvailability", {"connectorId": 0, "type": "Operative"}),
    (StopTransaction("17"), "RemoteStopTransaction", {"transactionId": 17}),
    (ClearCache(), "ClearCache", {}),
    (
        SetChargingProfile(PROFILE),
        "SetChargingProfile",
        {
            "connectorId": 0,
            "csChargingProfiles": {
                "chargingProfileId": 7,
                "stackLevel": 1,
                "chargingProfilePurpose": "ChargePointMaxProfile",
                "chargingProfileKind": "Recurring",
                "recurrencyKind": "Daily",
                "validFrom": NOON,
                "chargingSchedule": {
                    "duration": 7200,
                    "startSchedule": NOON,
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [
                        {"startPeriod": 0, "limit": 16.0, "numberPhases": 3},
                        {"startPeriod": 3600, "limit": 6.0},
                    ],
                    "minChargingRate": 6.0,
                },
            },
        },
    ),
    (
        SetChargingProfile(TX_PROFILE, connector=1),
        "SetChargingProfile",
        {
            "connectorId": 1,
            "csChargingProfiles": {
                "chargingProfileId": 8,
                "transactionId": 17,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": {
                    "chargingRateUnit": "W",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 11000.0}],
                },
            },
        },
    ),
    (ClearChargingProfile(), "ClearChargingProfile", {}),
    (ClearChargingProfile(profile=7, evse=0), "ClearChargingProfile", {"id": 7, "connectorId": 0}),
    (
        ClearChargingProfile(connector=1, purpose=ProfilePurpose.CHARGER_MAX, stack_level=2),
        "ClearChargingProfile",
        {"connectorId": 1, "chargingProfilePurpose": "ChargePointMaxProfile", "stackLevel": 2},
    ),
    (
        CollectDiagnostics("https://host/logs", 5, until=AT_NOON),
        "GetDiagnostics",
        {"location": "https://host/logs", "stopTime": NOON},
    ),
    (
        LOGS,
        "GetLog",
        {
            "log": {"remoteLocation": "https://host/logs", "oldestTimestamp": NOON},
            "logType": "SecurityLog",
            "requestId": 5,
        },
    ),
    (
        UpdateFirmware("https://host/fw", AT_NOON, 3),
        "UpdateFirmware",
        {"location": "https://host/fw", "retrieveDate": NOON},
    ),
    (SIGNED, "SignedUpdateFirmware", SIGNED_WRITTEN),
    (TransferData("V", "M", "x"), "DataTransfer", {"vendorId": "V", "messageId": "M", "data": "x"}),
    (ReadConfiguration((KEY,)), "GetConfiguration", {"key": ["HeartbeatInterval"]}),
    (ReportConfiguration(9), "GetConfiguration", {}),
    (
        WriteConfiguration((Assignment(KEY, "60"),)),
        "ChangeConfiguration",
        {"key": "HeartbeatInterval", "value": "60"},
    ),
    (
        InstallCertificate(CertificateUse.CSMS_ROOT, "PEM"),
        "InstallCertificate",
        {"certificateType": "CentralSystemRootCertificate", "certificate": "PEM"},
    ),
    (
        ListCertificates((CertificateUse.MANUFACTURER_ROOT,)),
        "GetInstalledCertificateIds",
        {"certificateType": "ManufacturerRootCertificate"},
    ),
    (DeleteCertificate(ID), "DeleteCertificate", {"certificateHashData": ID_WRITTEN}),
    (DeliverCertificate("PEM"), "CertificateSigned", {"certificateChain": "PEM"}),
]

IN_2X: list[tuple[Command, str, Payload]] = [
    (Reset(hard=True, evse=1), "Reset", {"type": "Immediate", "evseId": 1}),
    (UnlockConnector(1, 2), "UnlockConnector", {"evseId": 1, "connectorId": 2}),
    (TriggerMessage(Trigger.DIAGNOSTICS), "TriggerMessage", {"requestedMessage": "LogStatusNotification"}),
    (TriggerMessage(Trigger.CERTIFICATE), "TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"}),
    (
        TriggerMessage(Trigger.TRANSACTION, 1),
        "TriggerMessage",
        {"requestedMessage": "TransactionEvent", "evse": {"id": 1}},
    ),
    (ChangeAvailability(True), "ChangeAvailability", {"operationalStatus": "Operative"}),
    (StopTransaction("T-17"), "RequestStopTransaction", {"transactionId": "T-17"}),
    (ClearCache(), "ClearCache", {}),
    (
        SetChargingProfile(PROFILE, evse=1),
        "SetChargingProfile",
        {
            "evseId": 1,
            "chargingProfile": {
                "id": 7,
                "stackLevel": 1,
                "chargingProfilePurpose": "ChargingStationMaxProfile",
                "chargingProfileKind": "Recurring",
                "recurrencyKind": "Daily",
                "validFrom": NOON,
                "chargingSchedule": [
                    {
                        "id": 7,
                        "duration": 7200,
                        "startSchedule": NOON,
                        "chargingRateUnit": "A",
                        "chargingSchedulePeriod": [
                            {"startPeriod": 0, "limit": 16.06, "numberPhases": 3},
                            {"startPeriod": 3600, "limit": 6.0},
                        ],
                        "minChargingRate": 6.0,
                    }
                ],
            },
        },
    ),
    (ClearChargingProfile(), "ClearChargingProfile", {}),
    (ClearChargingProfile(profile=7), "ClearChargingProfile", {"chargingProfileId": 7}),
    (
        ClearChargingProfile(evse=0, purpose=ProfilePurpose.CHARGER_MAX, stack_level=2),
        "ClearChargingProfile",
        {
            "chargingProfileCriteria": {
                "evseId": 0,
                "chargingProfilePurpose": "ChargingStationMaxProfile",
                "stackLevel": 2,
            }
        },
    ),
    (
        LOGS,
        "GetLog",
        {
            "log": {"remoteLocation": "https://host/logs", "oldestTimestamp": NOON},
            "logType": "SecurityLog",
            "requestId": 5,
        },
    ),
    (SIGNED, "UpdateFirmware", SIGNED_WRITTEN),
    (TransferData("V"), "DataTransfer", {"vendorId": "V"}),
    (
        ReadConfiguration((INTERVAL, POWER)),
        "GetVariables",
        {
            "getVariableData": [
                {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}},
                {
                    "component": {"name": "Connector", "instance": "A", "evse": {"id": 1, "connectorId": 2}},
                    "variable": {"name": "Power", "instance": "Max"},
                },
            ]
        },
    ),
    (ReportConfiguration(9), "GetBaseReport", {"requestId": 9, "reportBase": "FullInventory"}),
    (
        ReportConfiguration(9, writable_only=True),
        "GetBaseReport",
        {"requestId": 9, "reportBase": "ConfigurationInventory"},
    ),
    (
        WriteConfiguration((Assignment(INTERVAL, "60"), Assignment(Variable("Enabled", "EVSE", evse=1), "true"))),
        "SetVariables",
        {
            "setVariableData": [
                {
                    "attributeValue": "60",
                    "component": {"name": "OCPPCommCtrlr"},
                    "variable": {"name": "HeartbeatInterval"},
                },
                {
                    "attributeValue": "true",
                    "component": {"name": "EVSE", "evse": {"id": 1}},
                    "variable": {"name": "Enabled"},
                },
            ]
        },
    ),
    (
        InstallCertificate(CertificateUse.CSMS_ROOT, "PEM"),
        "InstallCertificate",
        {"certificateType": "CSMSRootCertificate", "certificate": "PEM"},
    ),
    (ListCertificates(), "GetInstalledCertificateIds", {}),
    (
        ListCertificates((CertificateUse.V2G_CHAIN, CertificateUse.MO_ROOT)),
        "GetInstalledCertificateIds",
        {"certificateType": ["V2GCertificateChain", "MORootCertificate"]},
    ),
    (DeleteCertificate(ID), "DeleteCertificate", {"certificateHashData": ID_WRITTEN}),
    (
        DeliverCertificate("PEM", SignedUse.CHARGING_STATION),
        "CertificateSigned",
        {"certificateChain": "PEM", "certificateType": "ChargingStationCertificate"},
    ),
]

ONLY_IN_21: list[tuple[Command, str, Payload]] = [
    (
        DeliverCertificate("PEM", SignedUse.V2G_20, request_id=4),
        "CertificateSigned",
        {"certificateChain": "PEM", "certificateType": "V2G20Certificate", "requestId": 4},
    ),
    (
        InstallCertificate(CertificateUse.OEM_ROOT, "PEM"),
        "InstallCertificate",
        {"certificateType": "OEMRootCertificate", "certificate": "PEM"},
    ),
]

SPELT = {V16: IN_16, V201: IN_2X, V21: [*IN_2X, *ONLY_IN_21]}
