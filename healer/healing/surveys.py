"""Asking chargers for the values of what is wanted of their configuration: after a boot, after a write, once a day.

Only the wanted variables are asked for, a few at a time: there are models that crash when they are asked for all. One
that restarts after our questions is asked no more, see `fleet.caution`.
"""

from __future__ import annotations

import math

from healer.errors import LocalError
from healer.fleet.charger import Charger, Facet
from healer.model import ChargerId, Instant
from healer.ocpp.messages import Command, Configuration, Outcome, ReadConfiguration, Result, SettingOutcome, Variable


class Surveys:
    """Which variables were asked for."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[Variable, ...]] = {}
        """Questions without an answer, by the number of their message."""

    def deadline(self, charger: Charger) -> Instant | None:
        """When a variable is to be asked for next."""
        outlook = charger.outlook()
        if outlook.ask_at == math.inf or _is_out_of_question(charger, outlook.readable):
            return None
        return max(outlook.ask_at, _settled_at(charger))

    def question(self, charger: Charger, now: Instant) -> Command | None:
        """Ask for those that are due."""
        variables = self._due(charger, now)
        return ReadConfiguration(variables) if variables else None

    def _due(self, charger: Charger, now: Instant) -> tuple[Variable, ...]:
        configuration, outlook = charger.configuration, charger.outlook()
        if now < max(outlook.ask_at, _settled_at(charger)) or _is_out_of_question(charger, outlook.readable):
            return ()
        due = [variable for variable in outlook.readable if configuration.ask_at(variable, charger.id) <= now]
        return tuple(due[: configuration.most_at_once(charger.ocpp_version)])

    def asked(self, number: int, charger: Charger, now: Instant) -> None:
        """The question of now goes out under this number."""
        variables = self._due(charger, now)
        if not variables:
            raise LocalError("a question went out that nobody asked")
        self._open[number] = variables
        charger.configuration.caution.asked(now)

    def answered(self, number: int, outcome: Outcome, charger: Charger, now: Instant) -> set[Facet]:
        """What it told is believed, what it does not have is remembered of its model."""
        variables, configuration = self._open.pop(number), charger.configuration
        body = outcome.body
        if not isinstance(body, Configuration):
            configuration.asked_in_vain(now, too_much=outcome.result is Result.ERROR)
            return set()
        configuration.was_answered()
        configuration.was_told((one.setting for one in body.outcomes if one.result is Result.ACCEPTED), now)
        named = {str(variable).casefold(): variable for variable in variables}
        spoken_of = {_name(one) for one in body.outcomes}
        configuration.kept_silent([one for name, one in named.items() if name not in spoken_of], len(variables), now)
        self._learn(charger, [(named[_name(one)], one) for one in body.outcomes if _name(one) in named], now)
        return {Facet.CONFIGURATION}

    @staticmethod
    def _learn(charger: Charger, outcomes: list[tuple[Variable, SettingOutcome]], now: Instant) -> None:
        refused = [variable for variable, one in outcomes if one.result is not Result.ACCEPTED]
        charger.configuration.is_not_told(refused, now)
        for variable, one in outcomes:
            if one.result is Result.NOT_SUPPORTED:
                charger.learning.unknown_variable(charger.kind, charger.id, str(variable), now)
            elif one.setting.read_only:
                charger.learning.read_only_variable(charger.kind, charger.id, str(variable), now)

    def conclude(self, charger: Charger, now: Instant) -> set[Facet]:
        """What was asked for comes with the answer, so nothing is ever overdue."""
        return set()

    def forget(self, charger: ChargerId) -> None:
        """Nothing is kept of a charger but its open question, which ends with its link."""


def _name(outcome: SettingOutcome) -> str:
    return str(outcome.setting.variable).casefold()


def _is_out_of_question(charger: Charger, readable: tuple[Variable, ...]) -> bool:
    held = charger.configuration.caution.questions_held
    return held or charger.learned.lacks(ReadConfiguration(readable[:1]), charger.id)


def _settled_at(charger: Charger) -> Instant:
    """A charger that has just booted is left alone for as long as one that has just connected."""
    return (charger.booted_at or 0.0) + charger.profile.settle_s
