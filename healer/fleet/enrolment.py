"""Who is let in without being listed: the policy for unknown chargers, and what people decided about single ones.

A charger that an inventory lists needs neither. Somebody who waits for a decision has no record here: only a person's
word is kept.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from healer.model import ChargerId, Instant, Seconds


class UnknownChargers(enum.StrEnum):
    """What becomes of a charger that nobody listed and nobody decided about."""

    ACCEPT = "accept"
    """It is in."""
    PENDING = "pending"
    """It is held in boot Pending until a person approves or rejects it."""
    REJECT = "reject"
    """It is refused at the handshake."""


class Decision(enum.StrEnum):
    """A person's word about one charger."""

    APPROVED = "approved"
    REJECTED = "rejected"


class Membership(enum.StrEnum):
    """What a charger is to us."""

    MEMBER = "member"
    """Believed, watched and healed."""
    PENDING = "pending"
    """It may connect; nothing it says is believed, and nothing is sent to it but answers."""
    REFUSED = "refused"
    """It may not connect."""


MEMBERSHIPS: Final = {
    UnknownChargers.ACCEPT: Membership.MEMBER,
    UnknownChargers.PENDING: Membership.PENDING,
    UnknownChargers.REJECT: Membership.REFUSED,
    Decision.APPROVED: Membership.MEMBER,
    Decision.REJECTED: Membership.REFUSED,
}
"""What a policy and a decision make of a charger."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person decided about a charger; durable."""

    charger: ChargerId
    decision: Decision
    author: str
    reason: str
    at: Instant
    site: str | None = None
    """Where an approved one stands; None: it is a site of its own."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdmissionSettings:
    """How unknown chargers are treated."""

    unknown_chargers: UnknownChargers = UnknownChargers.ACCEPT
    retry_s: Seconds = 60.0
    """After this time a pending charger asks again."""
    most_pending: int = 1000
    """So many pending ones are remembered; for one more, the one that was quiet for longest is forgotten."""
