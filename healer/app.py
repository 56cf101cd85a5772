"""The composition root: everything that makes a daemon, started, reloaded and stopped as one.

Tests and the demo run it in process, on port 0; the addresses that were taken are readable.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

import healer
from healer import config, events
from healer.adapters import process
from healer.adapters.access import secret
from healer.adapters.alerts import LogNotifier
from healer.adapters.clock import SystemClock
from healer.adapters.control import chargers, keys, reloading
from healer.adapters.control.reloading import Reloaded
from healer.adapters.control.server import ControlServer
from healer.adapters.http import HttpServer
from healer.adapters.metrics.exporter import Exporter
from healer.adapters.server import descriptor_warning
from healer.adapters.store import sqlite
from healer.adapters.store.sqlite import SqlStore
from healer.adapters.store.writer import Hooks
from healer.config import authorization
from healer.config.inventory import Listed
from healer.engine import Engine, EngineSettings
from healer.entrance import Entrance
from healer.errors import ResourceError, SettingsError
from healer.fleet.tokens import TokenPolicy
from healer.healing.ids import BLOCK
from healer.model import Instant, Seconds
from healer.ports import Notifier
from healer.rulebook import Opened, Rulebook, Rules, RulesError
from healer.rules.rule import RuleSet
from healer.runtime import Runtime
from healer.snapshot import Snapshot

ANSWERS_WITHIN_S: Seconds = 5.0
"""How long a stopping daemon waits for the answers to its open CALLs."""

_log = structlog.get_logger("healer.app")


def tokens_key(own: secret.Secret) -> bytes:
    """What drivers' tokens are hashed with, the same as long as the daemon keeps its secret."""
    return own.digest("tokens", b"")


