"""The inventory as CSV, for people who keep it in a spreadsheet: one row a charger.

| column | meaning |
|---|---|
| charger | identity under which it connects |
| site | the place where it stands; empty: a site of its own |
| time_zone | that of the site, the same in all its rows |
| tags | separated by blanks |
| connectors | `1:1 2:1`: OCPP 1.6 connector:evse |
| power_stages | `1:A 2:A`: evse:stage |
| vendor, model, serial | what it is expected to tell when it boots |
| commissioned | `2025-03-31` |
| security_profile | 0 to 3, the least under which it may connect |

Opening hours, contacts and mode of sites are not in it, and secrets never are. A cell that a spreadsheet would take for
a formula gets an apostrophe in front, which is taken off again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

import yaml

from healer import documents
from healer.config import inventory
from healer.config.hours import write_hours
from healer.config.inventory import Listed
from healer.documents import Mark, Mistake, Mistakes, Node, Scalar, fields, shown
from healer.fleet.inventory import Contact, Inventory, Placement, Site
from healer.model import Mode

COLUMNS: Final = ("charger", "site", "time_zone", *inventory.CHARGER_KEYS[1:-1])
_WRONG_KEYS: Final = {"password": "secrets do not belong into a CSV file; write them into the inventory file"}
_FORMULA: Final = ("=", "+", "-", "@")
_MARKED: Final = (*_FORMULA, "'")

Cells = dict[str, Scalar]
"""The cells of one row by column; empty ones are left out."""


# --- reading ----------------------------------------------------------------------------------------------------------


class SheetMistakes(Mistakes):
    """Mistakes that name the column; a mark's column is the number of the cell."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: Sequence[str] = ()

    def add(self, mistake: Mistake) -> None:
        place = mistake.mark.column - 1
        if mistake.mark.line > 1 and place < len(self.columns):
            message = f"column {shown(self.columns[place])}: {mistake.message}"
            mistake = Mistake(mistake.mark, mistake.code, message, mistake.hint, mistake.severity)
        super().add(mistake)


def read_sheet(text: str, file: str, mistakes: SheetMistakes) -> Inventory:
    """The inventory of a CSV file with commas or semicolons, as far as it can be understood."""
    inventory.check_encoding(text, file, mistakes)
    rows = list(_rows(text.removeprefix("\ufeff"), file, mistakes))
    if not rows:
        mistakes.error(Mark(file, 1, 1), "E-EMPTY", "there is no header", f"the first line is {','.join(COLUMNS)}")
        return Inventory()
    header, *body = rows
    header = [Scalar(cell.text.lower(), True, cell.mark) for cell in header]
    mistakes.columns = [cell.text for cell in header]
    if not _check_header(header, mistakes):
        return Inventory()
    return _read_cells([_cells(header, row, mistakes) for row in body], Mark(file, 1, 1), mistakes).inventory


def _rows(text: str, file: str, mistakes: Mistakes) -> Iterator[list[Scalar]]:
    """The rows that are not blank; each cell knows its line and number."""
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            cells = [Scalar(_plain(cell), True, Mark(file, line, number)) for number, cell in enumerate(row, 1)]
            if any(cell.text for cell in cells):
                yield cells
            line = reader.line_num + 1
    except csv.Error as error:
        mistakes.error(Mark(file, reader.line_num, 1), "E-SYNTAX", f"this is not CSV: {error}")


def _check_header(header: list[Scalar], mistakes: Mistakes) -> bool:
    names = [cell.text for cell in header]
    for cell in header:
        if cell.text not in COLUMNS:
            hint = _WRONG_KEYS.get(cell.text) or fields.did_you_mean(cell.text, COLUMNS)
            hint = hint or f"known are {fields.listed(COLUMNS)}"
            mistakes.error(cell.mark, "E-KEY", f"{shown(cell.text)} is not a column of an inventory", hint)
        elif names.index(cell.text) != cell.mark.column - 1:
            mistakes.error(cell.mark, "E-TWICE", f"the column {shown(cell.text)} stands here twice")
    if "charger" not in names:
        mistakes.error(header[0].mark, "E-MISSING", "there is no column 'charger'", "it holds the chargers' identities")
    return "charger" in names


def _cells(header: list[Scalar], row: list[Scalar], mistakes: Mistakes) -> Cells:
    for cell in row[len(header) :]:
        if cell.text:
            mistakes.error(cell.mark, "E-TYPE", "this cell stands in no column", "is a quote missing?")
    found = {name.text: cell for name, cell in zip(header, row, strict=False) if cell.text}
    if "charger" not in found:
        mistakes.error(row[0].mark, "E-MISSING", "the row has no charger")
    return found


def _read_cells(rows: list[Cells], top: Mark, mistakes: Mistakes) -> Listed:
    """By way of the nodes that an inventory file would have: what holds there holds here."""
    chargers: list[tuple[Scalar, Node]] = []
    lines: dict[str, int] = {}
    sites: dict[str, tuple[Scalar, Node]] = {}
    for cells in rows:
        key = cells.get("charger")
        if key is None:
            continue
        first = lines.setdefault(key.text, key.mark.line)
        if first != key.mark.line:
            mistakes.error(key.mark, "E-TWICE", f"{shown(key.text)} stands in line {first} already")
        _note_site(cells, sites, mistakes)
        chargers.append((key, _charger(key, cells, mistakes)))
    return inventory.read(
        documents.Mapping(tuple(sites.values()), top), documents.Mapping(tuple(chargers), top), mistakes
    )


