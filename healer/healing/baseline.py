"""The duty to have chargers configured as they are meant to be.

What a charger told differently from what is wanted is written, in mode `auto` only: one key at a time in 1.6, a few
variables at once in 2.x. Not while somebody charges there, a firmware job runs or a safety code stands; never again
what its model does not take, and not at all once it restarted after our writes, see `fleet.caution`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from healer.errors import LocalError
from healer.fleet.charger import Charger
from healer.fleet.configuration import MOST_VARIABLES
from healer.fleet.occupancy import judge
from healer.healing.duties import Errand, Plan
from healer.healing.guards import Ward
from healer.healing.records import Fate
from healer.model import Instant, Mode, OcppVersion, Severity
from healer.ocpp.messages import (
    Assignment,
    Configuration,
    Outcome,
    Result,
    Setting,
    SettingOutcome,
    Variable,
    WriteConfiguration,
)
from healer.rules.actions import Action

SET_CONFIG: Final = "set-config"


class WantedConfiguration:
    """The baseline, as far as chargers can be brought to it."""

    def __init__(self, ward: Ward) -> None:
        self._ward = ward

    def debts(self, charger: Charger, now: Instant) -> Mapping[Errand, Instant | None]:
        """One for each variable that drifts, so that one that is refused does not hold up the others."""
        drift = charger.outlook().drift
        if not drift or not self._is_allowed(charger, drift):
            return {}
        free_at = self._free_at(charger, now)
        return {_errand(charger, variable): _later(charger, variable, free_at, now) for variable in drift}

    def _is_allowed(self, charger: Charger, drift: tuple[Variable, ...]) -> bool:
        held = charger.configuration.caution.writes_held or charger.id in self._ward.quarantined
        unknown = charger.learned.lacks(_writing(charger, drift[:1]), charger.id)
        return self._ward.settings.mode is Mode.AUTO and not held and not unknown

    def _free_at(self, charger: Charger, now: Instant) -> Instant | None:
        """When nothing at the charger speaks against it any more, as far as time alone can tell."""
        forbidden = any(SET_CONFIG in rule.forbid for rule in self._ward.forbidding.get(charger.id, {}).values())
        if charger.latches or forbidden:
            return None
        judgement = judge(charger, charger.target, self._ward.settings.dead_session_after_s, now)
        if not judgement.harmless:
            return judgement.lifts_at
        busy = charger.firmware_job_at(now) is not None
        return charger.firmware_job_until if busy else now

    def plan(self, errand: Errand, charger: Charger, now: Instant) -> Plan:
        """In 2.x whatever else is due goes along."""
        drift, (variable,) = charger.outlook().drift, _named(errand, charger)
        batch = [variable]
        if charger.ocpp_version is not OcppVersion.V16:
            due = (one for one in drift if one != variable and _is_due(charger, one, now))
            batch += list(due)[: MOST_VARIABLES - 1]
        return Plan(_writing(charger, tuple(batch)), tuple(_fact(charger, one) for one in batch))

    def why_not(self, errand: Errand, plan: Plan, charger: Charger, now: Instant) -> str | None:
        debts = self.debts(charger, now)
        if errand not in debts:
            return "it is no longer owed"
        moment = debts[errand]
        return None if moment is not None and moment <= now else "something came up at the charger"

    def done(self, errand: Errand, plan: Plan, fate: Fate, outcome: Outcome, charger: Charger, now: Instant) -> None:
        assignments = _assignments(plan)
        charger.configuration.caution.wrote((str(one.variable) for one in assignments), now)
        for variable, result in _results(assignments, outcome):
            self._take(variable, result, charger, now)

    @staticmethod
    def _take(variable: Variable, told: SettingOutcome, charger: Charger, now: Instant) -> None:
        configuration, learning = charger.configuration, charger.learning
        match told.result:
            case Result.REJECTED if not told.setting.read_only:
                configuration.was_refused(variable)
            case Result.REJECTED | Result.NOT_SUPPORTED:  # it told the value, so it does have the variable
                learning.read_only_variable(charger.kind, charger.id, str(variable), now)
            case _:  # also when nobody knows: then it is read back
                configuration.took(variable, now, reboot=told.result is Result.REBOOT_REQUIRED)

    def complaint(self, errand: Errand) -> tuple[Severity, str]:
        return Severity.TICKET, f"does not take the wanted value of {Action.named(errand.action).argument}"


def _errand(charger: Charger, variable: Variable) -> Errand:
    return Errand(str(Action(SET_CONFIG, str(variable))), charger.target)


def _named(errand: Errand, charger: Charger) -> tuple[Variable]:
    for variable in charger.outlook().drift:
        if _errand(charger, variable) == errand:
            return (variable,)
    raise LocalError(f"{errand.action} is not owed")


def _later(charger: Charger, variable: Variable, free_at: Instant | None, now: Instant) -> Instant | None:
    write_at = charger.configuration.write_at(variable, now)
    return None if write_at is None or free_at is None else max(write_at, free_at)


def _is_due(charger: Charger, variable: Variable, now: Instant) -> bool:
    """Whether it may go along with another: one that was refused is written alone from then on."""
    write_at = charger.configuration.write_at(variable, now)
    return write_at is not None and write_at <= now and not charger.configuration.refuses(variable)


def _writing(charger: Charger, variables: tuple[Variable, ...]) -> WriteConfiguration:
    wanted = charger.outlook().wanted
    return WriteConfiguration(tuple(Assignment(variable, wanted[variable]) for variable in variables))


def _fact(charger: Charger, variable: Variable) -> str:
    told = charger.configuration.told.get(variable)
    was = "" if told is None or told.value is None else told.value
    return f"{variable}: {was[:100]} -> {charger.outlook().wanted[variable][:100]}"


def _assignments(plan: Plan) -> tuple[Assignment, ...]:
    if not isinstance(plan.command, WriteConfiguration):
        raise LocalError(f"no plan of this duty: {plan.command}")
    return plan.command.assignments


def _results(assignments: tuple[Assignment, ...], outcome: Outcome) -> list[tuple[Variable, SettingOutcome]]:
    """What became of each; of one that the answer leaves out nobody knows. None where the command is not known."""
    if not isinstance(outcome.body, Configuration):
        unknown = outcome.result is Result.NOT_SUPPORTED
        return [] if unknown else [(one.variable, _whole(one, outcome.result)) for one in assignments]
    by_name = {str(one.setting.variable).casefold(): one for one in outcome.body.outcomes}
    return [(one.variable, by_name.get(str(one.variable).casefold(), _whole(one, Result.ERROR))) for one in assignments]


def _whole(assignment: Assignment, result: Result) -> SettingOutcome:
    """The outcome of the command as that of one variable."""
    return SettingOutcome(Setting(assignment.variable), result)


def written(facts: tuple[str, ...]) -> list[str]:
    """Which variables the facts of an intent name."""
    return [fact.partition(": ")[0] for fact in facts]
