"""OCPP 2.1: what it added to 2.0.1, see `v2x`. Use cases are those of OCPP 2.1 part 2.

We take no part in payment, in batteries that are swapped, in schedules or in what a grid wants of its chargers. Such
messages are acknowledged where nothing follows from that, and refused where the station would rely on us.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import field

from healer.model import Instant, OcppVersion
from healer.ocpp import instants, salvage, unchanged, v2x, v2x_commands
from healer.ocpp.codec import Codec, Reader
from healer.ocpp.frames import Payload
from healer.ocpp.messages import Acknowledged, CertificateStatusAsked, Reply, Report, VatNumberAsked
from healer.ocpp.salvage import Place, Text, Wire, place, word
from healer.ocpp.shared_commands import Hash, certificate, certificate_id

_MOST_CERTIFICATES: Final = 4
"""What the standard lets a station ask for at once, and us answer."""


class _VatNumberValidation(Wire):
    vat_number: Text | None = None
    evse_id: Place | None = None


class _CertificateStatusRequest(Wire):
    certificate_hash_data: Hash = field(default_factory=Hash)
    source: Text | None = None


class _GetCertificateChainStatus(Wire):
    certificate_status_requests: tuple[_CertificateStatusRequest, ...] = ()


def _vat_number(payload: Payload) -> Report:
    said = salvage.read(payload, _VatNumberValidation)
    return VatNumberAsked(word(said.vat_number) or "", place(said.evse_id))


def _chain_status(payload: Payload) -> Report:
    said = salvage.read(payload, _GetCertificateChainStatus).certificate_status_requests
    named = ((certificate(one.certificate_hash_data), word(one.source)) for one in said)
    asked = tuple((one, source) for one, source in named if one is not None and source is not None)
    return CertificateStatusAsked(asked[:_MOST_CERTIFICATES])


_READERS: Final[Mapping[str, Reader]] = {
    **v2x.READERS,
    "BatterySwap": unchanged.nothing,
    "ClosePeriodicEventStream": unchanged.nothing,
    "GetCertificateChainStatus": _chain_status,
    "NotifyDERAlarm": unchanged.nothing,
    "NotifyDERStartStop": unchanged.nothing,
    "NotifyPeriodicEventStream": unchanged.nothing,
    "NotifyPriorityCharging": unchanged.nothing,
    "NotifySettlement": unchanged.nothing,
    "NotifyWebPaymentStarted": unchanged.nothing,  # for us to send, by the standard; some stations send it all the same
    "OpenPeriodicEventStream": unchanged.nothing,
    "PullDynamicScheduleUpdate": unchanged.nothing,
    "ReportDERControl": unchanged.nothing,
    "VatNumberValidation": _vat_number,
}

_ACKNOWLEDGEMENTS: Final[Mapping[str, Payload]] = {
    # We make no schedules; Rejected would now mean that this kind of energy transfer is refused, and end the session.
    "NotifyEVChargingNeeds": {"status": "NoChargingProfile"},
    "OpenPeriodicEventStream": {"status": "Rejected"},  # the station then tells by NotifyEvent
    "PullDynamicScheduleUpdate": {"status": "Rejected"},  # we make no schedules
    "VatNumberValidation": {"status": "Rejected"},
}


def _answer(action: str, reply: Reply, now: Instant) -> Payload:
    if isinstance(reply, Acknowledged) and action in _ACKNOWLEDGEMENTS:
        return dict(_ACKNOWLEDGEMENTS[action])
    return v2x.answer(action, reply, now)


def _echo(report: Report, now: Instant) -> Payload | None:
    match report:
        case VatNumberAsked(number="") | CertificateStatusAsked(certificates=()):
            return None
        case VatNumberAsked(number=number, evse=None):
            return {"vatNumber": number}
        case VatNumberAsked(number=number, evse=evse):
            return {"vatNumber": number, "evseId": evse}
        case CertificateStatusAsked(certificates=asked):
            # Failed: we could not find out, so the station decides by itself.
            return {
                "certificateStatus": [
                    {
                        "certificateHashData": certificate_id(named),
                        "source": source,
                        "status": "Failed",
                        "nextUpdate": instants.written(now),
                    }
                    for named, source in asked
                ]
            }
    return {}


CODEC: Final = Codec(
    OcppVersion.V21,
    readers=_READERS,
    answering=_answer,
    commanding=v2x_commands.request,
    concluding=v2x_commands.outcome,
    spoken=v2x_commands.SPOKEN,
    echoing=_echo,
)
