"""What 2.1 added: answers that repeat what was asked, requests with numbers, streams that are declined."""

from __future__ import annotations

import pytest

from healer.ocpp.messages import (
    Acknowledged,
    CertificateId,
    CertificateRequested,
    CertificateStatusAsked,
    OtherReport,
    Report,
    SignedUse,
    VatNumberAsked,
)
from healer.ocpp.v21 import CODEC

HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "n", "issuerKeyHash": "k", "serialNumber": "1"}
ID = CertificateId("SHA256", "n", "k", "1")


def read(action: str, payload: dict[str, object]) -> Report:
    found = CODEC.read(action, payload)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("action", "payload", "report"),
    [
        ("VatNumberValidation", {"vatNumber": "NL1", "evseId": 2}, VatNumberAsked("NL1", 2)),
        ("VatNumberValidation", {}, VatNumberAsked("")),
        (
            "GetCertificateChainStatus",
            {"certificateStatusRequests": [{"certificateHashData": HASH, "source": "OCSP", "urls": ["u"]}, {}]},
            CertificateStatusAsked(((ID, "OCSP"),)),
        ),
        ("GetCertificateChainStatus", {"certificateStatusRequests": 7}, CertificateStatusAsked(())),
        (
            "SignCertificate",
            {"csr": "PEM", "certificateType": "V2G20Certificate", "requestId": 5},
            CertificateRequested("PEM", SignedUse.V2G_20, 5),
        ),
        ("BatterySwap", {}, OtherReport("BatterySwap")),
    ],
)
def test_a_message_is_read(action: str, payload: dict[str, object], report: Report) -> None:
    assert read(action, payload) == report


@pytest.mark.parametrize(
    ("action", "report", "expected"),
    [
        ("VatNumberValidation", VatNumberAsked("NL1"), {"status": "Rejected", "vatNumber": "NL1"}),
        ("VatNumberValidation", VatNumberAsked("NL1", 2), {"status": "Rejected", "vatNumber": "NL1", "evseId": 2}),
        ("VatNumberValidation", VatNumberAsked(""), None),
        ("VatNumberValidation", VatNumberAsked("x" * 21), None),
        ("GetCertificateChainStatus", CertificateStatusAsked(((CertificateId("MD5", "n", "k", "1"), "CRL"),)), None),
        (
            "GetCertificateChainStatus",
            CertificateStatusAsked(((ID, "CRL"),)),
            {
                "certificateStatus": [
                    {
                        "certificateHashData": HASH,
                        "source": "CRL",
                        "status": "Failed",
                        "nextUpdate": "1970-01-01T00:00:00Z",
                    }
                ]
            },
        ),
        ("GetCertificateChainStatus", CertificateStatusAsked(()), None),
        ("OpenPeriodicEventStream", OtherReport("OpenPeriodicEventStream"), {"status": "Rejected"}),
        ("PullDynamicScheduleUpdate", OtherReport("PullDynamicScheduleUpdate"), {"status": "Rejected"}),
        ("NotifyEVChargingNeeds", OtherReport("NotifyEVChargingNeeds"), {"status": "NoChargingProfile"}),
        ("NotifySettlement", OtherReport("NotifySettlement"), {}),
    ],
)
def test_a_reply_is_spelt(action: str, report: Report, expected: dict[str, object] | None) -> None:
    assert CODEC.answer(action, Acknowledged(), 0.0, report) == expected
