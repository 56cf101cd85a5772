"""What a restart says about what we did to the charger before it, and about how long its model takes to start."""

from __future__ import annotations

from healer.fleet.charger import Charger
from healer.fleet.facets import Facet
from healer.fleet.profiles import BootMeaning
from healer.model import Instant


def booted(
    charger: Charger, firmware_before: str | None, *, asked_for: bool, reason: str | None, counted: bool, now: Instant
) -> set[Facet]:
    """A BootNotification that was not triggered, with the charger's identity taken over from it.

    `asked_for`: we restarted it ourselves. `counted`: it is known for a restart that nobody asked for.
    """
    _learn_boot_time(charger, now)
    # In 1.6 it may be none, but the guard that protects a fleet from us does not wait for proof.
    may_be_restart = reason is not None or charger.profile.boot_means is not BootMeaning.RECONNECT
    charger.configuration.booted(restarted=asked_for or may_be_restart)
    if firmware_before not in {None, charger.firmware}:
        charger.configuration.caution.release()
    elif counted or (reason is None and may_be_restart and not asked_for):
        suspects = charger.configuration.caution.booted(now)
        charger.learning.dangerous_variables(charger.kind, charger.id, sorted(suspects), now)
    return {Facet.CONFIGURATION}


def _learn_boot_time(charger: Charger, now: Instant) -> None:
    sent_at, lost_at = charger.reset_sent_at, charger.link_lost_at
    charger.reset_sent_at = None
    if sent_at is None:
        return
    # A link that was found broken only when the next one came was down for longer than anybody knows.
    fell_at = lost_at if lost_at is not None and sent_at <= lost_at < (charger.connected_at or now) else sent_at
    charger.learning.booted(charger.kind, now - fell_at, now)


def trust_again(charger: Charger, now: Instant) -> None:
    """A person cleared the charger: its configuration may be read and written again."""
    charger.configuration.caution.release()
    charger.learning.absolve(charger.kind, charger.id, now)
