"""Who stands where, as an operator writes it: in the settings or in a file of its own.

sites:
  Depot: {time_zone: Europe/Berlin}
chargers:
  CP-1: {site: Depot, tags: [bus], connectors: {1: 1, 2: 1}, power_stages: {1: A, 2: A}}
"""

from __future__ import annotations

import zoneinfo
from types import MappingProxyType
from typing import Final

from healer.documents import Mistakes, Node, Scalar, fields, parse, shown
from healer.errors import SettingsError
from healer.fleet.inventory import Inventory, Placement, Site
from healer.model import ChargerId

KEYS: Final = ("sites", "chargers")
_SITE_KEYS: Final = ("time_zone",)
_CHARGER_KEYS: Final = ("site", "tags", "connectors", "power_stages")
_MOST: Final = 10_000
"""The largest number of a connector or evse that is taken for one."""


def load_inventory(text: str, file: str) -> Inventory:
    """Read an inventory file; raises SettingsError with every mistake in it."""
    mistakes = Mistakes()
    root = parse(text, file, mistakes)
    inventory = Inventory()
    if root is not None:
        body = fields.mapping(root, mistakes)
        if body is not None:
            found = fields.entries(body, KEYS, mistakes, "an inventory")
            inventory = read(found.get("sites"), found.get("chargers"), mistakes)
    if mistakes.errors:
        raise SettingsError(f"{mistakes.render()}\n{mistakes.summary()}")
    return inventory


def read(sites: Node | None, chargers: Node | None, mistakes: Mistakes) -> Inventory:
    """The inventory that these nodes describe, as far as they can be understood."""
    known = {key.text: _site(key, node, mistakes) for key, node in _entries(sites, mistakes)}
    listed = {ChargerId(key.text): _placement(key, node, known, mistakes) for key, node in _entries(chargers, mistakes)}
    return Inventory(MappingProxyType(known), MappingProxyType(listed))


def _entries(node: Node | None, mistakes: Mistakes) -> tuple[tuple[Scalar, Node], ...]:
    """The entries of a mapping; nothing for one that is left out or empty."""
    if node is None or (isinstance(node, Scalar) and node.empty):
        return ()
    found = fields.mapping(node, mistakes, "write 'NAME: {...}' for each")
    return () if found is None else found.entries


def _body(node: Node, keys: tuple[str, ...], what: str, mistakes: Mistakes) -> dict[str, Node]:
    if isinstance(node, Scalar) and node.empty:
        return {}
    found = fields.mapping(node, mistakes)
    return {} if found is None else fields.entries(found, keys, mistakes, what)


def _site(key: Scalar, node: Node, mistakes: Mistakes) -> Site:
    body = _body(node, _SITE_KEYS, "a site", mistakes)
    zone = fields.text(body["time_zone"], mistakes) if "time_zone" in body else None
    if zone is None:
        return Site(key.text)
    zones = zoneinfo.available_timezones()
    if zone not in zones:
        hint = fields.did_you_mean(zone, sorted(zones)) or "write for example 'Europe/Berlin'"
        mistakes.error(body["time_zone"].mark, "E-VALUE", f"{shown(zone)} is not a known time zone", hint)
    return Site(key.text, zone)


def _placement(key: Scalar, node: Node, sites: dict[str, Site], mistakes: Mistakes) -> Placement:
    body = _body(node, _CHARGER_KEYS, "a charger", mistakes)
    site = fields.choice(body["site"], mistakes, sites, "site") if "site" in body else None
    tags = fields.scalars(body["tags"], mistakes, "a tag") if "tags" in body else ()
    return Placement(
        ChargerId(key.text),
        site=site if site is not None else key.text,
        tags=frozenset(tag.text for tag in tags),
        connectors=MappingProxyType(_numbered(body.get("connectors"), mistakes)),
        power_stages=MappingProxyType(_stages(body.get("power_stages"), mistakes)),
    )


def _numbered(node: Node | None, mistakes: Mistakes) -> dict[int, int]:
    """connector -> evse."""
    found = {}
    for key, value in _entries(node, mistakes):
        connector = fields.integer(key, mistakes, 1, _MOST)
        evse = fields.integer(value, mistakes, 1, _MOST)
        if connector is not None and evse is not None:
            found[connector] = evse
    return found


def _stages(node: Node | None, mistakes: Mistakes) -> dict[int, str]:
    """evse -> name of its power stage."""
    found = {}
    for key, value in _entries(node, mistakes):
        evse = fields.integer(key, mistakes, 1, _MOST)
        stage = fields.text(value, mistakes, "the name of a power stage")
        if evse is not None and stage is not None:
            found[evse] = stage
    return found
