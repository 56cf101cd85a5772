"""Every setting: its meaning, its default, its bounds. `config.example.yaml` shows the same to the user."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from healer.config.values import Interval, Port, Positive, Section, Text, at_least, word
from healer.fleet.charger import LinkSettings
from healer.fleet.hearing import AnswerPolicy
from healer.fleet.inventory import Inventory
from healer.fleet.profiles import Profiles
from healer.healing.settings import HealingSettings

SHIPPED: Final = "shipped"
"""The word that stands for the rules that come with healer."""


class Authorization(enum.StrEnum):
    """What a charger is told when a driver presents a card."""

    ACCEPT = "accept"
    """Everybody may charge, and nobody is billed."""
    REJECT = "reject"
    """Nobody may charge."""


class LogFormat(enum.StrEnum):
    """How log lines are written."""

    AUTO = "auto"
    """`console` on a terminal, `json` elsewhere."""
    JSON = "json"
    CONSOLE = "console"


class LogLevel(enum.StrEnum):
    """From how bad on something is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class OcppSettings(Section):
    """The port for chargers, the only public one."""

    host: Text = "0.0.0.0"  # noqa: S104 - chargers come from outside
    """Address to listen on."""
    port: Port = 9000
    """TCP port; 0 takes a free one. Chargers connect to `ws://HOST:PORT/any/path/CHARGER-ID`."""
    heartbeat_interval_s: Interval = 300.0
    """How often chargers are told to send Heartbeat; whole seconds."""
    ping_interval_s: Interval = 60.0
    """How often a websocket ping is sent."""
    pong_timeout_s: Interval = 30.0
    """How long its pong may take before the connection is closed."""
    call_timeout_s: Interval = 30.0
    """How long a charger may take to answer a command."""
    handshake_timeout_s: Interval = 10.0
    """How long a client may take to become a websocket."""
    close_timeout_s: Interval = 5.0
    """How long a charger may take to agree to a close before it is cut off."""
    max_connections: Positive = 20_000
    """Open connections; the next one is refused with 503."""
    max_frame_bytes: Annotated[int, at_least(1024)] = 1_048_576
    """Largest message accepted; a larger one closes its connection with 1009."""
    max_outbox: Positive = 100
    """Messages that may wait for a charger that does not read; one more closes its connection."""
    max_frame_rate: Positive = 100
    """Messages a second that are read from one charger in the long run; what comes faster waits in the network."""


class HttpSettings(Section):
    """The private port: /metrics, /healthz, /readyz. It has no password: keep it off the internet."""

    host: Text = "127.0.0.1"
    """Address to listen on."""
    port: Port = 9105
    """TCP port; 0 takes a free one."""


class ControlSettings(Section):
    """The control socket, through which `healer clear` speaks to the daemon on the same machine."""

    socket: Path = Path("healer.sock")
    """Unix socket, readable by the daemon's user only; a relative path counts from the working directory."""


class StoreSettings(Section):
    """Where incidents, actions and the fleet's state are kept."""

    path: Path = Path("healer.sqlite")
    """SQLite file; a relative path counts from the working directory. On a local disk, never on a network share."""


class LogSettings(Section):
    """The log, on standard error."""

    level: Annotated[LogLevel, word(LogLevel, "log level")] = LogLevel.INFO
    """debug, info, warning or error."""
    format: Annotated[LogFormat, word(LogFormat, "log format")] = LogFormat.AUTO
    """json, console, or auto: console on a terminal, json elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one daemon. `authorization` has no default, for both answers are wrong for somebody."""

    authorization: Authorization
    """Standalone, healer answers Authorize and StartTransaction itself: `accept` everybody or `reject` everybody."""
    ocpp: OcppSettings = field(default_factory=OcppSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    control: ControlSettings = field(default_factory=ControlSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    log: LogSettings = field(default_factory=LogSettings)
    rules: tuple[str, ...] = (SHIPPED,)
    """Files and directories of rules; `shipped` stands for those that come with healer."""
    inventory_file: Path | None = None
    """A file of sites and chargers, read again on SIGHUP; instead of `inventory`."""
    inventory: Inventory = field(default_factory=Inventory)
    """The sites and chargers listed in the settings themselves."""
    profiles: Profiles = field(default_factory=Profiles)
    """Habits of vendors' models: the shipped ones, then the file's own, which win."""
    healing: HealingSettings = field(default_factory=HealingSettings, repr=False)
    """Not in the repr: an upload address may carry a password."""

    @property
    def link(self) -> LinkSettings:
        """How silence is judged."""
        ocpp = self.ocpp
        return LinkSettings(ocpp.heartbeat_interval_s, ocpp.ping_interval_s, ocpp.pong_timeout_s)

    @property
    def answers(self) -> AnswerPolicy:
        """What chargers are answered."""
        return AnswerPolicy(self.authorization is Authorization.ACCEPT, round(self.ocpp.heartbeat_interval_s))
