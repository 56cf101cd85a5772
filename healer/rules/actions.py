"""THE catalogue of actions: what a ladder may do, and what each of them means for a charger and its driver.

Guards and the ladder consult traits, never names; a new action is one entry here. The catalogue stands below
`healing` because rule files are checked against it: whoever reads a rule must know what `reset: soft` is.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from healer.model import Scope, Seconds


class Evidence(enum.Enum):
    """What has to be seen before a step counts as carried out."""

    NONE = "nothing"
    ANSWER = "an accepted answer"
    FRESH_REPORT = "a fresh status report"
    RECONNECTED = "a new connection"
    REBOOTED = "a dropped link or a boot, then the status of every connector"
    UNLOCKED = "Unlocked"
    CYCLED = "Unavailable, then in service again"
    OUT_OF_SERVICE = "status Unavailable"
    IN_SERVICE = "any status but Unavailable"
    UPLOAD = "an upload or its failure"
    ELAPSED = "time gone by"
    TRANSACTION_ENDED = "the transaction ended"
    NEW_FIRMWARE = "a boot with the target version"


class Argument(enum.Enum):
    """What may stand behind an action's name in a rule file."""

    NONE = "nothing"
    CHOICE = "one of a few words"
    DURATION = "a duration"
    TEXT = "a text"
    MAPPING = "a mapping"


@dataclass(frozen=True, slots=True)
class Trait:
    """What one action is."""

    name: str
    help: str
    disruptive: bool = False
    """It interrupts service: budget, backoff, parallel and storm ask for it."""
    ends_session: bool = False
    """It may end a charging session: the session guard asks for it."""
    containment: bool = False
    """It takes a dangerous charger out of service: passes pace, storm, budget and parallel."""
    needs_link: bool = True
    repeatable: bool = False
    safe_under_interlock: bool = False
    cures: bool = True
    """Whether the fault should be gone afterwards; a step that only helps people goes on once its evidence is seen."""
    scope: Scope = Scope.CHARGER
    """The narrowest place at which it can act; an incident's target is widened or kept accordingly."""
    evidence: Evidence = Evidence.ANSWER
    argument: Argument = Argument.NONE
    choices: tuple[str, ...] = ()
    default: str | None = None
    """The argument when none is written; None where it must be written."""
    verify_within_s: Mapping[str, Seconds] = field(default_factory=dict)
    """Time for evidence and cure, by argument; the key '' serves all others."""
    available: bool = True
    """Whether this version can carry it out; in a ladder it is passed over where it cannot, and that is told."""

    def verify_s(self, argument: str | None) -> Seconds:
        return self.verify_within_s.get(argument or "", self.verify_within_s.get("", 120.0))


def _catalogue(*traits: Trait) -> Mapping[str, Trait]:
    return MappingProxyType({trait.name: trait for trait in traits})


