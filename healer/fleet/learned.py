"""What chargers taught us of their models: commands and keys that they do not have, and how long they take to start.

One `Learned` for each vendor, model and firmware, so that a new firmware starts anew. That a command is unknown is
believed of the charger alone that said so: on the word of others no charger is left unhealed. What is said of a key
holds for the whole model when a second charger has said it too, and none has shown the opposite.

Nothing of this is for ever, for a charger may say so while it starts, or by mistake: it ends after `HOLDS_S`, when the
charger does what it said it could not, and when a person clears the charger.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator
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
"""So many chargers must have said it of a key before it holds for their model."""

MOST_TELLERS: Final = 64
"""Chargers that are remembered to have said the same; of further ones the one that said it longest ago is forgotten."""

HOLDS_S: Final[Seconds] = 7 * 24 * 3600.0
"""For so long it counts that a charger said it; then it is tried again."""

SAID_AGAIN_S: Final[Seconds] = 24 * 3600.0
"""What a charger says again within this time is no news."""

Tellers: TypeAlias = dict[str, dict[ChargerId, Instant]]
"""Which chargers said it and when, by what they said it of; the one that said it last stands last."""


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
    """Variables that were written before it restarted again and again. These do not end by time."""
    known: tuple[str, ...] = ()
    """Variables that some charger of it told, or that a person wants tried: no other's word on `unknown` spreads."""
    writable: tuple[str, ...] = ()
    """The same of `read_only`: those that some charger of it took."""
    boot_times_s: tuple[Seconds, ...] = ()
    """From a reset of ours until the boot, the latest last."""

    @property
    def longest_boot_s(self) -> Seconds:
        return max(self.boot_times_s, default=0.0)

    @property
    def median_boot_s(self) -> Seconds | None:
        return median(self.boot_times_s) if self.boot_times_s else None

    def lacks(self, command: Command, charger: ChargerId) -> bool:
        """Whether the charger said that it does not know the command."""
        return bool(self.unsupported) and charger in self.unsupported.get(spelled(command), ())

    def unsupported_by(self, charger: ChargerId) -> list[str]:
        """The commands that the charger does not know, as `spelled`."""
        return sorted(name for name, told in self.unsupported.items() if charger in told)

    def unknown_to(self, charger: ChargerId) -> list[str]:
        """The variables that the charger does not have."""
        return [name for name in sorted(self.unknown) if self.forbids_reading(name, charger)]

    def read_only_at(self, charger: ChargerId) -> list[str]:
        """The variables that cannot be written at the charger."""
        return [name for name in sorted(self.read_only) if _holds(self.read_only, name, charger, self.writable)]

    def dangerous_to(self, charger: ChargerId) -> list[str]:
        """The variables after which the charger, or its model, restarted again and again."""
        return [name for name in sorted(self.dangerous) if _holds(self.dangerous, name, charger)]

    def forbids_reading(self, variable: str, charger: ChargerId) -> bool:
        return _holds(self.unknown, variable, charger, self.known)

    def forbids_writing(self, variable: str, charger: ChargerId) -> bool:
        return (
            self.forbids_reading(variable, charger)
            or _holds(self.read_only, variable, charger, self.writable)
            or _holds(self.dangerous, variable, charger)
        )


NOTHING: Final = Learned("", "", "")


def _holds(tellers: Tellers, what: str, charger: ChargerId, disproved: Container[str] = ()) -> bool:
    told = tellers.get(what)
    return told is not None and (charger in told or (len(told) >= TELLERS and what not in disproved))


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


_TAKEN: Final = frozenset({Result.ACCEPTED, Result.SCHEDULED, Result.REBOOT_REQUIRED})


def _variables_taken(command: Command, outcome: Outcome) -> Iterator[str]:
    """The variables that the answer tells the value of, or says to have been written."""
    match command:
        case messages.ReadConfiguration(variables=variables):
            asked: tuple[messages.Variable, ...] = variables
        case messages.WriteConfiguration(assignments=assignments):
            asked = tuple(one.variable for one in assignments)
        case _:
            return
    names = {str(variable).casefold(): str(variable) for variable in asked}
    if isinstance(outcome.body, messages.Configuration):
        taken = {str(one.setting.variable).casefold() for one in outcome.body.outcomes if one.result in _TAKEN}
        yield from (name for folded, name in names.items() if folded in taken)


