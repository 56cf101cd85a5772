"""The ladder: what a step sends, what proves that it was carried out, and which step comes next.

Commands and evidence are read from the charger's state alone, so they mean the same before and after a restart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from healer.fleet.baseline import variable_named
from healer.fleet.charger import Charger
from healer.healing.incident import Incident
from healer.model import Instant, OcppVersion, Scope, Status, Target
from healer.ocpp import messages
from healer.rules.actions import Action, Evidence
from healer.rules.rule import Rule, Step


@dataclass(frozen=True, slots=True)
class Impossible:
    """The charger has no such command, or we lack what it needs: the step is declined before anything is sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class DropLink:
    """Not a command of OCPP: close the websocket, so that the charger dials again."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """The step sends nothing: `wait`, `notify`."""


Order = messages.Command | DropLink | Nothing | Impossible


def step_of(rule: Rule, incident: Incident) -> Step | None:
    """The step that is due or under way; None when the ladder is used up or the rule has none."""
    return rule.heal[incident.step] if incident.step < len(rule.heal) else None


def place_of(action: Action, target: Target) -> Target:
    """Where an action takes place for an incident at `target`: never narrower than the target itself."""
    wish = {"charger": Scope.CHARGER, "evse": Scope.EVSE, "connector": Scope.CONNECTOR}
    scope = wish.get(action.argument or "", action.trait.scope) if action.trait.containment else action.trait.scope
    return target.widened(min(scope, target.scope))


def order(action: Action, charger: Charger, place: Target, request_id: int, diagnostics_url: str | None) -> Order:
    """What the step sends."""
    if action.name in charger.profile.unsupported or str(action) in charger.profile.unsupported:
        return Impossible(f"this model does not know {action}")
    wanted = _order(action, charger, place, request_id, diagnostics_url)
    # What is dangerous is taken out of service whatever was said before.
    unknown = isinstance(wanted, messages.Command) and charger.learned.lacks(wanted, charger.id)
    if unknown and not action.trait.containment:
        return Impossible(f"the charger answered that it does not know {action}")
    return wanted


def _order(  # noqa: C901 - one case an action
    action: Action, charger: Charger, place: Target, request_id: int, diagnostics_url: str | None
) -> Order:
    evse, connector = address(charger, place)
    match action.name:
        case "probe":
            return messages.TriggerMessage(messages.Trigger.STATUS, evse, connector)
        case "reconnect":
            return DropLink()
        case "reset":
            return messages.Reset(hard=action.argument == "hard")
        case "unlock":
            if connector is None:
                return Impossible("the fault is the charger's own: there is no single connector to unlock")
            return messages.UnlockConnector(evse, connector)
        case "cycle-availability" | "take-out-of-service":
            return messages.ChangeAvailability(operative=False, evse=evse, connector=connector)
        case "put-in-service":
            return messages.ChangeAvailability(operative=True, evse=evse, connector=connector)
        case "collect-diagnostics":
            if diagnostics_url is None:
                return Impossible("no diagnostics_url is set, so the charger cannot upload anything")
            return messages.CollectDiagnostics(diagnostics_url, request_id)
        case "wait" | "notify":
            return Nothing()
        case _:
            return _quiet_order(action, charger, place)


LIMIT_ID: Final = 8_620_001
"""The charging profile that `limit-power` sets and `clear-power-limit` lifts: nobody else's, as far as can be."""

_LONG_AGO: Final[Instant] = 1_577_836_800.0
"""2020-01-01: a schedule that began then and has one period holds for ever."""


def _quiet_order(action: Action, charger: Charger, place: Target) -> Order:
    """What interrupts nobody: a dead transaction's end, limits, configuration, a vendor's own words."""
    details = dict(action.details)
    match action.name:
        case "stop-transaction":
            return _stop(charger, place)
        case "clear-cache":
            return messages.ClearCache()
        case "set-config":
            return _write(charger, details)
        case "limit-power":
            return messages.SetChargingProfile(_limit(details))
        case "clear-power-limit":
            return messages.ClearChargingProfile(profile=LIMIT_ID)
        case "send":
            return messages.TransferData(details["vendor"], details.get("message"), details.get("data"))
        case _:
            return Impossible(f"not supported: this version cannot carry out {action}")


def _stop(charger: Charger, place: Target) -> Order:
    here = [evse.transaction for evse in charger.evses_within(place) if place.evse in {None, evse.number}]
    open_there = [transaction for transaction in here if transaction is not None]
    if not open_there:
        return Impossible(f"no transaction is known to be open at {place}")
    if len(open_there) > 1:
        return Impossible("several transactions are open: the rule must speak of an evse or a connector")
    if charger.ocpp_version is OcppVersion.V16 and not open_there[0].id.isdecimal():
        return Impossible(f"the transaction {open_there[0].id} has no number, and 1.6 knows no other name")
    return messages.StopTransaction(open_there[0].id)


def _write(charger: Charger, details: dict[str, str]) -> Order:
    ((name, value),) = details.items()
    variable = variable_named(name, charger.ocpp_version)
    if variable is None:
        return Impossible(f"{name} names no variable of OCPP {charger.ocpp_version}")
    if charger.learned.forbids_writing(str(variable), charger.id):
        return Impossible(f"{name} is unknown to the charger, read-only, or made it restart again and again")
    return messages.WriteConfiguration((messages.Assignment(variable, value),))


