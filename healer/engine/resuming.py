"""Going on where a former run stopped: the store's snapshot becomes the state of a fresh engine."""

from __future__ import annotations

from healer.engine.admission import close_incidents
from healer.engine.roster import Roster
from healer.fleet import memory
from healer.healing import aftermath, baseline, keys, resumption
from healer.healing.casebook import Casebook
from healer.healing.errands import Errands
from healer.healing.records import Fate
from healer.model import ChargerId, Instant
from healer.rules.actions import Action
from healer.snapshot import Snapshot


def resume(snapshot: Snapshot, roster: Roster, casebook: Casebook, errands: Errands, now: Instant) -> list[ChargerId]:
    """Take over what the store remembers, before the first event; chargers whose new key was lost with the last run."""
    ward = casebook.ward
    for kind, block in snapshot.ids.items():
        casebook.ids.add(kind, block.first, block.count)
    for enrolment in snapshot.enrolments:
        roster.enrol(enrolment)
    for charger in roster.chargers.values():
        charger.settling = True
    roster.learning.recall(snapshot.learned)
    for record in snapshot.chargers:
        charger = roster.charger(record.charger)
        memory.recall(charger, record)
        roster.recount(charger)
    ward.fleet_size = roster.size
    ward.startup.expected = frozenset(
        record.charger for record in snapshot.chargers if record.connected and roster.is_member(record.charger)
    )
    _recall_commands(snapshot, roster, now)
    errands.recall(snapshot.alerts, now)
    watched_until = snapshot.watched_until if snapshot.watched_until is not None else now
    resumption.restore(
        casebook, snapshot.incidents, snapshot.intents, snapshot.alerts, watched_until=watched_until, now=now
    )
    for charger_id in roster.chargers:
        if not roster.is_member(charger_id):
            close_incidents(casebook, charger_id, now)
            casebook.outputs.extend(errands.forget(charger_id, now))
    return _withdraw_lost_keys(snapshot, roster)


def _recall_commands(snapshot: Snapshot, roster: Roster, now: Instant) -> None:
    """What the last commands may have changed in a charger; one without an outcome may have been carried out."""
    for intent, outcome in snapshot.intents:
        charger = roster.charger(intent.charger)
        fate = Fate.UNCERTAIN if outcome is None else outcome.fate
        if not fate.counts:
            continue
        if not intent.incident:
            # Errands restart nothing, and are owed until answered; their names are not all actions of rules.
            if intent.action.startswith(baseline.SET_CONFIG):
                charger.configuration.caution.wrote(baseline.written(intent.facts), intent.at)
            continue
        action = Action.named(intent.action)
        if intent.at > now - charger.profile.boot_time_s - action.verify_s:
            aftermath.delivered(action, charger, action.verify_s, intent.at)
        # Else the charger's record, which goes before the outcome, knows of it.
        if outcome is None:
            aftermath.answered(action, intent.target, charger, fate, now)


def _withdraw_lost_keys(snapshot: Snapshot, roster: Roster) -> list[ChargerId]:
    """A new key that no charger was sent is gone for good: only its verifier outlived the last run."""
    sent = {
        (intent.charger, intent.at)
        for intent, outcome in snapshot.intents
        if intent.action == keys.ROTATE and (outcome is None or outcome.fate.counts)
    }
    lost = []
    for charger in roster.chargers.values():
        credential = charger.standing.credential
        offered_at = credential.offered_at
        if not credential.pending or credential.accepted_at is not None or offered_at is None:
            continue
        if not any(charger_id == charger.id and at >= offered_at for charger_id, at in sent):
            charger.standing.withdraw()
            lost.append(charger.id)
    return lost
