"""The exceptions of healer. An expected failure is a value with a reason, never an exception.

HealerError
├── LocalError          a bug of ours: we were about to break our own contract
│   ├── TableError          a state machine met a pair its table does not know
│   └── PayloadError        a payload of ours does not pass the OCPP schema
└── ResourceError       something outside of us is broken
    ├── StoreError          the store cannot be opened, read or written
    └── SettingsError       the settings cannot be used; carries every mistake found
"""

from __future__ import annotations


class HealerError(Exception):
    """Root of everything healer raises on purpose."""


class LocalError(HealerError):
    """A bug of ours."""


class TableError(LocalError):
    """A state machine met a (state, event) pair that its table does not contain."""


class PayloadError(LocalError):
    """A payload we were about to send does not pass the OCPP schema."""


class ResourceError(HealerError):
    """Something outside of the process is broken or missing."""


class StoreError(ResourceError):
    """The store cannot be opened, read or written."""


class SettingsError(ResourceError):
    """The settings cannot be used; the message lists every mistake with file:line:column."""
