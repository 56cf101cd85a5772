"""THE catalogue of signals: every fact a rule may ask for, with its type, source, scope, meaning and reader.

Owns one module a topic, each with its entries and their readers. A new signal is one entry in one of them; rules,
explanations, metrics and docs follow from it. Readers return `UNKNOWN` rather than guess: what a charger reported is
unknown while its link is down and until it repeats it after coming back. May not enter: what a value means for healing,
which is a rule's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from healer.fleet.signal import DEAD_AFTER_S, EventSignal, Reading, Signal, Source, Value, ValueType
from healer.fleet.signals import access, configuration, identity, link, reports, sensors, session, status, use

__all__ = ["DEAD_AFTER_S", "EVENTS", "SIGNALS", "EventSignal", "Reading", "Signal", "Source", "Value", "ValueType"]

_TOPICS: Final = (link, status, session, sensors, use, reports, access, configuration, identity)
"""In the order in which documents show them."""

SIGNALS: Final[Mapping[str, Signal]] = MappingProxyType(
    {signal.name: signal for topic in _TOPICS for signal in topic.SIGNALS}
)
"""Every signal by the name rules use; `profile.x` is written `profile: {x: ...}`."""

EVENTS: Final[Mapping[str, EventSignal]] = MappingProxyType(
    {event.name: event for topic in (link, status, session, reports) for event in topic.EVENTS}
)
"""Every event that `{event: ..., count: ..., within: ...}` can count; all are of charger scope."""
