"""What a simulated charger's clock writes into its messages when it is not right."""

from __future__ import annotations

from dataclasses import replace

from healer.model import Instant, Seconds
from healer.ocpp import messages


def dated(report: messages.Report, ahead_s: Seconds) -> messages.Report:
    """The report with the times of a clock that is ahead (negative: behind)."""
    if ahead_s == 0:
        return report

    def shown(moment: Instant | None) -> Instant | None:
        return None if moment is None else moment + ahead_s

    match report:
        case messages.MeterReported():
            meters = tuple(replace(meter, charger_time=shown(meter.charger_time)) for meter in report.meters)
            return replace(report, meters=meters)
        case messages.ComponentsReported():
            events = tuple(replace(event, charger_time=shown(event.charger_time)) for event in report.events)
            return replace(report, events=events)
        case (
            messages.StatusReported()
            | messages.TransactionStarted()
            | messages.TransactionUpdated()
            | messages.TransactionEnded()
            | messages.SecurityReported()
        ):
            return replace(report, charger_time=shown(report.charger_time))
        case _:
            return report