class Learning:
    """All models that taught us something."""

    def __init__(self) -> None:
        self._models: dict[Model, Learned] = {}
        """The one that taught us last stands last."""
        self._changed: dict[Model, None] = {}
        self._review_at: Instant = math.inf
        """Before this nothing that was said becomes too old."""

    def of(self, model: Model) -> Learned:
        return self._models.get(model, NOTHING)

    def recall(self, records: Iterable[Learned]) -> None:
        """After a restart: what was known before."""
        for record in sorted(records, key=lambda record: record.at)[-MOST_MODELS:]:
            self._models[Model(record.vendor, record.model, record.firmware)] = record
        self._plan_review()

    def take_changed(self) -> list[Learned]:
        """What is to be written down since the last call."""
        changed = [self._models[model] for model in self._changed if model in self._models]
        self._changed.clear()
        return changed

    # --- learning ---------------------------------------------------------------------------------------------

    def answered(self, model: Model, charger: ChargerId, command: Command, outcome: Outcome, now: Instant) -> None:
        """A charger answered a command, or never will."""
        known = self._known(model)
        if says_unknown(command, outcome):
            self._put(replace(known, unsupported=_added(known.unsupported, spelled(command), charger, now)), now)
            return
        if outcome.result in _TAKEN:
            known = replace(known, unsupported=_without(known.unsupported, charger, spelled(command)))
        for variable in _variables_taken(command, outcome):
            known = _proved(known, variable, charger, written=isinstance(command, messages.WriteConfiguration))
        self._put(known, now)

    def unknown_variable(self, model: Model, charger: ChargerId, variable: str, now: Instant) -> None:
        known = self._known(model)
        self._put(replace(known, unknown=_added(known.unknown, variable, charger, now)), now)

    def read_only_variable(self, model: Model, charger: ChargerId, variable: str, now: Instant) -> None:
        known = self._known(model)
        self._put(replace(known, read_only=_added(known.read_only, variable, charger, now)), now)

    def dangerous_variables(self, model: Model, charger: ChargerId, variables: Iterable[str], now: Instant) -> None:
        """The charger restarted again and again after these were written."""
        known = self._known(model)
        dangerous = known.dangerous
        for variable in variables:
            dangerous = _added(dangerous, variable, charger, now)
        self._put(replace(known, dangerous=dangerous), now)

    def absolve(self, model: Model, charger: ChargerId, now: Instant) -> None:
        """A person cleared the charger: all is tried there again but for what others found to be dangerous."""
        known = self._known(model)
        alone = replace(
            known,
            unsupported=_without(known.unsupported, charger),
            unknown=_without(known.unknown, charger),
            read_only=_without(known.read_only, charger),
            dangerous=_without(known.dangerous, charger),
        )
        tried, written = alone.unknown_to(charger), alone.read_only_at(charger)
        self._put(replace(alone, known=_joined(known.known, tried), writable=_joined(known.writable, written)), now)

    def forget_old(self, now: Instant) -> None:
        """What was said too long ago counts no more."""
        if now < self._review_at:
            return
        for model, known in list(self._models.items()):
            lately = replace(
                known,
                unsupported=_said_after(known.unsupported, now - HOLDS_S),
                unknown=_said_after(known.unknown, now - HOLDS_S),
                read_only=_said_after(known.read_only, now - HOLDS_S),
            )
            if lately != known:
                self._models[model] = lately
                self._changed[model] = None
        self._plan_review()

    def booted(self, model: Model, took_s: Seconds, now: Instant) -> None:
        """A restart of ours took so long, until the boot."""
        if 0 < took_s <= LONGEST_BOOT_S:
            known = self._known(model)
            self._put(replace(known, boot_times_s=(*known.boot_times_s, took_s)[-MOST_BOOTS:]), now)

    def _known(self, model: Model) -> Learned:
        return self._models.get(model) or Learned(*model)

    def _plan_review(self) -> None:
        said = (
            at
            for known in self._models.values()
            for sort in (known.unsupported, known.unknown, known.read_only)
            for told in sort.values()
            for at in told.values()
        )
        self._review_at = min(said, default=math.inf) + HOLDS_S

    def _put(self, learned: Learned, now: Instant) -> None:
        model = Model(learned.vendor, learned.model, learned.firmware)
        if learned == self._known(model) or not (learned.vendor or learned.model):
            return  # no news, or nobody knows yet of whom
        self._models.pop(model, None)
        self._models[model] = replace(learned, at=now)
        self._changed[model] = None
        self._review_at = min(self._review_at, now + HOLDS_S)
        if len(self._models) > MOST_MODELS:
            del self._models[next(iter(self._models))]


def _added(tellers: Tellers, what: str, charger: ChargerId, now: Instant) -> Tellers:
    told = tellers.get(what, {})
    full = what not in tellers and len(tellers) >= MOST_NAMES
    if full or now < told.get(charger, -math.inf) + SAID_AGAIN_S:
        return tellers
    others = [(one, at) for one, at in told.items() if one != charger][1 - MOST_TELLERS :]
    return {**tellers, what: {**dict(others), charger: now}}


def _without(tellers: Tellers, charger: ChargerId, what: str | None = None) -> Tellers:
    """Without what the charger said, of one thing or (not named) of all."""
    if not any(charger in told for told in (tellers.values() if what is None else (tellers.get(what, {}),))):
        return tellers
    kept = {
        name: {one: at for one, at in told.items() if one != charger or what not in {None, name}}
        for name, told in tellers.items()
    }
    return {name: told for name, told in kept.items() if told}


def _said_after(tellers: Tellers, moment: Instant) -> Tellers:
    kept = {name: {one: at for one, at in told.items() if at > moment} for name, told in tellers.items()}
    return {name: told for name, told in kept.items() if told}


def _proved(known: Learned, variable: str, charger: ChargerId, *, written: bool) -> Learned:
    """The charger told the value of a variable, or took one."""
    proved = replace(known, unknown=_without(known.unknown, charger, variable), known=_joined(known.known, [variable]))
    if not written:
        return proved
    return replace(
        proved,
        read_only=_without(known.read_only, charger, variable),
        writable=_joined(known.writable, [variable]),
    )


def _joined(names: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return (*names, *(name for name in more if name not in names))[:MOST_NAMES]
