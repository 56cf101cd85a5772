"""The duty to give a charger the new key that it was offered (OCPP 2.0.1 use case A01, whitepaper of 1.6).

The new key's verifier is durable, and opens the door beside the old one, before the charger hears of it. It stays so
until the charger has come back with the new key: real ones take a key and go on using the old.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from healer.fleet.charger import Charger
from healer.healing.duties import Errand, Plan
from healer.healing.records import Fate
from healer.model import Instant, OcppVersion, Severity
from healer.ocpp.messages import Assignment, Outcome, Variable, WriteConfiguration

ROTATE: Final = "rotate-key"

_KEY_16: Final = Variable("AuthorizationKey")
_KEY_2X: Final = Variable("BasicAuthPassword", "SecurityCtrlr")


class Keys:
    """New keys on their way to chargers."""

    def debts(self, charger: Charger, now: Instant) -> Mapping[Errand, Instant | None]:
        standing = charger.standing
        if standing.new_key is None:
            return {}
        return {Errand(ROTATE, charger.target): standing.credential.offered_at}

    def plan(self, errand: Errand, charger: Charger, now: Instant) -> Plan:
        variable = _KEY_16 if charger.ocpp_version is OcppVersion.V16 else _KEY_2X
        command = WriteConfiguration((Assignment(variable, charger.standing.new_key or ""),))
        return Plan(command, (f"a new {variable} was offered",))

    def why_not(self, errand: Errand, plan: Plan, charger: Charger, now: Instant) -> str | None:
        offered = charger.standing.new_key
        match plan.command:
            case WriteConfiguration((Assignment(_, value),)) if value == offered:
                return None
            case _:
                return "another key was offered meanwhile"

    def done(self, errand: Errand, plan: Plan, fate: Fate, outcome: Outcome, charger: Charger, now: Instant) -> None:
        if self.why_not(errand, plan, charger, now) is not None:
            return
        if fate in {Fate.ACCEPTED, Fate.SCHEDULED}:
            charger.standing.accepted(now)
        elif fate in {Fate.REJECTED, Fate.NOT_SUPPORTED}:
            charger.standing.refused_key()
        elif fate is Fate.UNCERTAIN:
            charger.standing.attempted()  # it may have taken it: the same key is sent again

    def complaint(self, errand: Errand) -> tuple[Severity, str]:
        return Severity.WARNING, "does not answer to its new key"
