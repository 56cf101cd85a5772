"""What the times in a charger's messages tell: whether it speaks of now, and whether its clock is right.

A charger's own times never decide what is true. That a message is dated long before the connection on which it comes
only takes away its word for *now*: after a reconnect many chargers repeat what they could not tell before.
"""

from __future__ import annotations

from dataclasses import replace

from healer.fleet.charger import Charger
from healer.fleet.contact import DRAINED_AFTER_S, LIVE_AFTER_S
from healer.fleet.facets import Facet
from healer.model import Instant
from healer.ocpp import messages


def is_past(charger: Charger, said: Instant | None, now: Instant) -> bool:
    """Whether something dated so tells of the time before the charger came back or restarted.

    The 1.6 errata say that a status is dated by its report, and some chargers date it by the event all the same: so a
    true status may look like one of the past, and has to be confirmed rather than thrown away. However long ago the
    charger came back: what it had kept may take long to tell.
    """
    since = charger.epoch_since
    return since is not None and charger.contact.clock.is_before(said, since, now)


def believe_untold(charger: Charger, now: Instant) -> set[Facet]:
    """Believe what was told with an old date of places that the charger cannot be asked about; what that changed."""
    plugs = (charger.itself, *charger.connectors())
    untold = [plug for plug in plugs if not charger.contact.tells_status(charger.place(plug))]
    return charger.believe(*untold, now=now)


def without_past_readings(charger: Charger, report: messages.Report, now: Instant) -> messages.Report:
    """The report without meter readings of the past: that energy flowed then does not show that it flows.

    Only where the clock is known, and soon after the charger came back: else a reading may be of now, and then it
    protects whoever charges.
    """
    if not isinstance(report, messages.MeterReported) or charger.contact.clock.skew_s is None:
        return report
    if charger.epoch_since is None or now > charger.epoch_since + DRAINED_AFTER_S:
        return report
    present = tuple(meter for meter in report.meters if not is_past(charger, meter.charger_time, now))
    return report if len(present) == len(report.meters) else replace(report, meters=present)


def note_clock(charger: Charger, report: messages.Report, now: Instant) -> frozenset[Facet]:
    """Learn from a message how the charger's clock goes, unless it may tell of the past; what that changed."""
    said, since = _dated(report), charger.connected_at
    if said is None or since is None or now < since + LIVE_AFTER_S:
        return frozenset()
    if is_past(charger, said, now) and now <= since + DRAINED_AFTER_S:
        return frozenset()
    return frozenset({Facet.CLOCK}) if charger.contact.clock.note(said, now) else frozenset()


def _dated(report: messages.Report) -> Instant | None:
    match report:
        case messages.StatusReported(charger_time=said):
            return said
        case (
            messages.TransactionStarted(charger_time=said, offline=False)
            | messages.TransactionUpdated(charger_time=said, offline=False)
            | messages.TransactionEnded(charger_time=said, offline=False)
        ):
            return said
        case messages.MeterReported(meters=[*_, last]):
            return last.charger_time
        case messages.ComponentsReported(events=[*_, newest]):
            return newest.charger_time
        case _:
            return None
