"""One rule test: the story told on the stage, and every expectation that did not come true, with its explanation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from healer.documents import Mark
from healer.engine.explain import Times, explain, targets
from healer.events import IncidentCleared
from healer.fleet.profiles import Profiles
from healer.healing.incident import Incident, State
from healer.model import ChargerId, Instant, Target
from healer.replay import acting, evidence
from healer.replay.coverage import Coverage
from healer.replay.stage import START, Sent, Stage
from healer.replay.story import Claim, Fact, IsCleared, Reload, Scene, Story
from healer.rules.actions import Action
from healer.rules.rule import RuleSet

MOST_EXPLAINED: Final = 2
"""Places whose explanation is given with one failure."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that is not as it should be."""

    mark: Mark
    at: str
    """Virtual time: `00:07:00`."""
    message: str
    explanation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a test came out."""

    story: Story
    failures: tuple[Failure, ...]
    sent: tuple[Sent, ...] = ()
    writes: int = 0
    """To the ledger, while it was told."""

    @property
    def end(self) -> str:
        """When its story ends, in virtual time."""
        return Times(START, START).at(START + self.story.end_s)

    @property
    def passed(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True)
class World:
    """What a story is told in."""

    rules: RuleSet
    profiles: Profiles
    reloaded: Mapping[str, RuleSet] = field(default_factory=lambda: MappingProxyType({}))
    """The rules of each file that stories load on their way."""
    coverage: Coverage | None = None
    """What stories reached is added to it."""


def run(story: Story, world: World) -> Verdict:
    """Tell the story and see what comes out as it should."""
    return _tell(story, world, None)


def crash_everywhere(story: Story, world: World) -> Verdict:
    """Tell it again and again, the daemon dying before and after each write to its ledger: nothing may go out twice.

    What is expected on the way is not looked at: a crash costs time, and a command that may have gone out is never
    repeated, so that the next step of the ladder may be taken instead.
    """
    calm = _tell(story, world, None)
    failures: dict[str, Failure] = {}
    for crash_at in range(2 * calm.writes):
        told = _tell(story, world, crash_at)
        where = f"{'after' if crash_at % 2 else 'before'} write {crash_at // 2 + 1} of {calm.writes}"
        for message in _doubled(calm, told):
            failure = Failure(story.mark, told.end, f"with a crash {where} to the ledger: {message}")
            failures.setdefault(message, failure)
    return Verdict(story, tuple(failures.values()), calm.sent, calm.writes)


def _doubled(calm: Verdict, told: Verdict) -> Iterator[str]:
    """Commands that must not be repeated and went out more often than without a crash."""
    once, now = (Counter((sent.charger, sent.action) for sent in one.sent) for one in (calm, told))
    for (charger, action), count in now.items():
        most = max(1, once[charger, action])
        if count > most and not Action.named(action).trait.repeatable:
            yield f"{action} was sent to {charger} {count} times instead of {most}"


def _tell(story: Story, world: World, crash_at: int | None) -> Verdict:
    trial = _Trial(story, world)
    trial.stage.crash_at = crash_at
    trial.tell()
    return Verdict(story, tuple(trial.failures), tuple(trial.stage.sent), trial.stage.writes)


@dataclass(slots=True)
class _Trial:
    story: Story
    world: World
    failures: list[Failure] = field(default_factory=list)
    explained: set[tuple[Instant, str, Target]] = field(default_factory=set)
    """What was explained: of one moment, everything once."""
    stage: Stage = field(init=False)

    def __post_init__(self) -> None:
        story, world = self.story, self.world
        self.stage = Stage.set_up(story.cast, world.rules, story.settings, world.profiles, self._sent)
        self.stage.begin()
        if world.coverage is not None:
            self._cover(world.coverage)

    def _cover(self, coverage: Coverage) -> None:
        """From virtual time 0 on: what happened before is nobody's story."""
        rule, stage = self.story.rule, self.stage
        coverage.begin(rule)
        stage.on_transition = coverage.note
        stage.on_rest = lambda: coverage.look(rule, stage.engine, stage.now)

    def tell(self) -> None:
        """Everything in its order; at one moment the restart first, then new rules, then the timeline."""
        moments: list[tuple[float, int, Scene | Reload | None]] = []
        moments += [(at_s, 0, None) for at_s in self.story.restarts]
        moments += [(reload.at_s, 1, reload) for reload in self.story.reloads]
        moments += [(scene.at_s, 2, scene) for scene in self.story.scenes]
        for at_s, _, what in sorted(moments, key=lambda moment: moment[:2]):
            self.stage.advance(START + at_s)
            match what:
                case Scene():
                    self._play(what)
                case Reload(file=file):
                    self.stage.reload(self.world.reloaded[file])
                case None:
                    self.stage.restart()
            self.stage.settle()

    def _play(self, scene: Scene) -> None:
        for charger in scene.chargers if scene.acts else ():
            for act in scene.acts:
                if isinstance(act, IsCleared):
                    self._clear(charger, act.author, scene)
                    continue
                problem = acting.perform(act, self.stage.actors[charger].charger, self.stage.now)
                if problem is not None:
                    self._fail(scene.mark, f"this cannot happen: {problem}")
            self.stage.settle()
        for claim in scene.claims:
            difference = evidence.difference(claim, self.stage, self.story.rule)
            if difference is not None:
                self._fail(claim.mark, difference, self._explanation(claim))

    def _clear(self, charger: ChargerId, author: str, scene: Scene) -> None:
        clearable = {State.AWAITING_CLEAR, State.EXHAUSTED, State.STABILISING}
        found = [one for one in self._incidents((charger,)) if one.state in clearable]
        if not found:
            self._fail(scene.mark, f"this cannot happen: {charger} has no incident that a person could clear")
        for incident in found:
            self.stage.give(IncidentCleared(incident.rule, incident.target, author))

    # --- what went wrong ------------------------------------------------------------------------------------------

    def _sent(self, sent: Sent) -> None:
        for action, mark in self.story.never:
            if _is_kind(sent.action, action):
                message = f"never: {sent.action} was sent to {sent.charger} by {sent.rule or 'healer itself'}"
                rule = sent.rule or self.story.rule
                self._fail(mark, message, self._explain(rule, targets(self.stage.engine, rule, sent.charger)[:1]))

    def _fail(self, mark: Mark, message: str, explanation: Iterable[str] = ()) -> None:
        self.failures.append(Failure(mark, self._shown(self.stage.now), message, tuple(explanation)))

    def _shown(self, moment: Instant) -> str:
        return Times(self.stage.now, START).at(moment)

    def _explanation(self, claim: Claim) -> Iterator[str]:
        """Why it is as it is: the places that the claim is about, those with an incident first."""
        rule, engine = self.story.rule, self.stage.engine
        places = [one.target for one in self._incidents(claim.chargers) if evidence.is_meant(one.target, claim)]
        if not places:
            some = (target for charger in claim.chargers for target in targets(engine, rule, charger))
            places = [target for target in some if evidence.is_meant(target, claim)][:1]
        yield from self._explain(rule, places)
        if claim.fact is Fact.SENT:
            yield from self._list_sent(claim.chargers)

    def _explain(self, rule: str, places: Iterable[Target]) -> Iterator[str]:
        for place in list(places)[:MOST_EXPLAINED]:
            key = (self.stage.now, rule, place)
            if key not in self.explained:
                self.explained.add(key)
                yield from explain(self.stage.engine, rule, place, self.stage.now, start=START)

    def _list_sent(self, chargers: tuple[ChargerId, ...]) -> Iterator[str]:
        for sent in self.stage.sent:
            if sent.charger in chargers and sent.rule:
                yield f"sent at {self._shown(sent.at)} to {sent.charger}: {sent.action}, by {sent.rule}"

    def _incidents(self, chargers: tuple[ChargerId, ...]) -> list[Incident]:
        return evidence.incidents(self.stage, self.story.rule, chargers)


def _is_kind(sent: str, forbidden: Action) -> bool:
    """Whether what was sent is that action, or a kind of it."""
    return sent == str(forbidden) or (forbidden.argument is None and Action.named(sent).name == forbidden.name)
