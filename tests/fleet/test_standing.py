"""How a charger stands with us: its keys and its certificate."""

from __future__ import annotations

import pytest

from healer.fleet.peer import Peer, Proof
from healer.fleet.standing import (
    DELIVER_WITHIN_S,
    LONGEST_REQUEST,
    MOST_PENDING,
    SIGNING_PAUSE_S,
    Credential,
    Standing,
)
from healer.ocpp.messages import CertificateRequested, SignedUse

KEY = "ab" * 20


def _standing() -> Standing:
    return Standing(peer=Peer(proof=Proof.PASSWORD), credential=Credential(current="v0"))


def test_a_key_that_was_offered_is_on_its_way_and_pending() -> None:
    standing = _standing()
    standing.offer(KEY, "v1", "listed", 5.0)
    assert standing.new_key == KEY
    assert standing.credential == Credential("v0", ("v1",), "listed", 5.0)
    assert standing.untold
    assert not standing.credential.unproved


def test_a_key_that_was_taken_is_unproved_until_it_was_used() -> None:
    standing = _standing()
    standing.offer(KEY, "v1", "listed", 5.0)
    standing.accepted(6.0)
    assert standing.new_key is None
    assert standing.credential.unproved
    assert not standing.prove("v0")
    assert standing.prove("v1")
    assert standing.credential == Credential(current="v1", replaces="listed")
    assert not standing.prove("v1")


def test_a_key_that_was_refused_leaves_the_former_one() -> None:
    standing = _standing()
    standing.offer(KEY, "v1", None, 5.0)
    standing.refused_key()
    assert (standing.new_key, standing.credential) == (None, Credential(current="v0"))


def test_a_key_that_was_refused_after_an_attempt_without_an_answer_may_be_in_use() -> None:
    standing = _standing()
    standing.offer(KEY, "v1", None, 5.0)
    standing.attempted()
    standing.refused_key()
    assert (standing.new_key, standing.credential.pending) == (None, ("v1",))


def test_a_second_offer_leaves_a_key_that_the_charger_may_have() -> None:
    standing = _standing()
    standing.offer(KEY, "v1", None, 5.0)
    standing.accepted(6.0)
    standing.offer("cd" * 20, "v2", None, 7.0)
    assert standing.credential.pending == ("v1", "v2")
    assert not standing.credential.unproved
    assert standing.prove("v1")
    assert standing.credential == Credential("v1", ("v2",), None, 7.0)
    assert standing.new_key is not None


def test_a_second_offer_replaces_a_key_that_was_never_sent() -> None:
    standing = _standing()
    standing.offer(KEY, "v1", None, 5.0)
    standing.offer("cd" * 20, "v2", None, 7.0)
    assert standing.credential.pending == ("v2",)


def test_keys_that_nobody_uses_do_not_pile_up() -> None:
    standing = _standing()
    for number in range(MOST_PENDING):
        assert standing.why_not_offer() is None
        standing.offer(KEY, f"v{number + 1}", None, 5.0)
        standing.accepted(6.0)
    assert "forget them first" in (standing.why_not_offer() or "")
    standing.forget_keys()
    assert standing.why_not_offer() is None
    assert standing.credential == Credential()


def test_keys_and_verifiers_are_not_shown() -> None:
    standing = Standing(credential=Credential(current="hmac-old"))
    standing.offer(KEY, "hmac-new", "digest", 5.0)
    assert not any(secret in repr(standing) for secret in (KEY, "hmac-old", "hmac-new", "digest"))


def test_one_request_a_minute_is_looked_at() -> None:
    standing = _standing()
    assert standing.take_request(CertificateRequested("csr"), 0.0)
    assert not standing.take_request(CertificateRequested("csr2"), SIGNING_PAUSE_S - 1)
    assert standing.request == CertificateRequested("csr")
    assert standing.take_request(CertificateRequested("csr2"), SIGNING_PAUSE_S)


@pytest.mark.parametrize(
    "request_",
    [
        CertificateRequested("csr", SignedUse.V2G),
        CertificateRequested(""),
        CertificateRequested("x" * (LONGEST_REQUEST + 1)),
    ],
)
def test_what_is_not_ours_to_sign_is_not_looked_at(request_: CertificateRequested) -> None:
    standing = _standing()
    assert not standing.take_request(request_, 0.0)
    assert standing.request is None


def test_who_has_not_proved_who_it_is_gets_no_certificate() -> None:
    standing = Standing()
    assert not standing.take_request(CertificateRequested("csr"), 0.0)


def test_a_signed_certificate_is_to_be_delivered_for_a_while() -> None:
    standing = _standing()
    standing.take_request(CertificateRequested("csr", request_id=9), 0.0)
    assert standing.signed("csr", "chain", 1.0)
    found = standing.undelivered(2.0)
    assert found is not None
    assert (found.chain, found.request_id, standing.request) == ("chain", 9, None)
    assert standing.undelivered(1.0 + DELIVER_WITHIN_S) is None


def test_what_belongs_to_a_former_request_is_dropped() -> None:
    standing = _standing()
    standing.take_request(CertificateRequested("old"), 0.0)
    standing.take_request(CertificateRequested("new"), SIGNING_PAUSE_S)
    assert not standing.signed("old", "chain", 61.0)
    assert not standing.refused("old")
    assert standing.request == CertificateRequested("new")
    assert standing.refused("new")
    assert not standing.signed("new", "chain", 62.0)
    assert standing.certificate is None
