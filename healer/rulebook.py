"""The rules of a daemon on disk: read, checked whole, kept as the last good set, and watched for changes.

The last good set is one file beside the store, with the exact texts. It serves a start at which the files themselves
have mistakes, so that a daemon that was restarted at the wrong moment still heals.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
import structlog

from healer import config, shipped
from healer.config.settings import SHIPPED
from healer.documents import Mark, Mistakes
from healer.errors import ResourceError
from healer.model import Seconds
from healer.rules import packs
from healer.rules.rule import RuleSet
from healer.rules.steps import Limits

LOOK_EVERY_S: Final[Seconds] = 2.0
"""How often watched files are looked at; a change is acted on once they have stood still for as long."""

_log = structlog.get_logger("healer.rulebook")


_Stamps: TypeAlias = dict[str, tuple[int, int, int] | None]
"""What tells a changed file from the same; None for one that cannot be looked at."""


class RulesError(ResourceError):
    """The rules cannot be used; the message shows every mistake with its place."""


class Text(msgspec.Struct, frozen=True):
    """One rule file, as it was."""

    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Where the rules come from and how strictly they are read."""

    paths: tuple[Path, ...]
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def of(cls, settings: config.Settings, *more: Path) -> Rules:
        """The rules the settings name, and `more`."""
        named = tuple(shipped.rules() if path == SHIPPED else Path(path) for path in settings.rules)
        healing = settings.healing
        return cls(
            (*named, *more),
            Limits(verify_floor_s=healing.verify_floor_s, windows=settings.windows, daemon=healing.as_limits()),
        )

    def load(self) -> RuleSet:
        """Read and check everything; RulesError if anything is wrong with it."""
        return self.read()[0]

    def read(self) -> tuple[RuleSet, tuple[Text, ...]]:
        """The same, and the texts."""
        mistakes = Mistakes()
        texts = tuple(Text(file, text) for file, text in shipped.read_rules(self.paths, mistakes))
        if self.paths and not texts and not mistakes.errors:
            # A directory that lost its volume must not end all healing.
            mistakes.error(Mark(str(self.paths[0]), 1, 1), "E-FILE", "there are no rule files here (*.yaml, *.yml)")
        return self.parse(texts, mistakes), texts

    def parse(self, texts: Sequence[Text], mistakes: Mistakes | None = None) -> RuleSet:
        """Rules of texts; RulesError if anything is wrong with them. `mistakes` found before are carried on."""
        loaded = packs.load([(one.file, one.text) for one in texts], mistakes=mistakes, limits=self.limits)
        if loaded.mistakes.errors:
            raise RulesError(f"{loaded.mistakes.render()}\n{loaded.mistakes.summary()}")
        return loaded.rules


@dataclass(frozen=True, slots=True)
class Opened:
    """The rules to start with."""

    rules: RuleSet
    trouble: str | None = None
    """What is wrong with those on disk: these are the last good ones. None: these are those on disk."""


class Rulebook:
    """The rules on disk and the last good ones, kept in `beside`."""

    def __init__(self, rules: Rules, beside: Path) -> None:
        self._rules = rules
        self._beside = beside
        self._known: _Stamps = {}
        """Of the files as they were when they were read last."""

    def open(self) -> Opened:
        """The rules on disk, or the last good ones. RulesError when neither can be used."""
        try:
            return Opened(self.read())
        except RulesError as error:
            kept = self._recall()
            if kept is None:
                raise
            return Opened(kept, str(error))

    def read(self) -> RuleSet:
        """The rules on disk, which are the last good ones from now on. RulesError when they have mistakes."""
        self._known = self._stamps()
        rules, texts = self._rules.read()
        try:
            self._keep(texts)
        except OSError as error:
            _log.error("rules.unkept", file=str(self._beside), reason=error.strerror)
        return rules

    def look(self) -> RuleSet:
        """The rules on disk; nothing is kept of them. RulesError when they have mistakes."""
        return self._rules.load()

    async def watch(self, changed: Callable[[], Awaitable[object]], every_s: Seconds = LOOK_EVERY_S) -> None:
        """For ever: tell when files are others than those read last, and stand still. Cancel it to end it."""
        seen = self._known
        while True:
            await asyncio.sleep(every_s)
            before, seen = seen, await asyncio.to_thread(self._stamps)
            if seen == before and seen != self._known:
                self._known = seen
                await changed()

    def _stamps(self) -> _Stamps:
        stamps: _Stamps = {}
        for file in shipped.rule_files(self._rules.paths):
            try:
                found = file.stat()
                stamps[str(file)] = (found.st_mtime_ns, found.st_size, found.st_ino)
            except OSError:
                stamps[str(file)] = None
        return stamps

    def _keep(self, texts: Sequence[Text]) -> None:
        """Whole or not at all; only when they differ from those that are kept."""
        data = msgspec.json.format(msgspec.json.encode(texts))
        with contextlib.suppress(OSError):
            if self._beside.read_bytes() == data:
                return
        self._beside.parent.mkdir(parents=True, exist_ok=True)
        draft = self._beside.with_name(f"{self._beside.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self._beside)
        finally:
            draft.unlink(missing_ok=True)

    def _recall(self) -> RuleSet | None:
        """The last good rules; None, and why in the log, when there are none that can be used."""
        try:
            return self._rules.parse(msgspec.json.decode(self._beside.read_bytes(), type=tuple[Text, ...]))
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, RulesError) as error:
            _log.error("rules.unusable", file=str(self._beside), reason=str(error))
            return None
