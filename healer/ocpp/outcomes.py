"""The charger's word for how a command came out -> `messages.Outcome`.

The standard gives each command its own list of words; no word means two things, so one table serves all. Only a
variable that was written may be in force after a reboot: said of anything else, RebootRequired is an error.
"""

from __future__ import annotations

from typing import Final

from healer.ocpp.commands import Configuration, Outcome, Result, SettingOutcome
from healer.ocpp.subjects import Setting

_DETAIL_LIMIT: Final = 50

_RESULTS: Final = {
    "accepted": Result.ACCEPTED,
    "acceptedcanceled": Result.ACCEPTED,
    "unlocked": Result.ACCEPTED,
    "scheduled": Result.SCHEDULED,
    "rejected": Result.REJECTED,
    "unlockfailed": Result.REJECTED,
    "ongoingauthorizedtransaction": Result.REJECTED,
    "invalidcertificate": Result.REJECTED,
    "revokedcertificate": Result.REJECTED,
    "failed": Result.REJECTED,
    "notfound": Result.REJECTED,
    "unknown": Result.REJECTED,
    "emptyresultset": Result.REJECTED,
    "notsupported": Result.NOT_SUPPORTED,
    "notimplemented": Result.NOT_SUPPORTED,
    "unknownconnector": Result.NOT_SUPPORTED,
    "unknownvendorid": Result.NOT_SUPPORTED,
    "unknownmessageid": Result.NOT_SUPPORTED,
    "unknowncomponent": Result.NOT_SUPPORTED,
    "unknownvariable": Result.NOT_SUPPORTED,
    "notsupportedattributetype": Result.NOT_SUPPORTED,
}

_WORST_FIRST: Final = (
    Result.ERROR,
    Result.REJECTED,
    Result.NOT_SUPPORTED,
    Result.REBOOT_REQUIRED,
    Result.ACCEPTED,
)

UNINTELLIGIBLE: Final = Outcome(Result.ERROR, "unintelligible answer")


def of_status(word: str | None) -> Outcome:
    """The outcome of a command that was answered with this status; None: with none."""
    if word is None:
        return UNINTELLIGIBLE
    return Outcome(_RESULTS.get(word.casefold(), Result.ERROR), word[:_DETAIL_LIMIT])


def of_setting(setting: Setting, word: str | None) -> SettingOutcome:
    """What became of one variable, by the word for it."""
    if word is not None and word.casefold() == "rebootrequired":
        return SettingOutcome(setting, Result.REBOOT_REQUIRED, word)
    whole = of_status(word)
    # A variable is not scheduled: the word means nothing here.
    result = Result.ERROR if whole.result is Result.SCHEDULED else whole.result
    return SettingOutcome(setting, result, whole.detail)


def of_reading(outcomes: tuple[SettingOutcome, ...]) -> Outcome:
    """The outcome of asking for these variables: a charger that told some of them has answered."""
    if any(one.result is Result.ACCEPTED for one in outcomes):
        return Outcome(Result.ACCEPTED, body=Configuration(outcomes))
    return of_settings(outcomes)


def of_settings(outcomes: tuple[SettingOutcome, ...]) -> Outcome:
    """The outcome of a command about these variables: that of the one that fared worst."""
    if not outcomes:
        return UNINTELLIGIBLE
    worst = min(outcomes, key=lambda one: _WORST_FIRST.index(one.result))
    return Outcome(worst.result, worst.detail, Configuration(outcomes))


def of_error(code: str) -> Outcome:
    """The outcome of a command that was answered with a CALLERROR."""
    refused = code.strip() in {"NotImplemented", "NotSupported"}
    return Outcome(Result.NOT_SUPPORTED if refused else Result.ERROR, code[:_DETAIL_LIMIT])