def _note_site(cells: Cells, sites: dict[str, tuple[Scalar, Node]], mistakes: Mistakes) -> None:
    name, zone = cells.get("site"), cells.get("time_zone")
    if name is None:
        if zone is not None:
            mistakes.error(zone.mark, "E-MISSING", "a time zone is that of a site, and no site is named in this row")
        return
    entries = () if zone is None else ((Scalar("time_zone", True, zone.mark), zone),)
    known = sites.setdefault(name.text, (name, documents.Mapping(entries, name.mark)))[1]
    told = known.get("time_zone") if isinstance(known, documents.Mapping) else None
    if zone is not None and not isinstance(told, Scalar):
        sites[name.text] = (name, documents.Mapping(entries, name.mark))
    elif zone is not None and isinstance(told, Scalar) and told.text != zone.text:
        message = f"line {told.mark.line} says that {shown(name.text)} is in {told.text}, this one {shown(zone.text)}"
        mistakes.error(zone.mark, "E-VALUE", message)


def _charger(key: Scalar, cells: Cells, mistakes: Mistakes) -> Node:
    entries: list[tuple[Scalar, Node]] = []
    for name, cell in cells.items():
        if name not in inventory.CHARGER_KEYS or name == "password":
            continue
        value: Node = cell
        if name == "tags":
            value = documents.Sequence(tuple(_part(word, cell) for word in cell.text.split()), cell.mark)
        elif name in {"connectors", "power_stages"}:
            value = _pairs(cell, mistakes)
        entries.append((_part(name, cell), value))
    return documents.Mapping(tuple(entries), key.mark)


def _part(text: str, cell: Scalar) -> Scalar:
    return Scalar(text, True, cell.mark)


def _pairs(cell: Scalar, mistakes: Mistakes) -> documents.Mapping:
    """`1:A 2:A`."""
    entries: dict[str, tuple[Scalar, Node]] = {}
    for word in cell.text.split():
        key, colon, value = word.partition(":")
        if not colon or not value:
            mistakes.error(cell.mark, "E-VALUE", f"{shown(word)} is no pair", "write pairs such as '1:1 2:1'")
        elif key in entries:
            mistakes.error(cell.mark, "E-TWICE", f"{shown(key)} is named twice")
        else:
            entries[key] = (_part(key, cell), _part(value, cell))
    return documents.Mapping(tuple(entries.values()), cell.mark)


def _plain(cell: str) -> str:
    """A cell without surrounding blanks and the apostrophe that keeps it from being a formula."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_MARKED) else cell


# --- writing ----------------------------------------------------------------------------------------------------------


def write_sheet(listed: Inventory) -> str:
    """The chargers as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for placement in listed.chargers.values():
        writer.writerow([_safe(cell) for cell in _row(placement, listed.sites.get(placement.site))])
    return out.getvalue()


def _row(placement: Placement, site: Site | None) -> list[str]:
    profile, commissioned = placement.security_profile, placement.commissioned
    return [
        placement.charger,
        "" if site is None else site.name,
        "" if site is None else site.time_zone,
        " ".join(sorted(placement.tags)),
        " ".join(f"{connector}:{evse}" for connector, evse in placement.connectors.items()),
        " ".join(f"{evse}:{stage}" for evse, stage in placement.power_stages.items()),
        placement.vendor or "",
        placement.model or "",
        placement.serial or "",
        "" if commissioned is None else commissioned.isoformat(),
        "" if profile is None else str(profile),
    ]


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_MARKED) else cell


def write_inventory(listed: Inventory) -> str:
    """The inventory as a file of its own, without secrets."""
    body = {
        "sites": {name: _site_entry(site) for name, site in listed.sites.items()},
        "chargers": {str(name): _charger_entry(one, listed) for name, one in listed.chargers.items()},
    }
    return yaml.safe_dump(body, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


def _site_entry(site: Site) -> dict[str, object]:
    entry: dict[str, object] = {"time_zone": site.time_zone}
    if site.hours is not None:
        entry["hours"] = write_hours(site.hours)
    if site.contacts:
        entry["contacts"] = [_contact_entry(contact) for contact in site.contacts]
    if site.mode is not Mode.AUTO:
        entry["mode"] = site.mode.value
    return entry


def _contact_entry(contact: Contact) -> dict[str, str]:
    told = {"name": contact.name, "email": contact.email, "phone": contact.phone}
    return {key: _literal(value) for key, value in told.items() if value is not None}


def _charger_entry(placement: Placement, listed: Inventory) -> dict[str, object]:
    told: dict[str, object] = {
        "site": _literal(placement.site) if placement.site in listed.sites else None,
        "tags": [_literal(tag) for tag in sorted(placement.tags)],
        "connectors": dict(placement.connectors),
        "power_stages": {evse: _literal(stage) for evse, stage in placement.power_stages.items()},
        "vendor": _literal(placement.vendor or ""),
        "model": _literal(placement.model or ""),
        "serial": _literal(placement.serial or ""),
        "commissioned": "" if placement.commissioned is None else placement.commissioned.isoformat(),
    }
    entry = {key: value for key, value in told.items() if value}
    if placement.security_profile is not None:
        entry["security_profile"] = placement.security_profile
    return entry


def _literal(text: str) -> str:
    """As it is written where `${` begins a variable."""
    return text.replace("${", "$${")
