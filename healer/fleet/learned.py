"""What chargers taught us of their models: commands and keys that they do not have, and how long they take to start.

One `Learned` for each vendor, model and firmware, so that a new firmware starts anew. What one charger said is held to
be so for that charger at once, and for its model when a second one has said it too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final, NamedTuple, TypeAlias

from healer.model import ChargerId, Instant, Seconds
from healer.ocpp import messages
from healer.ocpp.messages import Command, Outcome, Result

MOST_MODELS: Final = 1000
"""Models that are remembered; of further ones the one that taught nothing for longest is forgotten."""

MOST_NAMES: Final = 256
"""Commands or keys of one sort that are remembered of a model."""

MOST_BOOTS: Final = 32
"""The last so many boot times are kept."""

LONGEST_BOOT_S: Final[Seconds] = 1800.0
"""What takes longer than this was no restart of ours alone."""

TELLERS: Final = 2
"""So many chargers must have said it before it holds for their model."""

Tellers: TypeAlias = dict[str, tuple[ChargerId, ...]]
"""Which chargers said it, by what they said it of: at most `TELLERS`, for more change nothing."""


class Model(NamedTuple):
    """Whom something is learnt of."""

    vendor: str
    model: str
    firmware: str


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of one model. Durable, see `adapters.store`."""

    vendor: str
    model: str
    firmware: str
    at: Instant = 0.0
    """When something was learnt last."""
    unsupported: Tellers = field(default_factory=dict)
    """Commands that were answered with NotSupported or NotImplemented, as `spelled`."""
    unknown: Tellers = field(default_factory=dict)
    """Variables that it does not have."""
    read_only: Tellers = field(default_factory=dict)
    """Variables that cannot be written."""
    dangerous: Tellers = field(default_factory=dict)
    """Variables that were written before it restarted again and again."""
    boot_times_s: tuple[Seconds, ...] = ()
    """From a reset of ours until the boot, the latest last."""

    @property
    def longest_boot_s(self) -> Seconds:
        return max(self.boot_times_s, default=0.0)

    @property
    def median_boot_s(self) -> Seconds | None:
        return median(self.boot_times_s) if self.boot_times_s else None

    def lacks(self, command: Command, charger: ChargerId) -> bool:
        """Whether the charger does not know the command."""
        return bool(self.unsupported) and _holds(self.unsupported, spelled(command), charger)

    def unsupported_by(self, charger: ChargerId) -> list[str]:
        """The commands that the charger does not know, as `spelled`."""
        return sorted(name for name in self.unsupported if _holds(self.unsupported, name, charger))

    def forbids_reading(self, variable: str, charger: ChargerId) -> bool:
        return _holds(self.unknown, variable, charger)

    def forbids_writing(self, variable: str, charger: ChargerId) -> bool:
        sorts = (self.unknown, self.read_only, self.dangerous)
        return any(_holds(sort, variable, charger) for sort in sorts)


NOTHING: Final = Learned("", "", "")


def _holds(tellers: Tellers, what: str, charger: ChargerId) -> bool:
    told = tellers.get(what, ())
    return charger in told or len(told) >= TELLERS


def spelled(command: Command) -> str:
    """The command as far as a charger may know it or not: `Reset hard`, `TriggerMessage StatusNotification`."""
    name = type(command).__name__
    match command:
        case messages.Reset(hard=hard, evse=evse):
            return f"{name} {'hard' if hard else 'soft'}{'' if evse is None else ' evse'}"
        case messages.TriggerMessage(what=what):
            return f"{name} {what}"
        case messages.CollectDiagnostics(log=log):
            return f"{name} {log}"
        case _:
            return name


_NOT_KNOWN: Final = frozenset({"notsupported", "notimplemented"})


def says_unknown(command: Command, outcome: Outcome) -> bool:
    """Whether the answer says that the command itself is not known, and not a place, a key or a vendor within it."""
    about_itself = not isinstance(command, messages.TransferData) and outcome.body is None
    return about_itself and outcome.result is Result.NOT_SUPPORTED and outcome.detail.casefold() in _NOT_KNOWN


class Learning:
    """All models that taught us something."""

    def __init__(self) -> None:
        self._models: dict[Model, Learned] = {}
        """The one that taught us last stands last."""
        self._changed: dict[Model, None] = {}

    def of(self, model: Model) -> Learned:
        return self._models.get(model, NOTHING)

    def recall(self, records: Iterable[Learned]) -> None:
        """After a restart: what was known before."""
        for record in sorted(records, key=lambda record: record.at)[-MOST_MODELS:]:
            self._models[Model(record.vendor, record.model, record.firmware)] = record

    def take_changed(self) -> list[Learned]:
        """What is to be written down since the last call."""
        changed = [self._models[model] for model in self._changed if model in self._models]
        self._changed.clear()
        return changed

    # --- learning ---------------------------------------------------------------------------------------------

    def answered(self, model: Model, charger: ChargerId, command: Command, outcome: Outcome, now: Instant) -> None:
        """A charger answered a command, or never will."""
        if says_unknown(command, outcome):
            known = self._known(model)
            self._put(replace(known, unsupported=_added(known.unsupported, spelled(command), charger)), now)

    def unknown_variable(self, model: Model, charger: ChargerId, variable: str, now: Instant) -> None:
        known = self._known(model)
        self._put(replace(known, unknown=_added(known.unknown, variable, charger)), now)

    def read_only_variable(self, model: Model, charger: ChargerId, variable: str, now: Instant) -> None:
        known = self._known(model)
        self._put(replace(known, read_only=_added(known.read_only, variable, charger)), now)

    def dangerous_variables(self, model: Model, charger: ChargerId, variables: Iterable[str], now: Instant) -> None:
        """The charger restarted again and again after these were written."""
        known = self._known(model)
        dangerous = known.dangerous
        for variable in variables:
            dangerous = _added(dangerous, variable, charger)
        self._put(replace(known, dangerous=dangerous), now)

    def absolve(self, model: Model, charger: ChargerId, now: Instant) -> None:
        """A person cleared the charger: what it is supposed to have suffered from is no longer held against a key."""
        known = self._known(model)
        left = {key: tuple(one for one in told if one != charger) for key, told in known.dangerous.items()}
        self._put(replace(known, dangerous={key: told for key, told in left.items() if told}), now)

    def booted(self, model: Model, took_s: Seconds, now: Instant) -> None:
        """A restart of ours took so long, until the boot."""
        if 0 < took_s <= LONGEST_BOOT_S:
            known = self._known(model)
            self._put(replace(known, boot_times_s=(*known.boot_times_s, took_s)[-MOST_BOOTS:]), now)

    def _known(self, model: Model) -> Learned:
        return self._models.get(model) or Learned(*model)

    def _put(self, learned: Learned, now: Instant) -> None:
        model = Model(learned.vendor, learned.model, learned.firmware)
        if learned == self._known(model) or not (learned.vendor or learned.model):
            return  # no news, or nobody knows yet of whom
        self._models.pop(model, None)
        self._models[model] = replace(learned, at=now)
        self._changed[model] = None
        if len(self._models) > MOST_MODELS:
            del self._models[next(iter(self._models))]


def _added(tellers: Tellers, what: str, charger: ChargerId) -> Tellers:
    told = tellers.get(what, ())
    full = what not in tellers and len(tellers) >= MOST_NAMES
    if full or charger in told or len(told) >= TELLERS:
        return tellers
    return {**tellers, what: (*told, charger)}
