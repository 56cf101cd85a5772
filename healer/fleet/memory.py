"""What of a charger outlives the daemon: written into its record, and taken over from it after a restart."""

from __future__ import annotations

from healer.fleet.charger import Charger
from healer.fleet.latches import Latches
from healer.fleet.problems import Problems
from healer.fleet.record import ChargerRecord
from healer.fleet.streaks import Streak
from healer.fleet.windows import EventWindow


def record(charger: Charger) -> ChargerRecord:
    """The durable part of a charger as of now."""
    return ChargerRecord(
        charger=charger.id,
        site=charger.site,
        ocpp_version=charger.ocpp_version,
        vendor=charger.vendor,
        model=charger.model,
        serial=charger.serial,
        firmware=charger.firmware,
        last_seen_at=charger.last_seen_at,
        connected=charger.connected,
        events={name: list(window.times) for name, window in charger.events.items()},
        latches=charger.latches.in_order(),
        out_of_service=sorted(charger.out_of_service, key=lambda place: place.sort_key),
        put_back=sorted(charger.put_back, key=lambda place: place.sort_key),
        transactions=list(charger.transactions()),
        places=[(connector.evse, connector.connector) for connector in charger.connectors()],
        reconnects_without_boot=charger.reconnects_without_boot,
        problems=charger.problems.dangers(),
        firmware_job=charger.firmware_job,
        firmware_job_since=charger.firmware_job_since,
        history=charger.history,
        rivals=list(charger.contact.rivals.values()),
        boot_trigger_restarts=charger.contact.boot_trigger_restarts,
        credential=charger.standing.credential,
        configuration=charger.configuration.record(),
        sightings=charger.sightings.record(charger.watched_since),
        streaks={number: evse.streak for number, evse in charger.evses.items() if evse.streak != Streak()},
    )


def recall(charger: Charger, record: ChargerRecord) -> None:
    """Take over the durable part. Reports are not restored: they are unknown until the charger repeats them."""
    charger.ocpp_version = record.ocpp_version
    charger.vendor, charger.model = record.vendor, record.model
    charger.serial, charger.firmware = record.serial, record.firmware
    charger.profile = charger.profiles.find(charger.vendor, charger.model, charger.firmware)
    charger.last_seen_at = record.last_seen_at
    charger.settling = True
    # What happened while nobody watched is unknown, so the windows begin anew; what was counted stays counted.
    charger.events = {name: EventWindow(charger.watched_since, times) for name, times in record.events.items()}
    charger.latches = Latches({latch.target: latch for latch in record.latches})
    charger.out_of_service = set(record.out_of_service)
    charger.put_back = dict.fromkeys(record.put_back, charger.watched_since)
    for evse, connector in record.places:
        charger.connector(evse, connector)
    for transaction in record.transactions:
        if transaction.evse is None:
            charger.somewhere[transaction.id] = transaction
        else:
            charger.connector(transaction.evse, transaction.connector or 1)
            charger.evse(transaction.evse).transaction = transaction
    charger.history = record.history
    charger.reconnects_without_boot = record.reconnects_without_boot
    charger.problems = Problems(record.problems)
    charger.contact.rivals = {rival.suspicion: rival for rival in record.rivals}
    charger.contact.boot_trigger_restarts = record.boot_trigger_restarts
    charger.contact.review_serial(charger.placement, charger.serial)
    charger.standing.credential = record.credential
    charger.configuration.recall(record.configuration)
    charger.sightings.recall(record.sightings)
    if charger.sightings.used_at is not None:
        charger.sightings.neighbours.used(charger.site, charger.id, charger.sightings.used_at)
    for number, streak in record.streaks.items():
        if number in charger.evses:
            charger.evses[number].streak = streak
    charger.firmware_job, charger.firmware_job_since = record.firmware_job, record.firmware_job_since
