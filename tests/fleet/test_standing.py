"""How a charger stands with us: its keys and its certificate."""

from __future__ import annotations

import pytest

from healer.fleet.standing import DELIVER_WITHIN_S, LONGEST_REQUEST, SIGNING_PAUSE_S, Credential, Standing
from healer.ocpp.messages import CertificateRequested, SignedUse

KEY = "ab" * 20


def test_a_key_that_was_offered_is_on_its_way_and_pending() -> None:
    standing = Standing(credential=Credential(current="v0"))
    standing.offer(KEY, "v1", 5.0)
    assert standing.new_key == KEY
    assert standing.credential == Credential("v0", "v1", 5.0)
    assert not standing.credential.unproved


def test_a_key_that_was_taken_is_unproved_until_it_was_used() -> None:
    standing = Standing()
    standing.offer(KEY, "v1", 5.0)
    standing.accepted(6.0)
    assert standing.new_key is None
    assert standing.credential.unproved
    assert not standing.prove("v0")
    assert standing.prove("v1")
    assert standing.credential == Credential(current="v1")
    assert not standing.prove("v1")


def test_a_key_that_was_refused_leaves_the_former_one() -> None:
    standing = Standing(credential=Credential(current="v0"))
    standing.offer(KEY, "v1", 5.0)
    standing.withdraw()
    assert (standing.new_key, standing.credential) == (None, Credential(current="v0"))


def test_a_second_offer_replaces_the_first() -> None:
    standing = Standing(credential=Credential(current="v0"))
    standing.offer(KEY, "v1", 5.0)
    standing.accepted(6.0)
    standing.offer("cd" * 20, "v2", 7.0)
    assert standing.credential == Credential("v0", "v2", 7.0)
    assert not standing.credential.unproved


def test_keys_and_verifiers_are_not_shown() -> None:
    standing = Standing(credential=Credential(current="hmac-old"))
    standing.offer(KEY, "hmac-new", 5.0)
    assert not any(secret in repr(standing) for secret in (KEY, "hmac-old", "hmac-new"))


def test_one_request_a_minute_is_looked_at() -> None:
    standing = Standing()
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
    standing = Standing()
    assert not standing.take_request(request_, 0.0)
    assert standing.request is None


def test_a_signed_certificate_is_to_be_delivered_for_a_while() -> None:
    standing = Standing()
    standing.take_request(CertificateRequested("csr", request_id=9), 0.0)
    standing.signed("chain", 1.0)
    found = standing.undelivered(2.0)
    assert found is not None
    assert (found.chain, found.request_id, standing.request) == ("chain", 9, None)
    assert standing.undelivered(1.0 + DELIVER_WITHIN_S) is None


def test_nothing_is_delivered_that_was_not_asked_for() -> None:
    standing = Standing()
    standing.signed("chain", 1.0)
    assert standing.certificate is None
    standing.take_request(CertificateRequested("csr"), 2.0)
    standing.refused()
    standing.signed("chain", 3.0)
    assert standing.certificate is None
