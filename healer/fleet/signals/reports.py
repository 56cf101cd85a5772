"""Its last words on firmware and security, which it says once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.noticing import ALARMING
from healer.fleet.record import Told
from healer.fleet.sightings import TOLD_S, Sightings
from healer.fleet.signal import EventSignal, Reading, Signal, Source, ValueType
from healer.model import UNKNOWN, Instant, Scope, Target

_Pick = Callable[[Sightings], Told | None]


def _firmware(sightings: Sightings) -> Told | None:
    return sightings.firmware


def _security(sightings: Sightings) -> Told | None:
    return sightings.security


def _last_word(pick: _Pick, nothing: str) -> Callable[[Charger, Target, Instant], Reading]:
    """The last word of a day; `nothing` where there was none, unknown until that was watched for a day."""

    def read(charger: Charger, target: Target, now: Instant) -> Reading:
        told = pick(charger.sightings)
        if told is not None and now < told.at + TOLD_S:
            return told.word
        return UNKNOWN if now < charger.watched_since + TOLD_S else nothing

    return read


def _forgotten_at(pick: _Pick) -> Callable[[Charger, Instant], Instant | None]:
    def changes_at(charger: Charger, now: Instant) -> Instant | None:
        told = pick(charger.sightings)
        moments = [charger.watched_since + TOLD_S, *([] if told is None else [told.at + TOLD_S])]
        return min((moment for moment in moments if moment > now), default=None)

    return changes_at


def _told_at(pick: _Pick) -> Callable[[Charger, Target], Instant | None]:
    def since(charger: Charger, target: Target) -> Instant | None:
        told = pick(charger.sightings)
        return None if told is None else told.at

    return since


SIGNALS: Final = (
    Signal(
        "firmware_status",
        ValueType.CHOICE,
        Scope.CHARGER,
        Source.DERIVED,
        frozenset({Facet.FIRMWARE_JOB, Facet.LINK}),
        "what it told last of a firmware update, for a day; Idle after that",
        "{firmware_status: [DownloadFailed, InstallationFailed]}",
        _last_word(_firmware, "Idle"),
        _told_at(_firmware),
        choices=(
            "Idle", "Downloading", "Downloaded", "DownloadFailed", "DownloadScheduled", "DownloadPaused", "Installing",
            "Installed", "InstallationFailed", "InstallRebooting", "InstallScheduled", "InstallVerificationFailed",
            "InvalidSignature", "SignatureVerified",
        ),
        open_choices=True,
        changes_at=_forgotten_at(_firmware),
    ),
    Signal(
        "last_security_event",
        ValueType.CHOICE,
        Scope.CHARGER,
        Source.DERIVED,
        frozenset({Facet.EVENTS, Facet.LINK}),
        "the kind of the last security event it told, for a day, an everyday one not before an alarming one; empty "
        "after that",
        "{last_security_event: TamperDetectionActivated}",
        _last_word(_security, ""),
        _told_at(_security),
        choices=(
            *sorted(ALARMING),
            "FirmwareUpdated", "InvalidMessages", "MaintenanceLoginAccepted", "MaintenanceLoginFailed",
            "MemoryExhaustion", "ReconfigurationOfSecurityParameters", "ResetOrReboot", "SettingSystemTime",
            "StartupOfTheDevice",
        ),
        open_choices=True,
        changes_at=_forgotten_at(_security),
    ),
)  # fmt: skip

EVENTS: Final = (
    EventSignal(
        "firmware_failure",
        "a firmware update failed: DownloadFailed, InstallationFailed, InstallVerificationFailed, InvalidSignature",
        "{event: firmware_failure, count: 1, within: 1d}",
    ),
    EventSignal(
        "security_event",
        "it told of tampering, a cleared security log, or a failure of firmware signatures, certificates, TLS or "
        "authentication; everyday kinds (a boot, a set clock) are not counted",
        "{event: security_event, count: 1, within: 1d}",
    ),
)
