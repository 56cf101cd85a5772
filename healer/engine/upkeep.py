"""What chargers are owed and asked outside of incidents: all duties and askers, in the order of their right of way."""

from __future__ import annotations

from healer.engine.settings import EngineSettings
from healer.healing.asking import Asker, Asking
from healer.healing.availability import Availability
from healer.healing.baseline import WantedConfiguration
from healer.healing.boot_trigger import BootTrigger
from healer.healing.certificates import Certificates, Renewals
from healer.healing.duties import Duty
from healer.healing.echo import Echo
from healer.healing.errands import Errands
from healer.healing.guards import Ward
from healer.healing.ids import Ids
from healer.healing.inquiries import Inquiries
from healer.healing.keys import Keys
from healer.healing.surveys import Surveys


def errands(settings: EngineSettings, ids: Ids, ward: Ward) -> Errands:
    """The errands of one engine."""
    availability = Availability(settings.healing.give_up_after_s)
    duties: list[Duty] = [availability, Keys(), Certificates(), WantedConfiguration(ward)]
    inquiries = Inquiries()
    askers: list[Asker] = [inquiries, BootTrigger(inquiries), Echo(), Surveys()]
    if settings.answers.signs_certificates:
        askers.append(Renewals())
    return Errands(ids, ward, duties, Asking(askers))