ACTIONS: Final = _catalogue(
    Trait(
        "probe",
        "ask for a fresh status (TriggerMessage)",
        repeatable=True,
        safe_under_interlock=True,
        scope=Scope.CONNECTOR,
        evidence=Evidence.FRESH_REPORT,
        verify_within_s={"": 120.0},
    ),
    Trait(
        "reconnect",
        "drop the websocket, so that the charger dials again",
        disruptive=True,
        repeatable=True,
        evidence=Evidence.RECONNECTED,
        verify_within_s={"": 300.0},
    ),
    Trait(
        "reset",
        "restart the charger: soft is 1.6 Soft / 2.x OnIdle, hard is 1.6 Hard / 2.x Immediate",
        disruptive=True,
        ends_session=True,
        evidence=Evidence.REBOOTED,
        argument=Argument.CHOICE,
        choices=("soft", "hard"),
        verify_within_s={"soft": 600.0, "hard": 900.0},
    ),
    Trait(
        "unlock",
        "release the plug; ends a session",
        disruptive=True,
        ends_session=True,
        scope=Scope.CONNECTOR,
        evidence=Evidence.UNLOCKED,
        verify_within_s={"": 120.0},
    ),
    Trait(
        "cycle-availability",
        "take the connector out of service and put it back",
        disruptive=True,
        scope=Scope.CONNECTOR,
        evidence=Evidence.CYCLED,
        verify_within_s={"": 300.0},
    ),
    Trait(
        "take-out-of-service",
        "ChangeAvailability Inoperative",
        containment=True,
        repeatable=True,
        safe_under_interlock=True,
        scope=Scope.CONNECTOR,
        cures=False,
        evidence=Evidence.OUT_OF_SERVICE,
        argument=Argument.CHOICE,
        choices=("charger", "evse", "connector"),
        default="connector",
        verify_within_s={"": 300.0},
    ),
    Trait(
        "put-in-service",
        "ChangeAvailability Operative",
        containment=True,
        repeatable=True,
        scope=Scope.CONNECTOR,
        evidence=Evidence.IN_SERVICE,
        argument=Argument.CHOICE,
        choices=("charger", "evse", "connector"),
        default="connector",
        verify_within_s={"": 300.0},
    ),
    Trait(
        "collect-diagnostics",
        "have the charger upload its log (GetDiagnostics, GetLog)",
        safe_under_interlock=True,
        cures=False,
        evidence=Evidence.UPLOAD,
        verify_within_s={"": 900.0},
    ),
    Trait(
        "wait",
        "do nothing for a while",
        needs_link=False,
        repeatable=True,
        safe_under_interlock=True,
        scope=Scope.CONNECTOR,
        cures=False,
        evidence=Evidence.ELAPSED,
        argument=Argument.DURATION,
    ),
    Trait(
        "notify",
        "raise the alert of `if_not_healed` now and go on",
        needs_link=False,
        repeatable=True,
        safe_under_interlock=True,
        scope=Scope.CONNECTOR,
        cures=False,
        evidence=Evidence.NONE,
    ),
    Trait(
        "update-firmware",
        "install an approved version; only as a campaign (`rollout`)",
        disruptive=True,
        ends_session=True,
        evidence=Evidence.NEW_FIRMWARE,
        argument=Argument.TEXT,
        verify_within_s={"": 3600.0},
    ),
    Trait(
        "stop-transaction",
        "end the transaction (RemoteStopTransaction, RequestStopTransaction)",
        disruptive=True,
        # What it ends must be dead: only a person may end a session in which somebody charges.
        ends_session=True,
        safe_under_interlock=True,
        scope=Scope.EVSE,
        evidence=Evidence.TRANSACTION_ENDED,
    ),
    Trait("clear-cache", "forget the tokens that were accepted before (ClearCache)", repeatable=True),
    Trait(
        "set-config",
        "write one configuration key, or one variable of 2.x",
        repeatable=True,
        argument=Argument.MAPPING,
    ),
    Trait(
        "limit-power",
        "limit the whole charger's amps or watts (SetChargingProfile)",
        repeatable=True,
        argument=Argument.MAPPING,
    ),
    Trait("clear-power-limit", "lift the limit of `limit-power` (ClearChargingProfile)", repeatable=True),
    Trait(
        "send",
        "a vendor's own message (DataTransfer); healer cannot know what it does",
        repeatable=True,
        argument=Argument.MAPPING,
    ),
    Trait("webhook", "call a named webhook of the settings", needs_link=False, argument=Argument.TEXT, available=False),
)
"""Every action of the language, by name."""


@dataclass(frozen=True, slots=True)
class Action:
    """One use of an action in a ladder: `reset: soft` is `Action("reset", "soft")`."""

    name: str
    argument: str | None = None
    seconds: Seconds | None = None
    """The parsed argument of `wait`."""
    details: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """The parsed argument of actions that take a mapping; `argument` is how it is shown, without values."""

    @property
    def trait(self) -> Trait:
        return ACTIONS[self.name]

    @property
    def verify_s(self) -> Seconds:
        return self.trait.verify_s(self.argument)

    @classmethod
    def named(cls, text: str) -> Action:
        """The action that prints as `text`."""
        name, _, argument = text.partition(" ")
        return cls(name, argument or None)

    def __str__(self) -> str:
        return self.name if self.argument is None else f"{self.name} {self.argument}"