class App:
    """One daemon."""

    def __init__(
        self,
        settings: config.Settings,
        rules: Rules,
        *,
        notifier: Notifier | None = None,
        on_write: Callable[[str], None] | None = None,
    ) -> None:
        """`notifier` is told every alert, in place of the log; `on_write` traces the store, see `writer.Hooks`."""
        self._settings = settings
        self._rulebook = Rulebook(rules, settings.store.path.with_suffix(".rules.json"))
        self._clock = SystemClock()
        self._notifier = notifier
        self._on_write = on_write
        self._undo = contextlib.AsyncExitStack()
        self._started = False
        self._rules_trouble: str | None = None
        self._reloading = asyncio.Lock()
        self._asked: set[asyncio.Task[Reloaded]] = set()

    async def start(self) -> None:
        """Open the store, take up where the last run stopped, and listen. Raises ResourceError."""
        try:
            await self._start(await asyncio.to_thread(self._rulebook.open))
        except BaseException:
            await self.stop()
            raise

    async def _start(self, opened: Opened) -> None:
        settings, now = self._settings, self._clock.now
        self._secret = secret.load(settings.ocpp.security.secret)
        listed = self._inventory()
        self.engine = self._make_engine(opened.rules, listed)
        tally = self.engine.tally
        store, snapshot = self._open_store()
        self._undo.push_async_callback(asyncio.to_thread, store.close)
        self._entrance = Entrance(settings.ocpp, self._secret, self.engine, self._report, now)
        self._undo.callback(self._entrance.close)
        notifier = self._notifier or LogNotifier(
            lambda target, result: tally.count("notifications_total", target=target, result=result)
        )
        self.runtime = Runtime(self.engine, self._clock, store, self._entrance.server, notifier, self._entrance)
        self.runtime.start(self.engine.restore(snapshot, now()))
        self._undo.callback(self.runtime.stop)
        self._judge_rules(opened.trouble)
        self._entrance.list_keys(listed.secrets)
        self._entrance.recall_keys()
        await self._listen()
        _tell_of(listed)
        too_few_files = descriptor_warning(settings.ocpp.max_connections)
        if too_few_files is not None:
            _log.warning("descriptors.short", reason=too_few_files)
        lag = asyncio.create_task(process.sample_lag(lambda late: tally.observe("event_loop_lag_seconds", late)))
        self._undo.callback(lag.cancel)
        if settings.watch_rules:
            watching = asyncio.create_task(self._rulebook.watch(self._reload_changed))
            self._undo.callback(watching.cancel)
        self._undo.push_async_callback(self._let_calls_end)
        self._started = True
        _log.info("daemon.started", ocpp=self.ocpp_url, http=self.http_url, rules=len(opened.rules.rules))

    def _make_engine(self, rules: RuleSet, listed: Listed) -> Engine:
        settings = self._settings
        return Engine(
            EngineSettings(
                answers=settings.answers(self._tokens()),
                healing=settings.healing,
                link=settings.link,
                admission=settings.admission,
                baseline=settings.baseline,
                call_timeout_s=settings.ocpp.call_timeout_s,
                max_frame_bytes=settings.ocpp.max_frame_bytes,
            ),
            rules,
            now=self._clock.now(),
            inventory=listed.inventory,
            profiles=settings.profiles,
        )

    def _open_store(self) -> tuple[SqlStore, Snapshot]:
        loop = asyncio.get_running_loop()

        def deliver(event: events.Event) -> None:
            loop.call_soon_threadsafe(self.runtime.report, event)

        def observe_write(seconds: Seconds) -> None:
            loop.call_soon_threadsafe(self.engine.tally.observe, "store_write_duration_seconds", seconds)

        return sqlite.open(
            self._settings.store.path,
            deliver=deliver,
            ids=BLOCK,
            now=self._clock.now,
            options=sqlite.Options(hooks=Hooks(observe_write, self._on_write)),
        )

    async def _listen(self) -> None:
        """First where people look and speak, then where chargers dial."""
        settings = self._settings
        exporter = Exporter(self.engine, self.engine.tally, version=healer.__version__)
        self._http = HttpServer(
            settings.http.host, settings.http.port, render_metrics=exporter.render, reasons=self.not_ready
        )
        self._undo.push_async_callback(self._http.stop)
        await _begin(self._http.start, "http", f"{settings.http.host} port {settings.http.port}")
        control = ControlServer(
            settings.control.socket,
            [
                *chargers.routes(self.engine, self._report, self.now),
                *keys.routes(self._entrance.rotate_key, self._entrance.forget_keys),
                *reloading.routes(self.reload),
            ],
        )
        self._undo.push_async_callback(control.stop)
        await _begin(control.start, "control", str(settings.control.socket))
        self._undo.push_async_callback(self._entrance.server.stop)
        await _begin(self._entrance.server.start, "ocpp", f"{settings.ocpp.host} port {settings.ocpp.port}")

    def _inventory(self) -> Listed:
        """The listed chargers: from their own file where the settings name one."""
        file = self._settings.inventory_file
        if file is None:
            return self._settings.listed
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
            return config.load_inventory(text, str(file), os.environ, config.read_file)
        except OSError as error:
            raise SettingsError(f"{file}: the inventory cannot be read: {error.strerror}") from error

    def _tokens(self) -> TokenPolicy:
        """Who may charge, of a list that may have a file of its own."""
        return authorization.policy(self._settings.authorization, tokens_key(self._secret), config.read_file)

    def _report(self, event: events.Event) -> None:
        self.runtime.report(event)

    @property
    def ocpp_url(self) -> str:
        """Where chargers connect, without their identity; the open port where there is one."""
        return f"{self._entrance.server.urls[0]}/ocpp"

    @property
    def http_url(self) -> str:
        host, port = self._http.address
        return f"http://{host}:{port}"

    def now(self) -> Instant:
        """The engine's time."""
        return self._clock.now()

    def not_ready(self) -> Sequence[str]:
        """Why the daemon cannot do its work; nothing when it can."""
        reasons = []
        if not self._started:
            reasons.append("the daemon is starting")
        if self.engine.ward.trouble is not None:
            reasons.append(f"store: {self.engine.ward.trouble}")
        if self._rules_trouble is not None:
            reasons.append("rules: those on disk have errors; the last good ones are in force")
        return reasons

    def ask_reload(self) -> None:
        """Reload soon, as SIGHUP asks for."""
        task = asyncio.create_task(self.reload())
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def reload(self, dry_run: bool = False) -> Reloaded:
        """Read rules, inventory, tokens and certificates again; what has mistakes stays what it was.

        With `dry_run` nothing is changed. A daemon that is still starting, or stopping already, has nothing to swap: it
        reads them when it starts.
        """
        async with self._reloading:
            if not self._started:
                return Reloaded(refused={"daemon": "it is starting or stopping"})
            refused = {
                "inventory": await self._reload_inventory(dry_run),
                "tokens": self._reload_tokens(dry_run),
                "certificates": None if dry_run or self._entrance.reload() else "refused; the log tells why",
            }
            found = await self._reload_rules(dry_run)
            others = {what: mistakes for what, mistakes in refused.items() if mistakes is not None}
            return replace(found, refused={**found.refused, **others})

    async def _reload_inventory(self, dry_run: bool) -> str | None:
        try:
            listed = await asyncio.to_thread(self._inventory)  # a large one takes seconds
        except SettingsError as error:
            _log.error("inventory.refused", mistakes=str(error))
            return str(error)
        if not dry_run:
            self._entrance.list_keys(listed.secrets)
            self.runtime.report(events.InventoryReplaced(listed.inventory))
            _log.info("inventory.replaced", chargers=len(listed.inventory.chargers))
            _tell_of(listed)
        return None

    def _reload_tokens(self, dry_run: bool) -> str | None:
        try:
            tokens = self._tokens()
        except SettingsError as error:
            _log.error("tokens.refused", mistakes=str(error))
            return str(error)
        if not dry_run:
            self.runtime.report(events.TokensReplaced(tokens))
        return None

    async def _reload_changed(self) -> None:
        """The rule files changed: read them again, and nothing else."""
        async with self._reloading:
            if self._started:
                await self._reload_rules(dry_run=False)

    async def _reload_rules(self, dry_run: bool) -> Reloaded:
        try:
            rules = await asyncio.to_thread(self._rulebook.look if dry_run else self._rulebook.read)
        except RulesError as error:
            if not dry_run:
                self._judge_rules(str(error))
            return Reloaded(len(self.engine.index.compiled), {"rules": str(error)})
        plan = self.engine.rulings.foresee(rules)
        if not dry_run:
            self.runtime.report(events.RulesReplaced(rules))
            self._judge_rules(None)
        return Reloaded(len(rules.rules), {}, plan)

    def _judge_rules(self, trouble: str | None) -> None:
        """What is wrong with the rules on disk; None when they are in force."""
        tally, self._rules_trouble = self.engine.tally, trouble
        tally.set("rules_reload_successful", 1.0 if trouble is None else 0.0)
        if trouble is None:
            tally.set("rules_reload_timestamp_seconds", self._clock.now())
        else:
            _log.error("rules.refused", mistakes=trouble)
        self.runtime.report(events.RulesJudged(trouble))

    async def stop(self) -> None:
        """Stop accepting, let open CALLs end, close every connection with 1012, and leave the store consistent."""
        was_started, self._started = self._started, False
        await self._undo.aclose()
        if was_started:
            _log.info("daemon.stopped")

    async def _let_calls_end(self) -> None:
        """From now on nothing is sent; what was sent may still be answered."""
        self.engine.hold()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await self.runtime.quiet.wait()


async def _begin(start: Callable[[], Awaitable[None]], section: str, place: str) -> None:
    """Start a server; ResourceError names the setting at fault, which the system's own words do not."""
    try:
        await start()
    except OSError as error:
        # The servers' sentences are of three kinds and repeat address and number; the system's is one.
        why = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else str(error.strerror or error)
        where = error.filename if isinstance(error.filename, str) else place
        raise ResourceError(f"{section}: cannot listen on {where}: {why[:1].lower()}{why[1:]}") from error


def _tell_of(listed: Listed) -> None:
    """What is questionable about an inventory that can be used."""
    for mistake in listed.warnings:
        _log.warning("inventory.questioned", place=str(mistake.mark), reason=mistake.message)
