"""One charger with one quirk and the daemon with the shipped rules in mode auto, in virtual time."""

from __future__ import annotations

from dataclasses import replace

from healer import shipped
from healer.behaviour import Habits, Identity, Quirk, SimulatedCharger, quirks
from healer.behaviour.wire import Wire
from healer.config.reading import shipped_profiles
from healer.engine import Engine
from healer.fleet.baseline import Baseline
from healer.fleet.charger import Charger
from healer.fleet.profiles import Profile, ProfileEntry, Profiles
from healer.fleet.signals import SIGNALS, Reading
from healer.healing.incident import Incident
from healer.healing.settings import HealingSettings, StartupLimits
from healer.model import ChargerId, Mode, OcppVersion, Seconds, Target
from healer.replay.stage import START, WATCHED_S, Stage
from healer.replay.story import Part
from healer.rules import packs
from healer.rules.actions import ACTIONS
from healer.rules.rule import RuleSet

ID = ChargerId("Depot/1")
HABITS = Habits()
CORE = "\n".join(
    file.read_text(encoding="utf-8")
    for file in sorted(shipped.rules().glob("*.yaml"))
    if not file.stem.endswith(".test") and file.stem == "core"
)


def rules(text: str) -> RuleSet:
    loaded = packs.load([("rules.yaml", text)])
    assert not loaded.mistakes.errors, loaded.mistakes.render()
    return loaded.rules


class World:
    """The charger, the daemon, and what passed between them since virtual time 0."""

    def __init__(
        self,
        quirk: Quirk | str,
        text: str = CORE,
        *,
        habits: Habits = HABITS,
        profile: Profile | None = None,
        baseline: Baseline | None = None,
        **settings: object,
    ) -> None:
        self.quirk = quirks.find(quirk) if isinstance(quirk, str) else quirk
        identity = self.quirk.identity(Identity(ID, connectors=1))
        given: dict[str, object] = {"mode": Mode.AUTO, "startup": StartupLimits(0.0, 0.0, 0.0), **settings}
        self.stage = Stage.set_up(
            [Part(identity, "Depot")],
            rules(text),
            HealingSettings(**given),  # type: ignore[arg-type]  # tests name single fields
            _profiles(identity, profile),
        )
        if baseline is not None:
            self._want(baseline)
        actor = self.stage.actors[ID]
        actor.charger = self.quirk.charger(identity, habits)
        actor.wire = Wire(identity.version, actor.charger.habits.accent)
        self.stage.begin()

    def _want(self, baseline: Baseline) -> None:
        """Another engine before the beginning, with a wanted configuration."""
        old = self.stage.engine
        self.stage.engine = Engine(
            replace(old.settings, baseline=baseline),
            rules(CORE),
            now=START - WATCHED_S,
            inventory=old.roster.inventory,
            profiles=old.roster.profiles,
        )

    def forget_who_it_is(self) -> None:
        """As if it had never booted while the daemon was there."""
        self.believed.vendor = self.believed.model = None

    # --- what passes ----------------------------------------------------------------------------------------------

    @property
    def box(self) -> SimulatedCharger:
        """The charger as it is."""
        return self.stage.actors[ID].charger

    @property
    def believed(self) -> Charger:
        """The charger as the daemon takes it to be."""
        return self.stage.engine.chargers[ID]

    @property
    def now(self) -> float:
        return self.stage.now

    def wait(self, seconds: Seconds) -> None:
        self.stage.advance(self.now + seconds)

    def lose_link(self) -> None:
        """The network takes the link away; whatever was on its way is lost."""
        self.stage.lose_link(ID)

    def crash(self) -> None:
        """It restarts by itself."""
        self.box.go_down("Watchdog", False, self.box.habits.boot_time_s, self.now)

    # --- what is seen ---------------------------------------------------------------------------------------------

    def signal(self, name: str, connector: int | None = 1) -> Reading:
        plug = connector if self.box.version is OcppVersion.V16 or connector is None else 1
        target = Target(ID, connector, plug).widened(SIGNALS[name].scope)
        return SIGNALS[name].read(self.believed, target, self.now)

    @property
    def told_status(self) -> str:
        """What connector 1 says of itself, in the words of the signal."""
        return self.box.status(1).value

    @property
    def quarantined(self) -> bool:
        return ID in self.stage.engine.ward.quarantined

    @property
    def commands(self) -> list[str]:
        """Every command that reached it, in words: `Reset soft`, `TriggerMessage BootNotification`."""
        return [_words(command) for _, command in self.box.commands]

    @property
    def disruptive(self) -> list[str]:
        """What was sent by rules and interrupts service."""
        return [sent.action for sent in self.stage.sent if ACTIONS[sent.action.split()[0]].disruptive]

    @property
    def alerts(self) -> list[str]:
        return [alert.rule for alert in self.stage.alerts]

    @property
    def sessions(self) -> list[str]:
        """The transactions that the daemon takes to be open."""
        return [transaction.id for transaction in self.believed.transactions()]

    def incidents(self) -> list[Incident]:
        return list(self.stage.engine.incidents())

    def counted(self, family: str, label: str = "") -> float:
        """How much was counted in a family, under this label where one is given."""
        tally = self.stage.engine.tally
        series = [(known.name, labels, value) for known, labels, value in tally.of_charger(ID)]
        series += [(family, labels, value) for labels, value in tally.numbers(family).items()]
        return sum(value for name, labels, value in series if name == family and (not label or label in labels))


def _profiles(identity: Identity, profile: Profile | None) -> Profiles:
    known = shipped_profiles()
    if profile is None:
        return known
    return known.extended([ProfileEntry(identity.vendor, profile, identity.model)])


def _words(command: object) -> str:
    name = type(command).__name__
    match name:
        case "Reset":
            return f"Reset {'hard' if command.hard else 'soft'}"  # type: ignore[attr-defined]
        case "TriggerMessage":
            return f"TriggerMessage {command.what}"  # type: ignore[attr-defined]
        case _:
            return name
