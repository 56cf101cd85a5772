"""Every setting: its meaning, its default, its bounds. `config.example.yaml` shows the same to the user."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import model_validator

from healer.config.authorization import Choice
from healer.config.inventory import Listed
from healer.config.security import SecuritySettings, TlsSettings, complaint
from healer.config.values import Interval, Port, Positive, Section, Text, at_least, parsed, word
from healer.documents import Mistakes, Node, Scalar, fields, shown
from healer.fleet.baseline import Baseline
from healer.fleet.charger import LinkSettings
from healer.fleet.enrolment import AdmissionSettings, UnknownChargers
from healer.fleet.hearing import AnswerPolicy
from healer.fleet.inventory import Inventory
from healer.fleet.profiles import Profiles
from healer.fleet.tokens import TokenPolicy
from healer.healing.settings import HealingSettings
from healer.model import ChargerId, OcppVersion
from healer.rules.windows import Window

SHIPPED: Final = "shipped"
"""The word that stands for the rules that come with healer."""


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


def _port_or_off(node: Node, mistakes: Mistakes) -> int | None:
    if isinstance(node, Scalar) and node.text == "off":
        return None
    return fields.integer(node, mistakes, 0, 65535)


def _version_or_refuse(node: Node, mistakes: Mistakes) -> OcppVersion | None:
    text = node.text if isinstance(node, Scalar) else ""
    if text not in ("refuse", OcppVersion.V16):
        mistakes.error(node.mark, "E-VALUE", f"{shown(text)} is not known here", "write 'refuse' or '1.6'")
    return OcppVersion.V16 if text == OcppVersion.V16 else None


class OcppSettings(Section):
    """The ports for chargers, the only public ones."""

    host: Text = "0.0.0.0"  # noqa: S104 - chargers come from outside
    """Address to listen on."""
    port: Annotated[int | None, parsed(_port_or_off)] = 9000
    """TCP port; 0 takes a free one, `off` leaves only TLS. Chargers connect to `ws://HOST:PORT/any/path/CHARGER-ID`."""
    tls: TlsSettings = TlsSettings()
    security: SecuritySettings = SecuritySettings()
    without_subprotocol: Annotated[OcppVersion | None, parsed(_version_or_refuse)] = None
    """What a listed charger speaks that names no subprotocol: `1.6`, or `refuse` (None) not to let it in."""
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

    @model_validator(mode="after")
    def _somebody_can_connect(self) -> Self:
        if self.port is None and not self.tls.enabled:
            raise complaint("there is neither a plain port nor a certificate for TLS", "write 'tls', or 'port: 9000'")
        if self.security.profile >= 2 and not self.tls.enabled:
            hint = "write 'tls: {certificates: [{certificate: FILE, key: FILE}]}', or a lower profile"
            raise complaint(f"security profile {self.security.profile} needs a certificate for TLS", hint)
        if self.security.profile == 3 and self.tls.client_ca is None:
            raise complaint("security profile 3 needs to know whose client certificates count", "write 'client_ca'")
        return self


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


class PendingSettings(Section):
    """How chargers are held that wait for approval."""

    retry_s: Interval = 60.0
    """After which time a pending charger is to ask again; whole seconds."""
    most: Positive = 1000
    """So many are remembered; for one more, the one that was quiet for longest is forgotten."""


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
    """All settings of one daemon. `authorization` has no default, for every answer is wrong for somebody."""

    authorization: Choice
    """Standalone, healer answers Authorize and transactions itself: it accepts everybody, nobody, or who is listed."""
    ocpp: OcppSettings = field(default_factory=OcppSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    control: ControlSettings = field(default_factory=ControlSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    log: LogSettings = field(default_factory=LogSettings)
    rules: tuple[str, ...] = (SHIPPED,)
    """Files and directories of rules; `shipped` stands for those that come with healer."""
    watch_rules: bool = False
    """Read the rule files again whenever one of them changes; else on SIGHUP and `healer reload` only."""
    inventory_file: Path | None = None
    """A file of sites and chargers, read again on SIGHUP; instead of `inventory`."""
    inventory: Inventory = field(default_factory=Inventory)
    """The sites and chargers listed in the settings themselves."""
    secrets: Mapping[ChargerId, str] = field(default_factory=dict, repr=False)
    """Their passwords."""
    unknown_chargers: UnknownChargers = UnknownChargers.ACCEPT
    """What becomes of chargers that nobody listed or approved: `accept`, hold them `pending`, or `reject` them."""
    pending: PendingSettings = field(default_factory=PendingSettings)
    windows: Mapping[str, Window] = field(default_factory=dict)
    """Times of the week that rules may name (`window: nights`), by the clock at each site; they win over a pack's."""
    profiles: Profiles = field(default_factory=Profiles)
    """Habits of vendors' models: the shipped ones, then the file's own, which win."""
    baseline: Baseline = field(default_factory=Baseline)
    """The wanted configuration of chargers; drift is mended in mode `auto` only."""
    healing: HealingSettings = field(default_factory=HealingSettings, repr=False)
    """Not in the repr: an upload address may carry a password."""

    @property
    def link(self) -> LinkSettings:
        """How silence is judged."""
        ocpp = self.ocpp
        return LinkSettings(ocpp.heartbeat_interval_s, ocpp.ping_interval_s, ocpp.pong_timeout_s)

    @property
    def listed(self) -> Listed:
        """The sites and chargers listed in the settings themselves, and their secrets."""
        return Listed(self.inventory, self.secrets)

    @property
    def admission(self) -> AdmissionSettings:
        """Who is let in."""
        return AdmissionSettings(self.unknown_chargers, self.pending.retry_s, self.pending.most)

    def answers(self, tokens: TokenPolicy) -> AnswerPolicy:
        """What chargers are answered; `tokens` is what became of `authorization`."""
        signs = self.ocpp.security.authority.certificate is not None
        return AnswerPolicy(tokens, round(self.ocpp.heartbeat_interval_s), signs)
