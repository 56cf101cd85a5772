"""What a story tells, done to a simulated charger."""

from __future__ import annotations

from dataclasses import replace

from healer.behaviour import Fault, SimulatedCharger, Stage
from healer.fleet import codes
from healer.model import Instant, OcppVersion, Status
from healer.ocpp import messages
from healer.ocpp.messages import ChargingState
from healer.replay.story import (
    Act,
    Boots,
    ComesOnline,
    GoesDeaf,
    GoesOffline,
    IsCleared,
    Reacts,
    Reboots,
    Says,
    ShowsTime,
    StartsSession,
    StopsSession,
)


def perform(act: Act, charger: SimulatedCharger, now: Instant) -> str | None:
    """Do it; why it cannot be done, if it cannot."""
    match act:
        case Says():
            return _say(act, charger, now)
        case GoesOffline() | ComesOnline():
            return _link(act, charger, now)
        case Boots() | Reboots():
            return _boot(act, charger, now)
        case StartsSession() | StopsSession():
            return _session(act, charger, now)
        case Reacts(replies):
            for action, reaction in replies.items():
                charger.react(action, reaction)
        case GoesDeaf():
            charger.habits = replace(charger.habits, deaf_after_s=now - charger.linked_at)
        case ShowsTime(ahead_s):
            charger.clock_ahead_s = ahead_s
        case IsCleared():
            pass  # not the charger's business
    return None


def _link(act: GoesOffline | ComesOnline, charger: SimulatedCharger, now: Instant) -> str | None:
    match act:
        case GoesOffline(for_s):
            charger.go_offline(now, for_s=for_s)
        case ComesOnline():
            if charger.linked:
                return f"{charger.id} is online already"
            charger.go_offline(now, for_s=0.0)
    return None


def _session(act: StartsSession | StopsSession, charger: SimulatedCharger, now: Instant) -> str | None:
    match act:
        case StartsSession(connector, for_s):
            if not charger.start_session(connector, now, for_s=for_s):
                return f"connector {connector} of {charger.id} is {charger.status(connector)}: nobody can charge there"
        case StopsSession(connector):
            if charger.plugs[connector].session is None:
                return f"there is no session at connector {connector} of {charger.id}"
            charger.stop_session(connector, now)
    return None


def _boot(act: Boots | Reboots, charger: SimulatedCharger, now: Instant) -> str | None:
    if isinstance(act, Reboots):
        charger.restart(now, act.reason, heals=False)
        return None
    charger.firmware = act.firmware or charger.firmware
    if not charger.linked:
        return f"{charger.id} is offline: it cannot boot on a standing link"
    charger.identity = replace(charger.identity, serial=act.serial or charger.identity.serial)
    who, v16 = charger.identity, charger.version is OcppVersion.V16
    booted = messages.Booted(who.vendor, who.model, who.serial, charger.firmware, None if v16 else act.reason)
    charger.say(now, booted)
    charger.tell_all(now)
    return None


def _say(act: Says, charger: SimulatedCharger, now: Instant) -> str | None:
    """Bring about the status, so that the replies decide what heals it; what cannot be brought about is only said."""
    plug = charger.plugs[act.connector]
    if act.status is Status.FAULTED:
        code = act.error_code or "OtherError"
        charger.fault(act.connector, code, now, vendor_error_code=act.vendor_error_code)
        return None
    if act.error_code not in {None, codes.NO_ERROR} or act.vendor_error_code is not None:
        return _only_say(act, charger, now)
    match act.status:
        case Status.AVAILABLE:
            plug.fault, plug.hung, plug.operative, plug.leaving = None, False, True, False
            charger.stop_session(act.connector, now)
            charger.free(plug, now)
        case Status.FINISHING if act.connector:
            charger.hang_in_finishing(act.connector, now)
        case Status.CHARGING if act.connector:
            if plug.session is None and not charger.start_session(act.connector, now):
                return f"connector {act.connector} of {charger.id} is {plug.status}: nobody can charge there"
        case Status.PREPARING if act.connector:
            plug.stage = Stage.PLUGGED
        case Status.UNAVAILABLE:
            plug.operative = False
        case _:
            return _only_say(act, charger, now)
    charger.tell(plug, now)
    return None


def _only_say(act: Says, charger: SimulatedCharger, now: Instant) -> str | None:
    plug = charger.plugs[act.connector]
    if charger.version is OcppVersion.V16:
        report = messages.StatusReported(
            None,
            plug.connector,
            act.status,
            error_code=act.error_code or codes.NO_ERROR,
            vendor_error_code=act.vendor_error_code,
            charger_time=now,
            raw_status=act.status.value,
        )
        charger.say(now, report)
        plug.told_status = (act.status.value,)  # so that the next true status is told again
        return None
    return _only_say_201(act, charger, now)


def _only_say_201(act: Says, charger: SimulatedCharger, now: Instant) -> str | None:
    plug = charger.plugs[act.connector]
    if act.error_code not in {None, codes.NO_ERROR} or act.vendor_error_code is not None:
        plug.fault = None
        plug.told_problem = Fault(act.error_code or "OtherError", act.vendor_error_code)
        charger.say(now, plug.problem_report(plug.told_problem, now, cleared=False))
        return None
    if act.status in {Status.SUSPENDED_EV, Status.SUSPENDED_EVSE}:
        if plug.session is None:
            return f"in 2.0.1 a connector is {act.status} only in a session, and {charger.id} has none there"
        state = ChargingState(act.status.value)
        said = messages.TransactionUpdated(plug.evse, plug.connector, plug.session.id or "", state, (), now)
        charger.say(now, said, durable=True)
        return None
    word = act.status.value
    charger.say(now, messages.StatusReported(plug.evse, plug.connector, act.status, charger_time=now, raw_status=word))
    plug.told_status = (f"{word}, by script",)
    return None
