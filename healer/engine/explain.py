"""Why a rule does or does not act on a place: every clause, where the incident stands, every guard of the next step.

One piece of code for `healer explain`, for failing rule tests and for the demo. It only looks: clauses and guards are
asked as they stand now, and nothing in the engine changes. The text is for people; its lines come without line breaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from healer.engine.routing import Engine
from healer.fleet.charger import Charger
from healer.healing import guards, ladder
from healer.healing.incident import Incident, State
from healer.healing.verdict import Verdict
from healer.model import UNKNOWN, ChargerId, Instant, Target, Truth, format_duration
from healer.rules.evaluate import CompiledRule
from healer.rules.matchers import ClauseReading
from healer.rules.rule import Rule

_ASKED = frozenset({State.INACTIVE, State.PENDING, State.FIRING, State.SUPPRESSED})
"""States in which a next step is waited for: the guards are asked about it."""

_WORDS = {True: "yes", False: "no", UNKNOWN: "?"}


@dataclass(frozen=True, slots=True)
class Times:
    """How moments are shown: by the clock in UTC, or since the `start` of a test."""

    now: Instant
    start: Instant | None = None

    def at(self, moment: Instant) -> str:
        """`00:50:00`; with its day where that is another one than today."""
        if self.start is None:
            shown = datetime.fromtimestamp(moment, UTC)
            today = shown.date() == datetime.fromtimestamp(self.now, UTC).date()
            return shown.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S")
        seconds = round(moment - self.start)
        sign, (days, rest) = "-" if seconds < 0 else "", divmod(abs(seconds), 86400)
        day = f"{days}d " if days else ""
        return f"{sign}{day}{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"


def explain(engine: Engine, rule_name: str, target: Target, now: Instant, *, start: Instant | None = None) -> list[str]:
    """What a person asks who wonders about a rule on a place. With `start`, times are shown since then."""
    compiled = engine.index.compiled.get(rule_name)
    if compiled is None:
        return [f"{rule_name} on {target}: there is no such rule"]
    charger = engine.chargers.get(target.charger)
    if charger is None:
        return [f"{rule_name} on {target}: there is no such charger"]
    return list(_Explanation(engine, compiled, charger, target, Times(now, start)).lines())


def targets(engine: Engine, rule_name: str, charger: ChargerId) -> list[Target]:
    """The places of a charger about which the rule speaks, those with an incident first."""
    compiled, known = engine.index.compiled.get(rule_name), engine.chargers.get(charger)
    found = [incident.target for incident in engine.casebook.incidents(charger) if incident.rule == rule_name]
    spoken_of = compiled.targets(known) if compiled is not None and known is not None else ()
    return list(dict.fromkeys([*found, *spoken_of]))


@dataclass(frozen=True, slots=True)
class _Explanation:
    engine: Engine
    compiled: CompiledRule
    charger: Charger
    target: Target
    times: Times

    @property
    def rule(self) -> Rule:
        return self.compiled.rule

    @property
    def now(self) -> Instant:
        return self.times.now

    def lines(self) -> Iterator[str]:
        applies = self.compiled.where.test(self.charger, self.charger.target, self.now)
        truth = self.compiled.when.test(self.charger, self.target, self.now) if applies is True else applies
        word = {True: "TRUE", False: "FALSE", UNKNOWN: "UNKNOWN"}[truth]
        yield f"{self.rule.name} on {self.target} at {self.times.at(self.now)}: condition is {word}"
        yield from self._clauses()
        if self.rule.rollout is not None:
            yield "  it makes a campaign (rollout), never an incident"
            return
        incident = self.engine.casebook.find(self.rule.name, self.target)
        if incident is None and truth is not True:
            yield "  state none"
            return
        known = incident or self._imagined()
        asked = self._ask(known) if known.state in _ASKED else ()
        yield f"  state {self._state(incident, asked)}"
        yield from self._history(known)
        yield from self._ladder(known, asked)
        if known.alerts:
            yield "  alerts: " + ", ".join(f"{severity} ({kind})" for kind, severity in known.alerts.items())

    def _imagined(self) -> Incident:
        """What an incident would be if there were one."""
        rule, charger = self.rule, self.charger
        return Incident(0, rule.name, rule.hash, self.target, charger.site, opened_at=self.now)

    # --- clauses --------------------------------------------------------------------------------------------------

    def _clauses(self) -> Iterator[str]:
        where = self.compiled.where.explain(self.charger, self.charger.target, self.now)
        when = self.compiled.when.explain(self.charger, self.target, self.now)
        rows = [(reading, f"where {reading.sentence}") for reading in where]
        rows += [(reading, reading.sentence) for reading in when]
        width = max((len(sentence) + 2 * reading.depth for reading, sentence in rows if reading.now), default=0)
        for reading, sentence in rows:
            yield f"  {_word(reading.truth):<4} {self._clause(reading, sentence, width)}".rstrip()

    def _clause(self, reading: ClauseReading, sentence: str, width: int) -> str:
        sentence = f"{'  ' * reading.depth}{sentence}"
        if not reading.now:
            return sentence
        since = "" if reading.since is None else f", since {self.times.at(reading.since)}"
        return f"{sentence:<{width}}    now: {reading.now}{since}"

    # --- the incident ---------------------------------------------------------------------------------------------

    def _state(self, incident: Incident | None, asked: Iterable[Verdict]) -> str:
        if incident is None:
            return "none (no incident yet)"
        state = incident.state
        blocking = [verdict.guard for verdict in (asked or incident.verdicts) if verdict.blocks]
        if state is State.SUPPRESSED and blocking:
            return f"{state} ({', '.join(blocking)})"
        if state is State.PENDING:
            return f"{state}: {self._pending(incident)}"
        reason = f": {incident.reason}" if incident.reason else ""
        return f"{state}{reason}, since {self.times.at(incident.state_since)}"

    def _pending(self, incident: Incident) -> str:
        held = format_duration(incident.held.held_s(self.now))
        due = incident.held.due(self.rule.for_s)
        if due is None:
            return f"true for {held} of {format_duration(self.rule.for_s)}; that stands still while it is unknown"
        left = format_duration(due - self.now)
        return f"true for {held}, fires in {left} at {self.times.at(due)} if nothing changes"

    def _history(self, incident: Incident) -> Iterator[str]:
        for taken in incident.taken:
            detail = f" ({taken.detail})" if taken.detail and taken.detail.lower() != taken.result else ""
            place = f"step {taken.step + 1} of {len(self.rule.heal)}"
            yield f"  {place}: {taken.action} at {self.times.at(taken.at)}: {taken.result}{detail}"

    # --- the ladder and its guards --------------------------------------------------------------------------------

    def _ladder(self, incident: Incident, asked: Iterable[Verdict]) -> Iterator[str]:
        if not self.rule.heal:
            yield "  no ladder: it only tells"
            return
        step = ladder.step_of(self.rule, incident)
        if incident.state.in_flight and step is not None:
            yield from self._under_way(incident)
            return
        if incident.state not in _ASKED:
            return
        if step is None:
            yield "  no step is left"
            return
        yield f"  next step {incident.step + 1} of {len(self.rule.heal)}: {step.action}"
        impossible = self._impossible(incident)
        if impossible is not None:
            yield f"    cannot be taken: {impossible}"
            return
        yield from (self._guard(verdict) for verdict in asked)

    def _under_way(self, incident: Incident) -> Iterator[str]:
        step = ladder.step_of(self.rule, incident)
        if step is None or incident.sent_at is None:
            return
        seen = ladder.evidence_seen(step.action, incident, self.charger, self.now)
        until = "" if incident.deadline is None else f", until {self.times.at(incident.deadline)}"
        yield f"    {'seen' if seen else 'not seen yet'}: {step.action.trait.evidence.value}{until}"

    def _impossible(self, incident: Incident) -> str | None:
        step = ladder.step_of(self.rule, incident)
        if step is None:
            return None
        place = ladder.place_of(step.action, incident.target)
        url = self.engine.settings.healing.diagnostics_url
        order = ladder.order(step.action, self.charger, place, 0, url)
        return order.reason if isinstance(order, ladder.Impossible) else None

    def _ask(self, incident: Incident) -> tuple[Verdict, ...]:
        """Every guard's word on the next step, now."""
        step = ladder.step_of(self.rule, incident)
        if step is None:
            return ()
        casebook = self.engine.casebook
        storm = casebook.storms.over(self.rule.name, self.charger.id)
        question = guards.Question(incident, self.rule, step.action, self.charger, casebook.ward, storm, self.now)
        return guards.ask(question)

    def _guard(self, verdict: Verdict) -> str:
        lifts = f"; can lift at {self.times.at(verdict.until)}" if verdict.blocks and verdict.until is not None else ""
        return f"    {'BLOCK' if verdict.blocks else 'pass':<5} {verdict.guard:<20} {verdict.reason}{lifts}"


def _word(truth: Truth) -> str:
    return _WORDS[truth]