def _limit(details: dict[str, str]) -> messages.ChargingProfile:
    ((unit, limit),) = details.items()
    return messages.ChargingProfile(
        LIMIT_ID,
        messages.ProfilePurpose.CHARGER_MAX,
        messages.RateUnit.AMPERE if unit == "amps" else messages.RateUnit.WATT,
        (messages.ChargingPeriod(0, float(limit)),),
        starts_at=_LONG_AGO,
    )


def address(charger: Charger, place: Target) -> tuple[int | None, int | None]:
    """(evse, connector) as commands name a place. 1.6 knows connectors only: an evse is its first connector."""
    if charger.ocpp_version is not OcppVersion.V16:
        return place.evse, place.connector
    if place.evse is None or place.connector is not None:
        return None, place.connector
    evse = charger.evses.get(place.evse)
    return None, min(evse.connectors, default=place.evse) if evse is not None else place.evse


# --- evidence -----------------------------------------------------------------------------------------------------


def _all_fresh(charger: Charger, since: Instant) -> bool:
    """Every known place has reported since."""
    connectors = list(charger.connectors())
    return bool(connectors) and all(
        charger.is_fresh(connector) and (connector.reported_at or 0.0) >= since for connector in connectors
    )


def _statuses(charger: Charger, place: Target) -> list[Status | None]:
    found = [
        connector
        for connector in (charger.itself, *charger.connectors())
        if place.covers(charger.place(connector)) and connector.reported_at is not None
    ]
    plugs = [connector for connector in found if connector is not charger.itself] or found
    return [connector.status if charger.is_fresh(connector) else None for connector in plugs]


def _rebooted(charger: Charger, place: Target, sent_at: Instant) -> bool:
    came_back = charger.epoch_since is not None and charger.epoch_since > sent_at
    return charger.heard and came_back and _all_fresh(charger, charger.epoch_since or sent_at)


def _reconnected(charger: Charger, place: Target, sent_at: Instant) -> bool:
    return charger.heard and charger.connected_at is not None and charger.connected_at > sent_at


def _fresh_report(charger: Charger, place: Target, sent_at: Instant) -> bool:
    return any(
        place.covers(charger.place(connector))
        and charger.is_fresh(connector)
        and (connector.reported_at or 0) > sent_at
        for connector in (charger.itself, *charger.connectors())
    )


def _cycled(charger: Charger, place: Target, sent_at: Instant) -> bool:
    if any(place.covers(owed) or owed.covers(place) for owed in charger.put_back):
        return False
    seen = any(
        (connector.unavailable_at or 0.0) > sent_at
        for connector in charger.connectors()
        if place.covers(charger.place(connector))
    )
    return seen and all(status not in {None, Status.UNAVAILABLE} for status in _statuses(charger, place))


def _out_of_service(charger: Charger, place: Target, sent_at: Instant) -> bool:
    # A connector that stays Faulted cannot show Unavailable; it serves nobody either.
    statuses = _statuses(charger, place)
    return bool(statuses) and all(status in {Status.UNAVAILABLE, Status.FAULTED} for status in statuses)


def _in_service(charger: Charger, place: Target, sent_at: Instant) -> bool:
    statuses = _statuses(charger, place)
    return bool(statuses) and all(status not in {None, Status.UNAVAILABLE} for status in statuses)


def _uploaded(charger: Charger, place: Target, sent_at: Instant) -> bool:
    return (charger.upload_at or 0.0) > sent_at and charger.upload not in {None, "Uploading", "Idle"}


def _transaction_ended(charger: Charger, place: Target, sent_at: Instant) -> bool:
    """No transaction is open there that was so when the step was taken."""
    here = (evse.transaction for evse in charger.evses_within(place) if place.evse in {None, evse.number})
    return charger.heard and all(one is None or one.started_at > sent_at for one in here)


def _nothing_needed(charger: Charger, place: Target, sent_at: Instant) -> bool:
    return True


_SEEN: dict[Evidence, Callable[[Charger, Target, Instant], bool]] = {
    Evidence.NONE: _nothing_needed,
    Evidence.FRESH_REPORT: _fresh_report,
    Evidence.RECONNECTED: _reconnected,
    Evidence.REBOOTED: _rebooted,
    Evidence.CYCLED: _cycled,
    Evidence.OUT_OF_SERVICE: _out_of_service,
    Evidence.IN_SERVICE: _in_service,
    Evidence.UPLOAD: _uploaded,
    Evidence.TRANSACTION_ENDED: _transaction_ended,
}


def evidence_seen(action: Action, incident: Incident, charger: Charger, now: Instant) -> bool:
    """Whether the step that is being verified was carried out, as far as the charger shows."""
    kind = action.trait.evidence
    if incident.sent_at is None:
        return False
    if kind in {Evidence.ANSWER, Evidence.UNLOCKED}:
        return incident.accepted
    if kind is Evidence.ELAPSED:
        return now >= incident.sent_at + (action.seconds or 0.0)
    seen = _SEEN.get(kind)
    return seen is not None and seen(charger, place_of(action, incident.target), incident.sent_at)
