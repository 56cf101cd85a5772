"""One entry of a timeline: `{at: 1m, charger: Depot/1, status: Faulted, error_code: InternalError}`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Final

from healer.documents import Mapping, Mistakes, Node, Scalar, fields, shown, suggest
from healer.fleet import codes
from healer.fleet.hearing import REBOOT_REASONS
from healer.model import ChargerId, OcppVersion, Seconds, Status
from healer.replay import wording
from healer.replay.claims import read_claims
from healer.replay.story import (
    Act,
    Boots,
    ComesOnline,
    GoesDeaf,
    GoesOffline,
    IsCleared,
    Part,
    Reacts,
    Reboots,
    Says,
    Scene,
    ShowsTime,
    StartsSession,
    StopsSession,
)

KEYS: Final = (
    "at",
    "charger",
    "connector",
    "status",
    "error_code",
    "vendor_error_code",
    "offline",
    "online",
    "boot",
    "reboot",
    "session",
    "for",
    "firmware",
    "serial",
    "deaf",
    "clock",
    "replies",
    "cleared_by",
    "expect",
)
"""Every key of an entry, in the order in which one reads it."""

_ACTS: Final = frozenset(KEYS) - {"at", "charger", "connector", "error_code", "vendor_error_code", "for", "expect"}

_HINTS: Final = {
    "eval_time": "the moment is called 'at' here",
    "time": "the moment is called 'at' here",
    "evse": "the number is called 'connector' here, in 2.0.1 as well",
    "error": "did you mean 'error_code'?",
    "state": "expectations stand in 'expect': {at: 5m, expect: {state: pending}}",
    "sent": "expectations stand in 'expect': {at: 5m, expect: {sent: []}}",
    "healed_by": "expectations stand in 'expect': {at: 5m, expect: {healed_by: reset hard}}",
    "blocked_by": "expectations stand in 'expect': {at: 5m, expect: {blocked_by: storm}}",
    "alerts": "expectations stand in 'expect': {at: 5m, expect: {alerts: [ticket]}}",
    "restart": "a spontaneous restart of the charger is 'reboot: yes', the daemon's is 'restart_at' of the test",
}

BOOT_REASONS: Final = tuple(sorted({*REBOOT_REASONS, "FirmwareUpdate", "RemoteReset", "ScheduledReset", "Triggered"}))
"""OCPP 2.0.1 BootReasonEnumType."""

_LONGEST_VENDOR_CODE: Final = 50
_LONGEST_FIRMWARE: Final = 50
_LONGEST_SERIAL: Final = 25


@dataclass(frozen=True, slots=True)
class Setting:
    """What reading an entry needs beside its node."""

    cast: tuple[Part, ...]
    mistakes: Mistakes
    certain: bool = True
    """The cast could be read; else nobody knows who is in it, and any name may be right."""

    @property
    def ids(self) -> tuple[ChargerId, ...]:
        return tuple(part.id for part in self.cast)

    def parts(self, chargers: Collection[ChargerId]) -> list[Part]:
        return [part for part in self.cast if part.id in chargers]


def read_scene(node: Mapping, setting: Setting) -> Scene | None:
    """The entry; None when nobody can say when it happens."""
    mistakes = setting.mistakes
    found = fields.entries(node, KEYS, mistakes, "an entry of the timeline", _HINTS)
    at_s = fields.duration(found["at"], mistakes) if "at" in found else None
    if "at" not in found:
        mistakes.error(node.mark, "E-MISSING", "an entry needs 'at'", "say when: '{at: 1m, ...}'")
    chargers = _chargers(found.get("charger"), setting)
    happens = bool(_ACTS & found.keys())
    if not happens and "expect" not in found and len(found) == len(node.entries):
        mistakes.error(node.mark, "E-EMPTY", "nothing happens here and nothing is expected", _example(found))
    acts = tuple(_acts(found, chargers or setting.ids, setting))
    if happens and not chargers and "charger" not in found and setting.certain:
        if len(setting.cast) > 1:
            hint = f"add 'charger: {setting.ids[0]}', or 'charger: all'"
            mistakes.error(node.mark, "E-MISSING", "to which charger does this happen?", hint)
        chargers = setting.ids[:1]
    connector = _connector(found, setting.parts(chargers or setting.ids), mistakes)
    everybody = setting.ids if setting.certain else chargers
    claims = read_claims(found["expect"], chargers, connector, everybody, mistakes) if "expect" in found else ()
    return None if at_s is None else Scene(at_s, node.mark, chargers, acts, tuple(claims))


def _example(found: Table[str, Node]) -> str:
    lacking = "error_code" in found or "vendor_error_code" in found
    return "add 'status: Faulted'" if lacking else "add for example 'status: Faulted' or 'expect: {state: pending}'"


def _chargers(node: Node | None, setting: Setting) -> tuple[ChargerId, ...]:
    """The named ones, once each; `all` is everybody."""
    chosen: dict[ChargerId, None] = {}
    for name in fields.scalars(node, setting.mistakes, "a charger") if node is not None else ():
        if name.text == "all":
            chosen.update(dict.fromkeys(setting.ids))
        elif not setting.certain or fields.choice(name, setting.mistakes, setting.ids, "charger of this test"):
            chosen[ChargerId(name.text)] = None
    return tuple(chosen)


def _connector(found: Table[str, Node], cast: Collection[Part], mistakes: Mistakes) -> int | None:
    most = min((part.identity.connectors for part in cast), default=1)
    return fields.integer(found["connector"], mistakes, 0, most) if "connector" in found else None


# --- what happens -------------------------------------------------------------------------------------------------


def _acts(found: Table[str, Node], chargers: Collection[ChargerId], setting: Setting) -> Iterator[Act]:
    """In the order in which a person would tell them, whatever the order of the keys."""
    mistakes = setting.mistakes
    connector = _connector(found, setting.parts(chargers), Mistakes())
    if "replies" in found:
        yield Reacts(wording.replies(found["replies"], mistakes))
    yield from _link(found, mistakes)
    yield from _clock(found, mistakes)
    yield from _boots(found, mistakes)
    yield from _status(found, 1 if connector is None else connector, setting.parts(chargers), mistakes)
    yield from _session(found, connector, mistakes)
    if "cleared_by" in found:
        author = fields.text(found["cleared_by"], mistakes, "who cleared it")
        yield from () if author is None else (IsCleared(author),)
    if "for" in found and not {"offline", "session"} & found.keys():
        hint = "how long a condition holds follows from the moments of the entries"
        mistakes.error(found["for"].mark, "E-KEY", "'for' belongs to 'offline' and to 'session: start'", hint)


def _length(found: Table[str, Node], mistakes: Mistakes) -> Seconds | None:
    return fields.duration(found["for"], mistakes) if "for" in found else None


def _yes(node: Node, mistakes: Mistakes) -> bool:
    """`reboot: yes`, or only `reboot`."""
    if isinstance(node, Scalar) and node.empty:
        return True
    said = fields.boolean(node, mistakes)
    if said is False:
        mistakes.error(node.mark, "E-VALUE", "what does not happen is not told", "write 'yes', or leave the key out")
    return said is True


def _link(found: Table[str, Node], mistakes: Mistakes) -> Iterator[Act]:
    if "offline" in found and _yes(found["offline"], mistakes):
        yield GoesOffline(_length(found, mistakes))
    if "online" in found and _yes(found["online"], mistakes):
        yield ComesOnline()
    if "deaf" in found and _yes(found["deaf"], mistakes):
        yield GoesDeaf()


def _clock(found: Table[str, Node], mistakes: Mistakes) -> Iterator[Act]:
    """`2h behind`, `2h ahead`, or `right`."""
    said = fields.scalar(found["clock"], mistakes, "how a clock goes") if "clock" in found else None
    if said is None:
        return
    length, _, side = said.text.rpartition(" ")
    if said.text == "right":
        yield ShowsTime(0.0)
    elif side not in {"behind", "ahead"}:
        hint = "write for example '2h behind', '2h ahead' or 'right'"
        mistakes.error(said.mark, "E-VALUE", f"{shown(said.text)} does not say how a clock goes", hint)
    elif (off_s := fields.duration(Scalar(length, False, said.mark), mistakes)) is not None:
        yield ShowsTime(off_s if side == "ahead" else -off_s)


def _boots(found: Table[str, Node], mistakes: Mistakes) -> Iterator[Act]:
    firmware = fields.version(found["firmware"], mistakes) if "firmware" in found else None
    if firmware is not None and len(firmware) > _LONGEST_FIRMWARE:
        hint = f"OCPP has room for {_LONGEST_FIRMWARE} characters"
        mistakes.error(found["firmware"].mark, "E-RANGE", f"{shown(firmware)} is too long", hint)
        firmware = None
    serial = fields.text(found["serial"], mistakes, "a serial number") if "serial" in found else None
    if serial is not None and len(serial) > _LONGEST_SERIAL:
        hint = f"OCPP has room for {_LONGEST_SERIAL} characters"
        mistakes.error(found["serial"].mark, "E-RANGE", f"{shown(serial)} is too long", hint)
        serial = None
    if "boot" in found or firmware is not None or serial is not None:
        usual = "Unknown" if firmware is None else "FirmwareUpdate"
        yield Boots(_reason(found.get("boot"), usual, mistakes), firmware, serial)
    if "reboot" in found:
        yield Reboots(_reason(found["reboot"], "Watchdog", mistakes))


def _reason(node: Node | None, usual: str, mistakes: Mistakes) -> str:
    """A boot reason of 2.0.1, or `yes` for the usual one."""
    if node is None or (isinstance(node, Scalar) and (node.empty or node.text.lower() in fields.TRUE_WORDS)):
        return usual
    return fields.choice(node, mistakes, BOOT_REASONS, "boot reason") or usual


def _status(found: Table[str, Node], connector: int, parts: Collection[Part], mistakes: Mistakes) -> Iterator[Act]:
    code = _error_code(found.get("error_code"), mistakes)
    vendor_code = fields.text(found["vendor_error_code"], mistakes) if "vendor_error_code" in found else None
    if vendor_code is not None and len(vendor_code) > _LONGEST_VENDOR_CODE:
        hint = f"OCPP has room for {_LONGEST_VENDOR_CODE} characters"
        mistakes.error(found["vendor_error_code"].mark, "E-RANGE", f"{shown(vendor_code)} is too long", hint)
    for key in ("error_code", "vendor_error_code"):
        if key in found and "status" not in found and _ACTS & found.keys():
            mistakes.error(found[key].mark, "E-KEY", f"'{key}' belongs to a 'status'", "add 'status: Faulted'")
    if "status" not in found:
        return
    word = fields.choice(found["status"], mistakes, [status.value for status in Status], "connector status")
    if word is None:
        return
    says = Says(connector, Status(word), code, vendor_code)
    if any(part.identity.version is not OcppVersion.V16 for part in parts):
        _check_201(says, found["status"], mistakes)
    yield says


def _check_201(says: Says, node: Node, mistakes: Mistakes) -> None:
    """What 2.0.1 has no words for."""
    if says.connector == 0 and says.status is not Status.FAULTED and says.status is not Status.AVAILABLE:
        hint = "OCPP 2.0.1 has no status of the whole station: name a connector"
        mistakes.error(node.mark, "E-VALUE", f"a 2.0.1 station cannot be {says.status} as a whole", hint)


def _error_code(node: Node | None, mistakes: Mistakes) -> str | None:
    """A standard code or a vendor's own; a near miss of a standard one is a mistake."""
    found = None if node is None else fields.scalar(node, mistakes, "an error code")
    if found is None:
        return None
    known = (*codes.STANDARD_CODES, *codes.MREC_NAMES.values(), *codes.MREC_NAMES)
    guess = suggest(found.text, known)
    if found.text not in known and guess is not None:
        hint = f"did you mean '{guess}'? A code of the vendor's own is a 'vendor_error_code'"
        mistakes.error(found.mark, "E-VALUE", f"{shown(found.text)} is not a known error code", hint)
    return found.text


def _session(found: Table[str, Node], connector: int | None, mistakes: Mistakes) -> Iterator[Act]:
    if "session" not in found:
        return
    number, for_s = connector or 1, _length(found, mistakes)
    match fields.choice(found["session"], mistakes, ("start", "stop"), "turn of a session"):
        case "start":
            yield StartsSession(number, for_s)
        case "stop":
            yield StopsSession(number)
