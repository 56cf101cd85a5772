"""The charger's word for how a command came out -> `messages.Outcome`.

The standard gives each command its own list of words; no word means two things, so one table serves all.
"""

from __future__ import annotations

from typing import Final

from healer.ocpp.messages import Outcome, Result

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
    "notsupported": Result.NOT_SUPPORTED,
    "notimplemented": Result.NOT_SUPPORTED,
    "unknownconnector": Result.NOT_SUPPORTED,
}

UNINTELLIGIBLE: Final = Outcome(Result.ERROR, "unintelligible answer")


def of_status(word: str | None) -> Outcome:
    """The outcome of a command that was answered with this status; None: with none."""
    if word is None:
        return UNINTELLIGIBLE
    return Outcome(_RESULTS.get(word.casefold(), Result.ERROR), word[:_DETAIL_LIMIT])


def of_error(code: str) -> Outcome:
    """The outcome of a command that was answered with a CALLERROR."""
    refused = code.strip() in {"NotImplemented", "NotSupported"}
    return Outcome(Result.NOT_SUPPORTED if refused else Result.ERROR, code[:_DETAIL_LIMIT])
