"""The demo as a whole: the daemon, the simulated fleet, the script, and the summary at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from healer import config
from healer.app import App
from healer.config.settings import ControlSettings, StoreSettings
from healer.demo import story
from healer.healing.incident import Incident, State
from healer.healing.records import Alert
from healer.model import Instant, Seconds
from healer.ports import Notifier
from healer.rulebook import Rules
from healer.sim.fleet import Fleet, loop_clock
from healer.sim.script import play

CONNECT_WITHIN_S: Seconds = 15.0


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of it."""

    tales: tuple[tuple[str, bool], ...]
    incidents: dict[str, int]
    """By how they ended; those still open by state."""
    actions: dict[str, int]
    """Sent, by action and outcome."""
    refusals: dict[str, int]
    """Times a guard blocked a step, by guard."""
    alerts: dict[str, int]
    """Raised, by severity."""

    @property
    def as_told(self) -> bool:
        return all(came_true for _, came_true in self.tales)


class Memory:
    """A notifier that remembers, and hands on."""

    def __init__(self, then: Notifier) -> None:
        self.alerts: list[Alert] = []
        self._then = then

    def notify(self, alert: Alert) -> None:
        self.alerts.append(alert)
        self._then.notify(alert)


def settings(store: Path) -> config.Settings:
    """The demo's settings, with the store where it is wanted."""
    text = _resource("settings.yaml").read_text(encoding="utf-8")
    read = config.load(text, "settings.yaml", os.environ, lambda path: path.read_text(encoding="utf-8"))
    control = ControlSettings(socket=store.with_suffix(".sock"))
    security = read.ocpp.security.model_copy(update={"secret": store.with_suffix(".secret")})
    ocpp = read.ocpp.model_copy(update={"security": security})
    return replace(read, ocpp=ocpp, store=StoreSettings(path=store), control=control)


def rules(settings: config.Settings) -> Rules:
    """The shipped rules with the demo's times."""
    return Rules.of(settings, _resource("rules.yaml"))


def _resource(name: str) -> Path:
    return Path(str(resources.files("healer.demo") / name))


class Stage:
    """Runs the demo in the current event loop."""

    def __init__(self, store: Path, notifier: Notifier) -> None:
        self.notes = Memory(notifier)
        wanted = settings(store)
        self.app = App(wanted, rules(wanted), notifier=self.notes)
        self.fleet: Fleet

    async def run(self, for_s: Seconds | None, stopping: asyncio.Event, opened: Callable[[Stage], object]) -> Summary:
        """Play until the time is over or `stopping` is set. `opened` is called once the daemon listens."""
        await self.app.start()
        try:
            self.fleet = Fleet(self.app.ocpp_url, story.fleet(), loop_clock())
            opened(self)
            async with self.fleet:
                await self._act(for_s, stopping)
                return self.summary()
        finally:
            await self.app.stop()

    def now(self) -> Instant:
        """The engine's time."""
        return self.app.now()

    async def _act(self, for_s: Seconds | None, stopping: asyncio.Event) -> None:
        script = asyncio.create_task(self._play())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(for_s):
                await stopping.wait()
        script.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await script

    async def _play(self) -> None:
        while self.fleet.connected < len(self.fleet.chargers):  # noqa: ASYNC110 - a moment, and nothing tells of it
            await asyncio.sleep(0.1)
        await play(self.fleet, story.scenes())

    def tales(self) -> tuple[tuple[str, bool], ...]:
        """Each tale's title, and whether it has come true by now."""
        ending = story.Ending(self.app.engine, self.fleet, tuple(self.notes.alerts))
        return tuple((tale.title, tale.came_true(ending)) for tale in story.TALES)

    def summary(self) -> Summary:
        """How it stands now."""
        tally = self.app.engine.tally
        incidents = self.app.engine.casebook.incidents()
        return Summary(
            tales=self.tales(),
            incidents=dict(sorted(Counter(map(_outcome, incidents)).items())),
            actions={
                f"{action}: {outcome}": int(number)
                for (action, _, outcome), number in sorted(tally.numbers("actions_total").items())
            },
            refusals=_sums(tally.numbers("actions_suppressed_total").items(), 1),
            alerts=dict(Counter(alert.severity.value for alert in self.notes.alerts if alert.active)),
        )


def _outcome(incident: Incident) -> str:
    """How an incident ended, or where it stands."""
    if incident.state is not State.RESOLVED:
        return f"open: {incident.state}" if incident.state.open else str(incident.state)
    return "ended by itself" if incident.healed_by is None else "healed"


def _sums(series: Iterable[tuple[tuple[str, ...], float]], label: int) -> dict[str, int]:
    """The numbers of a family by one of its labels."""
    sums: Counter[str] = Counter()
    for labels, number in series:
        sums[labels[label]] += int(number)
    return dict(sorted(sums.items()))


@contextlib.contextmanager
def temporary_store() -> Iterator[Path]:
    """A place for the demo's store that goes when the demo ends."""
    with tempfile.TemporaryDirectory(prefix="healer-demo-") as directory:
        yield Path(directory) / "healer.sqlite"
