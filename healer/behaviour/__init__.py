"""A simulated charger without I/O: what it says by itself, how it obeys, how it falls ill and what heals it.

Serves rule tests (virtual time) and the simulator (`healer.sim`, real websockets) alike, so what a user rehearses
behaves the same in both. `now` is an argument and chance is the caller's: nothing here reads a clock, waits, draws
lots or knows OCPP's wire. Start reading in `charger`; how real ones break the standard is in `quirks`.
"""

from __future__ import annotations

from healer.behaviour.charger import SimulatedCharger
from healer.behaviour.habits import REACTING, Habits, Reaction
from healer.behaviour.plug import Fault, Plug, Stage
from healer.behaviour.quirk import Quirk
from healer.behaviour.station import Action, Dial, DropLink, Identity, Say

__all__ = [
    "REACTING",
    "Action",
    "Dial",
    "DropLink",
    "Fault",
    "Habits",
    "Identity",
    "Plug",
    "Quirk",
    "Reaction",
    "Say",
    "SimulatedCharger",
    "Stage",
]
