"""Certificates of chargers: signed, delivered, renewed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from healer.effects import Effect, SignCertificate
from healer.engine import Engine, EngineSettings
from healer.events import CertificateRefused, CertificateSigned, ConnectionOpened, TimePassed
from healer.fleet.hearing import AnswerPolicy
from healer.fleet.peer import Peer, Proof
from healer.fleet.profiles import Profile, Profiles
from healer.healing.certificates import ASK_EVERY_S, RENEW_BEFORE_S
from healer.model import ChargerId, ConnectionId, OcppVersion
from tests.bench import EVERYBODY, START, Bench, healing, rules

A = ChargerId("A")
DAY = 86400.0


class SigningBench(Bench):
    """Remembers what was to be signed."""

    requests: list[SignCertificate]

    def _perform(self, effects: list[Effect]) -> None:
        self.requests.extend(effect for effect in effects if isinstance(effect, SignCertificate))
        super()._perform(effects)


def _bench(*, signs: bool = True) -> SigningBench:
    settings = EngineSettings(AnswerPolicy(EVERYBODY, 300, signs_certificates=signs), healing())
    engine = Engine(settings, rules(), now=START, profiles=Profiles(default=Profile(settle_s=30.0)))
    bench = SigningBench(engine)
    bench.requests = []
    bench.give(TimePassed())
    return bench


def _arrive(bench: Bench) -> None:
    """It proves who it is, boots and reports."""
    bench.arrive("A")
    bench.engine.chargers[A].standing.peer = Peer(proof=Proof.CERTIFICATE)


def _answers(bench: Bench) -> list[Any]:
    return [frame[2] for _, frame in bench.sent if frame[0] == 3]


def _calls(bench: Bench, action: str) -> list[Any]:
    return [frame[3] for _, frame in bench.sent if frame[0] == 2 and frame[2] == action]


def test_a_request_is_signed_and_delivered() -> None:
    bench = _bench()
    _arrive(bench)
    bench.say("A", "SignCertificate", {"csr": "CSR"})
    assert _answers(bench)[-1] == {"status": "Accepted"}
    assert bench.requests == [SignCertificate(A, "CSR", None)]
    bench.give(CertificateSigned(A, "CSR", "CHAIN"))
    assert _calls(bench, "CertificateSigned") == [{"certificateChain": "CHAIN"}]
    bench.answer("A")
    bench.wait(3600)
    assert len(_calls(bench, "CertificateSigned")) == 1


def test_only_the_inventory_knows_the_serial_number() -> None:
    bench = _bench()
    _arrive(bench)
    bench.boot("A", chargePointSerialNumber="S-told")
    bench.say("A", "SignCertificate", {"csr": "CSR"})
    charger = bench.engine.chargers[A]
    charger.placement = replace(charger.placement, serial="S-listed")
    bench.wait(60)
    bench.say("A", "SignCertificate", {"csr": "CSR"})
    assert [request.serial for request in bench.requests] == [None, "S-listed"]


def test_who_cannot_sign_says_so() -> None:
    bench = _bench(signs=False)
    _arrive(bench)
    bench.say("A", "SignCertificate", {"csr": "CSR"})
    assert _answers(bench)[-1] == {"status": "Rejected"}
    assert bench.requests == []


def test_a_charger_that_asks_again_at_once_is_told_no() -> None:
    bench = _bench()
    _arrive(bench)
    for _ in range(3):
        bench.say("A", "SignCertificate", {"csr": "CSR"})
    assert [answer["status"] for answer in _answers(bench)[-3:]] == ["Accepted", "Rejected", "Rejected"]
    assert len(bench.requests) == 1


def test_a_request_that_was_refused_brings_nothing() -> None:
    bench = _bench()
    _arrive(bench)
    bench.say("A", "SignCertificate", {"csr": "CSR"})
    bench.give(CertificateRefused(A, "CSR", "the key is too short"))
    bench.wait(600)
    assert _calls(bench, "CertificateSigned") == []


def test_a_certificate_whose_delivery_got_no_answer_is_delivered_again() -> None:
    bench = _bench()
    _arrive(bench)
    bench.say("A", "SignCertificate", {"csr": "CSR"})
    bench.give(CertificateSigned(A, "CSR", "CHAIN"))
    bench.wait(200)
    assert len(_calls(bench, "CertificateSigned")) == 2


def test_2_1_is_told_to_which_request_the_certificate_belongs() -> None:
    bench = _bench()
    bench.connect("A", OcppVersion.V21)
    bench.boot201("A")
    bench.engine.chargers[A].standing.peer = Peer(proof=Proof.PASSWORD)
    bench.wait(60)
    bench.say("A", "SignCertificate", {"csr": "CSR", "certificateType": "ChargingStationCertificate", "requestId": 9})
    bench.give(CertificateSigned(A, "CSR", "CHAIN"))
    assert _calls(bench, "CertificateSigned") == [
        {"certificateChain": "CHAIN", "certificateType": "ChargingStationCertificate", "requestId": 9}
    ]


def _with_certificate(bench: Bench, days: float) -> None:
    """The charger comes with a certificate that ends in so many days."""
    connection = ConnectionId("tls")
    bench._connections[connection] = "A"
    bench.give(ConnectionOpened(connection, A, OcppVersion.V16, Peer(certificate_expires_at=bench.now + days * DAY)))
    bench.boot("A")
    bench.statuses("A")
    bench.wait(60)


def _asked(bench: Bench) -> int:
    asked = [call for call in _calls(bench, "ExtendedTriggerMessage") if call["requestedMessage"].startswith("Sign")]
    return len(asked)


def test_a_certificate_that_ends_soon_is_renewed_and_asked_for_once_a_day() -> None:
    bench = _bench()
    _with_certificate(bench, days=31)
    assert _asked(bench) == 0
    bench.wait(31 * DAY - RENEW_BEFORE_S)
    assert _asked(bench) == 1
    bench.answer("A")
    bench.wait(ASK_EVERY_S + 60)
    assert _asked(bench) == 2


def test_who_cannot_sign_asks_for_no_requests() -> None:
    bench = _bench(signs=False)
    _with_certificate(bench, days=3)
    assert _asked(bench) == 0
