"""The engine: one synchronous call from an event to its effects.

Owns the routing between fleet, rules and healing (`routing`), the open conversations with chargers (`conversations`),
the one timer (`timers`), and what is shown of a decision (`explain`). May not enter: clocks, I/O, tasks, and decisions
of its own. Start at `routing.Engine.handle`.
"""

from healer.engine.routing import Engine
from healer.engine.settings import EngineSettings

__all__ = ["Engine", "EngineSettings"]
