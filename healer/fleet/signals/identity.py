"""Which charger it is: what it tells of itself, where a person placed it, how its model is known to behave."""

from __future__ import annotations

from typing import Final

from healer.fleet.facets import Facet
from healer.fleet.signal import Signal, Source, ValueType, text_of
from healer.model import Scope

_IDENTITY = frozenset({Facet.IDENTITY})


SIGNALS: Final = (
    Signal(
        "firmware",
        ValueType.VERSION,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "the firmware version of the last boot",
        "{firmware: {older_than: 1.10}}",
        text_of(lambda charger: charger.firmware),
    ),
    Signal(
        "vendor",
        ValueType.TEXT,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "the vendor of the last boot",
        "{vendor: Acme}",
        text_of(lambda charger: charger.vendor),
        filter_only=True,
    ),
    Signal(
        "model",
        ValueType.TEXT,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "the model of the last boot",
        "{model: DC50}",
        text_of(lambda charger: charger.model),
        filter_only=True,
    ),
    Signal(
        "charger",
        ValueType.TEXT,
        Scope.CHARGER,
        Source.INVENTORY,
        frozenset({Facet.PLACEMENT}),
        "the charger's identity",
        '{charger: {like: "DEPOT-*"}}',
        text_of(lambda charger: charger.id),
        filter_only=True,
    ),
    Signal(
        "site",
        ValueType.TEXT,
        Scope.CHARGER,
        Source.INVENTORY,
        frozenset({Facet.PLACEMENT}),
        "the site the inventory gives the charger; its own name when it gives none",
        "{site: Depot}",
        text_of(lambda charger: charger.site),
        filter_only=True,
    ),
    Signal(
        "tag",
        ValueType.TEXTS,
        Scope.CHARGER,
        Source.INVENTORY,
        frozenset({Facet.PLACEMENT}),
        "the tags the inventory gives the charger; any of them may match",
        "{tag: public}",
        lambda charger, target, now: charger.placement.tags,
        filter_only=True,
    ),
    Signal(
        "profile.hangs_in_finishing",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "the model's profile says that it stays in Finishing after the car has gone",
        "{profile: {hangs_in_finishing: yes}}",
        lambda charger, target, now: charger.profile.hangs_in_finishing,
        filter_only=True,
    ),
    Signal(
        "profile.boot_means",
        ValueType.CHOICE,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "what a boot without a reason means on this model",
        "{profile: {boot_means: reboot}}",
        lambda charger, target, now: charger.profile.boot_means.value,
        choices=("evidence", "reboot", "reconnect"),
        filter_only=True,
    ),
    Signal(
        "profile.trigger_boot_reboots",
        ValueType.BOOLEAN,
        Scope.CHARGER,
        Source.INVENTORY,
        _IDENTITY,
        "asking this model for a BootNotification really restarts it",
        "{profile: {trigger_boot_reboots: yes}}",
        lambda charger, target, now: charger.profile.trigger_boot_reboots,
        filter_only=True,
    ),
)
