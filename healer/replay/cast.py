"""Who takes part in a test: `3 at Depot`, a group with its properties, or a list of either."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Table
from typing import Final, TypeVar

from healer.behaviour import Identity
from healer.documents import Mapping, Mistakes, Node, Scalar, Sequence, fields, shown
from healer.fleet.profiles import Profile
from healer.model import ChargerId, OcppVersion
from healer.replay import wording
from healer.replay.overlay import changes
from healer.replay.story import Part

MOST: Final = 1000
"""Chargers of one test."""

MOST_CONNECTORS: Final = 16

KEYS: Final = (
    "charger",
    "count",
    "site",
    "vendor",
    "model",
    "firmware",
    "ocpp",
    "connectors",
    "profile",
    "tags",
    "replies",
)
_COUNTED: Final = re.compile(r"(\d{1,4})\s+at\s+(\S.{0,79})")
_EXAMPLE: Final = "write for example '3 at Depot' or '{count: 3, site: Depot, model: DC50}'"
_HINTS: Final = {
    "at": "the place is called 'site' here",
    "name": "the name of a single charger is called 'charger' here",
    "id": "the name of a single charger is called 'charger' here",
    "tag": "tags are a list here: 'tags: [public]'",
    "version": "write 'ocpp: 2.0.1' or 'firmware: 1.10'",
    "hangs_in_finishing": "write 'profile: {hangs_in_finishing: yes}'",
    "boot_means": "write 'profile: {boot_means: reboot}'",
}

T = TypeVar("T")


def read(node: Node | None, mistakes: Mistakes) -> tuple[Part, ...]:
    """All chargers, in the order in which they stand; one at Depot when nothing is said."""
    if node is None:
        return (Part(Identity(ChargerId("Depot/1")), "Depot"),)
    at_site: Counter[str] = Counter()
    parts: list[Part] = []
    for item in node.items if isinstance(node, Sequence) else (node,):
        for part in _group(item, at_site, mistakes):
            if any(part.id == other.id for other in parts):
                mistakes.error(item.mark, "E-DUPLICATE", f"the charger {shown(part.id)} takes part already")
            parts.append(part)
    if len(parts) > MOST:
        mistakes.error(node.mark, "E-RANGE", f"at most {MOST} chargers take part in a test")
        return tuple(parts[:1])
    return tuple(parts)


def _group(node: Node, at_site: Counter[str], mistakes: Mistakes) -> Iterator[Part]:
    if isinstance(node, Scalar):
        matched = _COUNTED.fullmatch(node.text)
        if matched is None or int(matched[1]) == 0:
            mistakes.error(node.mark, "E-VALUE", f"{shown(node.text)} does not say how many chargers where", _EXAMPLE)
            return
        for _ in range(int(matched[1])):
            yield Part(Identity(_next(matched[2], at_site)), matched[2])
        return
    body = fields.mapping(node, mistakes, _EXAMPLE)
    if body is not None:
        yield from _described(body, at_site, mistakes)


def _next(site: str, at_site: Counter[str]) -> ChargerId:
    at_site[site] += 1
    return ChargerId(f"{site}/{at_site[site]}")


def _described(node: Mapping, at_site: Counter[str], mistakes: Mistakes) -> Iterator[Part]:
    found = fields.entries(node, KEYS, mistakes, "a group of chargers", _HINTS)

    def take(key: str, read_one: Callable[[Node, Mistakes], T | None], default: T) -> T:
        value = read_one(found[key], mistakes) if key in found else None
        return default if value is None else value

    name = take("charger", fields.text, "")
    count = take("count", lambda one, into: fields.integer(one, into, 1, MOST), 1)
    if name and "count" in found:
        hint = "leave one of them out"
        mistakes.error(found["count"].mark, "E-TWICE", "a charger with a name of its own is a single one", hint)
    site = take("site", fields.text, name or "Depot")
    usual = Identity(ChargerId(""))
    version = OcppVersion(take("ocpp", _version, OcppVersion.V16.value))
    vendor, model = take("vendor", _short(20), usual.vendor), take("model", _short(20), usual.model)
    firmware = take("firmware", _short(50), usual.firmware)
    connectors = take("connectors", lambda one, into: fields.integer(one, into, 1, MOST_CONNECTORS), usual.connectors)
    habits: Table[str, object] = take("profile", _habits, {})
    tags = frozenset(tag.text for tag in fields.scalars(found["tags"], mistakes, "a tag")) if "tags" in found else ()
    replies = wording.replies(found.get("replies"), mistakes)
    for _ in range(1 if name else count):
        charger = ChargerId(name) if name else _next(site, at_site)
        identity = Identity(charger, version, vendor, model, None, firmware, connectors)
        yield Part(identity, site, frozenset(tags), habits, replies)


def _version(node: Node, mistakes: Mistakes) -> str | None:
    return fields.choice(node, mistakes, [version.value for version in OcppVersion], "version of OCPP")


def _short(limit: int) -> Callable[[Node, Mistakes], str | None]:
    """A text that the standard's field has room for."""

    def read_one(node: Node, mistakes: Mistakes) -> str | None:
        found = fields.text(node, mistakes)
        if found is not None and len(found) > limit:
            mistakes.error(node.mark, "E-RANGE", f"{shown(found)} is too long", f"OCPP has room for {limit} characters")
            return None
        return found

    return read_one


def _habits(node: Node, mistakes: Mistakes) -> Table[str, object] | None:
    body = fields.mapping(node, mistakes, "write for example 'profile: {hangs_in_finishing: yes}'")
    return None if body is None else changes(Profile(), body, mistakes, "a profile")
