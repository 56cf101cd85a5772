"""The story of the demo: who falls ill with what and when, and how each tale must end.

Whether a tale came out as told is judged from two sides: the daemon's own incidents and alerts, and the commands that
the simulated chargers say they were given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from healer.behaviour import Habits, Identity, Reaction, SimulatedCharger
from healer.engine import Engine
from healer.healing.incident import Incident, State
from healer.healing.records import Alert, AlertKind
from healer.model import ChargerId, Instant, OcppVersion, Seconds, Severity, Status
from healer.ocpp import messages
from healer.sim.fleet import Fleet
from healer.sim.script import Scene

HABITS = Habits(
    drop_after_s=0.5,
    boot_time_s=2.0,
    status_after_boot_s=0.3,
    redial_s=1.0,
    retry_s=3.0,
    start_after_s=1.0,
    meter_every_s=3.0,
    unplug_after_s=3.0,
    upload_s=2.0,
)

MALL = ("Mall-1", "Mall-2", "Mall-3", "Mall-4")

V16, V201 = OcppVersion.V16, OcppVersion.V201


def _charger(charger: str, vendor: str, model: str, version: OcppVersion, **replies: Reaction) -> SimulatedCharger:
    identity = Identity(ChargerId(charger), version, vendor, model, f"SN-{charger}", "1.10", connectors=2)
    return SimulatedCharger(identity, HABITS, {action.replace("_", " "): word for action, word in replies.items()})


def fleet() -> list[SimulatedCharger]:
    """Twelve chargers on three sites; eight speak 1.6J, four 2.0.1."""
    finisher = _charger("Harbour-3", "Finisher", "F22", V16)
    finisher.react("cycle-availability", Reaction.NO_EFFECT)
    return [
        _charger("Harbour-1", "Nordlade", "N50", V16),
        _charger("Harbour-2", "Nordlade", "N150", V201, reset_soft=Reaction.NO_EFFECT),
        finisher,
        _charger("Harbour-4", "Nordlade", "N50", V16),
        _charger("Depot-1", "Voltwerk", "V22", V16),
        _charger("Depot-2", "Voltwerk", "V150", V201),
        _charger("Depot-3", "Voltwerk", "V22", V16),
        _charger("Depot-4", "Voltwerk", "V22", V16),
        _charger("Mall-1", "Plaza", "P75", V16),
        _charger("Mall-2", "Plaza", "P75", V16),
        _charger("Mall-3", "Plaza", "P75", V201),
        _charger("Mall-4", "Plaza", "P75", V201),
    ]


# --- what happens -------------------------------------------------------------------------------------------------


def _fault(code: str) -> Callable[[SimulatedCharger, Instant], object]:
    return lambda charger, now: charger.fault(1, code, now)


def scenes() -> list[Scene]:
    """The script, in seconds after all chargers have connected."""
    sessions = [
        Scene(at, charger, lambda charger, now: charger.start_session(2, now, for_s=14))
        for at, charger in ((1, "Harbour-4"), (3, "Depot-4"), (22, "Harbour-4"), (26, "Depot-4"), (44, "Harbour-4"))
    ]
    return [
        *sessions,
        Scene(1, "Harbour-1", _fault("InternalError")),
        Scene(3, "Depot-1", lambda charger, now: charger.go_offline(now, for_s=9)),
        Scene(5, "Harbour-3", lambda charger, now: charger.hang_in_finishing(1, now)),
        *(Scene(12, charger, _fault("InternalError")) for charger in MALL),
        Scene(14, "Depot-3", _fault("GroundFailure")),
        Scene(20, "Depot-2", lambda charger, now: charger.boot_loop(4, 3, now)),
        Scene(40, "Harbour-2", _fault("InternalError")),
        Scene(42, "Depot-2", _fault("InternalError")),
        *(Scene(46, charger, lambda charger, now: charger.clear_fault(1, now)) for charger in MALL),
        Scene(60, "Depot-2", lambda charger, now: charger.clear_fault(1, now)),
    ]


# --- how it must end ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ending:
    """What there is to judge by."""

    engine: Engine
    fleet: Fleet
    alerts: tuple[Alert, ...]
    """All that were raised or resolved, in order."""

    def incidents(self, rule: str, charger: str) -> list[Incident]:
        found = self.engine.casebook.incidents(ChargerId(charger))
        return [incident for incident in found if incident.rule == rule]

    def given(self, charger: str) -> list[str]:
        """The commands the charger was given: `Reset soft`, `UnlockConnector`, ..."""
        return [named(command) for _, command in self.fleet.charger(charger).commands]

    def resets(self, chargers: Iterable[str]) -> int:
        return sum(name.startswith("Reset") for charger in chargers for name in self.given(charger))

    def raised(self, rule: str, kind: AlertKind, charger: str | None = None) -> list[Alert]:
        return [
            alert
            for alert in self.alerts
            if alert.active
            and alert.rule == rule
            and alert.kind is kind
            and (charger is None or (alert.target is not None and alert.target.charger == charger))
        ]


def named(command: messages.Command) -> str:
    """A command as tales count it: `Reset soft`, `Inoperative`, `UnlockConnector`."""
    match command:
        case messages.Reset(hard=hard):
            return "Reset hard" if hard else "Reset soft"
        case messages.ChangeAvailability(operative=operative):
            return "Operative" if operative else "Inoperative"
        case _:
            return type(command).__name__


@dataclass(frozen=True, slots=True)
class Tale:
    """One scripted fault, how it must end, and how to tell."""

    title: str
    came_true: Callable[[Ending], bool]


def _healed_by(rule: str, charger: str, action: str, *commands: str) -> Callable[[Ending], bool]:
    """One incident, resolved by `action`; the charger was given just these disruptive commands, in this order."""

    def came_true(ending: Ending) -> bool:
        found = ending.incidents(rule, charger)
        resolved = [one for one in found if one.state is State.RESOLVED and one.healed_by == action]
        asked = [name for name in ending.given(charger) if name != "TriggerMessage"]
        return len(found) == 1 and len(resolved) == 1 and asked == list(commands)

    return came_true


def _came_back(ending: Ending) -> bool:
    found = ending.incidents("charger-offline", "Depot-1")
    alerted = len(ending.raised("charger-offline", AlertKind.FIRING, "Depot-1")) == 1
    return alerted and [one.state for one in found] == [State.RESOLVED] and ending.resets(["Depot-1"]) == 0


def _loop_was_held(ending: Ending) -> bool:
    given = ending.given("Depot-2")
    loop = ending.incidents("boot-loop", "Depot-2")
    if not loop:
        return False
    other = ending.incidents("internal-error", "Depot-2")
    collected = given.count("CollectDiagnostics") == 1 and [one.result for one in loop[0].taken] == ["done"]
    alerted = len(ending.raised("boot-loop", AlertKind.FIRING, "Depot-2")) == 1
    return bool(other) and collected and alerted and ending.resets(["Depot-2"]) == 0


def _was_contained(ending: Ending) -> bool:
    pages = ending.raised("ground-failure", AlertKind.FIRING, "Depot-3")
    open_one = [one for one in ending.incidents("ground-failure", "Depot-3") if one.state.open]
    out = ending.fleet.charger("Depot-3").status(1) in {Status.UNAVAILABLE, Status.FAULTED}
    taken_out = ending.given("Depot-3").count("Inoperative") == 1 and "Operative" not in ending.given("Depot-3")
    paged = [alert.severity for alert in pages] == [Severity.PAGE]
    return paged and len(open_one) == 1 and out and taken_out and ending.resets(["Depot-3"]) == 0


def _storm_was_sat_out(ending: Ending) -> bool:
    storms = ending.raised("internal-error", AlertKind.STORM)
    alone = not any(ending.raised("internal-error", AlertKind.NOT_HEALED, charger) for charger in MALL)
    over = all(
        [one.state for one in ending.incidents("internal-error", charger)] == [State.RESOLVED] for charger in MALL
    )
    return [alert.site for alert in storms] == ["Mall"] and alone and over and ending.resets(MALL) == 0


TALES: tuple[Tale, ...] = (
    Tale(
        "Harbour-1 hangs in InternalError; a soft reset heals it",
        _healed_by("internal-error", "Harbour-1", "reset soft", "Reset soft"),
    ),
    Tale(
        "Harbour-2 needs the hard reset after the soft one did nothing",
        _healed_by("internal-error", "Harbour-2", "reset hard", "Reset soft", "Reset hard"),
    ),
    Tale(
        "Harbour-3 hangs in Finishing; it is cycled, then unlocked",
        _healed_by("hangs-in-finishing", "Harbour-3", "unlock", "Inoperative", "Operative", "UnlockConnector"),
    ),
    Tale("Depot-1 goes offline and comes back by itself", _came_back),
    Tale("Depot-2 boot-loops; its log is collected, resets are forbidden", _loop_was_held),
    Tale("Depot-3 has a ground failure; it is taken out of service, never reset, and pages", _was_contained),
    Tale("All of Mall fails at once; nobody is reset, one alert is raised", _storm_was_sat_out),
)

LENGTH_S: Seconds = 75.0
"""By then every tale has ended."""
