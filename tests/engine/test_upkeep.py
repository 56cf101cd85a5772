"""What chargers are owed and asked outside of incidents."""

from __future__ import annotations

from healer.engine import EngineSettings, upkeep
from healer.fleet.charger import Charger
from healer.fleet.hearing import AnswerPolicy
from healer.fleet.inventory import Placement
from healer.fleet.peer import Peer
from healer.healing.guards import Ward
from healer.healing.ids import Ids
from healer.healing.outputs import Ask
from healer.healing.settings import HealingSettings
from healer.healing.startup import Startup
from healer.model import ChargerId, ConnectionId, OcppVersion
from healer.ocpp.messages import Trigger, TriggerMessage
from tests.bench import EVERYBODY

A = ChargerId("A")


def _question(*, signs: bool) -> Ask | None:
    """What a charger is asked of which everything is known, and whose certificate has come to its end."""
    settings = EngineSettings(AnswerPolicy(EVERYBODY, 300, signs_certificates=signs))
    ward = Ward(HealingSettings(), Startup(HealingSettings().startup, 0.0))
    charger = Charger(A, Placement(A, "Depot"), watched_since=0.0)
    charger.connect(ConnectionId("A#1"), OcppVersion.V16, 0.0)
    charger.vendor, charger.model, charger.booted_at, charger.boot_accepted = "Acme", "DC50", 1.0, True
    charger.connector(1, 1).epoch = charger.epoch
    charger.standing.peer = Peer(certificate_expires_at=50.0)
    return upkeep.errands(settings, Ids(), ward).asking.next(charger, lambda: 7, 100.0)


def test_only_who_can_sign_asks_for_requests_of_certificates() -> None:
    assert _question(signs=False) is None
    assert _question(signs=True) == Ask(A, "healer-7", TriggerMessage(Trigger.CERTIFICATE))
