"""What runtime and adapters need of the world, as small Protocols; adapters and fakes are typed against them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from healer.effects import ChangeKeys, Fact, SignCertificate
from healer.events import Event
from healer.fleet.peer import Peer, Refusal
from healer.healing.records import Alert, Intent
from healer.model import ChargerId, ConnectionId, Instant, Seconds


class Clock(Protocol):
    """The engine's timeline: wall time at start plus monotonic time since. It never jumps."""

    def now(self) -> Instant: ...


class Store(Protocol):
    """Durable memory. Calls return at once; results come back as events through `report`, in the loop's thread.

    Facts and intents become durable in the order in which they are given; an intent's `IntentStored` is reported only
    after the commit that holds it and everything before it. Only a charger's record may become durable sooner: in the
    place of one of the same charger that is still waiting. Facts beyond the queue's bound are dropped and
    `StoreChanged(False)` is reported; intents beyond it, or that the store refuses, are reported as `IntentRefused`.
    `StoreChanged(True)` comes when hardly anything waits any more; its reason tells once of all that was lost.
    """

    def record_intent(self, intent: Intent) -> None: ...

    def record_fact(self, fact: Fact) -> None: ...

    def reserve_ids(self, kind: str, count: int) -> None: ...


class Links(Protocol):
    """The open connections."""

    def send(self, connection: ConnectionId, data: str) -> bool:
        """Put a frame into the connection's bounded outbox; False when it cannot be taken, and never will be."""
        ...

    def close(self, connection: ConnectionId, code: int, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Knock:
    """What somebody who wants to connect as a charger shows."""

    address: str | None = None
    """Where the socket comes from."""
    encrypted: bool = False
    certificate: Mapping[str, Any] | None = field(default=None, repr=False)
    """The client certificate that TLS has verified, as `ssl.SSLSocket.getpeercert` gives it."""
    authorization: str | None = field(default=None, repr=False)
    """The Authorization header: a secret."""
    forwarded: tuple[str, ...] = ()
    """The values of Forwarded (RFC 7239), in order."""
    forwarded_for: tuple[str, ...] = ()
    """The values of X-Forwarded-For, in order."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """It may come in."""

    peer: Peer = field(default_factory=Peer)
    listed: bool = False
    """It is a charger that an operator listed or approved."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not."""

    reason: Refusal
    peer: Peer = field(default_factory=Peer)
    retry_after_s: Seconds | None = None
    """When to try again, if that can be said."""


class Gate(Protocol):
    """Decides who may connect as a charger."""

    async def admit(self, charger: ChargerId, knock: Knock) -> Admitted | Refused: ...


class Doorkeeper(Protocol):
    """Knows the keys of chargers, and signs the certificates that they request."""

    def change_keys(self, change: ChangeKeys) -> None:
        """From now on these count."""

    def sign(self, request: SignCertificate) -> None:
        """Returns at once; the result comes back as an event."""


class Notifier(Protocol):
    """Tells people."""

    def notify(self, alert: Alert) -> None: ...


Report = Callable[[Event], None]
"""How an adapter hands an event to the runtime."""
