"""What a charger told of its configuration since its last boot, beside what it should be.

A value counts as told only by an answer or a report of the charger itself: what was written is believed once it was
read back. Of all variables only those that are wanted are kept, and how much the charger lets us ask for at once.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from healer.fleet.baseline import Baseline, Kind, same
from healer.fleet.caution import Caution
from healer.fleet.learned import Learned
from healer.fleet.record import ConfigurationRecord
from healer.model import ChargerId, Instant, OcppVersion, Seconds
from healer.ocpp.messages import Setting, Variable

READ_BACK_S: Final[Seconds] = 10.0
"""How long after a write it is read back: the writes of one batch are read together."""

DAY_S: Final[Seconds] = 24 * 3600.0

RETRY_S: Final[Seconds] = 60.0
"""Pause after a question that brought nothing, or a write that changed nothing; doubled each time."""

LONGEST_RETRY_S: Final[Seconds] = 6 * 3600.0

MOST_KEYS: Final = 20
"""Keys of 1.6 that are asked for at once, unless the charger told GetConfigurationMaxKeys."""

MOST_VARIABLES: Final = 10
"""Variables of 2.x that are asked for, or written, at once, unless the charger told ItemsPerMessage."""

_LIMITS: Final = frozenset(
    {
        "GetConfigurationMaxKeys".casefold(),
        "DeviceDataCtrlr.ItemsPerMessage(GetVariables)".casefold(),
        "DeviceDataCtrlr.ItemsPerMessageGetVariables".casefold(),
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """The value of a variable."""

    value: str | None
    """None: it was asked for, and not told."""
    at: Instant


@dataclass(frozen=True, slots=True)
class Outlook:
    """Wanted and told side by side."""

    wanted: Mapping[Variable, str] = field(default_factory=dict)
    readable: tuple[Variable, ...] = ()
    """The wanted variables that the charger has, as far as we know."""
    drift: tuple[Variable, ...] = ()
    """Those that can be written, are not as wanted, and do not only wait for a restart."""
    untold: int = 0
    """How many of `readable` were not told since the boot."""
    ask_at: Instant = math.inf
    """When to ask for the first of `readable`."""


NOTHING_WANTED: Final = Outlook()


class Configuration:
    """One charger's."""

    def __init__(self, baseline: Baseline | None = None) -> None:
        self.baseline = baseline or Baseline()
        self.caution = Caution()
        self.told: dict[Variable, Told] = {}
        self.reboot_required_since: Instant | None = None
        """When the charger first said, since its last boot, that a value of ours is in force only after a restart."""
        self._written: dict[Variable, Instant] = {}
        """When it took a value, or may have, that was not read back yet."""
        self._pending: set[Variable] = set()
        """Taken, and in force after the next restart."""
        self._refused: set[Variable] = set()
        self._vain: dict[Variable, int] = {}
        """How often a value was taken and read back unchanged."""
        self._limit: int | None = None
        """What the charger lets us ask for at once."""
        self._pause_s: Seconds = 0.0
        self._ask_at: Instant = 0.0
        self._revision = 0
        self._seen: tuple[Kind, Learned, int] | None = None
        self._outlook = NOTHING_WANTED

    # --- looking --------------------------------------------------------------------------------------------------

    def outlook(self, kind: Kind, learned: Learned, charger: ChargerId) -> Outlook:
        """What is wanted of this charger, and how it stands with it. Worked out anew only after a change."""
        if not self.baseline.entries:
            return NOTHING_WANTED
        seen = (kind, learned, self._revision)
        if seen != self._seen:
            self._seen, self._outlook = seen, self._look(kind, learned, charger)
        return self._outlook

    def _look(self, kind: Kind, learned: Learned, charger: ChargerId) -> Outlook:
        wanted = self.baseline.wanted(kind)
        self.told = {variable: told for variable, told in self.told.items() if variable in wanted}
        readable = tuple(one for one in wanted if not learned.forbids_reading(str(one), charger))
        drift = tuple(
            one
            for one in readable
            if self._differs(one, wanted[one])
            and one not in self._pending
            and not learned.forbids_writing(str(one), charger)
        )
        untold = sum(one not in self.told for one in readable)
        ask_at = min((self.ask_at(one, charger) for one in readable), default=math.inf)
        return Outlook(wanted, readable, drift, untold, ask_at)

    def _differs(self, variable: Variable, wanted: str) -> bool:
        told = self.told.get(variable)
        return told is not None and told.value is not None and not same(told.value, wanted)

    def write_at(self, variable: Variable, now: Instant) -> Instant | None:
        """When a variable that drifts may be written; None while it waits to be read back."""
        told = self.told.get(variable)
        if told is None or variable in self._written:
            return None
        vain = self._vain.get(variable, 0)
        pause_s = min(RETRY_S * 2.0**vain, LONGEST_RETRY_S) if vain else 0.0
        return max(told.at + pause_s, self.caution.next_write_at(now))

    # --- asking ---------------------------------------------------------------------------------------------------

    def ask_at(self, variable: Variable, charger: ChargerId) -> Instant:
        """When to ask for a variable: at once while it is unknown, soon after a write, and once a day."""
        told, written_at = self.told.get(variable), self._written.get(variable)
        if variable in self._pending and told is not None:
            return math.inf  # nothing new will be told before the restart
        if written_at is not None:
            return max(written_at + READ_BACK_S, self._ask_at)
        return self._ask_at if told is None else max(next_daily(charger, told.at), self._ask_at)

    def most_at_once(self, version: OcppVersion | None) -> int:
        most = MOST_KEYS if version is OcppVersion.V16 else MOST_VARIABLES
        return most if self._limit is None else min(most, self._limit)

    def was_told(self, settings: Iterable[Setting], now: Instant) -> None:
        """Values in an answer or a report."""
        known = {str(variable).casefold(): variable for variable in self._outlook.wanted}
        for setting in settings:
            name = str(setting.variable).casefold()
            if name in _LIMITS and (setting.value or "").strip().isdecimal():
                self._limit = max(1, int((setting.value or "").strip()[:6]))
            variable = known.get(name)
            if variable is not None:
                self._was_told(variable, setting.value or "", now)
        self._revision += 1

    def _was_told(self, variable: Variable, value: str, now: Instant) -> None:
        written = self._written.pop(variable, None) is not None
        if same(value, self._outlook.wanted[variable]):
            self._vain.pop(variable, None)
        elif written and variable not in self._pending:
            self._vain[variable] = self._vain.get(variable, 0) + 1
        self.told[variable] = Told(value, now)

    def kept_silent(self, variables: Iterable[Variable], asked: int, now: Instant) -> None:
        """Of so many variables asked for, the answer left these out.

        As many as it did tell may be all that it tells at once; what it leaves out then, it does not tell.
        """
        left_out = tuple(variables)
        told = asked - len(left_out)
        if told and left_out:
            self._limit = told
            return
        self.is_not_told(left_out, now)

    def is_not_told(self, variables: Iterable[Variable], now: Instant) -> None:
        """It was asked for them, and keeps them to itself."""
        for variable in variables:
            self._written.pop(variable, None)
            self.told[variable] = Told(None, now)
        self._revision += 1

    def asked_in_vain(self, now: Instant, *, too_much: bool) -> None:
        """Nothing was told: ask later, and for less if that may be why."""
        self._pause_s = min(max(RETRY_S, 2 * self._pause_s), LONGEST_RETRY_S)
        self._ask_at = now + self._pause_s
        if too_much:
            self._limit = max(1, (self._limit or MOST_KEYS) // 2)
        self._revision += 1

    def was_answered(self) -> None:
        self._pause_s = self._ask_at = 0.0
        self._revision += 1

    # --- writing --------------------------------------------------------------------------------------------------

    def took(self, variable: Variable, now: Instant, *, reboot: bool = False) -> None:
        """The charger took a value of ours, or may have; `reboot`: it is in force after the next restart."""
        if reboot:
            self._pending.add(variable)
            self.reboot_required_since = self.reboot_required_since or now
        else:
            self._written[variable] = now
        self._revision += 1

    def was_refused(self, variable: Variable) -> None:
        """The charger did not take the value."""
        self._refused.add(variable)

    def refuses(self, variable: Variable) -> bool:
        """Whether it did so since the boot."""
        return variable in self._refused

    # --- restarts -------------------------------------------------------------------------------------------------

    def booted(self, *, restarted: bool) -> None:
        """What was told before the boot says nothing about after it. `restarted`: and it really was one."""
        self.told.clear()
        self._written.clear()
        self._vain.clear()
        self._refused.clear()
        self._limit = None
        self.was_answered()
        if restarted:
            self._pending.clear()
            self.reboot_required_since = None
        self._revision += 1

    def record(self) -> ConfigurationRecord:
        return ConfigurationRecord(self.reboot_required_since, self.caution.record())

    def recall(self, record: ConfigurationRecord) -> None:
        self.reboot_required_since = record.reboot_required_since
        self.caution.recall(record.caution)


def next_daily(charger: ChargerId, after: Instant) -> Instant:
    """The charger's moment of the day: the fleet is spread over it by a hash of the identity, the same for ever."""
    offset = zlib.crc32(charger.encode("utf-8", "replace")) % DAY_S
    return (math.floor((after - offset) / DAY_S) + 1) * DAY_S + offset
