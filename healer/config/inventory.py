"""Who stands where, as an operator writes it: in the settings or in a file of its own.

sites:
  Depot: {time_zone: Europe/Berlin, hours: {mon-fri: "06:00-22:00"}, contacts: [{name: Ada, phone: "+49 30 1234"}]}
chargers:
  CP-1: {site: Depot, tags: [bus], connectors: {1: 1, 2: 1}, serial: "42", password: "${file:/run/secrets/cp-1}"}
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import gc
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from healer import documents
from healer.config import verifiers
from healer.config.discretion import InventoryMistakes
from healer.config.hours import read_hours
from healer.config.variables import Variables
from healer.documents import Mark, Mistake, Mistakes, Node, Scalar, fields, parse, shown
from healer.errors import SettingsError
from healer.fleet.inventory import Contact, Inventory, Placement, Site
from healer.model import ChargerId, Mode
from healer.rules.reader import read_mode

KEYS: Final = ("sites", "chargers")
SITE_KEYS: Final = ("time_zone", "hours", "contacts", "mode")
CHARGER_KEYS: Final = (
    "site",
    "tags",
    "connectors",
    "power_stages",
    "vendor",
    "model",
    "serial",
    "commissioned",
    "security_profile",
    "password",
)
_CONTACT_KEYS: Final = ("name", "email", "phone")
_MOST: Final = 10_000
"""The largest number of a connector or evse that is taken for one."""

ReadFile = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class Listed:
    """An inventory, and beside it what nobody else may see."""

    inventory: Inventory = field(default_factory=Inventory)
    secrets: Mapping[ChargerId, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """charger -> its password or AuthorizationKey, or the text of a verifier of it."""
    warnings: tuple[Mistake, ...] = ()
    """What is probably not meant; tells no secret."""


def load_inventory(text: str, file: str, environ: Mapping[str, str], read_file: ReadFile) -> Listed:
    """Read an inventory file; raises SettingsError with every mistake in it.

    Relative paths in `${file:...}` count from the file's directory.
    """
    mistakes = InventoryMistakes()
    listed = read_document(text, file, mistakes, Variables(environ, read_file, Path(file).parent))
    if mistakes.errors:
        raise SettingsError(f"{mistakes.render()}\n{mistakes.summary()}")
    return dataclasses.replace(listed, warnings=tuple(mistakes))


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, which would look through what is read again and again: half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def read_document(text: str, file: str, mistakes: InventoryMistakes, variables: Variables) -> Listed:
    """The inventory of a file, as far as it can be understood."""
    check_encoding(text, file, mistakes)
    root = parse(text.removeprefix("\ufeff"), file, mistakes)
    if root is not None:
        mistakes.understood(root)
    body = None if root is None else fields.mapping(root, mistakes)
    if body is None:
        return Listed()
    expanded = variables.expand(body, mistakes)
    assert isinstance(expanded, documents.Mapping)  # noqa: S101 - a mapping expands to a mapping
    found = fields.entries(expanded, KEYS, mistakes, "an inventory")
    return read(found.get("sites"), found.get("chargers"), mistakes)


def check_encoding(text: str, file: str, mistakes: Mistakes) -> None:
    """A mistake at the first letter that was not understood when the bytes were read with errors="replace"."""
    index = text.find("\ufffd")
    if index >= 0:
        mark = Mark(file, text.count("\n", 0, index) + 1, 1)
        hint = "save it as UTF-8; a spreadsheet calls that 'CSV UTF-8'"
        mistakes.error(mark, "E-ENCODING", "a letter in this line is not UTF-8", hint)


def read(sites: Node | None, chargers: Node | None, mistakes: Mistakes, today: date | None = None) -> Listed:
    """The inventory that these nodes describe, as far as they can be understood."""
    known = {key.text: _site(key, node, mistakes) for key, node in _entries(sites, mistakes)}
    reading = _Reading(known, today or datetime.now(UTC).date(), mistakes)
    listed = {ChargerId(key.text): reading.placement(key, node) for key, node in _entries(chargers, mistakes)}
    inventory = Inventory(MappingProxyType(known), MappingProxyType(listed))
    return Listed(inventory, MappingProxyType(reading.secrets))


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


def _check_word(node: Scalar, what: str, mistakes: Mistakes) -> None:
    """A name that a CSV file can hold among others."""
    if not node.text.isprintable() or " " in node.text or not node.text:
        mistakes.error(node.mark, "E-VALUE", f"{shown(node.text)} is not the name of {what}", "write it without blanks")


def _check_name(key: Scalar, what: str, mistakes: Mistakes) -> None:
    if not key.text.strip() or not key.text.isprintable() or key.text != key.text.strip():
        hint = "write it without control characters and surrounding blanks"
        mistakes.error(key.mark, "E-VALUE", f"{shown(key.text)} is not the name of {what}", hint)


# --- sites ------------------------------------------------------------------------------------------------------------


def _site(key: Scalar, node: Node, mistakes: Mistakes) -> Site:
    _check_name(key, "a site", mistakes)
    body = _body(node, SITE_KEYS, "a site", mistakes)
    zone = fields.text(body["time_zone"], mistakes) if "time_zone" in body else None
    if zone is not None and zone not in _time_zones():
        hint = fields.did_you_mean(zone, sorted(_time_zones())) or "write for example 'Europe/Berlin'"
        mistakes.error(body["time_zone"].mark, "E-VALUE", f"{shown(zone)} is not a known time zone", hint)
    return Site(
        key.text,
        time_zone=zone or "UTC",
        hours=read_hours(body["hours"], mistakes) if "hours" in body else None,
        contacts=_contacts(body["contacts"], mistakes) if "contacts" in body else (),
        mode=(read_mode(body["mode"], mistakes) if "mode" in body else None) or Mode.AUTO,
    )


@functools.cache
def _time_zones() -> frozenset[str]:
    """Looked up once, for it reads the whole directory of them."""
    return frozenset(zoneinfo.available_timezones())


def _contacts(node: Node, mistakes: Mistakes) -> tuple[Contact, ...]:
    items = fields.sequence(node, mistakes, "write '- {name: ..., phone: ...}' for each") or ()
    found = [_contact(item, mistakes) for item in items]
    return tuple(contact for contact in found if contact is not None)


def _contact(node: Node, mistakes: Mistakes) -> Contact | None:
    body = _body(node, _CONTACT_KEYS, "a contact", mistakes)
    told = {key: fields.text(value, mistakes) for key, value in body.items()}
    if "name" not in body:
        mistakes.error(node.mark, "E-MISSING", "'name' of the contact is missing", "write 'name: Ada'")
    email, phone = told.get("email"), told.get("phone")
    if email is not None and "@" not in email.strip("@"):
        mistakes.error(body["email"].mark, "E-VALUE", f"{shown(email)} is not an email address")
    if phone is not None and not any(letter.isdigit() for letter in phone):
        mistakes.error(body["phone"].mark, "E-VALUE", f"{shown(phone)} is not a phone number")
    name = told.get("name")
    return None if name is None else Contact(name, email, phone)


# --- chargers ---------------------------------------------------------------------------------------------------------


class _Reading:
    """One pass over the listed chargers, with what must not occur twice among them."""

    def __init__(self, sites: Mapping[str, Site], today: date, mistakes: Mistakes) -> None:
        self.secrets: dict[ChargerId, str] = {}
        self._sites = sites
        self._today = today
        self._mistakes = mistakes
        self._serials: dict[str, str] = {}

    def placement(self, key: Scalar, node: Node) -> Placement:
        mistakes = self._mistakes
        _check_name(key, "a charger", mistakes)
        body = _body(node, CHARGER_KEYS, "a charger", mistakes)
        site = self._site(body.get("site"))
        tags = fields.scalars(body["tags"], mistakes, "a tag") if "tags" in body else ()
        for tag in tags:
            _check_word(tag, "a tag", mistakes)
        self._keep_secret(key, body.get("password"))
        return Placement(
            ChargerId(key.text),
            site=site if site is not None else key.text,
            tags=frozenset(tag.text for tag in tags),
            connectors=MappingProxyType(_numbered(body.get("connectors"), mistakes)),
            power_stages=MappingProxyType(_stages(body.get("power_stages"), mistakes)),
            vendor=self._text(body, "vendor"),
            model=self._text(body, "model"),
            serial=self._serial(key, body),
            commissioned=self._date(body.get("commissioned")),
            security_profile=self._profile(body.get("security_profile")),
        )

    def _site(self, node: Node | None) -> str | None:
        if isinstance(node, Scalar) and node.text in self._sites:
            return node.text  # at once: `choice` lists them all
        return None if node is None else fields.choice(node, self._mistakes, self._sites, "site")

    def _text(self, body: Mapping[str, Node], key: str) -> str | None:
        node = body.get(key)
        found = None if node is None else fields.text(node, self._mistakes)
        if node is None or found is None:
            return None
        found = found.strip()
        if not found:
            self._mistakes.error(node.mark, "E-EMPTY", f"'{key}' has no value", "write one, or leave the key out")
        elif not found.isprintable():
            self._mistakes.error(node.mark, "E-VALUE", f"{shown(found)} has control characters in it")
        return found or None

    def _keep_secret(self, charger: Scalar, node: Node | None) -> None:
        secret = None if node is None else fields.text(node, self._mistakes)
        if node is not None and secret is not None:
            self.secrets[ChargerId(charger.text)] = secret
            _check_secret(secret, node, self._mistakes)

    def _serial(self, key: Scalar, body: Mapping[str, Node]) -> str | None:
        serial = self._text(body, "serial")
        if serial is None:
            return None
        other = self._serials.setdefault(serial.strip().casefold(), key.text)
        if other != key.text:
            message = f"the serial {shown(serial)} is that of {shown(other)} already"
            self._mistakes.error(body["serial"].mark, "E-TWICE", message, "every charger has a serial of its own")
        return serial

    def _date(self, node: Node | None) -> date | None:
        written = None if node is None else fields.text(node, self._mistakes, "a date such as 2025-03-31")
        if node is None or written is None:
            return None
        try:
            found = date.fromisoformat(written)
        except ValueError:
            self._mistakes.error(
                node.mark, "E-DATE", f"{shown(written)} is not a date", "write for example '2025-03-31'"
            )
            return None
        if found > self._today:
            self._mistakes.warn(node.mark, "W-FUTURE", f"{written} is still to come", "is the year right?")
        return found

    def _profile(self, node: Node | None) -> int | None:
        return None if node is None else fields.integer(node, self._mistakes, 0, 3)


def _check_secret(secret: str, node: Node, mistakes: Mistakes) -> None:
    why = verifiers.why_unusable(secret) if verifiers.is_verifier(secret) else None
    if not secret.strip():
        mistakes.error(node.mark, "E-EMPTY", "'password' has no value", "write one, or leave the key out")
    elif why is not None:
        mistakes.error(node.mark, "E-VERIFIER", why, verifiers.WRITTEN)
    elif len(secret) < verifiers.SHORTEST:
        message = f"the password has fewer than {verifiers.SHORTEST} characters"
        mistakes.warn(node.mark, "W-SHORT", message, "'healer charger rotate-key' gives the charger a random one")


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
        if evse is not None and stage is not None and isinstance(value, Scalar):
            _check_word(value, "a power stage", mistakes)
            found[evse] = stage
    return found
