"""What the runtime needs of the world, as small Protocols; adapters and fakes are typed against them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from healer.effects import Fact
from healer.events import Event
from healer.healing.records import Alert, Intent
from healer.model import ConnectionId, Instant


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


class Notifier(Protocol):
    """Tells people."""

    def notify(self, alert: Alert) -> None: ...


Report = Callable[[Event], None]
"""How an adapter hands an event to the runtime."""
