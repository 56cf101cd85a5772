"""Certificates of chargers: delivering what was signed, and asking for a request before the old one ends.

(OCPP 2.0.1 use cases A02 and A03, whitepaper of 1.6.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from healer.fleet.charger import Charger, Facet
from healer.healing.duties import Errand, Plan
from healer.healing.records import Fate
from healer.model import ChargerId, Instant, Seconds, Severity
from healer.ocpp.messages import Command, DeliverCertificate, Outcome, Trigger, TriggerMessage

DELIVER: Final = "deliver-certificate"

RENEW_BEFORE_S: Seconds = 30 * 86400.0
"""So long before its certificate ends a charger is asked to request the next; chargers are bound to ask by then."""

ASK_EVERY_S: Seconds = 86400.0


class Certificates:
    """The duty to deliver what was signed."""

    def debts(self, charger: Charger, now: Instant) -> Mapping[Errand, Instant | None]:
        certificate = charger.standing.undelivered(now)
        return {} if certificate is None else {Errand(DELIVER, charger.target): certificate.signed_at}

    def plan(self, errand: Errand, charger: Charger, now: Instant) -> Plan:
        certificate = charger.standing.certificate
        chain = "" if certificate is None else certificate.chain
        use = None if certificate is None else certificate.use
        number = None if certificate is None else certificate.request_id
        return Plan(DeliverCertificate(chain, use, number), ("the charger asked for a certificate",))

    def why_not(self, errand: Errand, plan: Plan, charger: Charger, now: Instant) -> str | None:
        if errand in self.debts(charger, now) and self.plan(errand, charger, now) == plan:
            return None
        return "the charger has asked for another certificate"

    def done(self, errand: Errand, plan: Plan, fate: Fate, outcome: Outcome, charger: Charger, now: Instant) -> None:
        # A charger that refuses it asks again by itself, as often as it is configured to.
        decided = fate in {Fate.ACCEPTED, Fate.SCHEDULED, Fate.REJECTED, Fate.NOT_SUPPORTED}
        if decided and self.why_not(errand, plan, charger, now) is None:
            charger.standing.certificate = None

    def complaint(self, errand: Errand) -> tuple[Severity, str]:
        return Severity.WARNING, "does not take the certificate that it asked for"


class Renewals:
    """Who is asked for a certificate request, and when it was."""

    def __init__(self) -> None:
        self._asked_at: dict[ChargerId, Instant] = {}

    def deadline(self, charger: Charger) -> Instant | None:
        expires_at = charger.standing.peer.certificate_expires_at
        if expires_at is None:
            return None
        asked_at = self._asked_at.get(charger.id)
        return max(expires_at - RENEW_BEFORE_S, 0.0 if asked_at is None else asked_at + ASK_EVERY_S)

    def question(self, charger: Charger, now: Instant) -> Command | None:
        due = self.deadline(charger)
        return TriggerMessage(Trigger.CERTIFICATE) if due is not None and now >= due else None

    def asked(self, number: int, charger: Charger, now: Instant) -> None:
        self._asked_at[charger.id] = now

    def answered(self, number: int, outcome: Outcome, charger: Charger, now: Instant) -> set[Facet]:
        return set()

    def conclude(self, charger: Charger, now: Instant) -> set[Facet]:
        return set()

    def forget(self, charger: ChargerId) -> None:
        self._asked_at.pop(charger, None)
