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
    CONTACT = "contact"
    """Whether it hears us, and whether its name is its own."""
    CLOCK = "clock"
    STANDING = "standing"
    """What it proved at the door, its keys and its certificate."""
    CONFIGURATION = "configuration"
    """What it told of its configuration, what is wanted of it, and whether it may be written."""
