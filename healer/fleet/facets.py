"""The parts of a charger's state, by which a change finds the rules that it touches."""

from __future__ import annotations

import enum


class Facet(enum.Enum):
    """A part of a charger's state; a signal names the facets it reads, so a change touches only rules that ask."""

    LINK = "link"
    IDENTITY = "identity"
    STATUS = "status"
    PLACES = "places"
    """A place was heard of for the first time."""
    TRANSACTION = "transaction"
    METER = "meter"
    EVENTS = "events"
    FIRMWARE_JOB = "firmware-job"
    UPLOAD = "upload"
    SAFETY = "safety"
    PLACEMENT = "placement"
